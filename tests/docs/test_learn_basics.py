"""The formulas of the first pages of Learn: both sides of each, in rationals."""

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import forward, grad, mse, step, theory
from refgd.testing import exact
from refgd.testing.strategies import datasets, learning_rates, numbers, weights
from turned_problems import Turned, sizes, turned

HALF = Fraction(1, 2)

many_weights = pytest.mark.parametrize("d", [1, 2, 3])
small = partial(datasets, kind=Fraction, max_n=4)  # a formula needs no more rows


def _loss(w: Any, x: Any, y: Any) -> Any:
    return mse(y, forward(w, x))


def _grad(w: Any, x: Any, y: Any) -> Any:
    return grad(x, y, forward(w, x))


def _square(a: Any) -> Any:
    return np.dot(a, a)


def _mean(a: Any) -> Any:
    return sum(a) / len(a)


def _hessian(x: Any) -> Any:
    return Fraction(2, len(x)) * np.dot(x.T, x)


@given(problem=turned())
def test_a_turned_problem_has_its_axes(problem: Turned) -> None:
    """H·v = λ·v, and v·v = 1."""
    for v, eigenvalue in zip(problem.axes, problem.eigenvalues, strict=True):
        assert np.all(np.dot(_hessian(problem.x), v) == eigenvalue * v)
        assert _square(v) == 1


# --- the derivation -------------------------------------------------------------------


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
    a, b, c = _mean(x**2), _mean(x * y), _mean(y**2)
    assert _loss(w, x, y) == a * w**2 - 2 * b * w + c


@given(data=st.data())
def test_the_loss_a_little_further(data: st.DataObject) -> None:
    """L(w + h) = L(w) + h·(2/n)·Σ x(xw − y) + h²·mean(x²): nothing is left out."""
    x, y = data.draw(small())
    w, h = data.draw(weights(kind=Fraction)), data.draw(numbers(kind=Fraction))
    slope = Fraction(2, len(x)) * sum(x * (x * w - y))
    assert _loss(w + h, x, y) == _loss(w, x, y) + h * slope + h**2 * _mean(x**2)
    assert slope == _grad(w, x, y)


@given(data=st.data())
def test_the_one_sided_difference_is_off_by_h(data: st.DataObject) -> None:
    """(L(w + h) − L(w)) / h = dL/dw + h·mean(x²)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    h = data.draw(numbers(kind=Fraction).filter(bool))
    quotient = (_loss(w + h, x, y) - _loss(w, x, y)) / h
    assert quotient == _grad(w, x, y) + h * _mean(x**2)


@many_weights
@given(data=st.data())
def test_the_loss_further_in_many_weights(d: int, data: st.DataObject) -> None:
    """L(w + h) = L(w) + ∇L·h + ½·hᵀHh, with ∇L = (2/n)·xᵀ(xw − y)."""
    x, y = data.draw(small(d=d))
    w, h = (data.draw(weights(kind=Fraction, d=d)) for _ in range(2))
    slope = Fraction(2, len(x)) * np.dot(x.T, np.dot(x, w) - y)
    bend = HALF * np.dot(h, np.dot(_hessian(x), h))
    assert _loss(w + h, x, y) == _loss(w, x, y) + np.dot(slope, h) + bend
    assert np.all(slope == _grad(w, x, y))


@given(data=st.data())
def test_the_intercept_is_one_more_weight(data: st.DataObject) -> None:
    """∂L/∂w = (2/n)·Σ x·r and ∂L/∂b = (2/n)·Σ r with r = x·w + b − y."""
    x, y = data.draw(small())
    w, b = (data.draw(weights(kind=Fraction)) for _ in range(2))
    residual = x * w + b - y
    columns, both = refgd.add_intercept(x), np.array([w, b])
    assert np.all(forward(both, columns) == x * w + b)
    assert list(_grad(both, columns, y)) == [
        2 * _mean(x * residual),
        2 * _mean(residual),
    ]


@given(data=st.data())
def test_a_sum_or_a_half_only_rescales_the_rate(data: st.DataObject) -> None:
    """A step: w − η·∇L = w − (η/n)·∇(nL) = w − 2η·∇(½L)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    lr = data.draw(learning_rates(kind=Fraction))
    h = data.draw(numbers(kind=Fraction).filter(bool))
    n = len(x)
    total = theory.central_difference(lambda v: n * _loss(v, x, y), w, h)
    half = theory.central_difference(lambda v: HALF * _loss(v, x, y), w, h)
    after = step(w, _grad(w, x, y), lr)
    assert after == step(w, total, lr / n) == step(w, half, 2 * lr)


# --- why the loss goes down -----------------------------------------------------------


