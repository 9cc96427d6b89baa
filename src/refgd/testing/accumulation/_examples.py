"""Data in parts of unequal size, with their exact gradients."""

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd.testing.exact import fractions

#: Rows of each batch, for one rank; then batches that are empty.
SIZES: tuple[tuple[int, ...], ...] = (
    (1,),
    (3,),
    (2, 2),
    (1, 1, 1),
    (2, 1),
    (1, 4),
    (5, 2, 3),
    (2, 1, 2, 7),
)
SIZES += ((1, 6, 1), (3, 3, 3, 1), (4, 4, 2), (3, 1, 2, 2, 5, 1))
EMPTY = ((2, 0), (0, 3), (1, 0, 2))

#: Rows of each batch of each rank: all ranks have as many batches.
RANKS: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((1,),),
    ((3,),),
    ((2,), (2,)),
    ((2,), (1,)),
    ((1,), (4,)),
    ((5,), (2,), (3,)),
)
RANKS_OF_BATCHES: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((2, 1),),
    ((2, 2), (2, 2)),
    ((1, 2), (3, 1)),
    ((1, 4), (2, 1)),
)
RANKS_OF_BATCHES += (((5, 2), (1, 3), (1, 1)), ((1, 1, 2), (3, 2, 4)))

#: The step size of every example: a power of two, so that floats hold it.
RATE = Fraction(1, 4)

#: x and y of what is padding: a sum that takes it in shows.
PADDING = (Fraction(3), Fraction(-5))

ZERO = np.array(Fraction(0), object)

#: The longest sequence, in tokens.
LONGEST = 4


Shapes = list[tuple[tuple[int, ...], ...]]


class Batch(NamedTuple):
    """Samples: x and y; of sequences also a mask, True where a token counts."""

    x: Any
    y: Any
    mask: Any = None

    @property
    def counted(self) -> int:
        """How many samples, or tokens, count."""
        return len(self.y) if self.mask is None else int(self.mask.sum())


@dataclass(frozen=True, eq=False)
class Example:
    """A weight, and batches: those of the first rank, of the second, and so on.

    The numbers are Fractions. `usual` is False where a batch is empty.
    """

    w: Any
    ranks: tuple[tuple[Batch, ...], ...]

    @property
    def batches(self) -> list[Batch]:
        return [batch for rank in self.ranks for batch in rank]

    @functools.cached_property
    def parts(self) -> list[list["Part"]]:
        """The sums over each batch of each rank, of x · residual."""
        return [[measure(self.w, batch) for batch in rank] for rank in self.ranks]

    @property
    def usual(self) -> bool:
        return all(batch.counted for batch in self.batches)

    @property
    def even(self) -> bool:
        """Whether all batches have the same size."""
        return len({batch.counted for batch in self.batches}) == 1

    @property
    def entries(self) -> list[Fraction]:
        numbers = [*np.atleast_1d(self.w)]
        for batch in self.batches:
            numbers += [*np.ravel(batch.x), *np.ravel(batch.y)]
        return numbers


class Part(NamedTuple):
    """Sums over a batch, or over a rank.

    Attributes:
        total: The sum of x · residual over what counts.
        padded: The same over all, padding too.
        rows: Samples.
        counted: What counts: tokens, or samples where there are none.
        area: All tokens, padding too.
        means: The mean over the tokens of each sample.
        size: The sum of |x|(|x · w| + |y|), for bounds on rounding.
    """

    total: Any
    padded: Any
    rows: int
    counted: int
    area: int
    means: tuple[Any, ...]
    size: Any


def measure(w: Any, batch: Batch) -> Part:
    """Return the exact sums over a batch."""
    x, y, mask = batch
    zero = 0 * np.asarray(w)[()]
    if mask is None:
        r = (np.dot(x, w) if len(y) else y) - y
        total = np.dot(x.T, r) if len(y) else zero
        size = abs(x).T @ (np.dot(abs(x), abs(w)) + abs(y)) if len(y) else zero
        means = tuple(x[i] * r[i] for i in range(len(y)))
        return Part(total, total, len(y), len(y), len(y), means, size)
    terms = x * (x * w - y)
    used = np.where(mask, terms, ZERO)
    means = tuple(
        sum(u) / int(m.sum()) for u, m in zip(used, mask, strict=True) if m.any()
    )
    size = np.sum(abs(x) * (abs(x * w) + abs(y)))
    return Part(
        np.sum(used), np.sum(terms), len(y), int(mask.sum()), mask.size, means, size
    )


def merge(parts: Sequence[Part]) -> Part:
    """Return the sums over several parts."""
    return functools.reduce(
        lambda a, b: Part(*(s + t for s, t in zip(a, b, strict=True))), parts
    )


def make_examples(kind: str, ranked: str) -> list[Example]:
    """Return examples of a kind: "scalar", "vector" or "tokens".

    ranked is "" for one rank, "x" for a batch on each rank, "batches" for several.
    """
    rng = random.Random(f"{kind} {ranked}")  # noqa: S311 - the same in each run
    alone: Shapes = [(sizes,) for sizes in SIZES + EMPTY]
    several = {"x": [*RANKS], "batches": [*RANKS_OF_BATCHES]}
    shapes = several.get(ranked, alone)
    found = [_draw(rng, kind, shape) for shape in shapes for _ in range(2)]
    return [*_first(kind, ranked), *found]


def _first(kind: str, ranked: str) -> Iterator[Example]:
    """Begin with y = 2x of x = 1 to 5: batches of 4 and of 1, from w = 0."""
    if kind == "scalar" and ranked != "batches":
        x = fractions([1, 2, 3, 4, 5])
        parts = [Batch(part, 2 * part) for part in (x[:4], x[4:])]
        yield Example(
            Fraction(0), tuple((b,) for b in parts) if ranked else (tuple(parts),)
        )


