"""A failed check shows the test that called it, and no frame of the kit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd.testing import (
    check_derivative,
    check_gradient,
    check_optimizer,
    check_step,
    drivers,
)

FAILING: dict[str, Callable[[], Any]] = {
    "derivative": lambda: check_derivative(np.sin, np.sin, 0.3),
    "derivative-shape": lambda: check_derivative(np.sin, lambda w: [w, w], 0.3),
    "derivative-none": lambda: check_derivative(np.sin, lambda _: None, 0.3),
    "derivative-infinite": lambda: check_derivative(np.sin, np.cos, np.inf),
    "gradient": lambda: check_gradient(lambda x, y, y_pred: 0 * x * y * y_pred),
    "gradient-model": lambda: check_gradient(len, model="none"),
    "step": lambda: check_step(lambda w, dw, lr: w + lr * dw),
    "step-names": lambda: check_step(lambda a, b, c, d: a + b + c + d),
    "optimizer": lambda: check_optimizer(
        drivers.update(lambda w, dw: w - dw), like="sgd"
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_no_frame_of_the_kit_is_shown(name: str) -> None:
    with pytest.raises((AssertionError, TypeError, ValueError)) as failed:
        FAILING[name]()
    shown = failed.traceback.filter(failed)
    assert {str(entry.path) for entry in shown} == {__file__}
