"""The laws of gradient descent, in rational arithmetic: no tolerance."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import forward, grad, mse, step, theory
from refgd.testing import exact
from refgd.testing.strategies import datasets, learning_rates, numbers, weights

DIMENSIONS = [None, 1, 2, 3]

any_d = pytest.mark.parametrize("d", DIMENSIONS)


def _loss(w: Any, x: Any, y: Any) -> Any:
    return mse(y, forward(w, x))


def _grad(w: Any, x: Any, y: Any) -> Any:
    return grad(x, y, forward(w, x))


def _square(a: Any) -> Any:
    return np.dot(a, a)


def _equal(a: Any, b: Any) -> bool:
    return bool(np.all(a == b))


@any_d
@given(data=st.data())
def test_grad_is_the_central_difference(d: int | None, data: st.DataObject) -> None:
    """For a quadratic the central difference is the derivative, for every h."""
    x, y = data.draw(datasets(kind=Fraction, d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    h = data.draw(numbers(kind=Fraction).filter(bool))
    numeric = theory.central_difference(lambda v: _loss(v, x, y), w, h)
    assert _equal(_grad(w, x, y), numeric)


@any_d
@given(data=st.data())
def test_the_descent_identity(d: int | None, data: st.DataObject) -> None:
    """L(w − lr·g) = L(w) − lr·|g|² + (lr²/n)·|xg|², for any lr."""
    x, y = data.draw(datasets(kind=Fraction, d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    lr = data.draw(learning_rates(kind=Fraction, upper=10))
    g = _grad(w, x, y)
    after = _loss(step(w, g, lr), x, y)
    change = -lr * _square(g) + lr**2 / len(y) * _square(forward(g, x))
    assert after == _loss(w, x, y) + change


@given(data=st.data(), line=st.booleans())
def test_the_bound_is_sharp(data: st.DataObject, *, line: bool) -> None:
    """The loss does not rise up to lr = 1/mean(x²), and strictly rises beyond."""
    x, y = data.draw(datasets(kind=Fraction, line=line))
    w = data.draw(weights(kind=Fraction))
    bound = theory.max_lr(x)
    assert bound == len(x) / sum(x**2)
    g, before = _grad(w, x, y), _loss(w, x, y)
    lr = data.draw(learning_rates(kind=Fraction, upper=bound))
    assert _loss(step(w, g, lr), x, y) <= before
    assert _loss(step(w, g, bound), x, y) == before
    beyond = bound * (1 + data.draw(st.sampled_from([Fraction(1, 10**9), Fraction(1)])))
    after = _loss(step(w, g, beyond), x, y)
    assert after > before if g != 0 else after == before


@given(data=st.data(), t=st.integers(0, 8))
def test_the_error_shrinks_by_one_factor(data: st.DataObject, t: int) -> None:
    """w_t − w* = (1 − lr·H)^t · (w_0 − w*), and the gradient is H·(w − w*)."""
    x, y = data.draw(datasets(kind=Fraction))
    w0 = w = data.draw(weights(kind=Fraction))
    lr = data.draw(learning_rates(kind=Fraction))
    hessian, best = 2 * np.dot(x, x) / len(x), exact.optimum(x, y)
    for _ in range(t):
        assert _grad(w, x, y) == hessian * (w - best)
        w = step(w, _grad(w, x, y), lr)
    assert w - best == (1 - lr * hessian) ** t * (w0 - best)


def test_the_tutorials_closed_form() -> None:
    """X = 1..4, y = 2x: w_t = 2(1 − (17/20)^t) and loss_t = 30·(17/20)^(2t)."""
    x = exact.fractions([1, 2, 3, 4])
    y, w, lr = 2 * x, Fraction(0), Fraction(1, 100)
    for t in range(21):
        assert w == 2 * (1 - Fraction(17, 20) ** t)
        assert _loss(w, x, y) == 30 * Fraction(17, 20) ** (2 * t)
        w = step(w, _grad(w, x, y), lr)


def test_one_step_by_hand() -> None:
    """X = 1, 2, y = 3, 5, w = 1: residuals −2, −3; L = 13/2; dw = −2 − 6 = −8."""
    x, y = exact.fractions([1, 2]), exact.fractions([3, 5])
    y_pred = forward(Fraction(1), x)
    assert list(y_pred) == [1, 2]
    assert mse(y, y_pred) == Fraction(13, 2)
    assert grad(x, y, y_pred) == -8
    assert step(Fraction(1), Fraction(-8), Fraction(1, 4)) == 3


@any_d
@given(data=st.data())
def test_the_order_of_samples_changes_nothing(
    d: int | None, data: st.DataObject
) -> None:
    x, y = data.draw(datasets(kind=Fraction, d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    order = data.draw(st.permutations(range(len(y))))
    assert _loss(w, x[order], y[order]) == _loss(w, x, y)
    assert _equal(_grad(w, x[order], y[order]), _grad(w, x, y))


@any_d
@given(data=st.data(), times=st.integers(2, 4))
def test_doubling_the_data_changes_nothing(
    d: int | None, data: st.DataObject, times: int
) -> None:
    """Copies of the data change nothing; if the loss were a sum, they would."""
    x, y = data.draw(datasets(kind=Fraction, d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    xs, ys = np.concatenate([x] * times), np.concatenate([y] * times)
    assert _loss(w, xs, ys) == _loss(w, x, y)
    assert _equal(_grad(w, xs, ys), _grad(w, x, y))


@any_d
@given(data=st.data())
def test_scaling_y_and_w_scales_the_gradient(
    d: int | None, data: st.DataObject
) -> None:
    x, y = data.draw(datasets(kind=Fraction, d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    c = data.draw(numbers(kind=Fraction))
    assert _loss(c * w, x, c * y) == c**2 * _loss(w, x, y)
    assert _equal(_grad(c * w, x, c * y), c * _grad(w, x, y))


@any_d
@given(data=st.data())
def test_scaling_x_and_unscaling_w_scales_the_gradient(
    d: int | None, data: st.DataObject
) -> None:
    x, y = data.draw(datasets(kind=Fraction, d=d))
    w = data.draw(weights(kind=Fraction, d=d))
    c = data.draw(numbers(kind=Fraction).filter(bool))
    assert _loss(w / c, c * x, y) == _loss(w, x, y)
    assert _equal(_grad(w / c, c * x, y), c * _grad(w, x, y))


@given(data=st.data())
def test_a_step_at_the_optimum_stays(data: st.DataObject) -> None:
    x, y = data.draw(datasets(kind=Fraction))
    best = exact.optimum(x, y)
    assert step(best, _grad(best, x, y), data.draw(learning_rates())) == best
