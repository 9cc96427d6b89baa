"""Compressed data against all of them, exactly; and data to compress."""

from fractions import Fraction
from typing import Any

import numpy as np

from refgd import forward, mse
from refgd._types import Array
from refgd.compression import Compressed
from refgd.testing import bounds, exact


def loss(x: Any, y: Any, w: Any) -> Fraction:
    """n·L at w, exactly."""
    x, y, w = map(exact.fractions, (x, y, w))
    total: Fraction = len(y) * mse(y, forward(w, x))
    return total


def assert_same_loss(few: Compressed, x: Any, y: Any, w: Any) -> None:
    """|√(n·L_c) − √(n·L)| is within the bound; roots are rounded up by 2⁻¹²⁸."""
    kept = loss(few.x, few.y, w) * Fraction(len(y), len(few.y))
    slack = bounds.compressed_bound(w, x, y, few.x.dtype)
    ours, wanted = bounds.root(kept), bounds.root(loss(x, y, w))
    assert abs(ours - wanted) <= slack + (ours + wanted) / 2**128
    assert few.n == len(y)


def line(n: int, d: int | None = None, kind: type = np.float64) -> tuple[Array, Array]:
    """Small whole numbers, whose sums are exact: n rows near a plane."""
    rng = np.random.default_rng(n)
    x: Array = rng.integers(-9, 10, size=n if d is None else (n, d)).astype(kind)
    return x, (2 * x if d is None else x.sum(axis=1)) + rng.integers(-2, 3, size=n)
