"""No alarms: right optimizers in other styles, at many hyperparameters, pass."""

import inspect
from typing import Any

import numpy as np
import pytest

from refgd.testing import check_optimizer, drivers
from testing.optimizer.right import OTHERS, STYLES, WORDS, Style


def settings(style: Style) -> list[dict[str, Any]]:
    """Return the defaults, and each hyperparameter with each of its other values."""
    parameters = inspect.signature(style.make).parameters.values()
    defaults = {p.name: p.default for p in parameters}
    others = [{**defaults, name: v} for name in defaults for v in OTHERS[name]]
    return [defaults, *others]


def check(style: Style, hyper: dict[str, Any], dtype: type, *rates: float) -> None:
    like, words = WORDS.get(style.like, (style.like, {}))
    mine = drivers.update(style.make(**hyper), dtype=dtype)
    for lr in rates:
        check_optimizer(mine, like, lr=lr, **words, **hyper)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("style", STYLES, ids=str)
def test_right_style_is_not_rejected(style: Style, dtype: type) -> None:
    check(style, settings(style)[0], dtype, 1e-4, 0.03, 1.0)


CASES = {
    f"{style}({', '.join(f'{k}={v}' for k, v in hyper.items())})": (style, hyper)
    for style in STYLES
    for hyper in settings(style)[1:]
    # a log of 0 is not that style's
    if not (style.make.__name__ == "adam_by_the_reciprocal" and hyper["beta1"] == 0)
}


@pytest.mark.parametrize(("style", "hyper"), CASES.values(), ids=CASES)
def test_it_is_not_with_other_numbers(style: Style, hyper: dict[str, Any]) -> None:
    """Float32 at the rate where steps are as large as weights."""
    check(style, hyper, np.float32, 1.0)
