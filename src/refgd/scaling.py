r"""Columns of one size, which plain descent needs, and the way back for weights."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array, Data, Scalar

#: Where `ones` are given, a column that varies by less of its size is constant:
#: `compress` rounds it by some 1e-14 of that, and noise must not become size 1.
CONSTANT = 1e-12


class Standardized(NamedTuple):
    """Columns with mean 0 and mean square 1, and what was taken from them.

    Attributes:
        x: The columns (x − mean) / scale, of x's shape.
        mean: Each column's mean, (d,), or a number for x (n,).
        scale: Each column's root mean square about it, alike; 1 for a constant one.
    """

    x: Array
    mean: Array
    scale: Array

    def weights(self, w: Data) -> Array:
        r"""Return the weights for the original columns that predict the same.

        **Definition**
        $$\sum_j w_j \frac{x_j - \bar x_j}{s_j} + b
          = \sum_j \frac{w_j}{s_j} x_j
          + \Bigl(b - \sum_j \frac{w_j}{s_j} \bar x_j\Bigr)$$

        Args:
            w: (d + 1,), fitted on `add_intercept(self.x)`: the intercept b is last. For
                x (n,) it is (2,). Or several, a row each, as in a run's history.

        Returns:
            The slopes and, last, the intercept, of w's shape, in the arithmetic of x.

        Raises:
            TypeError: If w does not hold real numbers.
            ValueError: If w has another shape, or is not finite.

        Guarantee:
            Both predict the same: exactly on Fractions (tight); in floats within
            (d + 4) roundings of |b| + Σ |w_j/s_j| (|x_j| + |mean_j|):
            tests/descent/test_scaling.py, test_weights_predict_the_same and
            test_weights_in_floats_predict_the_same.
        """
        mean, scale = np.atleast_1d(self.mean), np.atleast_1d(self.scale)
        w = _checks.like(self.x, "w", w)
        shape = (*w.shape[:-1], len(mean) + 1)
        _checks.of_shape("w", w, shape, "the columns and an intercept")
        _checks.finite("w", w)
        return _original_weights(w, mean, scale)


def standardize(x: Data, ones: Data | None = None) -> Standardized:
    r"""Shift and scale each column to mean 0 and mean square 1.

    **Definition**
    $$x_{ij} \mapsto \frac{x_{ij} - \bar x_j}{s_j}, \qquad
      s_j^2 = \frac1n \sum_i (x_{ij} - \bar x_j)^2$$

    Plain descent takes some κ steps, with κ the ratio of the Hessian's eigenvalues,
    and columns of unequal size, or far from 0 beside an intercept, make κ large. The
    standardized columns and an intercept have H = 2 · (their correlations, and 1): κ is
    1 for one column, whatever its unit was. Fit `add_intercept` of them, and take the
    weights back.

    Args:
        x: The samples, (n,) or (n, d), without a column of ones.
        ones: What became of that column, (n,), where x comes from compressed rows: the
            mean is the multiple of it that leaves least of x. All zeros, for a fit
            without an intercept, shift nothing. None for ones.

    Returns:
        A `Standardized`, in x's dtype. A column all of one value, as each is where
        there is a single sample, becomes 0 with scale 1: its weight has no gradient.
        On Fractions the mean is exact, and the scale, a root, is within 2⁻⁶⁴ of it,
        exact where it is rational; the way back is exact for any scale.

    Raises:
        TypeError: If x does not hold real numbers.
        ValueError: If x is empty, not finite, or of a size whose squares overflow; or
            ones are not finite, or not (n,).

    Guarantee:
        Scaling a column by a power of two changes its scale and mean by that factor,
        and the standardized column not at all (tight): tests/descent/test_scaling.py,
        test_a_power_of_two_changes_no_bit.

    Example:
        >>> import refgd
        >>> s = refgd.standardize([1000.0, 3000.0])
        >>> s.x, float(s.mean), float(s.scale)
        (array([-1.,  1.]), 2000.0, 1000.0)
        >>> run = refgd.fit(refgd.add_intercept(s.x), [5.0, 7.0], tol=1e-12)
        >>> s.weights(run.w).round(6)  # y = x / 1000 + 4
        array([1.e-03, 4.e+00])
    """
    x = _checks.for_features(x)
    if ones is not None:
        ones = _checks.like(x, "ones", ones)
        _checks.of_shape("ones", ones, x.shape[:1], f"x {x.shape}")
        _checks.finite("ones", ones)
    columns = x.reshape(len(x), -1).T
    moments = [_moments(column, ones) for column in columns]
    mean, scale, kept = np.array(moments).T.reshape(3, *x.shape[1:])
    shift = mean if ones is None else np.multiply.outer(ones, mean)
    return Standardized((x - shift) * kept / scale, mean, scale)


def _original_weights(w: Array, mean: Array, scale: Array, y_mean: Scalar = 0) -> Array:
    """Return weights, or a row each of several, for the original columns and y."""
    slopes = w[..., :-1] / scale
    shift = np.dot(slopes, mean) - y_mean
    return np.append(slopes, w[..., -1:] - np.expand_dims(shift, -1), axis=-1)


def _moments(column: Array, ones: Array | None) -> tuple[Scalar, ...]:
    """Return the mean and the root mean square about it, or 1 for a constant.

    And by what to multiply what is left of the column: 0 for a constant, 1 for others.
    """
    one = 1 if ones is None else ones
    if column.dtype == object:
        mean = _mean(column, ones)
        return mean, _root(_mean_square(column - one * mean)) or Fraction(1), 1
    # in units of a power of two, so that no square leaves the floats' range
    _, exponent = np.frexp(np.abs(column).max())
    unit = np.ldexp(column, -exponent)
    mean = _precise_mean(unit, ones)
    rest = unit - one * mean
    _, spread = np.frexp(np.abs(rest).max())
    size = np.sqrt(_mean_square(np.ldexp(rest, -spread)))
    noise = 0 if ones is None else CONSTANT * np.sqrt(_mean_square(unit))
    is_constant = np.ldexp(size, spread) <= noise
    scale = column.dtype.type(1) if is_constant else np.ldexp(size, spread + exponent)
    return np.ldexp(mean, exponent), scale, column.dtype.type(not is_constant)


def _mean(column: Array, ones: Array | None) -> Scalar:
    """Return the c for which ones · c is nearest to the column; 0 where ones are 0."""
    if ones is None:
        return column.sum() / len(column)
    square = np.dot(ones, ones)
    return np.dot(ones, column) / square if square else square


def _precise_mean(column: Array, ones: Array | None) -> Scalar:
    """Return the mean, and that of what it left: together they are right to an ulp."""
    mean = _mean(column, ones)
    return mean + _mean(column - (1 if ones is None else ones) * mean, ones)


def _mean_square(column: Array) -> Scalar:
    return np.dot(column, column) / len(column)


def _root(square: Fraction) -> Fraction:
    """Return √(a/b) = √(ab)/b, to 2⁻⁶⁴ of it; exact where it is rational."""
    a, b = square.as_integer_ratio()
    return Fraction(math.isqrt(a * b << 128), b << 64)
