"""The inputs a gradient is tested on; the same in every run.

Four kinds of model: one weight; one weight and an intercept; d weights; d weights and
an intercept, always as the last entry of w. Those of d weights also in columns, y
(n, 1) and w (d, 1). For each: small examples by hand, seeded rational ones, and floats
from small to large.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing.exact import fractions
from refgd.testing.gradient import _scales, _structures
from refgd.testing.gradient._layouts import Layout


class Model(NamedTuple):
    """The shape of a problem: d is None for x (n,)."""

    d: int | None
    intercept: bool
    column: bool = False

    @property
    def weights(self) -> int | None:
        """How many entries w has; None for a scalar."""
        if not self.intercept:
            return self.d
        return 2 if self.d is None else self.d + 1

    def __str__(self) -> str:
        """Name the shapes."""
        x = "x (n,)" if self.d is None else "x (n, d)"
        w = "one weight" if self.d is None else "w (d,)"
        if self.column:
            w = "y (n, 1), w (d, 1)"
        return f"{x}, {w}" + (" and an intercept" if self.intercept else "")


#: The kinds of model; d = 3 stands for any.
FLAT = {
    "scalar": Model(None, intercept=False),
    "line": Model(None, intercept=True),
    "vector": Model(3, intercept=False),
    "affine": Model(3, intercept=True),
}
COLUMNS = {
    "columns": Model(3, intercept=False, column=True),
    "affine columns": Model(3, intercept=True, column=True),
}
MODELS = FLAT | COLUMNS


class Whole(NamedTuple):
    """The numbers of an example, times `unit`: integers."""

    unit: int
    x: Array
    w: Array
    y: Array
    y_pred: Array


def find_unit(*parts: Array) -> int:
    """Return the least number that makes integers of all entries."""
    return math.lcm(*{q.denominator for part in parts for q in part.flat})


def to_integers(part: Array, unit: int) -> Array:
    """Return the entries times a unit that makes integers of them."""
    whole = np.empty(part.shape, dtype=object)
    whole.flat[:] = [q.numerator * (unit // q.denominator) for q in part.flat]
    return whole


#: What a function may be called with.
INPUTS = ("x", "y", "y_pred", "w")


@dataclass(frozen=True, eq=False)
class Example:
    """Data and a weight: Fractions in object arrays, or floats.

    y is (n,) and w (d,) here; a function that is made for columns gets columns.
    """

    x: Array
    y: Array
    w: Any
    intercept: bool = False
    column: bool = False

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.y)

    @property
    def exact(self) -> bool:
        """Whether it holds Fractions."""
        return self.x.dtype == object

    @property
    def whole_numbers(self) -> bool:
        """Whether its data are integers."""
        return self.x.dtype.kind == "i"

    @functools.cached_property
    def y_pred(self) -> Array:
        """The predictions, in the example's own arithmetic."""
        if not self.intercept:
            return np.asarray(np.dot(self.x, self.w))
        slope = self.w[0] if self.x.ndim == 1 else self.w[:-1]
        return np.asarray(np.dot(self.x, slope) + self.w[-1])

    @functools.cached_property
    def rows(self) -> Array:
        """The rows of x as Fractions, a 1 at the end of each for an intercept."""
        rows = fractions(self.x).reshape(self.n, -1)
        ones = np.full((self.n, int(self.intercept)), Fraction(1), dtype=object)
        return np.hstack([rows, ones])

    @functools.cached_property
    def weights(self) -> Array:
        """The weights as a column of Fractions."""
        return np.atleast_1d(fractions(self.w))

    @functools.cached_property
    def targets(self) -> Array:
        """The targets as Fractions."""
        return np.asarray(fractions(self.y))

    @functools.cached_property
    def predictions(self) -> Array:
        """What `y_pred` holds, as Fractions."""
        return np.asarray(fractions(self.y_pred))

    @functools.cached_property
    def whole(self) -> Whole:
        """The same numbers as integers: sums of them are soon done."""
        parts = self.rows, self.weights, self.targets, self.predictions
        unit = find_unit(*parts)
        return Whole(unit, *(to_integers(part, unit) for part in parts))

    @functools.cached_property
    def from_weights(self) -> tuple[Array, Array]:
        """Residuals, and the sizes of their terms, from w, in units of 1 / unit²."""
        unit, x, w, y, _ = self.whole
        sizes = np.dot(abs(x), abs(w)) + abs(y) * unit
        return np.dot(x, w) - y * unit, sizes

    @functools.cached_property
    def from_predictions(self) -> tuple[Array, Array]:
        """The same from `y_pred`."""
        unit, _, _, y, p = self.whole
        return (p - y) * unit, (abs(p) + abs(y)) * unit

    def inputs(
        self, layout: Layout | None = None, roles: Sequence[str] = INPUTS
    ) -> dict[str, Any]:
        """Return fresh copies of what a function may be called with."""
        fresh = {role: np.array(getattr(self, role))[()] for role in roles}
        if self.column:
            for role in fresh.keys() - {"x"}:
                fresh[role] = fresh[role].reshape(-1, 1)
        if layout is None:
            return fresh
        return {r: layout.of(a) if np.ndim(a) else a for r, a in fresh.items()}

    def at(self, w: Any) -> "Example":
        """Return the same data with another weight."""
        return Example(self.x, self.y, w, self.intercept, self.column)

    @functools.cached_property
    def in_floats(self) -> "Example":
        """The nearest float64 example; its data are what counts from here."""
        x, y = self.x.astype(np.float64), self.y.astype(np.float64)
        w = np.array(self.w, dtype=np.float64)[()]
        return Example(x, y, w, self.intercept, self.column)


