"""Any four functions of gradient descent, as the laws call them: exact, or in balls."""

from collections.abc import Callable
from inspect import unwrap
from typing import Any, NamedTuple

import numpy as np

from refgd import core
from refgd._types import Array
from refgd.testing import conventions
from refgd.testing._answers import flat, is_rational
from refgd.testing._ball import Ball, as_ball
from refgd.testing.exact import fractions
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._oracle import (
    Oracle,
    forward_oracle,
    gradient_oracle,
    loss_oracle,
)
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.gradient._verdict import allowance, coarser, fits
from refgd.testing.step._check import tolerate

Function = Callable[..., Any]


class Functions(NamedTuple):
    """The four functions, the loss and its gradient as functions of the weight.

    Attributes:
        forward: ``(w, x) -> y_pred``.
        loss: ``(w, x, y) -> loss``.
        grad: ``(w, x, y) -> dw``.
        step: ``(w, dw, lr) -> w``.
    """

    forward: Any
    loss: Any
    grad: Any
    step: Function


def make_functions(
    forward: Function | None = None,
    mse: Function | None = None,
    grad: Function | None = None,
    step: Function | None = None,
) -> Functions:
    """Return functions of w from the user's, whatever the order of their parameters.

    What is not given is refgd's; a step is called by place, with w, dw and lr.

    Raises:
        TypeError: If the parameters of one cannot be told apart.
    """
    predict = UserFunction(forward or core.forward)
    loss, slope = UserFunction(mse or core.mse), UserFunction(grad or core.grad)
    return Functions(
        OfWeights(predict, predict),
        OfWeights(loss, predict),
        OfWeights(slope, predict),
        step or core.step,
    )


class OfWeights(NamedTuple):
    """A user's function, called by its roles, as a function of w, x and y."""

    function: UserFunction
    predict: UserFunction

    def inputs(self, w: Any, x: Any, y: Any = None) -> dict[str, Any]:
        """Return what the user's function is called with, by role."""
        if self.function.takes_weights:
            return {"w": w, "x": x, "y": y}
        return {"x": x, "y": y, "y_pred": self.predict({"w": w, "x": x})}

    def __call__(self, w: Any, x: Any, y: Any = None) -> Any:
        """Call it."""
        return self.function(self.inputs(w, x, y))


#: refgd's own equations, without the checks of what enters.
EQUATIONS = make_functions(
    unwrap(core.forward), unwrap(core.mse), unwrap(core.grad), unwrap(core.step)
)


class ShapeError(AssertionError):
    """A function returned an answer of another shape than is meant, or no numbers."""


class LeavesRationalsError(Exception):
    """A function returned no rational number for rational ones, or cannot take them."""


#: The shape of each function's answer.
SHAPES = Functions(
    lambda _w, x: np.shape(x)[:1],
    lambda *_: (),
    lambda w, _x, _y: np.shape(w),
    lambda w, _dw, _lr: np.shape(w),
)


def in_fractions(functions: Functions) -> Functions:
    """Return the functions with an error where one leaves rational arithmetic."""

    def guard(function: Function, shape: Function) -> Function:
        def call(*arguments: Any) -> Any:
            try:
                entries, predictions = _call(function, arguments)
            except Exception as error:
                raise LeavesRationalsError from error
            if entries is None or not (
                is_rational(entries) and is_rational(predictions)
            ):
                raise LeavesRationalsError
            return _shaped(entries, shape(*arguments))

        return call

    return Functions(*map(guard, functions, SHAPES))


def _shaped(entries: Array | None, shape: tuple[int, ...]) -> Any:
    """Return an answer in the shape that is meant; one number may be in an array."""
    if entries is None or not fits(entries.shape, shape):
        got = "no number" if entries is None else f"shape {entries.shape}"
        msg = f"a function returned {got}, where shape {shape} is meant"
        raise ShapeError(msg)
    if entries.dtype.kind == "f" and not np.all(np.isfinite(entries)):
        msg = f"a function returned {entries.tolist()}, which is not finite"
        raise ShapeError(msg)
    return entries.reshape(shape)[()]


def in_balls(functions: Functions) -> Functions:
    """Return the functions as they are in floats, with what rounding may do to each.

    A function sees the floats nearest to the middles. Its answer is the middle of the
    ball that is returned. The radius is the tolerance that `check_gradient` has for
    this function, and what the radii of the inputs make of the exact function.
    """
    mse = conventions.get("mse")
    of_loss, of_slope = UserFunction(functions.loss), UserFunction(functions.grad)
    forward = forward_oracle(UserFunction(functions.forward))
    loss, grad = loss_oracle(of_loss, mse), gradient_oracle(of_slope, mse)

    def of_oracle(oracle: Oracle) -> Function:
        def tolerance(dtype: Any, w: Any, x: Any, y: Any = None) -> Any:
            y = np.zeros(len(x)) if y is None else y
            return allowance(oracle, Example(x, y, w), dtype)

        return tolerance

    tolerances = of_oracle(forward), of_oracle(loss), of_oracle(grad), tolerate
    return Functions(*map(_enclose, functions, EQUATIONS, tolerances))


def _enclose(function: Function, equation: Function, tolerance: Function) -> Function:
    def call(*arguments: Any) -> Any:
        floats = tuple(_floats(argument) for argument in arguments)
        seen = [_recentred(a, at) for a, at in zip(arguments, floats, strict=True)]
        exact = np.asarray(equation(*seen))
        entries, predictions = _call(function, floats)
        answer = np.asarray(_shaped(entries, exact.shape))
        kind = coarser(np.dtype(np.float64), answer.dtype, predictions.dtype)
        slack = tolerance(kind, *floats)
        return _balls(fractions(answer), np.reshape(slack, exact.shape) + _radii(exact))

    return call


def _call(function: Any, arguments: tuple[Any, ...]) -> tuple[Array | None, Array]:
    """Return a function's answer, and the predictions that it was made from, if any."""
    fresh = [_copy(argument) for argument in arguments]
    if not isinstance(function, OfWeights):
        return flat(function(*fresh)), np.empty(0, dtype=object)
    inputs = function.inputs(*fresh)
    predictions = np.asarray(inputs.get("y_pred", np.empty(0, dtype=object)))
    return flat(function.function(inputs)), predictions


def to_balls(values: Any) -> Any:
    """Return the same numbers as balls; a number's has no radius."""
    return _as_balls(values)


_as_balls: Any = np.frompyfunc(as_ball, 1, 1)
_balls: Any = np.frompyfunc(Ball, 2, 1)
_middles: Any = np.frompyfunc(lambda value: as_ball(value).middle, 1, 1)
_radii: Any = np.frompyfunc(lambda value: as_ball(value).radius, 1, 1)


def _floats(balls: Any) -> Any:
    """Return the floats nearest to the middles."""
    return np.asarray(_middles(balls)).astype(np.float64)[()]


def _recentred(balls: Any, floats: Any) -> Any:
    """Return the same balls, wider, around the floats nearest to their middles."""
    middles = fractions(floats)
    return _balls(middles, _radii(balls) + abs(_middles(balls) - middles))


def _copy(value: Any) -> Any:
    return np.array(value)[()] if isinstance(value, np.ndarray) else value
