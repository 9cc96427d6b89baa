r"""Plain descent: bounds on the learning rate, rates, the spectrum."""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from refgd import _blocks, _checks, _tsqr
from refgd._types import Array, Data, Number, Scalar

PLAIN = (np.float32, np.float64)  # what LAPACK takes
HALF_RANGE = 500  # 2 to this power, either way, has a square in float64


def max_lr(x: Data) -> Scalar:
    r"""Bound the learning rate: up to it, and no further, every step goes down.

    **Definition**
    $$\eta_{\max} = \frac{2}{\lambda_{\max}(H)}, \qquad
      \text{for } x\ (n,):\quad \frac{1}{\frac1n \sum_i x_i^2}$$

    Args:
        x: The samples, (n,) or (n, d).

    Returns:
        The bound, in the unit of w² over that of the loss; inf where x is all zero.
        A Fraction for Fractions (n,); a float else, as eigenvalues are not rational.

    Raises:
        TypeError: If x does not hold real numbers.
        ValueError: If x is empty, not finite, or of a size whose squares overflow.

    Guarantee:
        For 0 <= lr <= max_lr(x) no step increases the loss, from any w; beyond it
        every start with dw ≠ 0 rises for x (n,), and some start for x (n, d) (tight):
        tests/theory/test_theory.py, test_max_lr_is_sharp.

    Example:
        >>> from refgd.theory import max_lr
        >>> round(max_lr([1, 2, 3, 4]), 4)  # 1 / 7.5
        0.1333

    References:
        Y. Nesterov, Lectures on Convex Optimization (2018), theorem 2.1.14.
    """
    x = _checks.for_features(x)
    if not x.any():
        return math.inf
    if x.ndim == 1:
        if x.dtype == np.float32:  # summed in float64, with no copy of the data in it
            cut = _blocks.spans(0, len(x), _blocks.CACHED)
            wide = (x[rows].astype(np.float64) for rows in cut)
            return len(x) / math.fsum(float(np.dot(part, part)) for part in wide)
        return _plain(len(x) / np.dot(x, x))
    return _plain(2 / eigenvalues(x)[-1])


def default_lr(x: Data) -> Scalar:
    """Return a quarter of the sharp bound: every error shrinks and none oscillates.

    The lr of `refgd.fit` where none is given. For x (n,) each step halves the error.
    Where x is all zero every lr is as good as any, and it is 1.
    """
    bound: Any = max_lr(x)
    return 1 if bound == math.inf else _plain(bound / 4)


def best_lr(x: Data) -> Scalar:
    r"""Return the fixed learning rate with the best guaranteed rate.

    **Definition**
    $$\eta^\star = \frac{2}{\lambda_{\max} + \lambda_{\min}}$$

    with the smallest NONZERO eigenvalue: along a zero one there is no gradient, and
    the weight rests. For x (n,) one step lands on the optimum.

    Args:
        x: The samples, (n,) or (n, d).

    Returns:
        The rate; inf where x is all zero. A Fraction for Fractions (n,).

    Raises:
        TypeError: If x does not hold real numbers.
        ValueError: If x is empty, not finite, or of a size whose squares overflow.

    Guarantee:
        `rate(x, lr)` is least at lr = best_lr(x), where it is (κ − 1)/(κ + 1) with
        κ = λmax/λmin (tight): tests/theory/test_theory.py,
        test_best_lr_has_the_best_rate.

    Example:
        >>> from refgd.theory import best_lr
        >>> round(best_lr([1, 2, 3, 4]), 4)
        0.0667

    References:
        B. T. Polyak, Introduction to Optimization (1987), section 1.4.2, theorem 3.
    """
    x = _checks.for_features(x)
    if x.ndim == 1:
        bound: Any = max_lr(x)
        return _plain(bound / 2)
    spectrum = eigenvalues(x)
    return _plain(2 / (spectrum[-1] + spectrum[0])) if len(spectrum) else math.inf


def rate(x: Data, lr: Number) -> Scalar:
    r"""Return the factor by which one step shrinks the error, at the worst.

    **Definition**
    $$\rho(\eta) = \max_{\lambda \ne 0} |1 - \eta \lambda|$$

    Args:
        x: The samples, (n,) or (n, d).
        lr: The learning rate, finite and not negative.

    Returns:
        ρ; below 1 the error shrinks, above 1 some start diverges. 0 where x is all
        zero: there is no error to shrink. A Fraction for Fractions (n,).

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If lr is negative, NaN or inf, or x is not a data set's x.

    Guarantee:
        |w_t − w*| ≤ ρᵗ |w_0 − w*| in the row space of x, with equality for some start
        (tight): tests/theory/test_theory.py, test_rate_is_tight.

    Example:
        >>> from refgd.theory import rate
        >>> round(rate([1, 2, 3, 4], 0.01), 12)
        0.85

    References:
        B. T. Polyak, Introduction to Optimization (1987), section 1.4.2, theorem 3.
    """
    x = _checks.for_features(x)
    lr = _checks.not_negative("lr", lr)
    if not x.any():
        return 0
    if x.ndim == 1:
        bound: Any = max_lr(x)
        return _plain(abs(1 - 2 * _checks.in_kind_of(x, lr) / bound))
    return float(np.abs(1 - float(lr) * eigenvalues(x)).max())