@functools.cache  # with their exact values, which cost more than the user's code
def examples(model: Model, max_examples: int) -> tuple[Example, ...]:
    """Return the examples of a kind of model, simplest first, floats last."""
    return (*_small(model), *_seeded(model, max_examples), *_floats(model))


#: Samples of one feature, their targets, and a slope: what bugs are seen on by eye.
SMALL = (
    ([1], [0], 1),
    ([1], [1], 0),
    ([-1], [0], 1),
    ([2], [0], 1),
    ([1, 1], [0, 0], 1),
    ([1, 2], [0, 0], 1),
    ([1, 2], [2, 1], 0),
    ([-1, 1], [1, 0], 1),
    ([0, 1], [1, 1], 0),
    ([1, 2, 3], [0, 1, 0], -1),
    ([1, 2, 3, 4], [2, 4, 6, 8], 0),
    ([1, 2, 3, 4], [2, 4, 6, 8], 2),
    ([1, 2, 3, 4, 5], [1, 0, 2, 0, 3], Fraction(1, 2)),
)


def _small(model: Model) -> Iterator[Example]:
    if model.d is None:
        for samples, targets, slope in SMALL:
            weights = [slope, Fraction(1)] if model.intercept else slope
            data = _array(samples), _array(targets), fractions(weights)
            yield Example(*data, model.intercept)
        return
    generator = np.random.default_rng(0)
    for n, d in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (4, 1)):
        shapes = ((n, d), n, d + model.intercept)
        x, y, w = (_array(generator.integers(-2, 3, shape)) for shape in shapes)
        yield Example(x, y, w, model.intercept, model.column)


def _array(values: Any) -> Array:
    return np.asarray(fractions(values), dtype=object)


#: Pools of entries: whole, with many zeros, repeated, positive, large, fractions of one
#: denominator and of many. Seven, so that each is used with every n and d of _seeded.
POOLS = (
    tuple(Fraction(i) for i in range(-9, 10)),
    tuple(Fraction(i) for i in (-2, -1, 0, 0, 0, 0, 1, 2)),
    tuple(Fraction(i) for i in (-3, 5)),
    tuple(Fraction(i) for i in range(1, 12)),
    tuple(Fraction(i) for i in range(-4000, 4001, 37)),
    tuple(Fraction(i, 12) for i in range(-40, 41)),
    tuple(Fraction(i, 1 + i % 64) for i in range(-1024, 1025)),
)


def _seeded(model: Model, count: int) -> Iterator[Example]:
    """Yield rational examples of every pool and size, n = d and n < d among them."""
    generator = np.random.default_rng(1)
    for i in range(count):
        n, pool = 1 + i % 9 + 8 * (i % 11 == 0), np.array(POOLS[i % len(POOLS)])
        d = None if model.d is None else 1 + i % 4
        size = Model(d, model.intercept).weights
        shape = n if d is None else (n, d)
        x, y, w = (generator.choice(pool, s) for s in (shape, n, size))
        if i % 5 == 0:  # as data often come: sorted
            x = np.sort(x, axis=0)
        yield Example(x, y, w, model.intercept, model.column)


def _floats(model: Model) -> Iterator[Example]:
    for x, y, w in (*_scales.problems(model), *_structures.problems(model)):
        yield Example(x, y, w, model.intercept, model.column)
