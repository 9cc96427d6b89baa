"""The formulas of docs/learn/learning-rate.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docs.least_squares import (
    HALF,
    Turned,
    gradient,
    hessian,
    sizes,
    turned,
)
from refgd import step
from refgd.testing.strategies import learning_rates, weights


@given(problem=turned(), data=st.data(), t=st.integers(0, 6))
def test_the_error_is_multiplied_by_one_matrix(
    problem: Turned, data: st.DataObject, t: int
) -> None:
    """w_t − w* = (I − ηH)^t · (w_0 − w*)."""
    x, y, *_ = problem
    w0 = w = data.draw(weights(kind=Fraction, d=2))
    lr = data.draw(learning_rates(kind=Fraction))
    for _ in range(t):
        w = step(w, gradient(w, x, y), lr)
    matrix = np.linalg.matrix_power(np.eye(2, dtype=int) - lr * hessian(x), t)
    assert np.all(w - problem.best == np.dot(matrix, w0 - problem.best))


@given(problem=turned(), data=st.data(), t=st.integers(0, 6))
def test_each_axis_has_its_own_factor(
    problem: Turned, data: st.DataObject, t: int
) -> None:
    """v·(w_t − w*) = (1 − ηλ)^t · v·(w_0 − w*)."""
    x, y, axes, eigenvalues = problem
    w0 = w = data.draw(weights(kind=Fraction, d=2))
    lr = data.draw(learning_rates(kind=Fraction))
    for _ in range(t):
        w = step(w, gradient(w, x, y), lr)
    for v, eigenvalue in zip(axes, eigenvalues, strict=True):
        first = np.dot(v, w0 - problem.best)
        assert np.dot(v, w - problem.best) == (1 - lr * eigenvalue) ** t * first


def _worst(lr: Fraction, low: Fraction, high: Fraction) -> Fraction:
    return max(abs(1 - lr * low), abs(1 - lr * high))


@given(data=st.data())
def test_the_best_rate_treats_both_ends_alike(data: st.DataObject) -> None:
    """At η = 2/(λmax + λmin) both factors are (κ − 1)/(κ + 1); no η has less."""
    low, high = sorted([data.draw(sizes), data.draw(sizes)])
    best, kappa = 2 / (high + low), high / low
    assert 1 - best * low == best * high - 1 == (kappa - 1) / (kappa + 1)
    other = data.draw(learning_rates(kind=Fraction, upper=2 / high))
    assert _worst(other, low, high) >= _worst(best, low, high)


@given(problem=turned(), data=st.data())
def test_at_a_quarter_of_the_bound_no_error_changes_sign(
    problem: Turned, data: st.DataObject
) -> None:
    """At η = 1/(2·λmax) every factor is 1 − λ/(2·λmax), from one half to below 1."""
    x, y, axes, eigenvalues = problem
    largest = max(eigenvalues)
    w = data.draw(weights(kind=Fraction, d=2))
    after = step(w, gradient(w, x, y), 1 / (2 * largest)) - problem.best
    for v, eigenvalue in zip(axes, eigenvalues, strict=True):
        factor = 1 - eigenvalue / (2 * largest)
        assert np.dot(v, after) == factor * np.dot(v, w - problem.best)
        assert HALF <= factor < 1
