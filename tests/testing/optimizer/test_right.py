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


CASES = {
    f"{style}({', '.join(f'{k}={v}' for k, v in hyper.items())})": (style, hyper)
    for style in STYLES
    for hyper in settings(style)
    # a log of 0 is not that style's
    if not (style.make.__name__ == "adam_by_the_reciprocal" and hyper["beta1"] == 0)
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("style", "hyper"), CASES.values(), ids=CASES)
def test_right_style_is_not_rejected(
    style: Style, hyper: dict[str, Any], dtype: type
) -> None:
    like, words = WORDS.get(style.like, (style.like, {}))
    mine = drivers.update(style.make(**hyper), dtype=dtype)
    for lr in (1e-4, 0.03, 1.0):
        check_optimizer(mine, like, lr=lr, **words, **hyper)
