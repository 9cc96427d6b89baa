"""The formulas of docs/learn/derivation.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from docs.least_squares import (
    HALF,
    gradient,
    hessian,
    loss,
    mean,
    small,
)
from refgd import forward, mse, step, theory
from refgd.testing.strategies import learning_rates, numbers, weights

many_weights = pytest.mark.parametrize("d", [1, 2, 3])


@given(data=st.data())
def test_one_squared_residual_is_a_parabola(data: st.DataObject) -> None:
    """(x·w − y)² = x²·w² − 2xy·w + y²."""
    x, y, w = (data.draw(numbers(kind=Fraction)) for _ in range(3))
    assert mse(y, forward(w, x)) == x**2 * w**2 - 2 * x * y * w + y**2


@given(data=st.data())
def test_the_mean_of_parabolas_is_a_parabola(data: st.DataObject) -> None:
    """L(w) = a·w² − 2b·w + c with a = mean(x²), b = mean(xy), c = mean(y²)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    a, b, c = mean(x**2), mean(x * y), mean(y**2)
    assert loss(w, x, y) == a * w**2 - 2 * b * w + c


@given(data=st.data())
def test_the_slope_of_the_parabola(data: st.DataObject) -> None:
    """dL/dw = 2a·w − 2b = (2/n)·Σ x²·w − (2/n)·Σ xy = (2/n)·Σ x(xw − y)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    slope = 2 * mean(x**2) * w - 2 * mean(x * y)
    assert slope == 2 * mean(x * (x * w - y)) == gradient(w, x, y)


@given(data=st.data())
def test_the_loss_a_little_further(data: st.DataObject) -> None:
    """L(w + h) = L(w) + h·(2/n)·Σ x(xw − y) + h²·mean(x²): nothing is left out."""
    x, y = data.draw(small())
    w, h = data.draw(weights(kind=Fraction)), data.draw(numbers(kind=Fraction))
    slope = Fraction(2, len(x)) * sum(x * (x * w - y))
    assert loss(w + h, x, y) == loss(w, x, y) + h * slope + h**2 * mean(x**2)
    assert slope == gradient(w, x, y)


@given(data=st.data())
def test_the_one_sided_difference_is_off_by_h(data: st.DataObject) -> None:
    """(L(w + h) − L(w)) / h = dL/dw + h·mean(x²)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    h = data.draw(numbers(kind=Fraction).filter(bool))
    quotient = (loss(w + h, x, y) - loss(w, x, y)) / h
    assert quotient == gradient(w, x, y) + h * mean(x**2)


@many_weights
@given(data=st.data())
def test_the_loss_further_in_many_weights(d: int, data: st.DataObject) -> None:
    """L(w + h) = L(w) + ∇L·h + ½·hᵀHh, with ∇L = (2/n)·xᵀ(xw − y)."""
    x, y = data.draw(small(d=d))
    w, h = (data.draw(weights(kind=Fraction, d=d)) for _ in range(2))
    slope = Fraction(2, len(x)) * np.dot(x.T, np.dot(x, w) - y)
    bend = HALF * np.dot(h, np.dot(hessian(x), h))
    assert loss(w + h, x, y) == loss(w, x, y) + np.dot(slope, h) + bend
    assert np.all(slope == gradient(w, x, y))


@given(data=st.data())
def test_the_intercept_is_one_more_weight(data: st.DataObject) -> None:
    """∂L/∂w = (2/n)·Σ x·r and ∂L/∂b = (2/n)·Σ r with r = x·w + b − y."""
    x, y = data.draw(small())
    w, b = (data.draw(weights(kind=Fraction)) for _ in range(2))
    residual = x * w + b - y
    columns, both = refgd.add_intercept(x), np.array([w, b])
    assert np.all(forward(both, columns) == x * w + b)
    assert list(gradient(both, columns, y)) == [
        2 * mean(x * residual),
        2 * mean(residual),
    ]


@given(data=st.data())
def test_a_sum_or_a_half_only_rescales_the_rate(data: st.DataObject) -> None:
    """A step: w − η·∇L = w − (η/n)·∇(nL) = w − 2η·∇(½L)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    lr = data.draw(learning_rates(kind=Fraction))
    h = data.draw(numbers(kind=Fraction).filter(bool))
    n = len(x)
    total = theory.central_difference(lambda v: n * loss(v, x, y), w, h)
    half = theory.central_difference(lambda v: HALF * loss(v, x, y), w, h)
    after = step(w, gradient(w, x, y), lr)
    assert after == step(w, total, lr / n) == step(w, half, 2 * lr)
