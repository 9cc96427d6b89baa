"""Mistakes with single samples: found by the derivative that each sample alone has.

Of a loss that is a sum or a mean over samples, the derivative is that of the samples'
derivatives; so f is called with one sample after the other.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.derivative._mistakes import Facts
from refgd.testing.derivative._pair import Pair
from refgd.testing.derivative._structure import Layout, children_of

#: So many samples at most, so many entries of w, and of both together.
SAMPLES, ENTRIES, ALL = 32, 6, 96


def find_samples_mistake(pair: Pair, layout: Layout, facts: Facts) -> str | None:
    """Return the mistake with samples that explains what is claimed of f's gradient.

    Args:
        pair: The functions.
        layout: The layout of w.
        facts: All that is known, at all points.
    """
    axis = find_axis(pair.args)
    if axis is None or facts.claimed.shape[1] > 1:
        return None
    length = next(n for each in pair.args if (n := _length(each, axis)))
    known = np.flatnonzero(np.isfinite(facts.claimed).all(axis=(0, 1)))
    columns = known[:: max(1, len(known) // ENTRIES)][:ENTRIES]
    if not 1 < length <= SAMPLES or length * len(columns) > ALL or not len(columns):
        return None
    few = facts.pick(slice(2), slice(None), columns)
    samples = [[_take(each, i, axis) for each in pair.args] for i in range(length)]
    slope = functools.partial(pair.slope, layout)
    singles, off = _differentiate(slope, facts.w[:2, 0], columns, samples)
    few = few._replace(off=np.maximum(few.off, off[:, None]))
    factors = {
        name: values[:, columns] if values.shape[1] > 1 else values
        for name, each in zip(pair.arg_names(), pair.args, strict=True)
        if (values := _read_factors(each, axis, length, layout)) is not None
    }
    for words, predicted in _predict(singles, factors):
        ratio = few.reduced(few.claimed, predicted[:, None])
        if np.isfinite(ratio) and few.fits(ratio * predicted[:, None], abs(ratio)):
            return words
    return None


def find_axis(args: Sequence[Any]) -> int | None:
    """Return the axis along which all arrays have the same number of samples."""
    for axis in (0, -1):
        lengths = {_length(each, axis) for each in args} - {0}
        if len(lengths) == 1:
            return axis
    return None


def _length(value: Any, axis: int) -> int:
    """Return how long an array is, 0 for what is none."""
    if children_of(value) is not None or not hasattr(value, "shape"):
        return 0
    return int(value.shape[axis]) if len(value.shape) else 0


def _take(value: Any, i: int, axis: int) -> Any:
    """Return sample i of an array; anything else as it is."""
    if not _length(value, axis):
        return value
    part = slice(i, i + 1)
    return value[part] if axis == 0 else value[..., part]


def _differentiate(
    slope: Callable[[Array, int, Any], tuple[float, float]],
    places: Array,
    columns: Array,
    samples: Sequence[Any],
) -> tuple[Array, Array]:
    """Return the derivative of every sample (points, samples, columns), and bounds."""
    sizes = map(range, (len(places), len(samples), len(columns)))
    found = [
        slope(places[p], int(columns[c]), samples[i])
        for p, i, c in itertools.product(*sizes)
    ]
    shape = len(places), len(samples), len(columns), 2
    table = np.array(found).reshape(shape)
    return table[..., 0], table[..., 1].sum(axis=1)


def _predict(
    singles: Array, factors: Mapping[str, Array]
) -> Iterator[tuple[str, Array]]:
    """Yield what mistakes make of the samples' derivatives, up to a factor."""
    yield "has only the first sample", singles[:, 0]
    yield "has only the last sample", singles[:, -1]
    yield "lacks the first sample", singles[:, 1:].sum(axis=1)
    yield "lacks the last sample", singles[:, :-1].sum(axis=1)
    for i in range(1, singles.shape[1] - 1):
        yield f"has only sample {i}", singles[:, i]
        yield f"lacks sample {i}", np.delete(singles, i, axis=1).sum(axis=1)
    for name, values in factors.items():
        yield f"lacks the factor {name}", (singles / values).sum(axis=1)
        yield f"has the factor {name} twice", (singles * values).sum(axis=1)


def _read_factors(value: Any, axis: int, length: int, layout: Layout) -> Array | None:
    """Return an argument as numbers of (samples, columns), if it can be a factor."""
    if not _length(value, axis):
        return None
    numbers = np.asarray(value, dtype=float)
    table = numbers.reshape(length, -1) if axis == 0 else numbers.reshape(-1, length).T
    return table if table.shape[1] in (1, layout.size) else None
