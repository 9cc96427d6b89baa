r"""The few pieces that several rules share: averages, corrections, norms, 0 / 0."""

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Weights


def ema(beta: Number, m: Weights, g: Weights) -> Weights:
    r"""Return the next exponential moving average, β m + (1 − β) g."""
    return _checks.in_kind_of(m, beta) * m + complement(beta, m) * g


def complement(beta: Number, w: Weights) -> Scalar:
    r"""Return 1 − β in w's arithmetic.

    Rounded once: the difference is taken in float64 (or wider), since 1 − 0.999 in
    float32 has lost its last three digits.
    """
    if _checks.is_exact(w):
        return 1 - _checks.in_kind_of(w, beta)
    return _checks.in_kind_of(w, 1 - wide(beta, w))


def correction(beta: Number, t: int, w: Weights) -> Scalar:
    r"""Return 1 − βᵗ, the bias of an average that began with zero t steps ago.

    As −expm1(t log β), which keeps its digits where βᵗ is close to 1.
    """
    if _checks.is_exact(w):
        return 1 - _checks.in_kind_of(w, beta) ** t
    if beta == 0:
        return _checks.in_kind_of(w, 1)
    return _checks.in_kind_of(w, -np.expm1(t * np.log(wide(beta, w))))


def over(a: Weights, b: Weights) -> Weights:
    r"""Return a / b, where 0 / 0 is 0.

    Without an eps, a weight that has had no gradient yet divides 0 by 0. It stays
    where it is, the one choice that prefers no direction. a / 0 is inf, by IEEE 754;
    Fractions raise ZeroDivisionError. A b of inf, the square of a gradient that the
    dtype cannot hold, makes NaN: a step of 0 would look like rest.
    """
    rest = (a == 0) & (b == 0)
    return a / (b + (b - b) + rest)  # inf − inf is NaN


def norm(a: Weights) -> Scalar:
    r"""Return Euclid's norm of all entries, whose squares must be normal numbers."""
    length: Scalar = np.sqrt(np.sum(a * a))
    return length


def wide(value: Number, w: Weights) -> Scalar:
    """Return value in float64, or in w's dtype where that is wider."""
    dtype = getattr(w, "dtype", _checks.FLOAT64)
    return np.promote_types(dtype, np.float64).type(value)
