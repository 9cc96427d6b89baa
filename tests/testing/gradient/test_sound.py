"""check_gradient says nothing that it does not know, and is never lost by a fault."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, _clock, check_gradient
from refgd.testing.gradient import _diagnosis, _models
from testing.gradient.right import Function


def _right(w: Any, x: Any, y: Any) -> Any:
    return 2 * x.T @ (x @ w - y) / len(y)


def _affine(w: Any, x: Any, y: Any) -> Any:
    r = x @ w[:-1] + w[-1] - y
    return np.append(2 * x.T @ r, 2 * np.sum(r)) / len(y)


def _caught(function: Function, **policy: Any) -> GradientError:
    with pytest.raises(GradientError) as caught:
        check_gradient(function, **{"max_examples": 20, **policy})
    return caught.value


# --- made for one weight, and wrong --------------------------------------------------


def _skip(w: Any, x: Any, y: Any) -> Any:
    return sum(2 * x[i] * (w * x[i] - y[i]) for i in range(1, len(x))) / len(x)


def _sum(w: Any, x: Any, y: Any) -> Any:
    return sum(2 * a * (w * a - t) for a, t in zip(x, y, strict=True))


def _accumulates(w: Any, x: Any, y: Any, sums: list[Any] = []) -> Any:  # noqa: B006 - the bug
    sums.append(sum(2 * a * (w * a - t) for a, t in zip(x, y, strict=True)) / len(x))
    return sum(sums)


@pytest.mark.parametrize(
    ("function", "said"),
    [(_skip, "the first sample is missing"), (_sum, "n times"), (_accumulates, "")],
)
def test_a_wrong_loop_over_one_weight_is_told_as_such(
    function: Function, said: str
) -> None:
    error = _caught(function)
    assert said in str(error.diagnosis)
    assert "w = np.array" not in str(error)


# --- a fault of the kit itself -------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (_diagnosis, "find_condition"),
        (_diagnosis, "_find_usual"),
        (_models, "_ignores_intercept"),
    ],
)
def test_a_fault_in_the_search_for_a_mistake_leaves_the_verdict(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise IndexError("a fault of the kit")

    monkeypatch.setattr(module, name, fail)
    monkeypatch.setattr(_clock, "ENABLED", True)  # as for users
    wrong = _caught(lambda w, x, y: _right(w, x, y) + np.round(w.astype(float), 3) ** 2)
    assert "smallest counterexample" in str(wrong)
    assert wrong.diagnosis is None or module is _models
    assert check_gradient(_right, max_examples=20).functions == ("_right",)


# --- the kind of model ---------------------------------------------------------------


@pytest.mark.usefixtures("few_floats")
def test_predictions_are_of_the_kind_of_model_that_the_gradient_takes() -> None:
    def forward(w: Any, x: Any) -> Any:
        rows = [sum(a * b for a, b in zip(w, row, strict=False)) for row in x]
        return np.array(rows) + w[-1]

    def flipped(w: Any, x: Any) -> Any:
        return w[0] + x @ w[1:]

    check_gradient(_affine, forward=forward, max_examples=20)
    error = _caught(_affine, forward=flipped)
    assert "the first weight is taken for the intercept" in str(error.diagnosis)


def test_columns_are_mentioned_only_where_all_of_them_are_right() -> None:
    def stops(w: Any, x: Any, y: Any) -> Any:
        g = _right(w, x, y)
        g[16:] = 0 * g[16:]
        return g

    assert "model='columns'" not in str(_caught(stops))


@pytest.mark.parametrize("named", ["theta0, theta1", "b0, b1", "beta_0, beta_1"])
def test_numbered_parameters_are_an_intercept_and_a_slope(named: str) -> None:
    intercept, slope = named.split(", ")
    names: dict[str, Any] = {"np": np}
    exec(  # noqa: S102 - a function for each pair of names
        f"def grad({named}, x, y):\n"
        f"    r = {intercept} + {slope} * x - y\n"
        "    return 2 * np.mean(r), 2 * np.mean(r * x)\n",
        names,
    )
    (model,) = check_gradient(names["grad"], max_examples=20).models
    assert "intercept" in model


# --- a condition ---------------------------------------------------------------------


def test_a_condition_is_no_mistake() -> None:
    error = _caught(lambda w, x, y: _right(w, x, y) + np.sum(y > 50) ** 3)
    assert "likely mistake" not in str(error) or "; there: " in str(error)


def test_a_loss_has_no_entries_of_a_gradient() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        mean = np.mean((x @ w - y) ** 2)
        return mean if mean < 1 else 2 * mean - 1

    assert "of the gradient" not in str(_caught(_right, loss=loss).diagnosis)