@many_weights
@given(data=st.data())
def test_the_descent_identity_line_by_line(d: int, data: st.DataObject) -> None:
    """Put the step in, multiply the square out, and find g in the middle term."""
    x, y = data.draw(small(d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    lr = data.draw(learning_rates(kind=Fraction, upper=10))
    n, r, g = len(y), forward(w, x) - y, _grad(w, x, y)
    xg = forward(g, x)
    lines = [
        _square(r - lr * xg) / n,
        _square(r) / n - 2 * lr / n * np.dot(r, xg) + lr**2 / n * _square(xg),
        _loss(w, x, y) - lr * _square(g) + lr**2 / n * _square(xg),
    ]
    assert lines == [_loss(step(w, g, lr), x, y)] * 3


@given(data=st.data())
def test_the_descent_identity_of_one_weight(data: st.DataObject) -> None:
    """L(w − ηg) = L(w) − η·g²·(1 − η·a), with a = mean(x²)."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    lr = data.draw(learning_rates(kind=Fraction, upper=10))
    g = _grad(w, x, y)
    change = -lr * g**2 * (1 - lr * _mean(x**2))
    assert _loss(step(w, g, lr), x, y) == _loss(w, x, y) + change


@given(data=st.data())
def test_half_the_bound_falls_furthest(data: st.DataObject) -> None:
    """At η = 1/(2a) the loss falls by g²/(4a), and by no more at any other."""
    x, y = data.draw(small())
    w = data.draw(weights(kind=Fraction))
    a, g = _mean(x**2), _grad(w, x, y)
    least = _loss(step(w, g, 1 / (2 * a)), x, y)
    assert least == _loss(w, x, y) - g**2 / (4 * a)
    other = data.draw(learning_rates(kind=Fraction, upper=2 * theory.max_lr(x)))
    assert _loss(step(w, g, other), x, y) >= least


@given(problem=turned(), data=st.data())
def test_each_axis_falls_or_rises_by_itself(
    problem: Turned, data: st.DataObject
) -> None:
    """L(w − ηg) − L(w) = −η·Σ (v·g)²·(1 − ½ηλ) ≤ −η·|g|²·(1 − ½η·λmax)."""
    x, y, axes, eigenvalues = problem
    w = data.draw(weights(kind=Fraction, d=2))
    lr = data.draw(learning_rates(kind=Fraction))
    g = _grad(w, x, y)
    shares = [
        np.dot(v, g) ** 2 * (1 - HALF * lr * eigenvalue)
        for v, eigenvalue in zip(axes, eigenvalues, strict=True)
    ]
    change = _loss(step(w, g, lr), x, y) - _loss(w, x, y)
    assert change == -lr * sum(shares)
    assert change <= -lr * _square(g) * (1 - HALF * lr * max(eigenvalues))


@given(problem=turned(), data=st.data(), k=st.integers(0, 1))
def test_along_an_axis_the_loss_has_one_factor(
    problem: Turned, data: st.DataObject, k: int
) -> None:
    """L(w') = (1 − ηλ)²·L(w) where w − w* lies along λ's axis, and the least is 0."""
    x, y, axes, eigenvalues = problem
    lr = data.draw(learning_rates(kind=Fraction))
    w = problem.best + data.draw(numbers(kind=Fraction)) * axes[k]
    after = _loss(step(w, _grad(w, x, y), lr), x, y)
    assert after == (1 - lr * eigenvalues[k]) ** 2 * _loss(w, x, y)


# --- choosing the learning rate -------------------------------------------------------


@given(problem=turned(), data=st.data(), t=st.integers(0, 6))
def test_the_error_is_multiplied_by_one_matrix(
    problem: Turned, data: st.DataObject, t: int
) -> None:
    """w_t − w* = (I − ηH)^t · (w_0 − w*)."""
    x, y, *_ = problem
    w0 = w = data.draw(weights(kind=Fraction, d=2))
    lr = data.draw(learning_rates(kind=Fraction))
    for _ in range(t):
        w = step(w, _grad(w, x, y), lr)
    matrix = np.linalg.matrix_power(np.eye(2, dtype=int) - lr * _hessian(x), t)
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
        w = step(w, _grad(w, x, y), lr)
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
    after = step(w, _grad(w, x, y), 1 / (2 * largest)) - problem.best
    for v, eigenvalue in zip(axes, eigenvalues, strict=True):
        factor = 1 - eigenvalue / (2 * largest)
        assert np.dot(v, after) == factor * np.dot(v, w - problem.best)
        assert HALF <= factor < 1


# --- when to stop ---------------------------------------------------------------------


@given(data=st.data(), tol=st.fractions(Fraction(1, 100), 1, max_denominator=100))
def test_tol_is_what_is_left_of_the_first_error(
    data: st.DataObject, tol: Fraction
) -> None:
    """|∇L(w_t)| / |∇L(w_0)| = |w_t − w*| / |w_0 − w*|, and `fit` stops by it."""
    x, y = data.draw(small())
    best = exact.optimum(x, y)
    w0 = data.draw(weights(kind=Fraction).filter(lambda w: w != best))
    share = data.draw(st.fractions(Fraction(1, 4), 1, max_denominator=8))
    run = refgd.fit(x, y, w0, lr=share * theory.best_lr(x), tol=tol, n_iters=50)
    left = [abs(w - best) / abs(w0 - best) for w in run.history.w]
    slopes = [abs(_grad(w, x, y)) / abs(_grad(w0, x, y)) for w in run.history.w]
    assert left == slopes
    assert run.converged
    assert left[-1] <= tol
    assert all(before > tol for before in left[:-1])


@given(problem=turned(), data=st.data())
def test_what_a_small_gradient_proves(problem: Turned, data: st.DataObject) -> None:
    """|w − w*| ≤ |∇L|/λmin and L(w) − L(w*) ≤ |∇L|²/(2·λmin), tight."""
    x, y, axes, eigenvalues = problem
    low = min(eigenvalues)
    flat = axes[eigenvalues.index(low)]
    drawn = data.draw(weights(kind=Fraction, d=2))
    for w in (drawn, problem.best + data.draw(numbers(kind=Fraction)) * flat):
        g, error = _grad(w, x, y), w - problem.best
        above = _loss(w, x, y) - _loss(problem.best, x, y)
        assert _square(error) <= _square(g) / low**2
        assert above <= _square(g) / (2 * low)
        assert w is drawn or _square(error) == _square(g) / low**2
        assert w is drawn or above == _square(g) / (2 * low)
