"""Standardized columns and a centred y, for `fit` to run on; and the way back."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array, Data, Scalar
from refgd.history import SoFar
from refgd.leastsquares import add_intercept
from refgd.scaling import _original_weights, _precise_mean, standardize

if TYPE_CHECKING:
    from refgd._outcome import Fit


class Units(NamedTuple):
    """What was taken from the columns of x, and from y.

    Attributes:
        mean: Each column's mean, (d,), or a number for x (n,).
        scale: Each column's scale, alike.
        y_mean: The mean of y; 0 where there is no intercept.
        intercept: Whether a column of ones was appended.
    """

    mean: Array
    scale: Array
    y_mean: Scalar
    intercept: bool

    def own_validation(self, validation: Any) -> Any:
        """Return validation data in these units; a fraction is one in any."""
        if not isinstance(validation, tuple | list) or len(validation) != len("xy"):
            return validation
        try:
            x, y = _checks.for_data(*validation)
            x, y = (_checks.like(np.asarray(self.scale), "data", a) for a in (x, y))
            shape = np.shape(self.scale)
            _checks.of_shape("a row of x", x[0], shape, "the training data")
        except (TypeError, ValueError) as error:
            msg = f"validation: {error}"
            raise type(error)(msg) from None
        x, y = (x - self.mean) / self.scale, y - self.y_mean
        return add_intercept(x) if self.intercept else x, y

    def own_start(self, w: Data | SoFar | None) -> Any:
        """Return the weights that predict in these units what w does in the user's.

        A run so far is in them.
        """
        if w is None or isinstance(w, SoFar):
            return w
        scale = np.asarray(self.scale)
        w = _checks.like(scale, "w", w)
        if not self.intercept:
            _checks.of_shape("w", w, scale.shape, "the columns")
            return w * scale
        _checks.of_shape("w", w, (scale.size + 1,), "the columns and an intercept")
        shift = np.dot(w[:-1], np.atleast_1d(self.mean)) - self.y_mean
        return np.append(w[:-1] * scale, w[-1] + shift)

    def original_data(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return x, with the ones, and y in the user's units, but for rounding."""
        if not self.intercept:
            return x * self.scale, y
        ones = x[:, -1]
        columns = x[:, :-1] * self.scale + np.outer(ones, self.mean)
        return np.column_stack([columns, ones]), y + ones * self.y_mean

    def original_weights(self, w: Array) -> Array:
        """Return weights, or a row each of several, in the user's units."""
        if not self.intercept:
            return w / self.scale
        mean = np.atleast_1d(self.mean)
        return _original_weights(w, mean, self.scale, self.y_mean)

    def original_run(self, run: "Fit") -> "Fit":
        """Return the run with its weights in the user's units."""
        history = run.history._replace(w=self.original_weights(run.history.w))
        return replace(run, w=self.original_weights(run.w), history=history)


def take_units(x: Array, y: Array, ones: Array | None) -> tuple[Array, Array, Units]:
    """Standardize x and, beside ones, center y: the same problem in better units.

    Args:
        x: The columns, (n,) or (n, d).
        y: The targets, (n,).
        ones: The column of the intercept, or what it became by `compress`; None for no
            intercept.

    Returns:
        x with the ones as the last column, y, and the units.
    """
    s = standardize(x, np.zeros(len(x)) if ones is None else ones)
    if ones is None:
        return s.x, y, Units(s.mean, s.scale, y.dtype.type(0), intercept=False)
    y_mean = _precise_mean(y, ones)
    units = Units(s.mean, s.scale, y_mean, intercept=True)
    return np.column_stack([s.x, ones]), y - ones * y_mean, units


def own_problem(
    x: Data, y: Data, *, intercept: bool, standardize: bool | None
) -> tuple[Data, Data, Units | None]:
    """Append a column of ones to x, or standardize its columns, or both, or neither."""
    _checks.flags(intercept=intercept)
    if standardize is None:
        standardize = intercept
    _checks.flags(standardize=standardize)
    if not (intercept or standardize):
        return x, y, None
    x, y = _checks.for_data(x, y)
    ones = _checks.like(x, "x", np.ones(len(y), dtype=int)) if intercept else None
    if standardize:
        return take_units(x, y, ones)
    mean, y_mean = _checks.zeros_like(x[0]), _checks.zeros_like(y[0])
    return add_intercept(x), y, Units(mean, mean + 1, y_mean, intercept=True)
