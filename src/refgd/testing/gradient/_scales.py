r"""Floats from small to large, of many sizes: problems in which nothing overflows.

An honest program may hold any sum of at most n²·d products of two numbers of one
scale s before it divides: $n \sum_{ij} x_{ij}^2$, say, or $n\,|x|^2 w$. With entries
of at most 8s (`ENTRY`), and a factor of 2¹² to spare (`ROOM`), it stays finite for
$$s \le s_{\max} = \frac{1}{8} \sqrt{\frac{\max}{2^{12}\, n^2 d}}$$
and at 1/s_max the products are as far above the smallest normal number.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from refgd._types import Array

ENTRY, ROOM = 8, 2.0**12

#: Scales as parts of log₁₀ s_max: what is wrong from some size on is not missed.
PARTS = (1, 0.8, 0.65, 0.5, 0.35, 0.2, 0.14, 0.1, 0.07, 0.04, 0.02)

#: Sizes of x and y that differ, from 1e-8 to 1e8; w is of the size y / x, or 1.
PAIRS = ((-8, 8), (8, -8), (-8, 0), (8, 0), (0, 8), (0, -8), (4, -4), (-4, 4))

#: Few samples and many, whole batches and not.
FEW = (1, 2, 3, 4, 8, 31, 5)
MANY = (10, 12, 16, 20, 32, 50, 64, 100, 128, 200, 256, 1000, 1500, 10_000)

#: Shapes (n, d) with more features than elsewhere.
WIDE = ((5, 8), (30, 20), (12, 12), (64, 5), (100, 10))

Problem = tuple[Array, Array, Any]


def largest(kind: Any, n: int, d: int) -> float:
    """Return s_max: data of this scale leave room for every honest program."""
    # the root of each factor: max / 2¹² itself is no float of every kind
    room = math.sqrt(ROOM * d) * n
    return math.sqrt(float(np.finfo(kind).max)) / room / ENTRY


def problems(model: Any) -> Iterator[Problem]:
    """Yield data and weights of every scale and size, in float64 and float32."""
    generator = np.random.default_rng(2)
    for kind in (np.float64, np.float32):
        for n, d, scales in (*_scales(kind), *_sizes(kind), *_pairs()):
            # a model of one feature takes only its own
            yield _problem(generator, model, kind, (n, d), scales)


Case = tuple[int, int, tuple[float, float, float]]  # n, d, and the scales of x, y, w


def _scales(kind: Any) -> Iterator[Case]:
    for i, part in enumerate((*PARTS, 0, *(-p for p in PARTS))):
        n, d = FEW[i % len(FEW)], 1 + i % 3
        scale = largest(kind, n, d) ** part
        yield n, d, (scale, scale, 1.0)


def _sizes(kind: Any) -> Iterator[Case]:
    few = kind == np.float32  # one kind of number will do for most sizes
    for i, n in enumerate(FEW if few else MANY):
        yield n, 1 + i % 2, (1.0, 1.0, 1.0)
    for n, d in WIDE[:1] if few else WIDE:
        yield n, d, (1.0, 1.0, 1.0)


def _pairs() -> Iterator[Case]:
    for i, (a, b) in enumerate(PAIRS):
        n, d = FEW[(i + 1) % len(FEW)], 1 + i % 3
        for w in (b - a, 0):
            yield n, d, (10.0**a, 10.0**b, 10.0**w)


def _problem(
    generator: Any,
    model: Any,
    kind: Any,
    shape: tuple[int, int],
    scales: tuple[float, float, float],
) -> Problem:
    n, d = shape
    one = model.d is None
    weights = model._replace(d=None if one else d).weights
    sizes = (n if one else (n, d), n, weights)
    x, y, w = (
        np.asarray(generator.normal(size=size) * scale).astype(kind)[()]
        for size, scale in zip(sizes, scales, strict=True)
    )
    return x, y, w
