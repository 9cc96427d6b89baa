r"""What optimizers are compared on, and how near to each other two correct ones are.

The gradients are those of `refgd.vectors`, twice: from w = 0, where the first step has
nothing to hide behind, and from weights that decay can be seen on.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._rules import in_refgd_names
from refgd._types import Array
from refgd.testing.drivers import Driver, follow
from refgd.testing.optimizer._reference import Rule
from refgd.vectors import _make

__tracebackhide__ = True  # pytest shows the test, not the kit

GRADIENTS: Final = np.hstack([_make.GRADIENTS] * 2)
STEPS, D = GRADIENTS.shape
KINDS: Final = _make.COORDINATES * 2
START: Final = np.concatenate([np.zeros(D // 2), _make.START])
HALVED: Final = STEPS // 2

#: The first learning rate, where nobody said one.
LR: Final = 1 / 16

#: Tried as well as their own eps: one that shows where gradients are not tiny, and one
#: that shows only where they are.
EPSILONS: Final = (1e-2, 1e-8)


class Probe(NamedTuple):
    """One run: what is changed of the driver's settings, and the learning rates."""

    changed: Mapping[str, Any]
    rates: Array

    @property
    def numbers(self) -> dict[str, Any]:
        """What is changed, in refgd's names."""
        return in_refgd_names(self.changed)

    def lr(self, t: int) -> float:
        return float(self.rates[t])

    def run(self, driver: Driver) -> Array:
        return driver.run(GRADIENTS, self.rates, START, **self.changed)

    def trajectory(self, rule: Rule) -> Array:
        """Return the trajectory of a refgd rule, in float64."""
        with np.errstate(all="ignore"):
            return follow(rule.make(), GRADIENTS, START)


def probes(driver: Driver, lr: Any = None) -> list[Probe]:
    """Return the runs that a driver allows: its own eps, and others if it has one."""
    lr = driver.lr if lr is None else lr
    if lr is None and not driver.takes_rates:
        msg = f"{driver.name} has no parameter lr: state the rate that it has, lr=..."
        raise TypeError(msg)
    first = float(np.float32(LR if lr is None else lr)) if driver.takes_rates else lr
    halved = np.arange(STEPS) >= HALVED if driver.takes_rates else np.zeros(STEPS)
    rates = first * np.where(halved, 0.5, 1.0)
    name = next((key for key in ("eps", "epsilon") if key in driver.settings), None)
    if name not in driver.settable:
        return [Probe({}, rates)]
    others = [eps for eps in EPSILONS if eps != driver.settings[name]]
    return [Probe({}, rates), *(Probe({name: eps}, rates) for eps in others)]
