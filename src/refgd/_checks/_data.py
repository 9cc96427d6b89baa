"""Shapes and data: what the four functions ask, and a data set, once."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refgd._checks._kinds import alike, array, in_kind_of, like
from refgd._checks._numbers import not_negative
from refgd._types import Array, Data, Number, Scalar, Weights

MATRIX = 2  # x is (n,) or (n, d): the most dimensions that data have


# --- what the four functions ask -------------------------------------------------


def for_forward(w: Data, x: Data) -> tuple[Array, Array]:
    """Check w against x: scalar for x (n,) or one number, (d,) for x (n, d)."""
    x, w = alike(x=x, w=w)
    _samples(x)
    return _weights(w, x), x


def for_mse(y: Data, y_pred: Data) -> tuple[Array, Array]:
    """Check that y and y_pred are one column each, of one length."""
    y_pred, y = alike(y_pred=y_pred, y=y)
    _paired("y_pred", y_pred, y_pred.shape[:1], "one value a sample")
    _paired("y", y, y_pred.shape, "y_pred")
    return y, y_pred


def for_grad(x: Data, y: Data, y_pred: Data) -> tuple[Array, Array, Array]:
    """Check that x has a row for each entry of y and y_pred."""
    x, y, y_pred = alike(x=x, y=y, y_pred=y_pred)
    _samples(x)
    _paired("y_pred", y_pred, x.shape[:1], f"x {x.shape}")
    _paired("y", y, x.shape[:1], f"x {x.shape}")
    return x, y, y_pred


def for_step(w: Data, dw: Data, lr: Number) -> tuple[Array, Array, Scalar]:
    """Check that dw has w's shape and that lr is a finite number, not negative."""
    w, dw = alike(w=w, dw=dw)
    _same_shape(w, dw)
    return w, dw, in_kind_of(w, not_negative("lr", lr))


def for_update(w: Data, dw: Data) -> tuple[Weights, Weights]:
    """Check that dw has w's shape; and cast it to w's kind, which is the state's."""
    w = array("w", w)
    dw = like(w, "dw", dw)
    _same_shape(w, dw)
    return w[()], dw[()]


# --- what a data set asks, once ---------------------------------------------------


def for_data(x: Data, y: Data) -> tuple[Array, Array]:
    """Check a data set: paired, not empty, finite, and of a size whose squares fit."""
    x, y = for_pairs(x, y)
    finite("x", x)
    finite("y", y)
    _squares_fit(x, y)
    return x, y


def for_pairs(x: Data, y: Data) -> tuple[Array, Array]:
    """Check that x and y are of one kind, paired and not empty; read no number."""
    x, y = alike(x=x, y=y)
    if x.ndim == y.ndim == 0:
        x, y = x[None], y[None]
    _samples(x)
    _paired("y", y, x.shape[:1], f"x {x.shape}")
    return x, y


def for_features(x: Data) -> Array:
    """Check x as `for_data` does, where there is no y."""
    checked = samples(x)
    finite("x", checked)
    _squares_fit(checked)
    return checked


def samples(x: Data) -> Array:
    """Check that x is (n,) or (n, d); one number is one sample."""
    checked = np.atleast_1d(array("x", x))
    _samples(checked)
    return checked


def for_start(
    w: Data, objective: Callable[[Weights], tuple[Scalar, Weights]]
) -> tuple[Weights, Scalar, Weights]:
    """The start in its gradient's kind, a copy; and the loss and dw at it."""
    loss, dw = objective(array("w", w)[()])
    gradient = array("dw", dw)
    own = np.array(like(gradient, "w", w))
    _same_shape(own, gradient)
    return own[()], loss, gradient[()]


def start(w: Data | None, x: Array) -> Weights:
    """The weights to start from, in x's kind, no longer the caller's own; or zeros."""
    if w is None:
        w = np.zeros(x.shape[1:], dtype=int)
    copy = np.array(_weights(like(x, "w", w), x))
    finite("w", copy)
    return copy[()]


def finite(name: str, a: Array) -> None:
    """Refuse NaN and inf, and say where the first one is. Fractions are finite."""
    # NaN and inf go through to the largest: no array of flags, as long as a
    if a.dtype == object or np.isfinite(_largest(a)):
        return
    where = tuple(int(i) for i in np.argwhere(~np.isfinite(a))[0])
    place = f" at {name}[{', '.join(map(str, where))}]" if where else ""
    msg = f"{name} must be finite, got {a[where]}{place}"
    raise ValueError(msg)


def of_shape(name: str, a: Array, shape: tuple[int, ...], partner: str) -> None:
    """Refuse an array of another shape than the partner's."""
    if a.shape != shape:
        msg = f"{name} must have shape {shape} to match {partner}, got {a.shape}"
        raise ValueError(msg)


def _samples(x: Array) -> None:
    if x.ndim > MATRIX:
        msg = f"x must be (n,) or (n, d), got shape {x.shape}"
        raise ValueError(msg)
    if x.size == 0:
        msg = f"x must not be empty, got shape {x.shape}"
        raise ValueError(msg)


def _paired(name: str, a: Array, shape: tuple[int, ...], partner: str) -> None:
    """Refuse a target or prediction that is not one column, as long as its partner."""
    if a.shape != shape:
        fix = f"; use {name}.ravel()" if (a.size,) == shape else ""
        msg = f"{name} must have shape {shape} to match {partner}, got {a.shape}{fix}"
        raise ValueError(msg)
    if a.size == 0:
        msg = f"{name} must not be empty, got shape {a.shape}"
        raise ValueError(msg)


def _same_shape(w: Array, dw: Array) -> None:
    if w.shape != dw.shape:
        msg = f"dw must have the shape of w, {w.shape}, got {dw.shape}"
        raise ValueError(msg)


def _weights(w: Array, x: Array) -> Array:
    shape = x.shape[1:]
    if w.shape != shape:
        wanted = f"have shape {shape}" if shape else "be a scalar"
        msg = f"w must {wanted} to match x {x.shape}, got shape {w.shape}"
        raise ValueError(msg)
    return w


def _squares_fit(x: Array, y: Array | None = None) -> None:
    """Refuse data whose sums of squares overflow, or whose products vanish.

    The loss, the gradient or the bound on lr would be inf, or a finite number with no
    right digit. The 8 leaves room for the factors of the Hessian and of the default lr.
    """
    if x.dtype == object:
        return
    limits = np.finfo(x.dtype)
    highest = np.sqrt(limits.max / (8 * x.size))
    lowest = np.sqrt(np.maximum(limits.tiny, len(x) / limits.max))
    size = _largest(x)
    _within("x", "squares", size, lowest, highest)
    if y is not None:
        least = limits.tiny / size if size else 0
        _within("y", "products", _largest(y), least, highest)


def _largest(a: Array) -> Scalar:
    """Return the largest absolute value, 0 of none; nothing as long as a is made."""
    return np.maximum(abs(a.max(initial=0)), abs(a.min(initial=0)))


def _within(name: str, what: str, size: Scalar, lowest: Any, highest: Any) -> None:
    """Refuse data whose largest entry is out of range; all zeros are in any range."""
    if size and not lowest <= size <= highest:
        too = f"small for the {what}" if size < lowest else "large for the squares"
        limit = lowest if size < lowest else highest
        msg = (
            f"{name} is too {too} of {size.dtype}: its largest entry "
            f"is {size:.3g}, the limit is {limit:.3g}; scale {name}"
        )
        raise ValueError(msg)
