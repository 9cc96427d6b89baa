"""What the lines of a rule do with weights that are a matrix: D of them, in a shape."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._bounded import Bounded

#: ``(a, shape, least) -> a``: the last axis of a, as long as before, is a matrix.
Mean: TypeAlias = Callable[[Any, tuple[int, ...], Any], Array]


def _spread(a: Any, shape: tuple[int, ...]) -> Array:
    """Return an entry for each weight."""
    a = np.atleast_1d(a)
    return np.broadcast_to(a, (*a.shape[:-1], int(np.prod(shape)) or a.shape[-1]))


def _row_means(a: Any, shape: tuple[int, ...], least: Any) -> Array:
    """Return each entry's mean of its row; itself, where a side is below the least."""
    return _means(a, shape, -1) if _is_factored(shape, least) else _spread(a, shape)


def _column_means(a: Any, shape: tuple[int, ...], least: Any) -> Array:
    """Return each entry's mean of its column; that of all, where a side is below."""
    shape = shape if _is_factored(shape, least) else (int(np.prod(shape)), 1)
    return _means(a, shape, -2)


def _is_factored(shape: tuple[int, ...], least: Any) -> bool:
    return len(shape) > 1 and min(shape) >= np.max(least)


def _means(a: Any, shape: tuple[int, ...], axis: int) -> Array:
    each = _spread(a, shape)
    matrix = each.reshape(*each.shape[:-1], *shape)
    means = np.mean(matrix, axis=axis, keepdims=True)
    return np.broadcast_to(means, matrix.shape).reshape(each.shape)


def _with_bound(mean: Mean, a: Bounded, shape: tuple[int, ...], least: Any) -> Bounded:
    """Return the means and their bounds: each sums fewer than D entries."""
    at_least = getattr(least, "value", least)
    value, error, size = (
        mean(each, shape, at_least) for each in (a.value, a.error, np.abs(a.value))
    )
    unit = float(np.finfo(a.units.array).eps) / 2
    return Bounded(value, error + value.shape[-1] * unit * size, a.units)


_MEANS: Final[dict[str, Mean]] = {"rows": _row_means, "cols": _column_means}


def _cover(a: Any, shape: tuple[int, ...]) -> Array:
    """Return for each entry the less of the maxima of its row and of its column."""
    each = _spread(a, shape)
    if len(shape) < 2:  # noqa: PLR2004 - axes
        return each
    matrix = each.reshape(*each.shape[:-1], *shape)
    tops = (np.max(matrix, axis=axis, keepdims=True) for axis in (-1, -2))
    least: Array = np.minimum(*tops)
    return least.reshape(each.shape)


def _cover_with_bound(a: Bounded, shape: tuple[int, ...]) -> Bounded:
    """Return the same and its bound, the largest of all errors at most."""
    error = np.broadcast_to(a.error, np.shape(a.value))
    if len(shape) > 1:
        error = np.max(error, axis=-1, keepdims=True)
    return Bounded(_cover(a.value, shape), error, a.units)


def shaped(shape: tuple[int, ...], *, bounded: bool = False) -> dict[str, Any]:
    """Return the functions of matrices, for weights in a shape, by their names."""

    def bind(mean: Mean) -> Callable[[Any, Any], Any]:
        if bounded:
            return lambda a, least: _with_bound(mean, a, shape, least)
        return lambda a, least: mean(a, shape, least)

    cover = _cover_with_bound if bounded else _cover
    means = {name: bind(mean) for name, mean in _MEANS.items()}
    return {**means, "cover": lambda a: cover(a, shape)}
