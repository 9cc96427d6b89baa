"""Data as they come are tried: integers, zeros and ones; and excuses are narrow."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from refgd.testing.gradient._examples import MODELS
from refgd.testing.gradient._structures import DTYPES, RULES, SIZES, problems
from testing.gradient.right import Function


def _right(x: Any, y: Any, y_pred: Any) -> Any:
    return 2 * np.sum(x * (y_pred - y)) / len(x)


def _right_w(w: Any, x: Any, y: Any) -> Any:
    return 2 * x.T @ (x @ w - y) / len(y)


def test_every_two_of_structure_size_and_dtype_meet() -> None:
    small = itertools.islice(problems(MODELS["vector"]), len(RULES) * len(SIZES))
    seen = [(i // 3, i % 3, x.dtype.type) for i, (x, _, _) in enumerate(small)]
    assert len({(rule, size) for rule, size, _ in seen}) == len(RULES) * len(SIZES)
    assert len({(rule, kind) for rule, _, kind in seen}) == len(RULES) * len(DTYPES)
    assert len({(size, kind) for _, size, kind in seen}) == len(SIZES) * len(DTYPES)


@pytest.mark.parametrize("model", MODELS)
def test_nothing_overflows_and_weights_are_floats(model: str) -> None:
    for x, y, w in problems(MODELS[model]):
        assert np.max(abs(x)) ** 2 * len(x) ** 2 < 2.0**62
        assert x.dtype == y.dtype
        assert np.asarray(w).dtype.kind == "f"


# --- wrong gradients that the other examples do not see ------------------------------


def _truncates(x: Any, y: Any, y_pred: Any) -> Any:
    g = np.zeros_like(x)
    for i in range(len(x)):
        g[i] = 2 * x[i] * (y_pred[i] - y[i])
    return g.mean()


def _truncates_residuals(w: Any, x: Any, y: Any) -> Any:
    r = np.zeros_like(y)
    r[:] = x @ w - y
    return 2 * x.T @ r / len(y)


def _drops_ones(w: Any, x: Any, y: Any) -> Any:
    return _right_w(w, x, y) * (1 - np.all(x == 1, axis=0) * (len(y) > 4))


def _only(met: Callable[..., Any]) -> Function:
    """Return a gradient that is doubled where more than nine samples meet something."""

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        a, t, p = (np.asarray(each, float) for each in (x, y, y_pred))
        return _right(x, y, y_pred) * (1 + bool(len(x) > 9 and met(a, t, p)))

    return grad


HIDDEN: dict[str, Function] = {
    "integers": _truncates,
    "integer-residuals": _truncates_residuals,
    "ones": _drops_ones,
    "odd": _only(lambda x, *_: len(x) > 31 and len(x) % 2),
    "thousands": _only(lambda x, *_: 1500 < len(x) < 10_000),
    "wide": lambda w, x, y: _right_w(w, x, y) * (1 + (x.shape[1] > 20)),
    "positive": _only(lambda x, *_: np.all(x > 0)),
    "binary-x": _only(lambda x, *_: {*x} <= {0, 1}),
    "binary-y": _only(lambda _, y, __: {*y} <= {0, 1}),
    "constant": _only(lambda x, *_: np.all(x == x[0])),
    "fit": lambda x, y, y_pred: (
        _right(x, y, y_pred) + (len(x) > 9 and np.all(y == y_pred))
    ),
    "mixed": _only(lambda x, *_: np.max(abs(x)) > 1e4 * np.min(abs(x)) > 0),
    "outliers": _only(lambda x, *_: np.max(abs(x)) > 1e3 * np.median(abs(x)) > 0),
    "negative-y": _only(lambda _, y, __: np.all(y < 0)),
}


@pytest.mark.usefixtures("no_rare_mistakes")
@pytest.mark.parametrize("name", HIDDEN)
def test_what_hides_in_data_as_they_come_is_caught(name: str) -> None:
    with pytest.raises(GradientError):
        check_gradient(HIDDEN[name], max_examples=20)


def test_integers_are_named() -> None:
    with pytest.raises(GradientError) as caught:
        check_gradient(_truncates)
    assert "only where the data are integers" in str(caught.value.diagnosis)
    _, _, code = str(caught.value).partition("smallest counterexample:\n")
    lines = [line.strip() for line in code.splitlines()]
    names: dict[str, Any] = {"_truncates": _truncates}
    exec("\n".join(lines[:-1]), names)  # noqa: S102 - the printed code itself
    assert names["x"].dtype == np.int64
    got = eval(lines[-1], names)  # noqa: S307 - likewise
    assert got != _right(names["x"], names["y"], names["y_pred"])


def test_a_refusal_of_integers_is_a_note() -> None:
    def in_place(x: Any, y: Any, y_pred: Any) -> Any:
        terms = x.copy()
        terms *= y_pred - y
        return 2 * terms.mean()

    report = check_gradient(in_place, max_examples=20)
    (note,) = report.notes
    assert note.startswith("in_place refuses integers: it raised UFuncTypeError")
    assert report.examples < check_gradient(_right, max_examples=20).examples


# --- excuses -------------------------------------------------------------------------


def _cut(bits: int) -> Function:
    """Return a gradient whose residuals lose their last bits."""

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        r = np.array(y_pred - y, dtype=float)
        r.view(np.int64)[:] &= ~((1 << bits) - 1)
        return 2 * np.mean(x * r)

    return grad


@pytest.mark.parametrize("bits", [16, 20, 24, 26, 27, 28, 30, 32])
def test_what_keeps_more_or_less_than_float32_is_not_taken_for_it(bits: int) -> None:
    with pytest.raises(GradientError) as caught:
        check_gradient(_cut(bits), max_examples=40)
    assert "digits are lost" in str(caught.value.diagnosis)


def test_a_lost_sample_of_many_is_not_taken_for_float32() -> None:
    def grad(w: Any, x: Any, y: Any) -> Any:
        return _right_w(w, x[:-1], y[:-1]) if len(y) > 300 else _right_w(w, x, y)

    with pytest.raises(GradientError) as caught:
        check_gradient(grad, max_examples=40)
    assert str(caught.value.diagnosis).endswith("there: the last sample is missing")


def _short(value: Any) -> Any:
    return np.asarray(value).astype(np.float32)


FLOAT32: dict[str, Function] = {
    "targets": lambda x, y, y_pred: float(2 * np.mean(x * (y_pred - _short(y)))),
    "samples": lambda x, y, y_pred: float(2 * np.mean(_short(x) * (y_pred - y))),
    "terms": lambda x, y, y_pred: float(2 * np.mean(_short(x * (y_pred - y)))),
    "answer": lambda x, y, y_pred: float(_short(_right(x, y, y_pred))),
    "weights": lambda w, x, y: np.asarray(_right_w(_short(w), x, y), float),
    "all": lambda w, x, y: _right_w(_short(w), _short(x), _short(y)).astype(float),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_what_is_rounded_to_float32_somewhere_is_a_note(name: str) -> None:
    for count in (1, 40):
        (note,) = check_gradient(FLOAT32[name], max_examples=count).notes
        assert note.endswith("computes in float32, whatever the data")


def test_float16_for_many_samples_is_a_note() -> None:
    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        if len(x) <= 100:
            return _right(x, y, y_pred)
        return 2 * np.sum(_short(x * (y_pred - y)).astype(np.float16)) / len(x)

    (note,) = check_gradient(grad, max_examples=20).notes
    assert note.endswith("computes in a shorter kind of number than its data")


@pytest.mark.parametrize(
    ("grad", "inputs"),
    [
        (lambda w, x, y: _right_w(w, np.nan_to_num(x.astype(float)), y), "x"),
        (lambda w, x, y: _right_w(w, x, np.nan_to_num(y.astype(float))), "y"),
        (
            lambda x, y, y_pred: _right(x, y, np.nan_to_num(y_pred.astype(float))),
            "y_pred",
        ),
        (
            lambda x, y, y_pred: 2 * np.nanmean((x * (y_pred - y)).astype(float)),
            "y or x or y_pred",
        ),
    ],
    ids=["x", "y", "y_pred", "nanmean"],
)
def test_a_swallowed_nan_is_a_note(grad: Function, inputs: str) -> None:
    (note,) = check_gradient(grad, max_examples=20).notes
    assert note.endswith(f"for a NaN in {inputs} it returns a number")
