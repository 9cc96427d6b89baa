"""The formulas of docs/scale/accuracy.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import forward, grad, theory
from refgd.testing import exact
from refgd.testing.strategies import datasets, numbers, weights


@given(data=st.data(), t=st.integers(0, 5))
def test_the_error_has_a_closed_form(data: st.DataObject, t: int) -> None:
    """w_t − w* = (I − η·H)^t (w_0 − w*) for any learning rate η, and two weights."""
    x, y = data.draw(datasets(kind=Fraction, d=2, min_n=2, max_n=4))
    x = np.concatenate([x, np.eye(2, dtype=int)])  # of rank 2: one optimum
    y = np.append(y, [Fraction(1), Fraction(2)])
    start, lr = (
        data.draw(weights(kind=Fraction, d=2)),
        data.draw(numbers(kind=Fraction)),
    )
    hessian = Fraction(2, len(y)) * np.dot(x.T, x)
    factor = np.linalg.matrix_power(np.eye(2, dtype=int) - abs(lr) * hessian, t)
    w, best = start, exact.optimum(x, y)
    for _ in range(t):
        w = refgd.step(w, grad(x, y, forward(w, x)), abs(lr))
    assert np.array_equal(w - best, np.dot(factor, start - best))
    assert np.array_equal(theory.trajectory(x, y, start, abs(lr), t), w)
