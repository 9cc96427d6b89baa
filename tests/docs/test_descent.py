"""The formulas of docs/learn/descent.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.least_squares import (
    HALF,
    Turned,
    gradient,
    hessian,
    loss,
    mean,
    small,
    square,
    turned,
)
from refgd import forward, step, theory
from refgd.testing.strategies import learning_rates, numbers, weights

shares = st.fractions(0, Fraction(63, 64), max_denominator=64)
many_weights = pytest.mark.parametrize("d", [1, 2, 3])


@many_weights
@given(data=st.data())
def test_the_descent_identity_line_by_line(d: int, data: st.DataObject) -> None:
    """Put the step in, multiply the square out, and find g in the middle term."""
    x, y = data.draw(small(d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    lr = data.draw(learning_rates(kind=Fraction, upper=10))
    n, r, g = len(y), forward(w, x) - y, gradient(w, x, y)
    xg = forward(g, x)
    lines = [
        square(r - lr * xg) / n,
        square(r) / n - 2 * lr / n * np.dot(r, xg) + lr**2 / n * square(xg),
        loss(w, x, y) - lr * square(g) + lr**2 / n * square(xg),
    ]
    assert lines == [loss(step(w, g, lr), x, y)] * 3


@given(data=st.data())
def test_half_the_bound_falls_furthest(data: st.DataObject) -> None:
    """At η = 1/(2a) the loss falls by g²/(4a), and by no more at any other."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    a, g = mean(x**2), gradient(w, x, y)
    least = loss(step(w, g, 1 / (2 * a)), x, y)
    assert least == loss(w, x, y) - g**2 / (4 * a)
    other = data.draw(learning_rates(kind=Fraction, upper=2 * theory.max_lr(x)))
    assert loss(step(w, g, other), x, y) >= least


@given(problem=turned(), data=st.data())
def test_each_axis_falls_or_rises_by_itself(
    problem: Turned, data: st.DataObject
) -> None:
    """L(w − ηg) − L(w) = −η·Σ (v·g)²·(1 − ½ηλ) ≤ −η·|g|²·(1 − ½η·λmax)."""
    x, y, axes, eigenvalues = problem
    w = data.draw(weights(kind=Fraction, d=2))
    lr = data.draw(learning_rates(kind=Fraction))
    g = gradient(w, x, y)
    shares = [
        np.dot(v, g) ** 2 * (1 - HALF * lr * eigenvalue)
        for v, eigenvalue in zip(axes, eigenvalues, strict=True)
    ]
    change = loss(step(w, g, lr), x, y) - loss(w, x, y)
    assert change == -lr * sum(shares)
    assert change <= -lr * square(g) * (1 - HALF * lr * max(eigenvalues))


@given(problem=turned(), data=st.data(), k=st.integers(0, 1))
def test_along_an_axis_the_loss_has_one_factor(
    problem: Turned, data: st.DataObject, k: int
) -> None:
    """L(w') = (1 − ηλ)²·L(w) where w − w* lies along λ's axis, and the least is 0."""
    x, y, axes, eigenvalues = problem
    lr = data.draw(learning_rates(kind=Fraction))
    w = problem.best + data.draw(numbers(kind=Fraction)) * axes[k]
    after = loss(step(w, gradient(w, x, y), lr), x, y)
    assert after == (1 - lr * eigenvalues[k]) ** 2 * loss(w, x, y)


@given(problem=turned())
def test_a_turned_problem_has_its_axes(problem: Turned) -> None:
    """H·v = λ·v, and v·v = 1."""
    for v, eigenvalue in zip(problem.axes, problem.eigenvalues, strict=True):
        assert np.all(np.dot(hessian(problem.x), v) == eigenvalue * v)
        assert square(v) == 1
