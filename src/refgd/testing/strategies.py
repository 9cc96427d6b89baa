"""Hypothesis strategies for data sets, weights, learning rates and gradients.

A *kind* says what the numbers are: np.float64, np.float32, np.longdouble or Fraction.
All entries are drawn one by one, so no two of them are equal but by chance; where it
says so, only a seed is drawn, which is faster and shrinks to fewer entries alone.
"""

import functools
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refgd._types import Array, Weights
from refgd.testing.laws import Problem

#: The least and the greatest size of an entry, beside its scale; 0 is drawn too.
SMALLEST, LARGEST = 2.0**-10, 2.0**10


@functools.cache  # built and validated once, not for every entry that is drawn
def numbers(*, kind: type = np.float64, scale: float = 1.0) -> st.SearchStrategy[Any]:
    """Draw a number: zero, or of either sign and within a factor 1024 of the scale.

    Args:
        kind: What the number is.
        scale: The middle of the sizes.

    How values are made: a Fraction is an integer up to 1024 over one up to 64, times
    the scale's own Fraction. A float is drawn between the two sizes, then scaled and
    rounded to its kind. Shrinks to 0, then to the scale.
    """
    if kind is Fraction:
        tops, bottoms = st.integers(-1024, 1024), st.integers(1, 64)
        return st.builds(lambda a, b: Fraction(a, b) * Fraction(scale), tops, bottoms)
    sizes = st.floats(SMALLEST, LARGEST)
    signs = st.sampled_from([0, 1, -1])
    return st.builds(lambda sign, a: kind(sign * a * scale), signs, sizes)


def arrays(
    shape: tuple[int, ...], *, kind: type = np.float64, scale: float = 1.0
) -> st.SearchStrategy[Array]:
    """Draw an array of `numbers`, each entry by itself."""
    size = int(np.prod(shape))
    dtype = object if kind is Fraction else kind

    def pack(entries: list[Any]) -> Array:
        return np.array(entries, dtype=dtype).reshape(shape)

    entries = st.lists(numbers(kind=kind, scale=scale), min_size=size, max_size=size)
    return entries.map(pack)


def seeded_arrays(
    shape: tuple[int, ...], *, kind: type = np.float64, scale: float = 1.0
) -> st.SearchStrategy[Any]:
    """Draw the seed of an array of floats, of the sizes that `numbers` has.

    How values are made: a third of them is zero; the others are of either sign, and
    the logarithms of their sizes are uniform. One number for the shape ().
    """

    def make(seed: int) -> Any:
        generator = np.random.default_rng(seed)
        sizes = np.exp2(generator.uniform(-10, 10, shape).astype(kind))
        signs = generator.integers(-1, 2, shape)
        return ((signs * sizes).astype(kind) * kind(scale))[()]

    return st.integers(0, 2**32 - 1).map(make)


@st.composite
def datasets(  # noqa: PLR0913 - each question a caller may settle
    draw: st.DrawFn,
    *,
    kind: type = np.float64,
    d: int | None = None,
    min_n: int = 1,
    max_n: int = 12,
    scale: float = 1.0,
    line: bool = False,
    seeded: bool = False,
) -> tuple[Array, Array]:
    """Draw a data set (x, y): x is (n,), or (n, d); not all of x is zero.

    Args:
        draw: Given by Hypothesis.
        kind: What the numbers are.
        d: The number of columns; None for x (n,).
        min_n: The fewest samples.
        max_n: The most samples. Above 50, use `large_datasets`.
        scale: The size of the entries of x, and of y, within a factor of 1024.
        line: Whether y = k · x for one drawn k, so that the least loss is 0. In
            floats y is rounded.
        seeded: Whether to draw seeds of floats, as `seeded_arrays` does.

    Shrinks to one sample, x = scale and y = 0.
    """
    n = draw(st.integers(min_n, max_n))
    shape = (n,) if d is None else (n, d)
    entries = seeded_arrays if seeded else arrays
    x = draw(entries(shape, kind=kind, scale=scale).filter(np.any))
    if line:
        return x, np.dot(x, draw(weights(kind=kind, d=d, seeded=seeded)))
    return x, draw(entries((n,), kind=kind, scale=scale))


