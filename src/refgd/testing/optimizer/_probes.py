r"""What optimizers are compared on, and how near to each other two correct ones are.

The gradients are those of `refgd.vectors`, twice: from w = 0, where the first step has
nothing to hide behind, and from weights that decay can be seen on.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._rules import MATRICES, in_refgd_names
from refgd._types import Array
from refgd.testing.drivers import Driver, follow
from refgd.testing.optimizer._reference import Rule
from refgd.vectors import _make

__tracebackhide__ = True  # pytest shows the test, not the kit

GRADIENTS: Final = np.hstack([_make.GRADIENTS] * 2)
STEPS, D = GRADIENTS.shape
KINDS: Final = tuple(_make.COORDINATES * 2)
START: Final = np.concatenate([np.zeros(D // 2), _make.START])
HALVED: Final = STEPS // 2

#: The weights as a vector, and as the matrix that some rules need: a long one, since
#: Muon's first scale is 1 for a broad one.
VECTOR: Final = (D,)
MATRIX: Final = (D // 3, 3)

#: The first learning rate, where nobody said one.
LR: Final = 1 / 16

#: Tried as well as their own eps: one that shows where gradients are not tiny, and one
#: that shows only where they are.
EPSILONS: Final = (1e-2, 1e-8)

#: What shortens gradients to a norm: the large ones make all of `GRADIENTS` long.
NORMS: Final = ("clip_by_norm.max_norm", "clip_by_global_norm.max_norm")

#: The same for float16, which has no such numbers: about 1/4 and 16.
SHORT: Final = np.hstack([_make.GRADIENTS * [1, 2.0**25, 2.0**-6, 1, 1, 1]] * 2)


#: What tiny gradients are times those of the other probes; float16 has none.
TINY: Final[Mapping[Any, float]] = {np.float64: 2.0**-40, np.float32: 2.0**-24}

#: Up to here a step on a matrix is the same as on a vector, in floats of any kind.
ALIKE: Final = 1e-2

#: How many weights a cause is confirmed on: many, since a sign says little.
MANY: Final = 20 * D


class Probe(NamedTuple):
    """One run of a driver.

    Attributes:
        changed: What is changed of the driver's settings.
        rates: The learning rate of each step, (T,).
        gradients: (T, D).
        start: The weights before the first step, (D,).
        shape: What the weights are given as: a vector or a matrix.
        kind: The float type that the weights are of.
        kinds: What the gradients of each weight are like.
    """

    changed: Mapping[str, Any]
    rates: Array
    gradients: Array = GRADIENTS
    start: Array = START
    shape: tuple[int, ...] = VECTOR
    kind: Any = np.float64
    kinds: tuple[str, ...] = KINDS

    @property
    def numbers(self) -> dict[str, Any]:
        """What is changed, in refgd's names."""
        return in_refgd_names(self.changed)

    def lr(self, t: int) -> float:
        return float(self.rates[min(t, len(self.rates) - 1)])

    def run(self, driver: Driver) -> Array:
        gradients, start = self._in_shape()
        path = driver.run(gradients, self.rates, start, **self.changed)
        return path.reshape(len(path), -1)

    def trajectory(self, rule: Rule) -> Array:
        """Return the trajectory of a refgd rule, in float64."""
        gradients, start = self._in_shape()
        with np.errstate(all="ignore"):
            path = follow(rule.make(), gradients, start)
        return path.reshape(len(path), -1)

    def _in_shape(self) -> tuple[Array, Array]:
        """Return the gradients, and the weights before the first step."""
        gradients = self.gradients.reshape(len(self.gradients), *self.shape)
        return gradients, self.start.reshape(self.shape)


def others_of(probe: Probe) -> Probe:
    """Return the probe on other gradients, and more of them."""
    shape = STEPS, MANY
    count = np.arange(1, STEPS * MANY + 1).reshape(shape)
    spread = np.round(1024 * (count * (np.sqrt(5) - 1) / 2 % 1 - 0.5)) / 1024
    sizes = np.resize([1.0, 4.0, 0.25, 16.0, 0.0625], MANY)
    seldom = (np.arange(MANY) % 7 == 0) & (count % 3 > 0)
    gradients = np.where(seldom, 0.0, spread * sizes)
    start = np.resize([0.0, 1.0, -0.5, 2.0], MANY)
    matrix = probe.shape != (len(probe.start),)
    wide = (MANY // 12, 12) if matrix else (MANY,)
    return probe._replace(gradients=gradients, start=start, shape=wide)


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


def shapes(driver: Driver, lr: Any = None) -> list[tuple[int, ...]]:
    """Return the shapes to observe a driver in, the likeliest first.

    A framework's gets a matrix. Another's is a vector, unless it refuses that, or takes
    a matrix and does something else with it.
    """
    if driver.record or driver.any_shape or driver.complete:
        return [MATRIX if driver.any_shape else VECTOR]
    probe = probes(driver, lr)[0]
    vector, matrix = (_try(driver, probe._replace(shape=s)) for s in (VECTOR, MATRIX))
    if matrix is None:
        return [VECTOR]
    if vector is None:
        return [MATRIX]
    same = np.allclose(matrix, vector, rtol=ALIKE, atol=0, equal_nan=True)
    return [VECTOR] if same else [MATRIX, VECTOR]


def _try(driver: Driver, probe: Probe) -> Array | None:
    """Return the trajectory; None if the driver does not take weights of this shape."""
    try:
        return probe.run(driver)
    except Exception:  # noqa: BLE001 - it is anybody's, and raises what it likes
        return None


def choose_shape(driver: Driver, rule: str | None) -> tuple[int, ...]:
    """Return the shape to hold a driver against a rule in."""
    if driver.any_shape or (rule in MATRICES and not driver.complete):
        return MATRIX
    return VECTOR


def observe(
    driver: Driver,
    lr: Any = None,
    numbers: Mapping[str, Any] = {},
    shape: tuple[int, ...] = VECTOR,
    *,
    whole: bool = False,
) -> Observed:
    """Run a driver on every probe; on others, and more, if its floats are short.

    Where the numbers have a norm that gradients are shortened to, also on some that are
    shorter. What sees all weights as one, `whole`, sees tiny gradients by themselves.
    """
    if driver.record:
        runs = [
            Probe(r.changed, r.rates, r.gradients, r.w[0], _make.MATRIX, driver.dtype)
            for r in driver.record
        ]
        seen = np.stack([each.w for each in driver.record], axis=1)
        return Observed(runs, seen, driver.dtype)
    every = [each._replace(shape=shape) for each in probes(driver, lr)]
    kind = find_kind(driver, every[0])
    every = [each._replace(kind=kind) for each in every]
    if kind == np.float16:
        every = [
            probe._replace(gradients=SHORT)
            for probe in every
            if all(kind(value) for value in probe.changed.values())  # 1e-8 is 0
        ]
    if driver.takes_rates and every[0].rates[0] < LR:
        # where a step is short beside w, little of it is seen, and none of lr squared
        wide = every[0]._replace(rates=every[0].rates * LR / every[0].rates[0])
        every = [*every, wide]
    if whole and kind in TINY:
        small = every[0].gradients * TINY[kind]
        every = [*every, every[0]._replace(gradients=small)]
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
