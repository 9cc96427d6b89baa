"""Whether an optimizer treats each weight by itself, and alike wherever it stands."""

from typing import Final

import numpy as np

from refgd._types import Array
from refgd.testing.drivers import Driver
from refgd.testing.optimizer._probes import VECTOR, D, Observed, Probe

#: The places of the first, and of the second copy of the probes.
HALF: Final = D // 2

#: What is said where no weight is a number after the first step.
NAN: Final = "NaN from the first step on, as where t starts at 0: 1 - beta^0 is 0"


def is_nan(seen: Observed) -> bool:
    """Whether no weight is a number after the first step."""
    return bool(np.isnan(seen.trajectories[1:, 0]).all())


def describe_program(driver: Driver, seen: Observed) -> str | None:
    """Say what is wrong with a program, whatever its rule is; None if nothing is."""
    if driver.record:  # which cannot be run again
        return None
    first = seen.trajectories[:, 0]
    if not np.array_equal(seen.probes[0].run(driver), first, equal_nan=True):
        return "it remembers an earlier run: its state must come from init alone"
    return describe_places(driver, seen)


def describe_places(driver: Driver, seen: Observed) -> str | None:
    """Say which places of weights are treated unlike others; None if none are.

    The weights are put one place further on: their paths must go with them. That the
    other weights' gradients change a path is another matter.
    """
    probe, path = seen.probes[0], seen.trajectories[:, 0]
    further = _run(driver, probe, 1)
    moved = np.roll(further, -1, axis=1)
    if _equal(moved, path).all() or mixes(driver, seen):
        return None
    still = _rests(path, probe.gradients)
    later = _rests(further, np.roll(probe.gradients, 1, axis=1))
    skipped = [j for j in range(D) if still[j] or later[j]]
    if skipped:
        return f"weights are skipped by their places: those at {_list(skipped)}, from 0"
    places = [j for j in range(D) if not _equal(moved[:, j], path[:, j]).all()]
    return f"weights are treated by their places: unlike others at {_list(places)}"


def describe_mixing(driver: Driver, seen: Observed) -> str | None:
    """Say that a weight's path depends on the gradients of the others, if it does.

    A matrix is given to what is meant to be a rule of matrices, where it is no mistake.
    """
    matrix = seen.probes[0].shape != VECTOR and not driver.complete
    if driver.record or matrix or not mixes(driver, seen):
        return None
    return "it mixes the weights: each one's path depends on the gradients of others"


def mixes(driver: Driver, seen: Observed) -> bool:
    """Whether the first half of the weights feels the gradients of the second."""
    probe = seen.probes[0]
    other = np.concatenate(
        [probe.gradients[:, :HALF], 3 * probe.gradients[:, HALF:]], 1
    )
    path = probe._replace(gradients=other).run(driver)
    return not _equal(path, seen.trajectories[:, 0])[:, :HALF].all()


def _run(driver: Driver, probe: Probe, places: int) -> Array:
    gradients = np.roll(probe.gradients, places, axis=1)
    return probe._replace(gradients=gradients, start=np.roll(probe.start, places)).run(
        driver
    )


def _equal(one: Array, other: Array) -> Array:
    same = np.isclose(one, other, rtol=1e-6, atol=1e-12, equal_nan=True)
    return np.asarray(same)


def _rests(path: Array, gradients: Array) -> Array:
    """Return which weights have gradients and do not move."""
    rests: Array = (path == path[:1]).all(axis=0) & gradients.any(axis=0)
    return rests


def _list(places: list[int]) -> str:
    return ", ".join(map(str, places))