def problems(
    *,
    kind: type = np.float64,
    d: int | None = None,
    weight_scale: float = 1.0,
    seeded: bool = False,
    **data: Any,
) -> st.SearchStrategy[tuple[Array, Array, Weights]]:
    """Draw a problem (x, y, w): a data set, and a weight for it, of any loss.

    Args:
        kind: What the numbers are.
        d: The number of columns; None for x (n,) and a scalar w.
        weight_scale: The size of the entries of w, within a factor of 1024.
        seeded: Whether to draw seeds of floats, as `seeded_arrays` does.
        **data: Of `datasets`: min_n, max_n, scale, line.

    Shrinks to one sample, x = scale and y = 0, and w = 0.
    """
    pairs = datasets(kind=kind, d=d, seeded=seeded, **data)
    points = weights(kind=kind, d=d, scale=weight_scale, seeded=seeded)
    return st.tuples(pairs, points).map(lambda drawn: (*drawn[0], drawn[1]))


@st.composite
def large_datasets(
    draw: st.DrawFn,
    *,
    kind: type = np.float64,
    d: int | None = None,
    sizes: tuple[int, ...] = (100, 1000, 10_000),
    scale: float = 1.0,
) -> tuple[Array, Array]:
    """Draw a data set of one of the sizes, normal numbers times the scale.

    Only its seed is drawn: drawing thousands of entries is too much for Hypothesis.
    """
    n = draw(st.sampled_from(sizes))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = generator.normal(size=n if d is None else (n, d)) * scale
    y = generator.normal(size=n) * scale
    return x.astype(kind), y.astype(kind)


def weights(
    *,
    kind: type = np.float64,
    d: int | None = None,
    scale: float = 1.0,
    seeded: bool = False,
) -> st.SearchStrategy[Weights]:
    """Draw a weight: a scalar, or (d,), of the size of the scale. Shrinks to 0.

    Where it is seeded, as in `seeded_arrays`, it does not shrink.
    """
    if seeded:
        return seeded_arrays(() if d is None else (d,), kind=kind, scale=scale)
    if d is None:
        return numbers(kind=kind, scale=scale)
    return arrays((d,), kind=kind, scale=scale)


def learning_rates(
    *, kind: type = np.float64, upper: Any = 1
) -> st.SearchStrategy[Any]:
    """Draw a learning rate from 0 to `upper`, both among them. Shrinks to 0.

    Args:
        kind: Fraction, for a rational one; else a Python float.
        upper: The greatest, such as `refgd.theory.max_lr(x)`.
    """
    if kind is Fraction:
        parts = st.integers(0, 64)
        return parts.map(lambda part: Fraction(part, 64) * upper)
    return st.floats(0, float(upper))


#: What the gradients of a sequence may look like, one a coordinate.
PERIOD = 3
PATTERNS = ("normal", "tiny", "huge", "zero", "intermittent", "constant")


@st.composite
def gradient_sequences(
    draw: st.DrawFn,
    *,
    kind: type = np.float64,
    min_steps: int = 1,
    max_steps: int = 12,
    d: int = 3,
) -> Array:
    """Draw the gradients of some steps, (steps, d), for an optimizer to be run on.

    Each coordinate follows one of `PATTERNS`: of size 1, of size 1e-8, of size 1e3,
    always zero, every third one and zero between (the first is zero), or always 1.
    Shrinks to one step of zeros.
    """
    steps = draw(st.integers(min_steps, max_steps))
    columns = [draw(_column(kind, steps)) for _ in range(d)]
    return np.array(columns, dtype=object if kind is Fraction else kind).T


@st.composite
def _column(draw: st.DrawFn, kind: type, steps: int) -> list[Any]:
    pattern = draw(st.sampled_from(["zero", *PATTERNS]))
    scale = {"tiny": 1e-8, "huge": 1e3}.get(pattern, 1.0)
    entry = numbers(kind=kind, scale=scale)
    column = draw(st.lists(entry, min_size=steps, max_size=steps))
    if pattern == "zero":
        return [kind(0)] * steps
    if pattern == "constant":
        return [kind(1)] * steps
    if pattern == "intermittent":
        return [kind(0) if (t + 1) % PERIOD else g for t, g in enumerate(column)]
    return column


@st.composite
def law_problems(draw: st.DrawFn, *, d: int | None = None) -> Problem:
    """Draw what a law of `refgd.testing.laws` is about, in Fractions.

    Args:
        draw: Given by Hypothesis.
        d: The number of columns; None for x (n,).

    Shrinks to one sample, w = v = 0 and lr = 0.
    """
    x, y = draw(datasets(kind=Fraction, d=d))
    one, many = numbers(kind=Fraction), weights(kind=Fraction, d=d)
    return Problem(
        x,
        y,
        w=draw(many),
        v=draw(many),
        h=draw(one.filter(bool)),
        lr=draw(learning_rates(kind=Fraction, upper=10)),
        c=draw(one),
        order=tuple(draw(st.permutations(range(len(y))))),
        times=draw(st.integers(2, 4)),
        cut=draw(st.integers(0, len(y))),
    )
