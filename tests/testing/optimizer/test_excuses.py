"""No difference is excused by floats that the optimizer does not compute in."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd.testing import WrongOptimizer, check_optimizer, drivers
from refgd.testing.optimizer import _check

Update = Callable[..., Any]
B1, B2 = 0.9, 0.999


def radam(divides: Callable[[float, int], bool], scalar: Any = float) -> Update:
    """Return RAdam that divides by the root when told to, from rho and t."""

    def update(w: Any, g: Any, state: Any, lr: float = 1e-3) -> Any:
        m, v, t = state or (0 * w, 0 * w, 0)
        t, b1, b2 = t + 1, scalar(B1), scalar(B2)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        last = 2 / (1 - B2) - 1
        rho = last - 2 * t * b2**t / (1 - b2**t)
        down = m / (1 - b1**t)
        if divides(rho, t):
            over = (rho - 4) * (rho - 2) * last
            r = math.sqrt(over / ((last - 4) * (last - 2) * rho))
            down = down * r * math.sqrt(1 - b2**t) / (np.sqrt(v) + 1e-8)
        return w - lr * down, (m, v, t)

    return update


def adamw(
    step: Callable[..., Any], scalar: Any = float, *, rate: float | None = None
) -> Update:
    """Return AdamW whose last line is ``step(w, down, lr, wd)``, at its own rate."""

    def update(
        w: Any, g: Any, state: Any, lr: float, weight_decay: float = 0.01
    ) -> Any:
        m, v, t = state or (0 * w, 0 * w, 0)
        t, b1, b2 = t + 1, scalar(B1), scalar(B2)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        down = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + 1e-8)
        return step(w, down, lr, weight_decay), (m, v, t)

    if rate is None:
        return update
    return lambda w, g, state: update(w, g, state, rate)


DECAYS_AFTER = lambda w, down, lr, wd: (w - lr * down) * (1 - lr * wd)  # noqa: E731
TOO_LONG = lambda w, down, lr, wd: w - 1.00001 * lr * down - lr * wd * w  # noqa: E731
RIGHT = lambda w, down, lr, wd: w - lr * down - lr * wd * w  # noqa: E731

FALSE = {
    "radam's branch is the paper's": (radam(lambda rho, _: rho > 4), "RAdam"),
    "radam's branch is at step 5": (radam(lambda _, t: t >= 5), "RAdam"),
    "decays after the step": (adamw(DECAYS_AFTER), "AdamW"),
    "at one rate": (adamw(DECAYS_AFTER, rate=1e-3), "AdamW"),
    "a step 1e-5 too long": (adamw(TOO_LONG), "AdamW"),
    "the same at one rate": (adamw(TOO_LONG, rate=1e-3), "AdamW"),
}


@pytest.mark.parametrize(("update", "like"), FALSE.values(), ids=FALSE)
def test_a_difference_is_not_excused(
    update: Update, like: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_check, "find_cause", lambda *_, **__: None)  # another's matter
    with pytest.raises(WrongOptimizer):
        check_optimizer(drivers.update(update, lr=1e-3), f"torch.optim.{like}")


def test_a_branch_is_named_not_excused() -> None:
    with pytest.raises(WrongOptimizer, match="likely: it divides from rho > 4"):
        check_optimizer(radam(lambda rho, _: rho > 4), "torch.optim.RAdam")


@pytest.mark.parametrize("rate", [None, 1e-3])
@pytest.mark.parametrize("scalar", [np.float32, np.float64])
def test_numbers_in_float32_are_still_right(scalar: Any, rate: float | None) -> None:
    mine = drivers.update(adamw(RIGHT, scalar, rate=rate), lr=1e-3)
    check_optimizer(mine, "torch.optim.AdamW")
    right = radam(lambda rho, _: rho > 5, scalar)
    check_optimizer(right, "torch.optim.RAdam")
