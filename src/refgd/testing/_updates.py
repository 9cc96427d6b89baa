"""Run anybody's update, whatever it takes for its weights and for its first state."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from refgd._types import Array

#: ``(w, dw, state, rate) -> (w, state)``, or w alone.
Step = Callable[[Any, Any, Any, Any], Any]
Init = Callable[..., Any] | None

#: What code for single numbers, or for another first state, fails with.
_UNFIT = (TypeError, ValueError, AttributeError, KeyError, IndexError)


def walk(step: Step, init: Init, gradients: Array, rates: Array, w: Array) -> Array:
    """Return the trajectory: on arrays, else on one weight at a time.

    Raises:
        Exception: What the update raised on arrays, if it cannot do either.
    """
    try:
        return _walk(step, init, gradients, rates, w)
    except _UNFIT as on_arrays:
        columns = zip(gradients.T, w, strict=True)
        try:
            each = [_walk(step, init, g.tolist(), rates, float(a)) for g, a in columns]
        except _UNFIT:
            raise on_arrays from None
        return np.stack(each, axis=1)


def _walk(step: Step, init: Init, gradients: Any, rates: Array, w: Any) -> Array:
    """Walk from the state that init makes; from None or {} where there is no init."""
    if init is not None:
        return _rows(step, init(copy.copy(w)), gradients, rates, w)
    try:
        return _rows(step, None, gradients, rates, w)
    except _UNFIT as on_none:
        try:
            return _rows(step, {}, gradients, rates, w)
        except _UNFIT:
            raise on_none from None


def _rows(step: Step, state: Any, gradients: Any, rates: Array, w: Any) -> Array:
    """Return the weights before, between and after the steps.

    Each w and dw is a copy, so that what is changed in place changes nothing else.
    """
    rows = [w]
    for dw, rate in zip(gradients, rates, strict=True):
        try:
            made = step(copy.copy(w), copy.copy(dw), state, float(rate))
        except ZeroDivisionError:  # of Python's floats; an array would hold inf or NaN
            made = w * np.nan
        w, state = made if isinstance(made, tuple) else (made, state)
        if w is None:
            raise TypeError("update must return (w, state), or w, got None")
        rows.append(copy.copy(w))
    return np.stack(rows)
