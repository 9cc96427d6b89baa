"""What the lines of a rule do with weights that are a matrix: D of them, in a shape."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from refgd._types import Array
from refgd.optimizers._muon import factor, orthogonalize, round_to_bfloat16
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
    """Return the same and its bound: it rises with each entry."""
    value, below, above = (
        _cover(each, shape) for each in (a.value, a.value - a.error, a.value + a.error)
    )
    return Bounded(value, np.maximum(above - value, value - below), a.units)


#: Of the bounds of `_orthogonal`: how many values of σ its slope is looked at.
SLOPES: Final = 64


def _orthogonal(
    x: Any, shape: tuple[int, ...], *numbers: Any, bfloat16: bool = False
) -> Array:
    """Return Newton's and Schulz's steps of `refgd.optimizers.muon`."""
    each = _spread(x, shape)
    a, b, c, steps = (float(np.max(number)) for number in numbers)
    matrix = each.reshape(*each.shape[:-1], *shape)
    made = orthogonalize(matrix, (a, b, c), int(steps), bfloat16=bfloat16)
    return made.reshape(each.shape)


def _short_orthogonal(x: Any, shape: tuple[int, ...], *numbers: Any) -> Array:
    return _orthogonal(x, shape, *numbers, bfloat16=True)


def _orthogonal_with_bound(
    x: Bounded, shape: tuple[int, ...], *numbers: Any
) -> Bounded:
    r"""Return the same and a bound of its root of a sum of squares, to first order.

    A function of singular values stretches a change by its greatest slope, or by the
    greatest p(σ)/σ. Each step rounds three products, of at most n terms.
    """
    a, b, c, steps = (float(np.max(getattr(n, "value", n))) for n in numbers)
    size = np.sqrt(np.sum(x.error**2, axis=-1, keepdims=True)) + 0 * x.value
    unit = float(np.finfo(x.units.array).eps) / 2
    value = x.value
    for _ in range(int(steps)):
        matrix = value.reshape(*value.shape[:-1], *shape)
        top = np.linalg.norm(matrix, ord=2, axis=(-2, -1))[..., None]
        s = np.linspace(0, 1, SLOPES) * (top + size.max(axis=-1, keepdims=True))
        slope = np.abs(a + 3 * b * s**2 + 5 * c * s**4).max(axis=-1, keepdims=True)
        slope = np.maximum(
            slope, np.abs(a + b * s**2 + c * s**4).max(-1, keepdims=True)
        )
        long = np.sqrt(np.sum(value**2, axis=-1, keepdims=True))
        terms = (abs(a) + abs(b) * top**2 + abs(c) * top**4) * long
        size = slope * size + (max(shape) + 4) * unit * terms
        value = _orthogonal(value, shape, a, b, c, 1)
    return Bounded(value, size, x.units)


def _short_orthogonal_with_bound(
    x: Bounded, shape: tuple[int, ...], *numbers: Any
) -> Bounded:
    """Return the same in bfloat16: of known digits known, and of others nothing."""
    made = _orthogonal(
        x.value, shape, *(getattr(n, "value", n) for n in numbers), bfloat16=True
    )
    below, above = (round_to_bfloat16(x.value + s * x.error) for s in (-1, 1))
    known = np.all(below == above, axis=-1, keepdims=True)
    return Bounded(made, np.where(known, 0.0, np.inf) + 0 * made, x.units)


def _short_with_bound(a: Bounded) -> Bounded:
    """Return what is rounded to bfloat16, and its bound: it rises with each entry."""
    value, below, above = (
        round_to_bfloat16(each)
        for each in (a.value, a.value - a.error, a.value + a.error)
    )
    return Bounded(value, np.maximum(above - value, value - below), a.units)


def _scaled(aspect: str, shape: tuple[int, ...]) -> Callable[[Any], Any]:
    return lambda a: a * factor(aspect, shape if shape[1:] else (1, 1), 1.0)


def shaped(shape: tuple[int, ...], *, bounded: bool = False) -> dict[str, Any]:
    """Return the functions of matrices, for weights in a shape, by their names."""

    def bind(mean: Mean) -> Callable[[Any, Any], Any]:
        if bounded:
            return lambda a, least: _with_bound(mean, a, shape, least)
        return lambda a, least: mean(a, shape, least)

    cover = _cover_with_bound if bounded else _cover
    plain = _orthogonal_with_bound if bounded else _orthogonal
    short = _short_orthogonal_with_bound if bounded else _short_orthogonal
    return {
        **{name: bind(mean) for name, mean in _MEANS.items()},
        "cover": lambda a: cover(a, shape),
        "orthogonal": lambda x, *numbers: plain(x, shape, *numbers),
        "short_orthogonal": lambda x, *numbers: short(x, shape, *numbers),
        "short": _short_with_bound if bounded else round_to_bfloat16,
        "tall": _scaled("rows", shape),
        "wide": _scaled("columns", shape),
        "larger": _scaled("larger", shape),
    }
