"""check_gradient ends in time: the diagnosis is given up first, then the verdict."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, _clock, check_gradient
from refgd.testing.gradient import _check
from refgd.testing.gradient._signature import UserFunction

pytestmark = pytest.mark.usefixtures("a_clock")


@pytest.fixture
def a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_clock, "ENABLED", True)


def _right(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(2 * x * (y_pred - y))


def _half(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean(x * (y_pred - y))


def _paired(y: Any, y_pred: Any) -> Any:
    return np.mean((np.reshape(y_pred, (-1, 1)) - y) ** 2)


def test_a_loss_of_all_pairs_is_named() -> None:
    """There are 10⁸ pairs of 10,000 samples: as Fractions they would take minutes."""
    with pytest.raises(GradientError, match="every residual was paired with every"):
        check_gradient(_right, loss=_paired)


@pytest.mark.parametrize("grad", [_right, _half])
def test_without_time_there_is_no_verdict(grad: Any) -> None:
    with pytest.raises(TimeoutError, match="time ran out before there was a verdict"):
        check_gradient(grad, max_seconds=1e-9)
    (found,) = _check.findings(
        {"gradient": UserFunction(grad)}, "mse", max_seconds=1e-9
    )
    assert found.verdict == "inconclusive"


def test_without_time_a_loss_of_its_own_is_not_named() -> None:
    functions = {"gradient": UserFunction(_right), "loss": UserFunction(_paired)}
    _, loss = _check.findings(functions, None, max_seconds=1e-9)
    assert loss.diagnosis == "not named: time ran out"


def test_the_diagnosis_is_given_up_before_the_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time_left = [True]
    monkeypatch.setattr(_clock, "now", lambda: 0.0 if time_left[0] else 9.0)

    def run_checks(*args: Any) -> Any:
        checked = _run_checks(*args)
        time_left[0] = False
        return checked

    _run_checks = _check.run_checks
    monkeypatch.setattr(_check, "run_checks", run_checks)
    with pytest.raises(GradientError) as caught:
        check_gradient(_half, max_examples=20)
    assert caught.value.diagnosis is None
    assert "likely mistake: not looked for, since time ran out" in str(caught.value)
    assert "smallest counterexample" in str(caught.value)


def test_the_users_own_calls_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr(_clock, "now", lambda: seconds[0])

    def slow(x: Any, y: Any, y_pred: Any) -> Any:
        seconds[0] += 60
        return _right(x, y, y_pred)

    assert check_gradient(slow, max_examples=20).examples > 100


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_a_limit_is_above_zero(seconds: float) -> None:
    with pytest.raises(ValueError, match="max_seconds must be above 0"):
        check_gradient(_right, max_seconds=seconds)
