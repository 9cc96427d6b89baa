"""check_gradient: right programs pass, wrong ones fail with a diagnosis."""

from typing import Any

import numpy as np
import pytest

from refgd import testing
from refgd.testing import GradientError, check_gradient
from testing.gradient.right import OF_WEIGHTS, SCALAR, Function

RIGHT = {**SCALAR, **OF_WEIGHTS}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_is_never_flagged(name: str) -> None:
    report = check_gradient(RIGHT[name], max_examples=40)
    assert report.examples > 70
    assert 0 <= report.exact <= report.examples


def _diagnosis(function: Function, **policy: Any) -> str:
    with pytest.raises(GradientError) as caught:
        check_gradient(function, **policy)
    return str(caught.value.diagnosis)


def _mse(y: Any, y_pred: Any) -> Any:
    return np.mean((y_pred - y) ** 2)


def _half_mse(y: Any, y_pred: Any) -> Any:
    return np.mean((y_pred - y) ** 2) / 2


def _right(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(2 * x * (y_pred - y))


def _half(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(x * (y_pred - y))


def test_the_tutorials_line_is_explained() -> None:
    def tutorial(x: Any, y: Any, y_pred: Any) -> Any:
        return np.dot(2 * x, y_pred - y).mean()

    with pytest.raises(GradientError) as caught:
        check_gradient(tutorial)
    text = str(caught.value)
    assert "n times the gradient: a sum where the mean is meant" in text
    assert "convention='sse'" in text
    assert "x = np.array([0.0, 1.0])" in text
    assert "tutorial(x, y, y_pred)  # expected 1, got 2.0" in text


def test_the_counterexample_runs() -> None:
    """What is printed can be pasted, and shows what it says."""
    with pytest.raises(GradientError) as caught:
        check_gradient(_half)
    _, _, code = str(caught.value).partition("smallest counterexample:\n")
    lines = [line.strip() for line in code.splitlines()]
    names: dict[str, Any] = {"_half": _half}
    exec("\n".join(lines[:-1]), names)  # noqa: S102 - the printed code itself
    assert eval(lines[-1], names) == 1.0  # noqa: S307 - likewise
    assert lines[-1].endswith("# expected 2, got 1.0")


@pytest.mark.usefixtures("few_floats")
def test_the_convention_is_the_users_to_state() -> None:
    assert check_gradient(_half, loss=_half_mse, convention="half_mse").notes == ()
    said = _diagnosis(_half, loss=_half_mse)
    assert said.startswith("_half is the derivative of _half_mse, but both differ from")
    assert "convention='half_mse'" in said
    assert "twice the gradient" in _diagnosis(_right, convention="half_mse")
    said = _diagnosis(_right, loss=_half_mse)
    assert said.startswith("_right is not the derivative of _half_mse; it returns half")


@pytest.mark.usefixtures("few_floats")
def test_forward_is_checked_too() -> None:
    def forward(w: Any, x: Any) -> Any:
        return np.dot(x, w)

    def column(w: Any, x: Any) -> Any:
        return np.reshape(np.dot(x, w), (-1, 1))

    assert len(check_gradient(_right, loss=_mse, forward=forward).functions) == 3
    with pytest.raises(GradientError, match=r"returned shape \(1, 1\), where \(1,\)"):
        check_gradient(_right, forward=column)


def test_what_is_swallowed_is_a_note() -> None:
    def swallows(x: Any, y: Any, y_pred: Any) -> Any:
        terms = 2 * x * (y_pred - y)
        return np.nanmean(terms) if terms.dtype != object else np.mean(terms)

    (note,) = check_gradient(swallows).notes
    assert "swallows NaN" in note


def test_a_shorter_kind_is_a_note() -> None:
    def short(x: Any, y: Any, y_pred: Any) -> Any:
        x, r = x.astype(np.float32), (y_pred - y).astype(np.float32)
        return np.mean(2 * x * r)

    (note,) = check_gradient(short).notes
    assert "shorter kind of number" in note


def test_a_program_for_one_weight_need_not_take_more() -> None:
    def by_size(x: Any, y: Any, y_pred: Any) -> Any:
        return 2 * ((y_pred - y) @ x) / x.size

    (note,) = check_gradient(by_size).notes
    assert "right for x (n,), not for x (n, d)" in note
    said = _diagnosis(by_size, model="vector")
    assert "divided by d, the number of features" in said


@pytest.mark.usefixtures("few_floats")
def test_what_cannot_run_says_why() -> None:
    def broken(x: Any, y: Any, y_pred: Any) -> Any:
        msg = f"no such thing as {type(x + y + y_pred).__name__}"
        raise RuntimeError(msg)

    with pytest.raises(TypeError, match="could not be called: it raised RuntimeError"):
        check_gradient(broken)


def test_what_it_raises_for_its_own_kind_of_data_is_said() -> None:
    def one_too_many(w: Any, x: Any, y: Any) -> Any:
        rows = range(len(y) + 1)
        return 2 * sum(x[i] * (x[i] @ w - y[i]) for i in rows) / len(y)

    with pytest.raises(TypeError, match="called: it raised IndexError: index 5 is out"):
        check_gradient(one_too_many)


def test_what_is_taken_by_name_alone_is_passed_by_name() -> None:
    def right(*, x: Any, y: Any, w: Any) -> Any:
        return 2 * x.T @ (x @ w - y) / len(y)

    def mixed(y: Any, *, theta: Any, features: Any) -> Any:
        return features.T @ (features @ theta - y) / len(y)

    assert check_gradient(right, max_examples=20).models
    assert check_gradient(right, signature="x, y, w", max_examples=20).models
    assert check_gradient(mixed, convention="half_mse", max_examples=20).models
    with pytest.raises(GradientError, match=r"mixed\(y, theta=w, features=x\)"):
        check_gradient(mixed, max_examples=20)


def test_what_does_not_take_its_roles_is_no_verdict() -> None:
    with pytest.raises(TypeError, match="could not be called with x, y, y_pred"):
        check_gradient(lambda x, y: x - y, signature="x, y, y_pred")
    with pytest.raises(TypeError, match="could not be called with w, x"):
        check_gradient(lambda w, x, y: x @ w - y, signature="w, x")


def test_a_loss_that_cannot_be_called_is_no_verdict_on_the_gradient() -> None:
    def loss(y: Any, y_pred: Any) -> Any:
        return (y_pred - y).no_such_method()

    with pytest.raises(TypeError, match=r"^loss: could not be called"):
        check_gradient(_right, loss=loss, max_examples=20)
    with pytest.raises(GradientError, match="half the gradient"):
        check_gradient(_half, loss=loss, max_examples=20)


def test_parameters_may_be_named_otherwise() -> None:
    def odd(one: Any, two: Any, three: Any) -> Any:
        return np.mean(2 * one * (three - two))

    with pytest.raises(TypeError, match="which parameter is x, y, y_pred or w"):
        check_gradient(odd)
    assert check_gradient(odd, signature="x, y, y_pred").examples > 100
    with pytest.raises(ValueError, match="signature must name"):
        check_gradient(odd, signature="a, b, c")
    with pytest.raises(ValueError, match="must name dw or db after ->"):
        check_gradient(odd, signature="x, y, y_pred -> g")


def _in_parts(q: Any, r: Any, s: Any, t: Any) -> Any:
    e = s @ q + r - t
    return 7, 2 * e.mean(), 2 * s.T @ e / len(t)


def test_a_signature_names_the_parts_of_an_answer() -> None:
    given = "w, b, X, Y -> _, db, dw"
    assert check_gradient(_in_parts, signature=given, max_examples=1).models
    with pytest.raises(AssertionError, match="of its 3 parts the gradient is 2 and 3"):
        check_gradient(_in_parts, signature="w, b, x, y -> _, dw, db", max_examples=1)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"convention": "rmse"}, "convention must be one of 'mse'"),
        ({"model": "cubic"}, "model must be one of 'scalar'"),
        ({"max_examples": 0}, "max_examples must be at least 1"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_asked_for_must_exist(policy: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_gradient(_right, **policy)


@pytest.mark.usefixtures("few_floats")
def test_a_check_is_deterministic() -> None:
    def tiny_error(x: Any, y: Any, y_pred: Any) -> Any:
        return np.mean(2 * x * (y_pred - y)) * (1 + 1e-12)

    texts = []
    for _ in range(2):
        with pytest.raises(GradientError) as caught:
            check_gradient(tiny_error)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


def test_the_kit_exports() -> None:
    assert set(testing.__all__) <= set(dir(testing))
