r"""The derivative in numbers."""

from collections.abc import Callable

import numpy as np

from refgd import _checks
from refgd._types import Data, Number, Scalar, Weights


def central_difference(
    loss: Callable[[Weights], Scalar], w: Data, h: Number
) -> Weights:
    r"""Differentiate any loss at w numerically, one coordinate after the other.

    **Definition**
    $$\frac{L(w + h e_j) - L(w - h e_j)}{2h}$$

    The truncation error is h²L‴/6. For a quadratic there is none, so h may be as
    large as you like, and on Fractions the quotient IS the derivative.

    Args:
        loss: A function of w alone.
        w: The point, a scalar or (d,).
        h: The step, not zero.

    Returns:
        The quotients, of w's shape.

    Raises:
        ValueError: If h is zero, NaN or inf, or w has two dimensions.
        TypeError: If h is not a real number.

    Guarantee:
        Equal to `refgd.grad` on Fractions, for every h (tight). Proved:
        tests/core/test_proofs.py, test_law[gradient_is_the_central_difference].

    Example:
        >>> from refgd.theory import central_difference
        >>> float(central_difference(lambda w: w**2, 3.0, h=100.0))
        6.0
    """
    if _checks.real("h", h) == 0:
        raise ValueError("h must not be zero")
    at = _checks.array("w", w)[()]
    h = _checks.in_kind_of(at, h)
    if h == 0:
        msg = f"h must not be zero, as {at.dtype} rounds it"
        raise ValueError(msg)
    if np.ndim(at) > 1:
        msg = f"w must be a scalar or (d,), got shape {np.shape(at)}"
        raise ValueError(msg)
    if np.ndim(at) == 0:
        return (loss(at + h) - loss(at - h)) / (2 * h)
    steps = h * np.eye(len(at), dtype=int)
    return np.array([(loss(at + e) - loss(at - e)) / (2 * h) for e in steps])
