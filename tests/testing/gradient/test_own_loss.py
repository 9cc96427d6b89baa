"""convention=None: any loss of the user's own, smooth or not, exact or in floats."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from refgd.testing.gradient import _own_loss
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._own_loss import _read, exact_numbers
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.gradient._verdict import run_example

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
        numbers = ((a.dtype.char, a.shape, *a.ravel().tolist()) for a in parts)
        key = (loss.function, *numbers)
        if key not in known:
            known[key] = differentiate(loss, example)
        return known[key]

    monkeypatch.setattr(_own_loss, "differentiate", once)


def _check_right(name: str) -> None:
    loss, grad = PAIRS[name]
    report = check_gradient(grad, loss=loss, convention=None, max_examples=8)
    assert not any("inconclusive" in note for note in report.notes)


@pytest.mark.parametrize("name", ["logistic", "hinge"])
def test_no_example_is_an_alarm(name: str) -> None:
    """Of a smooth loss, and of one with kinks."""
    _check_right(name)


@pytest.mark.usefixtures("shared_slopes", "few_floats")
@pytest.mark.parametrize("name", PAIRS)
def test_the_right_gradient_is_no_alarm_and_a_wrong_one_is_caught(name: str) -> None:
    _check_right(name)
    loss, grad = PAIRS[name]
    with pytest.raises(GradientError, match="your own loss"):
        check_gradient(
            lambda w, x, y: 1.01 * grad(w, x, y),
            loss=loss,
            convention=None,
            max_examples=8,
        )


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


def test_at_a_kink_all_between_the_ends_of_the_subgradient_is_right() -> None:
    x, y = np.array([[1.0]]), np.array([0.5])
    found, bound = _slope(_absolute, x, y, np.array([0.5]))
    assert found[0] == 0
    assert 1 <= bound[0] < 1 + Fraction(1, 10**6)


@pytest.mark.parametrize(
    ("answer", "number"),
    [(1.5, 1.5), (np.array([2.0]), 2.0), (np.ones(2), np.nan), ("two", np.nan)],
    ids=["float", "one-entry", "two-entries", "word"],
)
def test_a_loss_is_one_number(answer: Any, number: float) -> None:
    assert np.array_equal(_read(answer), number, equal_nan=True)


def test_a_loss_that_raises_for_longer_floats_decides_nothing() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        if w.dtype == np.longdouble:
            raise KeyError("longdouble")
        return np.mean(np.exp(x @ w - y))

    x, y, w = np.ones((2, 1)), np.ones(2), np.ones(1)
    assert _slope(loss, x, y, w) == (None, 0)
    assert _own_loss.find_kinks(UserFunction(loss), Example(x, y, w)) == [None]


def _at_zero(value: float) -> Function:
    def grad(w: Any, x: Any, y: Any) -> Any:
        r = _floats(x @ w - y)
        return _floats(x).T @ np.where(r == 0, value, np.sign(r)) / len(y)

    return grad


@pytest.mark.usefixtures("shared_slopes", "few_floats")
@pytest.mark.parametrize("value", [-1, 0.5])
def test_any_subgradient_is_right_and_a_note(value: float) -> None:
    grad = _at_zero(value)
    report = check_gradient(grad, loss=_absolute, convention=None, max_examples=8)
    (note,) = [note for note in report.notes if "at a kink of" in note]
    assert "where any number from" in note


@pytest.mark.usefixtures("few_floats")
def test_what_lies_outside_the_subgradient_is_wrong() -> None:
    with pytest.raises(GradientError, match=r"expected .*any number from -1 to 1") as e:
        check_gradient(_at_zero(3), loss=_absolute, convention=None, max_examples=8)
    assert "a residual is 0" in str(e.value.diagnosis)


# --- guards --------------------------------------------------------------------------

EPS = 1e-9


def _entropy(p: Any, y: Any) -> Any:
    y = 1.0 * (y > 0)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _clipped(w: Any, x: Any, y: Any, eps: float = 1e-7) -> Any:
    p = 1 / (1 + np.exp(-_product(w, x)))
    return _entropy(np.clip(p, eps, 1 - eps), y)


def _guarded(w: Any, x: Any, y: Any) -> Any:
    p, y = 1 / (1 + np.exp(-_product(w, x))), 1.0 * (y > 0)
    return -np.mean(y * np.log(p + EPS) + (1 - y) * np.log(1 - p + EPS))


def _smooth(w: Any, x: Any, y: Any) -> Any:
    return np.mean(np.sqrt(_floats(x @ w - y) ** 2 + 1e-12))


def _clipped_grad(w: Any, x: Any, y: Any) -> Any:
    p = np.clip(1 / (1 + np.exp(-_product(w, x))), 1e-7, 1 - 1e-7)
    return _floats(x).T @ (p - (y > 0)) / len(y)


GUARDED: dict[str, tuple[Function, Function]] = {
    "clip": (_clipped, _logistic_grad),
    "clip in both": (_clipped, _clipped_grad),
    "log": (_guarded, _logistic_grad),
    "root": (_smooth, _at_zero(0)),
}


@pytest.mark.usefixtures("shared_slopes", "few_floats")
@pytest.mark.parametrize("name", GUARDED)
def test_the_gradient_without_the_guard_is_right_and_a_note(name: str) -> None:
    loss, grad = GUARDED[name]
    policy: dict[str, Any] = {"loss": loss, "convention": None, "max_examples": 8}
    (note,) = [n for n in check_gradient(grad, **policy).notes if "guard" in n]
    assert note.endswith(f"of {loss.__name__}: it is right without it")
    with pytest.raises(GradientError):
        check_gradient(lambda w, x, y: 1.01 * grad(w, x, y), **policy)


@pytest.mark.usefixtures("few_floats")
def test_a_small_penalty_is_no_guard() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.mean((x @ w - y) ** 2) + 1e-3 * np.sum(w**2)

    with pytest.raises(GradientError, match=r"0\.002 times the weight is missing"):
        check_gradient(
            lambda w, x, y: 2 * x.T @ (x @ w - y) / len(y),
            loss=loss,
            convention=None,
            max_examples=8,
        )


@pytest.mark.usefixtures("few_floats")
def test_integers_are_tried_with_a_loss_of_ones_own() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        return (2 * x.T @ (x @ w - y)).astype(x.dtype) / len(y)

    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.mean((x @ w - y) ** 2)

    with pytest.raises(GradientError) as caught:
        check_gradient(grad, loss=loss, convention=None, max_examples=8)
    assert "only where the data are integers" in str(caught.value.diagnosis)


def test_what_underflows_in_float32_is_right() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.mean(np.exp(-_floats(y) * _product(w, x)))

    def grad(w: Any, x: Any, y: Any) -> Any:
        y = _floats(y)
        return -_floats(x).T @ (y * np.exp(-y * _product(w, x))) / len(y)

    x, y, w = (np.array(a, np.float32) for a in ([[1e4]], [1e4], [1e-6]))
    e = Example(x, y, w)
    oracle = _own_loss.own_loss_oracle(UserFunction(grad), UserFunction(loss))
    verdict = run_example(oracle, e)
    assert verdict is None or verdict.right
