r"""The mean squared error of a data set as an objective: w -> (loss, dw)."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from refgd import _blocks, _checks
from refgd._types import Array, Data, Scalar, Weights

LARGE = 2**16  # rows whose residual would not stay in cache


@dataclass(frozen=True, slots=True, init=False, eq=False)
class LeastSquares:
    r"""The loss and gradient of y = x · w on one data set, checked once.

    **Definition**
    $$w \mapsto \Bigl(\tfrac1n |xw - y|^2,\; \tfrac2n x^\top (xw - y)\Bigr)$$

    Attributes:
        x: The samples, (n,) or (n, d), as a read-only view where no copy was needed.
        y: The targets, (n,), in x's dtype.

    Raises:
        TypeError: If x or y do not hold real numbers.
        ValueError: If x or y are empty, not paired, not finite, or of a size whose
            squares the dtype cannot hold (float64: about 1e-154 to 1e154).

    Example:
        >>> import refgd
        >>> objective = refgd.LeastSquares([1, 2, 3, 4], [2, 4, 6, 8])
        >>> loss, dw = objective(0.0)
        >>> float(loss), float(dw)
        (30.0, -30.0)
    """

    x: Array
    y: Array

    def __init__(self, x: Data, y: Data) -> None:
        self._hold(*_checks.for_data(x, y))

    def _hold(self, x: Array, y: Array) -> None:
        for name, a in (("x", x), ("y", y)):
            view = a.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __setstate__(self, state: list[Array]) -> None:
        """Take x and y from a pickle or a copy, which would leave them writeable."""
        self._hold(*state)

    def __call__(self, w: Weights) -> tuple[Scalar, Weights]:
        """Return the loss and the gradient at w, a scalar or (d,).

        Bit for bit what `mse` and `grad` return, with the residual computed once. From
        `LARGE` rows of float32 or float64 on it is computed in blocks that stay in
        cache, and agrees with them within the bounds of `refgd.testing.bounds`.
        """
        x = self.x
        if getattr(w, "dtype", None) is not x.dtype or w.shape != x.shape[1:]:
            w = self.weights(w)
        return self.unchecked()(w)

    def unchecked(self) -> Callable[[Weights], tuple[Scalar, Weights]]:
        """Return what calls give, as a function of a w of x's dtype and of its shape.

        For one loop: what a call looks up each time is looked up once, and the residual
        always lies in the same place.
        """
        x, y, n = self.x, self.y, self.y.size
        if n >= LARGE and x.dtype in _checks.SHORT:
            return self._in_blocks
        residual = np.empty_like(y)
        predict, pull, subtract, square = x.dot, x.T.dot, np.subtract, residual.dot
        half = Fraction(n, 2) if x.dtype == _checks.OBJECT else n / 2

        def measure(w: Weights) -> tuple[Scalar, Weights]:
            predict(w, residual)
            subtract(residual, y, residual)
            return square(residual) / n, pull(residual) / half

        return measure

    def _in_blocks(self, w: Weights) -> tuple[Scalar, Weights]:
        n, kept = self.y.size, self.x.dtype.type
        square, product = _blocks.sums(self.x, self.y, w)
        return kept(square / n), kept(2 * product / n)

    def loss(self, w: Weights) -> Scalar:
        """Return the loss alone, at a w of x's dtype."""
        if self.y.size >= LARGE and self.x.dtype in _checks.SHORT:
            square, _ = _blocks.sums(self.x, self.y, w)
            return self.x.dtype.type(square / self.y.size)
        residual = self.x.dot(w) - self.y
        return residual.dot(residual) / self.y.size

    def take(self, rows: Array) -> "LeastSquares":
        """Return the objective of some of the rows, which are not checked again."""
        part = object.__new__(LeastSquares)
        part._hold(self.x[rows], self.y[rows])
        return part

    def weights(self, w: Data | None = None) -> Weights:
        """Return w checked, copied and cast to x's dtype; zeros for None."""
        return _checks.start(w, self.x)


def add_intercept(x: Data) -> Array:
    r"""Append a column of ones, so that the last weight is the intercept.

    **Definition**
    $$x \mapsto [x \;\; 1], \qquad \hat y_i = \sum_j x_{ij} w_j + w_{d+1}$$

    Args:
        x: The samples, (n,) or (n, d).

    Returns:
        An array (n, 2) or (n, d + 1) in x's dtype.

    Raises:
        TypeError: If x does not hold real numbers.
        ValueError: If x is empty, or has more than two dimensions.

    Example:
        >>> import refgd
        >>> refgd.add_intercept([3, 5])
        array([[3., 1.],
               [5., 1.]])
    """
    samples = _checks.samples(x)
    ones = _checks.like(samples, "x", np.ones(len(samples), dtype=int))
    return np.column_stack([samples, ones])
