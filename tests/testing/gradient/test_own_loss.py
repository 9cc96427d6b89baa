"""convention=None: any loss of the user's own, smooth or not, exact or in floats."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from refgd.testing.gradient import _own_loss
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._own_loss import exact_numbers
from refgd.testing.gradient._signature import UserFunction

Function = Callable[..., Any]


def _product(w: Any, x: Any) -> Any:
    z = x @ w
    return z if z.dtype != object else z.astype(float)


def _floats(x: Any) -> Any:
    return x if x.dtype != object else x.astype(float)


def _logistic(w: Any, x: Any, y: Any) -> Any:
    p = 1 / (1 + np.exp(-_product(w, x)))
    y = 1.0 * (y > 0)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _logistic_grad(w: Any, x: Any, y: Any) -> Any:
    p = 1 / (1 + np.exp(-_product(w, x)))
    return _floats(x).T @ (p - (y > 0)) / len(y)


def _log_sum_exp(w: Any, x: Any, y: Any) -> Any:  # noqa: ARG001 - it has no targets
    return np.log(np.sum(np.exp(_product(w, x))))


def _log_sum_exp_grad(w: Any, x: Any, y: Any) -> Any:  # noqa: ARG001 - it has no targets
    z = _product(w, x)
    p = np.exp(z - z.max())
    return _floats(x).T @ (p / p.sum())


def _poisson(w: Any, x: Any, y: Any) -> Any:
    z = _product(w, x)
    return np.mean(np.exp(z) - _floats(y) * z)


def _poisson_grad(w: Any, x: Any, y: Any) -> Any:
    return _floats(x).T @ (np.exp(_product(w, x)) - _floats(y)) / len(y)


def _quantile(w: Any, x: Any, y: Any, level: float = 0.3) -> Any:
    r = y - x @ w
    return np.mean(np.maximum(level * r, (level - 1) * r))


def _quantile_grad(w: Any, x: Any, y: Any, level: float = 0.3) -> Any:
    return x.T @ np.where(y - x @ w > 0, -level, 1 - level) / len(y)


def _absolute(w: Any, x: Any, y: Any) -> Any:
    return np.mean(abs(x @ w - y))


def _absolute_grad(w: Any, x: Any, y: Any) -> Any:
    return x.T @ np.sign(x @ w - y) / len(y)


def _hinge(w: Any, x: Any, y: Any) -> Any:
    return np.mean(np.maximum(0, 1 - y * (x @ w)))


def _hinge_grad(w: Any, x: Any, y: Any) -> Any:
    return -x.T @ (y * (1 - y * (x @ w) > 0)) / len(y)


PAIRS: dict[str, tuple[Function, Function]] = {
    "logistic": (_logistic, _logistic_grad),
    "log-sum-exp": (_log_sum_exp, _log_sum_exp_grad),
    "poisson": (_poisson, _poisson_grad),
    "quantile": (_quantile, _quantile_grad),
    "absolute": (_absolute, _absolute_grad),
    "hinge": (_hinge, _hinge_grad),
}


@pytest.fixture
def shared_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Differentiate a loss once for all the gradients that are held against it."""
    known: dict[Any, Any] = {}
    differentiate = _own_loss.differentiate

    def once(loss: UserFunction, example: Example) -> Any:
        parts = (np.asarray(a) for a in (example.x, example.y, example.w))
        key = tuple((a.dtype.char, a.shape, *a.ravel().tolist()) for a in parts)
        if key not in known:
            known[key] = differentiate(loss, example)
        return known[key]

    monkeypatch.setattr(_own_loss, "differentiate", once)


@pytest.mark.usefixtures("shared_slopes")
@pytest.mark.parametrize("name", PAIRS)
def test_the_right_gradient_is_no_alarm_and_wrong_ones_are_caught(name: str) -> None:
    loss, grad = PAIRS[name]
    report = check_gradient(grad, loss=loss, convention=None, max_examples=8)
    assert not any("inconclusive" in note for note in report.notes)
    for factor in (2, -1, 1.01):

        def wrong(w: Any, x: Any, y: Any, factor: float = factor) -> Any:
            return factor * grad(w, x, y)

        with pytest.raises(GradientError, match="your own loss"):
            check_gradient(wrong, loss=loss, convention=None, max_examples=8)


def _slope(loss: Function, x: Any, y: Any, w: Any) -> tuple[Any, Any]:
    found, bound = _own_loss.differentiate(UserFunction(loss), Example(x, y, w))
    return found, bound


def test_two_equal_quotients_prove_no_slope() -> None:
    """At h = 1 and 1/3 the hinges' quotients are equal, and not the slope, -1."""
    x, y = np.array([[-2], [2]]) * Fraction(1), np.array([1, 2]) * Fraction(1)
    w = np.array([Fraction(0)])
    assert _slope(_hinge, x, y, w)[0] is None
    found, bound = _slope(_hinge, x.astype(float), y.astype(float), np.zeros(1))
    assert abs(found[0] + 1) <= bound[0] < Fraction(1, 10**6)


def test_a_polynomial_loss_is_exact_with_floats_in_it() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.mean((x @ w - y) ** 4) + 0.1 * np.sum(w**2)

    x, y, w = np.array([[0.3, 1.0]]), np.array([0.7]), np.array([0.2, -0.1])
    found, bound = _slope(loss, x, y, w)
    a, t, v = (exact_numbers(each) for each in (x, y, w))
    assert bound == 0
    assert found.tolist() == (4 * a.T @ (a @ v - t) ** 3 + 0.1 * 2 * v).tolist()


def test_at_a_kink_nothing_is_said() -> None:
    x, y = np.array([[1.0]]), np.array([0.5])
    found, bound = _slope(_absolute, x, y, np.array([0.5]))
    assert found is None or np.all(bound >= 1)
