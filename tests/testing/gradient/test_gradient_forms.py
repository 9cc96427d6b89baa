"""check_gradient: layouts of memory, columns, precision, and the user's own loss."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from testing.gradient.right import Function

pytestmark = pytest.mark.usefixtures("few_floats")


def _caught(function: Function, **policy: Any) -> GradientError:
    with pytest.raises(GradientError) as caught:
        check_gradient(function, **{"max_examples": 20, **policy})
    return caught.value


def _right(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(2 * x * (y_pred - y))


# --- memory --------------------------------------------------------------------------


def _cleans(x: Any, y: Any, y_pred: Any) -> Any:
    if x.dtype != object:
        x[np.isnan(x)] = 0
    return _right(x, y, y_pred)


def _in_place(x: Any, y: Any, y_pred: Any) -> Any:
    y_pred -= y
    return 2 * np.mean(x * y_pred)


def _from_memory(x: Any, y: Any, y_pred: Any) -> Any:
    whole = x if x.base is None else x.base
    return _right(whole.ravel()[: len(x)], y, y_pred)


def _wants_to_write(x: Any, y: Any, y_pred: Any) -> Any:
    if not x.flags.writeable:
        raise ValueError("buffer source array is read-only")
    return _right(x, y, y_pred)


def test_what_writes_is_told_by_what_it_changes() -> None:
    error = _caught(_in_place)
    assert error.diagnosis == "it changes its input y_pred"
    assert "read-only" not in str(error)


def test_what_would_write_is_told_by_a_read_only_array() -> None:
    error = _caught(_cleans)
    assert str(error.diagnosis).startswith("it writes into its input, which may be")
    assert "x.flags.writeable = False" in str(error)


def test_what_reads_the_memory_is_told_by_another_layout() -> None:
    error = _caught(_from_memory)
    assert "right for arrays that lie in one piece, and wrong for" in str(error)
    _, _, code = str(error).partition("smallest counterexample:\n")
    lines = [line.strip() for line in code.splitlines()]
    names: dict[str, Any] = {"_from_memory": _from_memory}
    exec("\n".join(lines[:-1]), names)  # noqa: S102 - the printed code itself
    got = eval(lines[-1], names)  # noqa: S307 - likewise
    assert got != _right(names["x"], names["y"], names["y_pred"])


def test_a_refusal_of_a_layout_is_a_note() -> None:
    (note,) = check_gradient(_wants_to_write, max_examples=20).notes[:1]
    assert "_wants_to_write refuses" in note
    assert "buffer source array is read-only" in note


# --- columns -------------------------------------------------------------------------


def _columns(w: Any, x: Any, y: Any) -> Any:
    return 2 * np.mean(x * (x @ w - y), axis=0, keepdims=True).T


def test_columns_are_found_where_nothing_else_runs() -> None:
    report = check_gradient(_columns, max_examples=20)
    assert report.models == ("x (n, d), y (n, 1), w (d, 1)",)


def test_columns_can_be_asked_for() -> None:
    def either(w: Any, x: Any, y: Any) -> Any:
        return 2 * x.T @ (x @ w - y) / len(y)

    report = check_gradient(either, model="columns", max_examples=20)
    assert report.models == ("x (n, d), y (n, 1), w (d, 1)",)
    error = _caught(lambda w, x, y: _columns(w, x, y) / 2, model="columns")
    assert "half the gradient" in str(error.diagnosis)


def test_what_is_wrong_for_rows_and_right_for_columns_is_told_so() -> None:
    def broadcasts(w: Any, x: Any, y: Any) -> Any:
        # np.sum(np.reshape(x @ w, (-1, 1)) - y, axis=1), but for the (n, n) matrix
        p = np.ravel(x @ w)
        r = len(y) * p - np.sum(y) if y.ndim == 1 else p - y[:, 0]
        return 2 * np.dot(x.T, r) / len(y)

    assert "if they are meant, say model='columns'" in str(_caught(broadcasts))


# --- precision -----------------------------------------------------------------------


def _float32_inside(x: Any, y: Any, y_pred: Any) -> float:
    a, r = x.astype(np.float32), (y_pred - y).astype(np.float32)
    return float(2 * np.dot(a, r)) / len(x)


def _detour(x: Any, y: Any, y_pred: Any) -> Any:
    r = y_pred - y
    return np.mean(((x + r) ** 2 - (x - r) ** 2) / 2)


def test_float32_inside_is_a_note() -> None:
    (note,) = check_gradient(_float32_inside, max_examples=20).notes
    assert note.endswith("computes in float32, whatever the data")


@pytest.mark.parametrize("factor", [1 + 1e-8, 1 - 3e-9])
def test_a_small_factor_is_not_taken_for_float32(factor: float) -> None:
    error = _caught(lambda x, y, y_pred: _right(x, y, y_pred) * factor)
    assert "fails on" in str(error)


def test_cancellation_is_a_note() -> None:
    (note,) = check_gradient(_detour, max_examples=20).notes
    assert note.endswith("floats lose digits by cancellation")


# --- the user's own loss -------------------------------------------------------------


def _ridge(w: Any, x: Any, y: Any, lam: float = 0.1) -> Any:
    return np.mean((x @ w - y) ** 2) + lam * np.sum(w**2)


def _ridge_grad(w: Any, x: Any, y: Any, lam: float = 0.1) -> Any:
    return 2 * x.T @ (x @ w - y) / len(y) + 2 * lam * w


def _weighted(y: Any, y_pred: Any) -> Any:
    return sum((i + 1) * (p - t) ** 2 for i, (t, p) in enumerate(zip(y, y_pred)))  # noqa: B905 - a user's line


def _weighted_grad(x: Any, y: Any, y_pred: Any) -> Any:
    return 2 * np.sum(np.arange(1, len(x) + 1) * x * (y_pred - y))


def _log_cosh(y: Any, y_pred: Any) -> Any:
    return np.mean(np.log(np.cosh((y_pred - y).astype(float))))


def _log_cosh_grad(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(x * np.tanh((y_pred - y).astype(float)))


def _quartic(y: Any, y_pred: Any) -> Any:
    return np.mean((y_pred - y) ** 4)


def _quartic_grad(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(4 * x * (y_pred - y) ** 3)


def _half(y: Any, y_pred: Any) -> Any:
    return 0.5 * np.mean((y_pred - y) ** 2)


PAIRS: dict[str, tuple[Function, Function]] = {
    "ridge": (_ridge_grad, _ridge),
    "weighted": (_weighted_grad, _weighted),
    "quartic": (_quartic_grad, _quartic),
    "half": (lambda x, y, y_pred: np.mean(x * (y_pred - y)), _half),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_consistent_pair_is_right_by_its_own_loss(name: str) -> None:
    grad, loss = PAIRS[name]
    report = check_gradient(grad, loss=loss, convention=None, max_examples=20)
    assert report.convention == "own loss"
    assert not any("inconclusive" in note for note in report.notes)


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_no_derivative_of_the_loss_is_wrong(name: str) -> None:
    grad, loss = PAIRS[name]
    roles = "w, x, y" if name == "ridge" else "x, y, y_pred"
    error = _caught(
        lambda a, b, c: 1.001 * grad(a, b, c),
        loss=loss,
        convention=None,
        signature=roles,
    )
    assert "it is the gradient of your own loss" in str(error)


def test_a_loss_that_leaves_the_rationals_is_never_a_false_alarm() -> None:
    policy: dict[str, Any] = {"loss": _log_cosh, "convention": None, "max_examples": 6}
    assert (
        check_gradient(_log_cosh_grad, **policy)
        .notes[0]
        .endswith("none of mse, half_mse, sse, half_sse")
    )
    error = _caught(lambda x, y, y_pred: 2 * _log_cosh_grad(x, y, y_pred), **policy)
    assert "your own loss" in str(error)


def test_the_loss_is_named_where_it_keeps_to_a_convention() -> None:
    grad, loss = PAIRS["half"]
    report = check_gradient(grad, loss=loss, convention=None, max_examples=20)
    assert report.notes[0].startswith("the loss is half_mse")


def test_by_a_convention_it_is_said_whether_the_two_belong_together() -> None:
    said = str(_caught(_ridge_grad, loss=_ridge).diagnosis)
    assert said.startswith("_ridge_grad is the derivative of _ridge, but both differ")
    assert "0.2 times the weight is added to it: a penalty" in said
    said = str(_caught(_ridge_grad, loss=lambda w, x, y: 2 * _ridge(w, x, y)).diagnosis)
    assert said.startswith("_ridge_grad is not the derivative of")


def test_no_convention_needs_a_loss() -> None:
    with pytest.raises(ValueError, match="convention=None needs loss="):
        check_gradient(_right, convention=None)


# --- penalties -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("penalty", "said"),
    [
        (lambda w, _: 0.1 * w, "0.1 times the weight is added"),
        (lambda w, n: 3 * w / n, "3 times the weight divided by n is added"),
        (lambda w, _: 0.5 * np.sign(w), "0.5 times the weight's sign is added"),
        (lambda w, _: w, "the weight is added"),
    ],
    ids=["tenth", "by-n", "lasso", "one"],
)
def test_a_penalty_is_named_with_its_coefficient(penalty: Any, said: str) -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        return 2 * x.T @ (x @ w - y) / len(y) + penalty(w, len(y))

    assert said in str(_caught(grad).diagnosis)


def test_a_penalty_may_spare_the_intercept() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        r = x @ w[:-1] + w[-1] - y
        return np.append(2 * x.T @ r / len(y) + w[:-1] / 2, 2 * np.mean(r))

    said = str(_caught(grad).diagnosis)
    assert said.startswith("0.5 times the weight without the intercept is added")


# --- answers in parts ----------------------------------------------------------------


def _parts(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    r = x @ w[:-1] + w[-1] - y
    return 2 * x.T @ r / len(y), 2 * np.mean(r)


def test_the_slopes_and_the_intercept_may_be_apart() -> None:
    assert check_gradient(_parts, max_examples=20).models[0].endswith("an intercept")


def test_an_intercept_that_stands_first_is_shown_apart() -> None:
    error = _caught(lambda w, x, y: _parts(w, x, y)[::-1])
    assert error.diagnosis == "the intercept stands first; it is meant last"
    assert str(error).rpartition("got ")[-1].startswith("(")


def _residuals(w: Any, b: Any, x: Any, y: Any) -> Any:
    return (x @ w if np.ndim(x) > 1 else x * w) + b - y


def _course(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    """Return (db, dw), as a well-known course does."""
    dw, db = np.zeros(np.shape(w)), 0.0
    for row, target in zip(x, y, strict=True):
        error = float(np.dot(row, w) + b - target)
        dw, db = dw + error * np.asarray(row, float), db + error
    return db / len(y), dw / len(y)


def _value_and_grad(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    r = x @ w - y
    return np.mean(r**2), 2 * x.T @ r / len(y)


def _value_and_parts(x: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    r = _residuals(w, b, x, y)
    return np.mean(r**2) + 7, (2 * x.T @ r / len(y), 2 * np.mean(r))


def _value_and_slope(x: Any, y: Any, y_pred: Any) -> tuple[Any, Any]:
    r = y_pred - y
    return np.sum(r**2), 2 * np.mean(x * r)


def _twisted(x: Any, y: Any, y_pred: Any) -> tuple[Any, Any]:
    r = y_pred - y
    return 2 * np.mean(r), 2 * np.mean(x * r)


IN_PARTS: dict[str, tuple[Function, str, str]] = {
    "course": (_course, "half_mse", "the intercept's part stands first"),
    "value": (_value_and_grad, "mse", "of its 2 parts the gradient is 2"),
    "gradient-first": (
        lambda w, x, y: _value_and_grad(w, x, y)[::-1],
        "mse",
        "of its 2 parts the gradient is 1",
    ),
    "three": (_value_and_parts, "mse", "of its 3 parts the gradient is 2 and 3"),
    "slope": (_value_and_slope, "mse", "of its 2 parts the gradient is 2"),
    "predictions": (_twisted, "mse", "the intercept's part stands first"),
}


@pytest.mark.parametrize("name", IN_PARTS)
def test_a_right_gradient_in_parts_is_right(name: str) -> None:
    grad, convention, said = IN_PARTS[name]
    notes = check_gradient(grad, convention=convention, max_examples=20).notes
    assert any(note.endswith(said) for note in notes)


@pytest.mark.parametrize("name", IN_PARTS)
def test_a_wrong_gradient_in_parts_is_named(name: str) -> None:
    grad, convention, _ = IN_PARTS[name]
    other = "mse" if convention == "half_mse" else "half_mse"
    said = str(_caught(grad, convention=other).diagnosis)
    assert f"convention='{convention}'" in said


def test_a_part_that_cannot_be_a_loss_is_no_excuse() -> None:
    def wrong(x: Any, y: Any, y_pred: Any) -> tuple[Any, Any]:
        return 2 * np.mean(x * (y_pred - y)), np.mean(y_pred - y)

    assert _caught(wrong).diagnosis == "the intercept's entry is halved"


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, y, y_pred: (np.mean(abs(y_pred - y)), _right(x, y, y_pred)),
        lambda *_: (np.ones(7), np.ones((2, 9))),
        lambda x, *_: (np.ones(7), {"history": x}, None),
    ],
    ids=["another-loss", "no-part-fits", "no-numbers"],
)
def test_parts_of_which_nothing_can_be_told_are_no_verdict(answer: Function) -> None:
    with pytest.raises(TypeError, match="could not be told: it"):
        check_gradient(answer, signature="x, y, y_pred", max_examples=20)


ANSWERS: dict[str, Any] = {
    "number-and-row": (1.0, [1.0, 2.0]),
    "ragged": [[1.0], [2.0, 3.0]],
    "nested": (1.0, (np.ones(2), 1.0)),
    "set": {1.0},
    "words": "grad",
    "none-inside": [None, 1.0],
    "nothing-inside": (),
    "complex": 1j,
    "nan": float("nan"),
    "box": np.ones((2, 3, 4)),
    "function": abs,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_is_returned_is_an_answer(name: str) -> None:
    for roles in ("w, x, y", "x, y, y_pred"):
        _caught(lambda *_: ANSWERS[name], signature=roles)


# --- dicts, and what raises for some data --------------------------------------------

DICTS: dict[str, tuple[str, str]] = {
    "course": ("dw", "db"),
    "derivatives": ("dj_dw", "dj_db"),
    "parameters": ("W", "b"),
    "words": ("weights", "bias"),
}


@pytest.mark.parametrize("name", DICTS)
def test_the_parts_of_a_dict_are_told_by_their_keys(name: str) -> None:
    of_w, of_b = DICTS[name]

    def grad(w: Any, b: Any, x: Any, y: Any, factor: int = 2) -> Any:
        r = x @ w + b - y
        return {"cost": r @ r, of_b: factor * np.mean(r), of_w: 2 * x.T @ r / len(y)}

    assert check_gradient(grad, max_examples=20).models[0].endswith("an intercept")
    error = _caught(lambda w, b, x, y: grad(w, b, x, y, 4))
    assert error.diagnosis == "the intercept's entry is doubled"


def test_a_dict_whose_keys_do_not_tell_is_no_verdict() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        return {"answer": x.T @ (x @ w - y), "other": 0}

    with pytest.raises(TypeError, match="a dict with the keys 'answer', 'other'"):
        check_gradient(grad, max_examples=20)


RAISING: dict[str, tuple[Function, str]] = {
    "odd": (lambda x: x[len(x) * (len(x) % 2)], "IndexError only where n is odd"),
    "large": (lambda x: np.zeros(1000)[len(x)], "IndexError only where n is above"),
    "zero": (
        lambda x: 1 / int(np.min(abs(x.astype(float))) > 0),
        "ZeroDivisionError only where an x is 0",
    ),
}


@pytest.mark.parametrize("name", RAISING)
def test_what_raises_for_some_data_is_wrong_there(name: str) -> None:
    crash, said = RAISING[name]

    def grad(w: Any, x: Any, y: Any) -> Any:
        crash(x)
        return 2 * x.T @ (x @ w - y) / len(y)

    error = _caught(grad)
    assert said in str(error.diagnosis)
    assert str(error).partition("\n  note")[0].endswith("raises")


def test_what_is_refused_in_words_is_a_note() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        if len(y) < 2:
            raise ValueError("at least two samples are needed")
        assert x.dtype != np.float32, "float64 is needed"
        return 2 * x.T @ (x @ w - y) / len(y)

    notes = check_gradient(grad, max_examples=20).notes
    assert any("refuses a single sample: it raised ValueError" in n for n in notes)
    assert any("refuses float32: it raised AssertionError" in n for n in notes)


def test_a_program_for_two_features_is_not_called_wrong() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        first, second = w
        r = x[:, 0] * first + x[:, 1] * second - y
        return np.array([2 * np.mean(x[:, 0] * r), 2 * np.mean(x[:, 1] * r)])

    with pytest.raises(TypeError, match="could not be called"):
        check_gradient(grad, max_examples=20)