def steps_to(x: Data, lr: Number, tol: Number) -> int | float:
    r"""Return how many steps shrink the error to tol times the first, at the worst.

    **Definition**
    $$\min\, \{t : \rho(\eta)^t \le \mathrm{tol}\}
      = \lceil \ln \mathrm{tol} \,/ \ln \rho(\eta) \rceil$$

    Args:
        x: The samples, (n,) or (n, d).
        lr: The learning rate, finite and not negative.
        tol: What may be left of the error, above 0.

    Returns:
        The number of steps, to within the rounding of x's singular values, also where
        ρ rounds to 1; inf where some error never shrinks.

    Raises:
        TypeError: If an argument does not hold real numbers.
        ValueError: If lr is negative, NaN or inf, tol is not above 0, or x is not a
            data set's x.

    Example:
        >>> from refgd.theory import steps_to
        >>> steps_to([1, 2, 3, 4], 0.01, tol=1e-6)  # 0.85 ** 85 is 1.002e-06
        86
    """
    left = _checks.in_kind_of(Fraction(1), _checks.above_zero("tol", tol))
    h = float(_checks.not_negative("lr", lr)) * eigenvalues(x)
    # ρ = 1 − gone, and ln ρ keeps the digits of a small gone
    gone = np.minimum(h, 2 - h).min(initial=1)
    if left >= 1 or gone <= 0:
        return 0 if left >= 1 else math.inf
    if gone == 1:
        return 1
    wanted = math.log(left.numerator) - math.log(left.denominator)
    return math.ceil(wanted / float(np.log1p(-gone)))


def nonzero(sigma: Array, shape: tuple[int, ...]) -> Array:
    """Tell which singular values of an array of that shape are more than rounding."""
    noise = max(shape) * np.finfo(np.float64).eps * sigma.max()
    above: Array = sigma > noise
    return above


def _plain(value: Any) -> Scalar:
    """Return a Python float for what one holds; a Fraction or a longdouble as it is."""
    return float(value) if isinstance(value, np.float64) else value


def eigenvalues(x: Data) -> Array:
    r"""Return the nonzero eigenvalues of the Hessian H = (2/n) xᵀx, the least first.

    They come from the singular values σ of x, λ = 2σ²/n, so that no condition number
    is squared. A σ of at most max(n, d)·ε·σmax counts as zero, as in NumPy's
    `matrix_rank`.

    Args:
        x: The samples, (n,) or (n, d).

    Returns:
        (r,) with r the rank of x: computed in float64, and in x's dtype where that is
        wider.

    Raises:
        TypeError: If x does not hold real numbers.
        ValueError: If x is empty, not finite, or of a size whose squares overflow; if
            x is of Fractions whose eigenvalues are beyond float64.

    Example:
        >>> from refgd.theory import eigenvalues
        >>> eigenvalues([[1, 0], [0, 3]])
        array([1., 9.])
    """
    x = _checks.for_features(x)
    columns, power = x.reshape(len(x), -1), _power_of_two(x)
    if x.dtype not in PLAIN:
        columns = (columns / power).astype(np.float64)
    rows, exponents = _tsqr.triangle(columns)
    shift = int(np.max(exponents))
    sigma = np.linalg.svd(np.ldexp(rows, exponents - shift), compute_uv=False)[::-1]
    spectrum: Array = 2 * sigma[nonzero(sigma, columns.shape)] ** 2 / len(x)
    return _times_square(spectrum, power * type(power)(2) ** shift)


def _power_of_two(x: Array) -> Any:
    """Return about x's largest in x's arithmetic; 1 where float64 holds x anyway."""
    if x.dtype in PLAIN:
        return 1.0
    largest = np.abs(x).max()
    if x.dtype != object:
        return np.ldexp(x.dtype.type(1), np.frexp(largest)[1])
    top, bottom = largest.numerator.bit_length(), largest.denominator.bit_length()
    return Fraction(2) ** (top - bottom)


def _times_square(spectrum: Array, power: Any) -> Array:
    """Return the spectrum of x · power from that of x."""
    if not len(spectrum):
        return spectrum
    if not isinstance(power, Fraction):
        scaled: Array = spectrum * power * power
        return scaled
    if abs(math.log2(power.numerator) - math.log2(power.denominator)) > HALF_RANGE:
        raise ValueError("the eigenvalues of x leave float64; scale x")
    return spectrum * float(power**2)
