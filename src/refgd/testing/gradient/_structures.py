"""Data as they come: whole numbers, zeros and ones, outliers, a column of ones.

Every structure meets every dtype and every class of sizes, and every dtype every class:
a covering design, a few dozen examples where the product would be hundreds. The numbers
are such that a right program rounds little: whole ones, or quarters.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from refgd._types import Array

Data = tuple[Array, Array]  # x (n, d) and y (n,), whole numbers as float64
Rule = Callable[[Any, Array, Array, Array], Data]  # of a generator, x, y and w

DTYPES = (np.int64, np.float64, np.float32)

#: Sizes (n, d) of each class in turn: a few samples, some dozens, odd ones, hundreds.
SIZES = (
    ((3, 2), (6, 1), (9, 3), (14, 2)),
    ((33, 2), (47, 1), (65, 3), (39, 2)),
    ((77, 1), (151, 2), (333, 1), (111, 3)),
)

#: More samples, and more features, than elsewhere; with a float64 of each.
LARGE = ((2500, 1), (1777, 2), (60, 25), (45, 50))


def _positive(_: Any, x: Array, y: Array, __: Array) -> Data:
    return abs(x) + 1, y


def _binary_x(_: Any, x: Array, y: Array, __: Array) -> Data:
    return (x > 0) * 1.0, y


def _binary_y(_: Any, x: Array, y: Array, __: Array) -> Data:
    return x, (y > 0) * 1.0


def _constant(_: Any, x: Array, y: Array, __: Array) -> Data:
    return np.full_like(x, 3), y


def _ones(_: Any, x: Array, y: Array, __: Array) -> Data:
    return np.hstack([np.ones((len(x), 1)), x[:, 1:]]), y


def _fit(_: Any, x: Array, __: Array, w: Array) -> Data:
    slopes = w[: x.shape[1]]
    return 4 * x, 4 * x @ slopes + sum(w[x.shape[1] :])


def _mixed(generator: Any, x: Array, y: Array, _: Array) -> Data:
    return (x + 0.5 * (x == 0)) * 2 * 10.0 ** generator.integers(0, 5, x.shape), y


def _outliers(_: Any, x: Array, y: Array, __: Array) -> Data:
    x, y = x.copy(), y.copy()
    x[0], y[-1] = 20_000, -300_000
    return x, y


def _repeated(_: Any, x: Array, y: Array, __: Array) -> Data:
    half = (len(x) + 1) // 2
    return np.tile(x[:half], (2, 1))[: len(x)], np.tile(y[:half], 2)[: len(x)]


def _equal_y(_: Any, x: Array, y: Array, __: Array) -> Data:
    return x, np.full_like(y, 5)


def _negative_y(_: Any, x: Array, y: Array, __: Array) -> Data:
    return x, -abs(y) - 1


RULES: tuple[Rule, ...] = (
    _positive,
    _binary_x,
    _binary_y,
    _constant,
    _ones,
    _fit,
    _mixed,
    _outliers,
    _repeated,
    _negative_y,
    _equal_y,
)


def problems(model: Any) -> Iterator[tuple[Array, Array, Any]]:
    """Yield data of every structure, and a weight, in integers and floats."""
    generator = np.random.default_rng(3)
    for i, rule in enumerate(RULES):
        for j, sizes in enumerate(SIZES):
            dtype = DTYPES[(i + j) % len(DTYPES)]
            yield _problem(generator, model, rule, dtype, sizes[i % len(sizes)])
    for i, shape in enumerate(LARGE):
        if model.d is not None or shape[1] <= 2:  # noqa: PLR2004 - many features are one
            yield _problem(generator, model, RULES[i], np.float64, shape)


def _problem(
    generator: Any, model: Any, rule: Rule, dtype: Any, shape: tuple[int, int]
) -> tuple[Array, Array, Any]:
    n, d = shape if model.d is not None else (shape[0], 1)
    weights = model._replace(d=None if model.d is None else d).weights
    x, y = generator.integers(-9, 10, (n, d)) * 1.0, generator.integers(-9, 10, n) * 1.0
    # quarters: what is kept in whole numbers is seen to lose something
    w = generator.integers(-4, 4, weights) + 0.25
    x, y = rule(generator, x, y, np.atleast_1d(w))
    x = x if model.d is not None else x[:, 0]
    kind = np.float32 if dtype == np.float32 else np.float64
    return x.astype(dtype), y.astype(dtype), np.asarray(w).astype(kind)[()]
