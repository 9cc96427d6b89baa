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

#: What shortens gradients to a norm: the large ones make all of `GRADIENTS` long.
NORMS: Final = ("clip_by_norm.max_norm", "clip_by_global_norm.max_norm")

#: The same for float16, which has no such numbers: about 1/4 and 16.
SHORT: Final = np.hstack([_make.GRADIENTS * [1, 2.0**25, 2.0**-6, 1, 1, 1]] * 2)


#: How many weights a cause is confirmed on: many, since a sign says little.
MANY: Final = 20 * D


class Probe(NamedTuple):
    """One run of a driver.

    Attributes:
        changed: What is changed of the driver's settings.
        rates: The learning rate of each step, (T,).
        gradients: (T, D).
        start: The weights before the first step, (D,).
    """

    changed: Mapping[str, Any]
    rates: Array
    gradients: Array = GRADIENTS
    start: Array = START

    @property
    def numbers(self) -> dict[str, Any]:
        """What is changed, in refgd's names."""
        return in_refgd_names(self.changed)

    def lr(self, t: int) -> float:
        return float(self.rates[min(t, len(self.rates) - 1)])

    def run(self, driver: Driver) -> Array:
        return driver.run(self.gradients, self.rates, self.start, **self.changed)

    def trajectory(self, rule: Rule) -> Array:
        """Return the trajectory of a refgd rule, in float64."""
        with np.errstate(all="ignore"):
            return follow(rule.make(), self.gradients, self.start)


def others_of(probe: Probe) -> Probe:
    """Return the probe on other gradients, and more of them."""
    shape = STEPS, MANY
    count = np.arange(1, STEPS * MANY + 1).reshape(shape)
    spread = np.round(1024 * (count * (np.sqrt(5) - 1) / 2 % 1 - 0.5)) / 1024
    sizes = np.resize([1.0, 4.0, 0.25, 16.0, 0.0625], MANY)
    seldom = (np.arange(MANY) % 7 == 0) & (count % 3 > 0)
    gradients = np.where(seldom, 0.0, spread * sizes)
    start = np.resize([0.0, 1.0, -0.5, 2.0], MANY)
    return probe._replace(gradients=gradients, start=start)


class Observed(NamedTuple):
    """What a driver did.

    Attributes:
        probes: What it was run on.
        trajectories: (T + 1, P, D), of each probe.
        kind: The float type that its weights turned out to be of.
    """

    probes: list[Probe]
    trajectories: Array
    kind: Any

    def keep(self, which: list[int]) -> "Observed":
        """Return some of the probes alone."""
        probes = [self.probes[i] for i in which]
        return Observed(probes, self.trajectories[:, which], self.kind)


def observe(
    driver: Driver, lr: Any = None, numbers: Mapping[str, Any] = {}
) -> Observed:
    """Run a driver on every probe; on others, and more, if its floats are short.

    Where the numbers have a norm that gradients are shortened to, also on some that are
    shorter.
    """
    if driver.record:
        runs = [Probe(r.changed, r.rates, r.gradients, r.w[0]) for r in driver.record]
        seen = np.stack([each.w for each in driver.record], axis=1)
        return Observed(runs, seen, driver.dtype)
    every = probes(driver, lr)
    kind = find_kind(driver, every[0])
    if kind == np.float16:
        every = [
            probe._replace(gradients=SHORT)
            for probe in every
            if all(kind(value) for value in probe.changed.values())  # 1e-8 is 0
        ]
    if kind != np.float64 and driver.takes_rates and every[0].rates[0] < LR:
        # where a step is short beside w, rounding hides it
        wide = every[0]._replace(rates=every[0].rates * LR / every[0].rates[0])
        every = [*every, wide]
    bound = next((numbers[key] for key in NORMS if numbers.get(key)), None)
    if bound is not None:
        every = [*every, _near_norm(every[0], bound)]
    trajectories = np.stack([probe.run(driver) for probe in every], axis=1)
    return Observed(every, trajectories, kind)


def _near_norm(probe: Probe, bound: float) -> Probe:
    """Return the probe on gradients that are half as long as a norm, or twice."""
    norms = np.linalg.norm(probe.gradients, axis=1, keepdims=True)
    lengths = bound * np.resize([0.5, 2.0], (len(norms), 1))
    return probe._replace(gradients=probe.gradients / norms * lengths)


def find_kind(driver: Driver, probe: Probe) -> Any:
    """Return the kind of float that a driver's weights are of, whatever it is given.

    It is given numbers that need all of float64's digits; the shortest kind that holds
    every weight after the start is its own.
    """
    third = 1 / 3 + np.arange(1, D + 1)
    given = probe._replace(gradients=probe.gradients * 4 / 3, start=third)
    after = given.run(driver)[1:]
    if np.isnan(after).all():  # which any kind holds
        return np.float64
    with np.errstate(all="ignore"):
        for kind in (np.float16, np.float32):
            if np.array_equal(after, after.astype(kind), equal_nan=True):
                return kind
    return np.float64


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
    if name not in driver.settable or not isinstance(
        driver.settings[name], int | float
    ):
        return [Probe({}, rates)]
    others = [eps for eps in EPSILONS if eps != driver.settings[name]]
    return [Probe({}, rates), *(Probe({name: eps}, rates) for eps in others)]
