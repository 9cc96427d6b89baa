"""The four functions by hand; their dtypes, shapes and views; what they leave alone."""

import inspect
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.at_weight import gradient, loss
from refgd import (
    LeastSquares,
    _checks,
    compress,
    core,
    forward,
    grad,
    mse,
    optimizers,
    step,
)
from refgd._types import Array
from refgd.testing import exact

FUNCTIONS = [forward, mse, grad, step]


def _equal(a: Any, b: Any) -> bool:
    return bool(np.all(a == b))


def test_the_tutorials_closed_form() -> None:
    """X = 1..4, y = 2x: w_t = 2(1 − (17/20)^t) and loss_t = 30·(17/20)^(2t)."""
    x = exact.fractions([1, 2, 3, 4])
    y, w, lr = 2 * x, Fraction(0), Fraction(1, 100)
    for t in range(21):
        assert w == 2 * (1 - Fraction(17, 20) ** t)
        assert loss(w, x, y) == 30 * Fraction(17, 20) ** (2 * t)
        w = step(w, gradient(w, x, y), lr)


def test_one_step_by_hand() -> None:
    """X = 1, 2, y = 3, 5, w = 1: residuals −2, −3; L = 13/2; dw = −2 − 6 = −8."""
    x, y = exact.fractions([1, 2]), exact.fractions([3, 5])
    y_pred = forward(Fraction(1), x)
    assert list(y_pred) == [1, 2]
    assert mse(y, y_pred) == Fraction(13, 2)
    assert grad(x, y, y_pred) == -8
    assert step(Fraction(1), Fraction(-8), Fraction(1, 4)) == 3


@pytest.mark.parametrize("kind", [int, np.int8, np.uint8, bool, np.float16, ">f8"])
@pytest.mark.parametrize("d", [None, 2])
def test_other_numbers_are_computed_in_float64(d: int | None, kind: Any) -> None:
    shape = (3,) if d is None else (3, d)
    x, y = np.ones(shape, dtype=kind), np.ones(3, dtype=kind)
    w = np.ones(shape[1:], dtype=kind)
    results = [forward(w, x), mse(y, y), grad(x, y, y), step(w, w, 1)]
    assert {np.asarray(result).dtype for result in results} == {np.dtype(np.float64)}


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
def test_one_list_says_which_kinds_are_kept(kind: Any) -> None:
    """`_checks.KINDS`; all that compute read it, and take the rest as float64."""
    x = np.ones(3, dtype=kind)
    kept = x.dtype if x.dtype in _checks.KINDS else np.dtype(np.float64)
    rule = optimizers.momentum(0.1)
    results = [forward(x[0], x), LeastSquares(x, x)(x[0])[1], rule.init(x).v]
    results += [*rule.update(x, x, rule.init(x))[:1]]
    results += [compress(x, x).x] if kept in _checks.SHORT else []
    assert {np.asarray(result).dtype for result in results} == {kept}


def test_a_mean_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="y_pred must not be empty, got shape"):
        mse([], [])


def test_an_int8_product_does_not_wrap() -> None:
    x = np.array([100, 100], dtype=np.int8)
    assert forward(np.int8(2), x).tolist() == [200.0, 200.0]
    assert grad(x, np.zeros(2, dtype=np.int8), x) == 20_000


def test_w_and_lr_take_the_dtype_of_x() -> None:
    x = np.array([1, 2], dtype=np.float32)
    y_pred = forward(0.1, x)
    assert y_pred.dtype == np.float32
    assert y_pred[0] == np.float32(0.1)
    assert step(np.float32(1), 0.5, np.float64(0.1)).dtype == np.float32


def test_fractions_win_over_floats() -> None:
    assert _equal(forward(Fraction(1, 3), [0.5, 1]), [Fraction(1, 6), Fraction(1, 3)])
    assert step(Fraction(1), 1, 0.1) == 1 - Fraction(0.1)
    assert mse(exact.fractions([2**70]), [2**70 + 1]) == 1


