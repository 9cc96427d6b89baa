"""check_step: right steps pass, wrong ones are named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refgd
from refgd.testing import StepError, check_step

Step = Callable[..., Any]


def _in_place_on_a_copy(w: Any, dw: Any, lr: Any) -> Any:
    new = np.array(w)
    new -= lr * dw
    return new


@pytest.mark.parametrize(
    "step",
    [
        refgd.step,
        lambda w, dw, lr: w - lr * dw,
        lambda w, dw, lr: w + (-lr) * dw,
        lambda w, dw, lr: np.subtract(w, np.multiply(dw, lr)),
        lambda w, dw, lr: float(w) - float(lr) * float(dw),
        _in_place_on_a_copy,
    ],
    ids=["refgd", "plain", "added", "ufuncs", "floats", "own-copy"],
)
def test_a_right_step_passes(step: Step) -> None:
    assert check_step(step) >= 60


def _in_place(w: Any, dw: Any, lr: Any) -> Any:
    w -= lr * dw
    return w


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda w, dw, lr: w + lr * dw, "the sign is turned around"),
        (lambda w, dw, lr: w - lr * lr * dw, "the learning rate is applied twice"),
        (lambda w, dw, lr: w - dw + 0 * lr, "the learning rate is not used"),
        (lambda w, dw, lr: -lr * dw + 0 * w, "it returns the change"),
        (lambda w, dw, lr: w + 0 * dw * lr, "it does not move"),
        (lambda w, dw, lr: w - 2 * lr * dw, "the step is doubled"),
        (lambda w, dw, lr: (w - lr * dw) * (1 - 1e-5), "expected"),
        (_in_place, "a changed input"),
    ],
    ids=["sign", "twice", "unused", "change", "still", "doubled", "decay", "in-place"],
)
def test_a_wrong_step_is_named(step: Step, said: str) -> None:
    with pytest.raises(StepError, match=said):
        check_step(step)
