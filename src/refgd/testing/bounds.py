r"""How far rounding may carry a floating-point result from the exact one.

The model of Higham, Accuracy and Stability of Numerical Algorithms (2002), (2.4) and
(2.8): fl(a op b) = (a op b)(1 + δ) + e with |δ| ≤ u, |e| ≤ η; e = 0 in sums. u is the
unit roundoff and η the smallest subnormal number. Sums may be taken in any order.

Each bound is computed in rational arithmetic, so it is not itself rounded.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from refgd._types import Array, Scalar, Weights
from refgd.core import forward
from refgd.testing.exact import fractions


def unit_roundoff(dtype: npt.DTypeLike) -> Fraction:
    """Return u, half the distance from 1 to the next number of the dtype."""
    eps: Fraction = fractions(np.finfo(dtype).eps)
    return eps / 2


def smallest_subnormal(dtype: npt.DTypeLike) -> Fraction:
    """Return η, the smallest positive number of the dtype."""
    eta: Fraction = fractions(np.finfo(dtype).smallest_subnormal)
    return eta


def gamma(k: int, dtype: npt.DTypeLike) -> Fraction:
    r"""Bound the relative error of k roundings in a row.

    **Definition**
    $$\gamma_k = \frac{k u}{1 - k u}$$

    Raises:
        ValueError: If k·u reaches 1: then nothing is known.

    Example:
        >>> import numpy as np
        >>> from refgd.testing.bounds import gamma
        >>> float(gamma(10, np.float64))
        1.1102230246251577e-15

    References:
        Higham (2002), lemma 3.1.
    """
    ku = k * unit_roundoff(dtype)
    if ku >= 1:
        msg = f"{k} roundings in {np.dtype(dtype)} leave no right digit"
        raise ValueError(msg)
    return ku / (1 - ku)


def forward_bound(w: Weights, x: Array, dtype: npt.DTypeLike) -> Any:
    r"""Bound the error of each prediction.

    **Definition**
    $$|\hat p_i - p_i| \le \gamma_d \sum_j |x_{ij} w_j| + 2 d \eta$$

    Args:
        w: The weight, as the computation saw it.
        x: The samples, likewise.
        dtype: What it was computed in.

    Returns:
        A Fraction, or an object array (n,) of them.
    """
    x, w = fractions(x), fractions(w)
    d = x.shape[1] if np.ndim(x) > 1 else 1
    sums = forward(abs(w), abs(x))
    return gamma(d, dtype) * sums + 2 * d * smallest_subnormal(dtype)


def mse_bound(w: Weights, x: Array, y: Array, dtype: npt.DTypeLike) -> Scalar:
    r"""Bound the error of the loss at w.

    **Definition**
    $$|\hat r_i - r_i| \le \rho_i = \gamma_{d+1} s_i + 4 d \eta, \qquad
      s_i = \sum_j |x_{ij} w_j| + |y_i|$$
    $$|\hat L - L| \le \frac1n \sum_i
      \bigl[(1 + \gamma_{n+1})(|r_i| + \rho_i)^2 - r_i^2\bigr] + 3\eta$$

    A residual has d roundings for its prediction and one of its own; n more are for
    the dot, one for the division.
    """
    x, y, w = fractions(x), fractions(y), fractions(w)
    n, d = np.size(y), (x.shape[1] if np.ndim(x) > 1 else 1)
    r, s = abs(forward(w, x) - y), forward(abs(w), abs(x)) + abs(y)
    g, e = gamma(d + 1, dtype), 4 * d * smallest_subnormal(dtype)
    # Σ(|r| + g·s + e)², multiplied out: sums of the data stay short Fractions
    cross = g * np.dot(r, s) + e * np.sum(r) + g * e * np.sum(s)
    excess = 2 * cross + g**2 * np.dot(s, s) + n * e**2
    worst = np.dot(r, r) + excess
    return (gamma(n + 1, dtype) * worst + excess) / n + 3 * smallest_subnormal(dtype)


def grad_bound(w: Weights, x: Array, y: Array, dtype: npt.DTypeLike) -> Any:
    r"""Bound the error of each component of the gradient at w.

    **Definition**
    $$|\hat g_j - g_j| \le \gamma_{n+d+2}\, \frac2n \sum_i |x_{ij}| s_i
      + \eta \Bigl(\frac{16 d}{n} \sum_i |x_{ij}| + 5\Bigr)$$

    d roundings for a prediction, one for its residual, n for the dot, one for the
    division; the factor 2 is exact. s is that of `mse_bound`.

    Args:
        w: The weight, as the computation saw it.
        x: The samples, likewise.
        y: The targets, likewise.
        dtype: What it was computed in.

    Returns:
        A Fraction, or an object array (d,) of them.
    """
    x, y, w = fractions(x), fractions(y), fractions(w)
    n, d = np.size(y), (x.shape[1] if np.ndim(x) > 1 else 1)
    sums = forward(abs(w), abs(x)) + abs(y)
    rounding = gamma(n + d + 2, dtype) * (2 * np.dot(abs(x).T, sums) / n)
    magnitude = np.sum(abs(x), axis=0) / n
    return rounding + smallest_subnormal(dtype) * (16 * d * magnitude + 5)


def step_bound(w: Weights, dw: Weights, lr: Scalar, dtype: npt.DTypeLike) -> Any:
    r"""Bound the error of each component of a step from w against dw.

    **Definition**
    $$|\hat w' - w'| \le u\,|w| + \gamma_2\, \eta_t |g| + 2\eta$$

    One rounding for the product, one for the difference; w sees only the latter.
    """
    w, dw, lr = fractions(w), fractions(dw), fractions(lr)
    u = unit_roundoff(dtype)
    return u * abs(w) + gamma(2, dtype) * lr * abs(dw) + 2 * smallest_subnormal(dtype)


def compressed_bound(w: Weights, x: Array, y: Array, dtype: npt.DTypeLike) -> Fraction:
    r"""Bound the change of √(n·L) at w, for any w, that `refgd.compress` makes.

    **Definition**
    $$\Bigl|\sqrt{n L_c} - \sqrt{n L}\Bigr| \le
      \Bigl(\gamma_{40 (n + 4)(d + 1)} + \mathring u\Bigr)
      \Bigl(\sum_j |x_j|_2 |w_j| + |y|_2\Bigr)$$

    with γ that of float64, in which R is computed, and ů the unit roundoff of the
    dtype, to which it is rounded. R is the triangle of data that differ by columns of
    at most γ|x_j| (theorem 19.4). A reflection I − vvᵀ of length m has 4m + 8
    roundings in v (lemma 19.1), which counts twice, m + 2 in its use, and |vvᵀ| = 2:
    less than 20(m + 1). There are d + 1 of them in a triangle; each of the n rows is
    in one block, and each block's d + 1 rows are in the stack again, no more than n of
    them: hence twice. The scales, and √(k/n) and back in a merge, are the rest.

    References:
        Higham (2002), lemmas 19.1 to 19.3 and theorem 19.4.
    """
    x, y, w = fractions(x), fractions(y), fractions(w)
    columns, w = x.reshape(len(x), -1), np.atleast_1d(w)
    n, d = columns.shape
    sizes = [root(np.dot(column, column)) for column in (*columns.T, y)]
    weight = sum(np.array(sizes[:-1]) * abs(w)) + sizes[-1]
    g = gamma(40 * (n + 4) * (d + 1), np.float64) + unit_roundoff(dtype)
    bound: Fraction = g * weight
    return bound


def root(square: Fraction) -> Fraction:
    """Return √ of a Fraction, rounded up: at most 2⁻¹²⁸ of it too large.

    Example:
        >>> from fractions import Fraction
        >>> from refgd.testing.bounds import root
        >>> float(root(Fraction(9, 4)))
        1.5
    """
    a, b = square.as_integer_ratio()
    shift = max(0, 256 - (a * b).bit_length()) + 256
    return Fraction(math.isqrt(a * b << 2 * shift) + 1, b << shift)