def test_one_number_is_one_sample() -> None:
    assert forward(2, 5) == 10
    assert mse(3, 5) == 4
    assert grad(2, 3, 5) == 8


@given(data=st.data())
@example(data=None)
def test_views_give_the_same_numbers_and_are_left_alone(
    data: st.DataObject | None,
) -> None:
    """Small integers, so that no order of summation rounds and == is fair."""
    n = data.draw(st.integers(1, 6)) if data else 4
    base = np.arange(-2.0, 4 * n - 2)
    base.flags.writeable = False
    kept = base.copy()
    for view in (base[:n], base[::4], base[::-4], base[: 4 * n : 4][::-1]):
        y = view[::-1]
        plain_x, plain_y = view.copy(), y.copy()
        assert _equal(forward(3, view), forward(3, plain_x))
        assert mse(y, view) == mse(plain_y, plain_x)
        assert grad(view, y, view) == grad(plain_x, plain_y, plain_x)
        assert _equal(step(view, y, 2), step(plain_x, plain_y, 2))
    matrix = base.reshape(n, 4)[:, ::-2]
    w = np.array([1.0, -2.0])
    assert _equal(forward(w, matrix), forward(w, matrix.copy()))
    assert _equal(grad(matrix, base[:n], base[:n]), [0, 0])
    assert _equal(base, kept)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_no_argument_is_written_to(function: Any) -> None:
    arguments = {name: np.array([1.0, 2.0]) for name in ("w", "x", "y", "y_pred", "dw")}
    arguments |= {"lr": np.array(0.5)}
    if function is forward:
        arguments["w"] = np.array(2.0)
    chosen = {name: arguments[name] for name in inspect.signature(function).parameters}
    before = {name: value.copy() for name, value in chosen.items()}
    first, second = function(**chosen), function(**chosen)
    assert _equal(first, second)
    assert all(_equal(before[name], chosen[name]) for name in chosen)
    assert not any(np.shares_memory(first, value) for value in chosen.values())


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_lists_are_welcome_and_the_annotations_say_so(function: Any) -> None:
    """Nowhere is an array asked for; and a list of numbers is enough."""
    parameters = inspect.signature(function).parameters
    assert Array not in {each.annotation for each in parameters.values()}
    lists: dict[str, Any] = {"w": [1.0], "x": [[2.0]], "lr": 1, "dw": [1]}
    lists |= {"y": [4.0], "y_pred": [2]}
    chosen = {name: lists[name] for name in parameters}
    arrays = {name: np.array(value) for name, value in chosen.items()}
    assert _equal(function(**chosen), function(**arrays))


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(5,), (5, 2)])
def test_what_is_looked_at_first_is_what_the_checks_return(
    shape: tuple[int, ...], kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrays of one kind, and numbers of float64, go by the long checks."""
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=s).astype(kind) for s in (shape, 5))
    w = rng.normal(size=shape[1:]).astype(kind)[()]

    def results() -> list[Any]:
        y_pred = forward(w, x)
        dw = grad(x, y, y_pred)
        return [y_pred, mse(y, y_pred), dw, step(w, dw, 0.125), forward(0.5, x.T[-1])]

    quick = results()
    for name in ("forward", "mse", "grad", "step"):
        monkeypatch.setattr(_checks, f"_match_{name}", lambda *_: False)
    for ours, slow in zip(quick, results(), strict=True):
        assert type(ours) is type(slow)
        assert ours.dtype == slow.dtype
        assert np.array_equal(ours, slow)


def test_core_fits_on_one_screen() -> None:
    """Without docstrings, comments and blank lines: the README states this number."""
    source = inspect.getsource(core)
    for part in [core, *FUNCTIONS]:
        source = source.replace(part.__doc__ or "", "")
    lines = [line for line in source.splitlines() if line.strip().strip('r"')]
    assert len(lines) == 17
