"""The formulas of docs/learn/batches.md: both sides, evaluated on drawn data."""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refgd import step
from refgd.batches import MiniBatches, default_lr
from refgd.testing import exact
from refgd.testing.strategies import datasets, weights

rates = st.fractions(0, 2, max_denominator=64)


@given(data=st.data(), size=st.integers(1, 7), lr=rates)
def test_at_the_optimum_only_the_average_step_rests(
    data: st.DataObject, size: int, lr: Any
) -> None:
    """Σ |B|/n (w* − η g_B) = w*, and each batch alone goes η |g_B| away from it."""
    x, y = data.draw(datasets(kind=Fraction, max_n=7))
    best = exact.optimum(x, y)
    batches = MiniBatches(x, y, size)
    parts = [batches.at(t) for t in range(batches.steps)]
    steps = [(len(part.y), step(best, part(best)[1], lr)) for part in parts]
    assert sum(n * w for n, w in steps) / len(y) == best
    for part, (_, w) in zip(parts, steps, strict=True):
        residual = part.x * best - part.y
        assert best - w == lr * 2 * np.dot(part.x, residual) / len(part.y)


@given(data=st.data(), size=st.integers(1, 7))
def test_no_batch_is_steeper_than_the_longest_rows(
    data: st.DataObject, size: int
) -> None:
    """v·H_B v ≤ (2/|B|) Σ_B |x_i|² |v|² ≤ (2/|M|) Σ_M |x_i|² |v|², for any v."""
    x, y = data.draw(datasets(kind=Fraction, d=2, max_n=7))
    v = data.draw(weights(kind=Fraction, d=2))
    batches = MiniBatches(x, y, size)
    parts = [batches.at(t).x for t in range(batches.steps)]
    few = min(len(part) for part in parts)
    longest = sorted((np.dot(row, row) for row in x), reverse=True)[:few]
    bound = 2 * sum(longest) / few
    for part in parts:
        along = part @ v
        trace = 2 * np.sum(part * part) / len(part)
        assert 2 * np.dot(along, along) / len(part) <= trace * np.dot(v, v)
        assert trace <= bound
    assert default_lr(x, size) * 4 * bound == 2
