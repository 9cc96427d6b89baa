"""check_gradient names the mistake: of samples, entries and terms, and where it is."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from testing.gradient.right import Function


def _right(w: Any, x: Any, y: Any) -> Any:
    return 2 * x.T @ (x @ w - y) / len(y)


def _change_entry(j: int, factor: float) -> Function:
    def grad(w: Any, x: Any, y: Any) -> Any:
        g = _right(w, x, y)
        g[j] = g[j] * factor
        return g

    return grad


def _whole_batches(w: Any, x: Any, y: Any) -> Any:
    n = len(y) // 8 * 8 or len(y)
    return _right(w, x[:n], y[:n])


def _parts(w: Any, b: Any, x: Any, y: Any) -> Any:
    r = x @ w + b - y
    return -2 * x.T @ r / len(y), np.mean(r)


def _updated(w: Any, b: Any, x: Any, y: Any) -> Any:
    of_w = 2 * x.T @ (x @ w + b - y) / len(y)
    return of_w, 2 * np.mean(x @ (w - 0.1 * of_w) + b - y)


def _integers(w: Any, x: Any, y: Any) -> Any:
    g = np.zeros(len(w), dtype=int)
    for j, column in enumerate(x.T):
        g[j] = 2 * np.dot(column, x @ w - y) / len(y)
    return g


def _divides_in_loop(w: Any, x: Any, y: Any) -> Any:
    g = 0 * w
    for row, target in zip(x, y, strict=True):
        g = (g + 2 * row * (row @ w - target)) / len(y)
    return g


def _shuffled(w: Any, x: Any, y: Any) -> Any:
    order = np.random.default_rng(0).permutation(len(y))
    return 2 * x[order].T @ (x @ w - y) / len(y)


def _first_intercept(w: Any, x: Any, y: Any) -> Any:
    r = w[0] + x @ w[1:] - y
    return np.append(2 * np.sum(r), 2 * x.T @ r) / len(y)


NAMED: dict[str, tuple[Function, str]] = {
    "stops": (lambda w, x, y: _right(w, x[:32], y[:32]), "only the first 32 samples"),
    "batches": (_whole_batches, "where it is not full: batches of 8"),
    "shifted": (
        lambda w, x, y: 2 * np.roll(x, 1, axis=0).T @ (x @ w - y) / len(y),
        "off by one",
    ),
    "entry": (_change_entry(0, 2), "the entry of the first feature is doubled"),
    "last": (
        _change_entry(-1, -1),
        "the entry of the last feature is of the other sign",
    ),
    "parts": (_parts, "the slopes: it returns minus the gradient"),
    "updated": (_updated, "after the slopes have been updated, with lr = 0.1"),
    "axis": (
        lambda w, x, y: 2 * x.T @ (x @ w - y) / len(w),
        "divided by d where n is meant",
    ),
    "weight": (lambda w, x, y: w - 0.1 * _right(w, x, y), "new weight w − 0.1 · dw"),
    "added": (lambda w, x, y: _right(w, x, y) + 0.001, "0.001 times 1 is added"),
    "cut": (lambda w, x, y: np.clip(_right(w, x, y), -5, 5), "it is cut at ±5"),
    "rounded": (
        lambda w, x, y: np.round(_right(w, x, y).astype(float), 4),
        "it is rounded to 4 decimals",
    ),
    "order": (
        lambda w, x, y: 2 * x.T @ (x @ w[::-1] - y) / len(y),
        "the weights are in reverse order in the predictions",
    ),
    "integers": (_integers, "it is truncated to whole numbers"),
    "indented": (_divides_in_loop, "divided by n in the loop"),
    "first": (_first_intercept, "the intercept stands first, in w and in the answer"),
    "shuffled": (_shuffled, "x is in another order than the residuals"),
    "length": (
        lambda w, x, y: _right(w, x, y) * (1 + float(abs(x[0]).sum())),
        "it points the right way, and its length is wrong",
    ),
    "epsilon": (
        lambda w, x, y: 2 * x.T @ (x @ w - y) / (len(y) + 1e-8),
        "it is divided by n + 1e-08 where n is meant",
    ),
}


@pytest.mark.usefixtures("few_floats")
@pytest.mark.parametrize("name", NAMED)
def test_the_mistake_is_named(name: str) -> None:
    grad, said = NAMED[name]
    with pytest.raises(GradientError) as caught:
        check_gradient(grad, max_examples=20)
    assert said in str(caught.value.diagnosis)


def test_a_condition_is_named_and_the_mistake_there() -> None:
    with pytest.raises(GradientError) as caught:
        check_gradient(
            lambda w, x, y: _right(w, x, y) * (1 + (len(w) > 20)), max_examples=20
        )
    said = "only where d is above 20, and right on every other example; there: it"
    assert said in str(caught.value.diagnosis)


LOGISTIC = lambda w, x, y: np.mean(np.log(1 + np.exp(x @ w)) - y * (x @ w))  # noqa: E731
POISSON = lambda w, x, y: np.sum(np.exp(x @ w) - y * (x @ w))  # noqa: E731


def _logistic(w: Any, x: Any, y: Any) -> Any:
    p = 1 / (1 + np.exp(-x @ w))
    return x.T @ ((p - y) * p * (1 - p)) / len(y)


def _poisson(w: Any, x: Any, y: Any) -> Any:
    return x.T @ (x @ w - y)


@pytest.mark.usefixtures("few_floats")
@pytest.mark.parametrize(
    ("grad", "loss", "said"),
    [
        (_logistic, LOGISTIC, "the factor p (1 − p), p the sigmoid of z"),
        (_poisson, POISSON, "x times x · w − y: that of the squared error"),
    ],
)
def test_the_mistake_in_the_gradient_of_another_loss_is_named(
    grad: Function, loss: Function, said: str
) -> None:
    with pytest.raises(GradientError) as caught:
        check_gradient(grad, loss=loss, convention=None, max_examples=20)
    assert said in str(caught.value.diagnosis)


@pytest.mark.parametrize(
    ("change", "said"),
    [(np.sqrt, "its square root"), (np.log1p, "the logarithm of 1 + it")],
)
def test_what_is_made_of_the_loss_is_named(change: Any, said: str) -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return change(float(np.mean((x @ w - y) ** 2)))

    with pytest.raises(GradientError) as caught:
        check_gradient(_right, loss=loss, max_examples=20)
    assert said in str(caught.value.diagnosis)


def test_a_gradient_by_the_columns_of_x_ignores_a_further_weight() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        found = [0.0] * len(w)
        for row, target in zip(x, y, strict=True):
            error = sum(a * b for a, b in zip(w, row, strict=False)) - target
            for j, entry in enumerate(row):
                found[j] += 2 * entry * error / len(y)
        return np.array(found)

    (model,) = check_gradient(grad, max_examples=20).models
    assert not model.endswith("intercept")


def test_a_counterexample_of_many_samples_is_short() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        return np.zeros(1000)[len(y) - 1] + _right(w, x, y)

    with pytest.raises(GradientError, match=r"x = np\.full\(\(\d+, 1\), 0.0\)"):
        check_gradient(grad, max_examples=20)
