"""A sign tells little: a cause of what takes signs is named only if it is the cause."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd.testing import WrongOptimizer, check_optimizer
from refgd.testing.optimizer import _check

Update = Callable[..., Any]


def lion(sign: Callable[[Any, Any], Any]) -> Update:
    def update(w: Any, g: Any, m: Any, lr: float = 1e-4) -> Any:
        m = np.zeros_like(w) if m is None else m
        return w - lr * sign(m, g), 0.99 * m + 0.01 * g

    return update


SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "the sign of 0 is 1, not 0": lambda m, g: np.where(
        0.9 * m + 0.1 * g >= 0, 1.0, -1.0
    ),
    "the sign of 0 is -1, not 0": lambda m, g: np.where(
        0.9 * m + 0.1 * g > 0, 1.0, -1.0
    ),
    "beta1 is 0.89": lambda m, g: np.sign(0.89 * m + 0.11 * g),
    "1 - beta1 is missing": lambda m, g: np.sign(0.9 * m + g),
    "m is computed before c": lambda m, g: np.sign(
        0.9 * (0.99 * m + 0.01 * g) + 0.1 * g
    ),
}


@pytest.mark.parametrize(("words", "sign"), SIGNS.items(), ids=SIGNS)
def test_the_cause_of_a_wrong_sign_is_named(words: str, sign: Any) -> None:
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(lion(sign), "lion")
    assert (caught.value.mistake or "").startswith(words)


def test_what_no_edit_explains_has_no_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_check, "BUDGET", 0)  # no pairs, which take long
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(lion(lambda m, g: np.sign(np.tanh(0.9 * m) + 0.1 * g)), "lion")
    assert caught.value.mistake is None


@pytest.mark.parametrize("beta1", [0.899, 0.91])
def test_a_share_that_is_nearly_lions_is_not_lions(beta1: float) -> None:
    """Its signs differ only where the average and the gradient nearly cancel."""
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(lion(lambda m, g: np.sign(beta1 * m + (1 - beta1) * g)), "lion")
    assert caught.value.mistake == f"beta1 is {beta1}"
    assert caught.value.kind == "near-turn"
