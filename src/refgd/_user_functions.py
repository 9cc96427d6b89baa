"""The user's optimizers and objectives: called with copies, their results checked.

What refgd wrote itself is tested for all of this, and is called as it is.
"""

from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction
from functools import partial
from types import NoneType
from typing import Any

import numpy as np

from refgd import _checks
from refgd._types import Objective, Scalar, Weights
from refgd.batches import MiniBatches
from refgd.leastsquares import LeastSquares
from refgd.optimizers import Optimizer
from refgd.optimizers._protocol import Step, Update, _pair_of

OWN = (LeastSquares, MiniBatches)
CONSTANT = (float, int, np.generic, Fraction, NoneType)  # nothing can change them
TRIALS = 3  # steps that show whether an update changes dw or state


def checked_optimizer(optimizer: Optimizer) -> tuple[Callable[..., Any], Update]:
    """Return init and update, which change nothing that they are given."""
    if is_own(optimizer):
        return optimizer.init, optimizer.update
    return partial(_init, optimizer.init), _careful(optimizer.update)


def unchecked(
    objective: Objective, update: Update, w: Weights
) -> tuple[Objective, Update]:
    """Return both for w's dtype and shape, which refgd's own functions keep.

    The user's were made careful before, and stay so.
    """
    if type(objective) is LeastSquares and objective.x.dtype is _checks.kind(w):
        objective = objective.unchecked()
    pair = _pair_of(update)
    return objective, update if pair is None else pair.unchecked


def checked_objective(
    objective: Objective,
) -> tuple[Objective, Callable[[int], Objective] | None]:
    """Return the objective, and `at` if it has one, whose results are checked."""
    at = getattr(objective, "at", None)
    if type(objective) in OWN:
        return objective, at
    measure = partial(_measure, objective)
    return measure, None if at is None else lambda t: partial(_measure, at(t))


def is_own(optimizer: Optimizer) -> bool:
    """Whether refgd wrote the optimizer, and those that it wraps."""
    pair = _pair_of(optimizer.update)
    if pair is None or pair.call is None:
        return False
    arguments = [*pair.call.args, *pair.call.keywords.values()]
    return all(is_own(each) for each in arguments if isinstance(each, Optimizer))


def _init(init: Callable[[Weights], Any], w: Weights) -> Any:
    return init(_copy(w))


def _careful(update: Update) -> Update:
    """Return an update that leaves w, dw and state alone, and returns its own w.

    Each w is a copy. Copies of dw and state take longer: they end when the first few
    steps have changed none of them.
    """
    trials = TRIALS

    def step(w: Weights, dw: Weights, state: Any) -> Step:
        nonlocal trials
        is_array = type(w) is np.ndarray
        own = w.copy() if is_array else w
        if trials == 0:
            result = update(own, dw, state)
        else:
            given = _copy((dw, state))
            result = update(own, *given)
            trials = trials - 1 if _is_unchanged(given, (dw, state)) else TRIALS
        if type(result) is not tuple or len(result) != 2:  # noqa: PLR2004 - w and state
            msg = f"an optimizer's update must return (w, state), got {result!r}"
            raise TypeError(msg)
        if is_array or type(result[0]) is not np.float64 is type(w):
            return _like(w, result[0]), result[1]
        return result

    return step


def _measure(objective: Objective, w: Weights) -> tuple[Scalar, Weights]:
    """Return the loss, a real number, and a gradient of w's shape."""
    is_array = type(w) is np.ndarray
    result: Any = objective(w.copy() if is_array else w)
    if type(result) is not tuple or len(result) != 2:  # noqa: PLR2004 - loss and dw
        result = _pair_in(result)
    loss, dw = result
    if not isinstance(loss, float):  # as np.float64 is
        loss = _checks.number("the loss that an objective returns", loss)
    if type(dw) is np.float64 is type(w):
        return loss, dw
    if _is_alike(dw, w):
        return loss, dw.copy() if is_array else dw
    _, dw = _checks.for_update(w, dw)
    return loss, _copy(dw)


def _pair_in(result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple | list) or len(result) != 2:  # noqa: PLR2004 - loss and dw
        msg = f"an objective must return (loss, dw), got {result!r}"
        raise TypeError(msg)
    loss, dw = result
    return loss, dw


def _like(w: Weights, value: Any) -> Weights:
    """Return a copy of a value of w's kind and shape; refuse any other."""
    if _is_alike(value, w):
        return value.copy() if type(value) is np.ndarray else value
    kind, shape, name = _checks.kind(w), np.shape(w), "the w that an update returns"
    array = _checks.array(name, value)
    got = array.dtype if array.dtype == _checks.OBJECT else np.asarray(value).dtype
    if got != kind or array.shape != shape:
        msg = (
            f"{name} must be of {_spell(kind)} and shape {shape}, as w is; "
            f"got {_spell(got)} and shape {array.shape}"
        )
        error = ValueError if got == kind else TypeError
        raise error(msg)
    return _copy(array[()])


def _spell(kind: "np.dtype[Any]") -> str:
    return "Fractions" if kind == _checks.OBJECT else str(kind)


def _is_alike(value: Any, w: Weights) -> bool:
    """Whether both are floats or arrays of them, of one dtype and shape.

    A masked array is of another type.
    """
    return (
        type(value) is type(w)
        and type(w) is not Fraction
        and value.dtype is w.dtype
        and value.shape == w.shape
        and w.dtype.char != "O"
    )


def _copy(value: Any) -> Any:
    """Return the value, or a copy of what can be changed."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, CONSTANT):
        return value
    if isinstance(value, tuple):
        parts = map(_copy, value)
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    return deepcopy(value)


def _is_unchanged(copy: Any, value: Any) -> bool:
    """Whether a copy still holds the same bits; False where that is not known."""
    if isinstance(value, tuple):
        return all(map(_is_unchanged, copy, value))
    if isinstance(value, np.ndarray):
        return bool(copy.tobytes() == value.tobytes())
    return isinstance(value, CONSTANT)