def _draw(
    rng: random.Random, kind: str, shape: Sequence[Sequence[int]], d: int = 3
) -> Example:
    sizes = [size for rank in shape for size in rank]
    even = set(sizes) if len(set(sizes)) == 1 < len(sizes) else set()

    def number(*size: int) -> Any:
        entries = [Fraction(rng.randint(-20, 20), 4) for _ in range(int(np.prod(size)))]
        entries = [q or Fraction(1) for q in entries]
        return np.array(entries, object).reshape(size)

    def batch(rows: int) -> Batch:
        if kind != "tokens":
            return Batch(
                number(rows, d) if kind == "vector" else number(rows), number(rows)
            )
        lengths = [rng.randint(1, LONGEST) for _ in range(rows)]
        if rows in even:  # batches of as many rows have as many tokens
            lengths = [1 + i for i in range(rows)]
        mask = np.array(
            [[j < k for j in range(max(lengths, default=1))] for k in lengths], bool
        )
        mask = mask.reshape(rows, -1) if rows else np.zeros((0, 1), bool)
        x, y = (
            np.where(mask, number(*mask.shape), np.array(pad, object))
            for pad in PADDING
        )
        return Batch(x, y, mask)

    w = number(d) if kind == "vector" else number(1)[0]
    return Example(w, tuple(tuple(map(batch, rank)) for rank in shape))


def read_data(data: Any, ranked: str) -> list[Example]:
    """Return the user's own batches as examples: together, and each alone.

    Raises:
        TypeError: If they hold no real numbers.
        ValueError: If a batch is not (x, y) or (x, y, mask) of one length.
    """
    batches = [_read_batch(*each) for each in data]
    if not batches:
        raise ValueError("data must have at least one batch, got none")
    columns = {b.x.shape[1:] if b.mask is None else () for b in batches}
    if len(columns) > 1:
        msg = f"data must have batches of the same columns, got {sorted(columns)}"
        raise ValueError(msg)
    d = columns.pop()
    start = [Fraction(0), Fraction(1), Fraction(-5, 2)]
    weights = [np.array([s] * d[0], object) if d else s for s in start]
    rank: Any = (
        (lambda bs: tuple((b,) for b in bs)) if ranked else (lambda bs: (tuple(bs),))
    )
    groups = [batches, *([b] for b in batches)]
    return [Example(w, rank(group)) for w in weights for group in groups]


def _read_batch(x: Any, y: Any, mask: Any = None) -> Batch:
    exact = Batch(np.asarray(fractions(x)), np.asarray(fractions(y)))
    if mask is not None:
        exact = exact._replace(mask=np.asarray(mask).astype(bool))
    same = exact.y.shape == (exact.x.shape if mask is not None else exact.x.shape[:1])
    if not same or (mask is not None and exact.mask.shape != exact.y.shape):
        got = f"got {np.shape(x)} and {np.shape(y)}"
        msg = f"a batch must be (x, y) or (x, y, mask) of one length, {got}"
        raise ValueError(msg)
    return exact


def simplify(example: Example) -> Iterator[Example]:
    """Yield simpler examples: fewer batches, fewer samples, simpler numbers."""
    for i, rank in enumerate(example.ranks):
        if len(example.ranks) > 1:
            yield _with_rank(example, i)
        for j, batch in enumerate(rank):
            if len(rank) > 1:
                yield _with_rank(example, i, rank[:j] + rank[j + 1 :])
            for smaller in _simplify_batch(batch):
                yield _with_rank(example, i, (*rank[:j], smaller, *rank[j + 1 :]))
    for j in range(np.size(example.w) if np.size(example.w) > 1 else 0):
        yield _without_column(example, j)
    for smaller in _simplify_numbers(np.atleast_1d(example.w)):
        yield replace(example, w=smaller if np.ndim(example.w) else smaller[0])


def _without_column(example: Example, j: int) -> Example:
    ranks = tuple(
        tuple(b._replace(x=np.delete(b.x, j, axis=1)) for b in rank)
        for rank in example.ranks
    )
    return Example(np.delete(example.w, j), ranks)


def _with_rank(example: Example, i: int, *new: tuple[Batch, ...]) -> Example:
    return replace(example, ranks=(*example.ranks[:i], *new, *example.ranks[i + 1 :]))


def _simplify_batch(batch: Batch) -> Iterator[Batch]:
    x, y, mask = batch
    for i in range(len(y) if len(y) > 1 else 0):
        kept = [None if a is None else np.delete(a, i, axis=0) for a in batch]
        yield Batch(*kept)
    if mask is not None and mask.shape[1] > 1:
        yield Batch(x[:, :-1], y[:, :-1], mask[:, :-1])
    yield from (batch._replace(x=simpler) for simpler in _simplify_numbers(x))
    yield from (batch._replace(y=simpler) for simpler in _simplify_numbers(y))


def _simplify_numbers(numbers: Any) -> Iterator[Any]:
    for where in np.ndindex(numbers.shape):
        for value in (
            Fraction(0),
            Fraction(1),
            Fraction(2),
            Fraction(round(numbers[where])),
        ):
            if cost_of_number(value) < cost_of_number(numbers[where]):
                changed = numbers.copy()
                changed[where] = value
                yield changed


def cost_of_number(q: Fraction) -> float:
    """How hard a number is to read."""
    return 10 * q.denominator + min(abs(float(q)), 9) + (q < 0) / 2
