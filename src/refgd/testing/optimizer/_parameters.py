"""Whether two parameters in one run step as each of them does by itself."""

from typing import Final, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing.drivers import Driver
from refgd.testing.optimizer._probes import Observed
from refgd.testing.optimizer._program import Inputs
from refgd.testing.optimizer._sharing import describe_sharing
from refgd.testing.optimizer._target import Target
from refgd.testing.optimizer._tolerance import FLOOR, Expected, path_length, precisions

#: What sees all parameters as one.
GLOBAL: Final = "clip_by_global_norm"

TWO: Final = "with two parameters in one run"
UNLIKE: Final = "each steps otherwise than by itself"


class Shared(NamedTuple):
    """What two parameters in one run do otherwise than each by itself.

    Attributes:
        seen: Their run, as that of one probe.
        expected: (T + 1, 1, D), each by itself.
        where: The first step, probe and weight that differ.
        words: What they share.
    """

    seen: Observed
    expected: Array
    where: tuple[int, int, int]
    words: str


def find_shared(driver: Driver, seen: Observed, rule: Expected) -> Shared | None:
    """Run the two halves of the weights as two parameters, and each by itself.

    None if both are the same, or if the optimizer does not take parameters.
    """
    if driver.walk_two is None or not rule.known or GLOBAL in rule.recipes[0].around:
        return None
    probe = seen.probes[0]
    halves = [
        probe._replace(gradients=g, start=w, shape=(len(w), *probe.shape[1:]))
        for g, w in zip(
            np.split(probe.gradients, 2, axis=1), np.split(probe.start, 2), strict=True
        )
    ]
    try:
        both = probe.run(driver._replace(walk=driver.walk_two))
    except Exception:  # noqa: BLE001 - it is anybody's, and raises what it likes
        return None
    alone = np.hstack([half.run(driver) for half in halves])
    off = ~(np.abs(both - alone) <= FLOOR * path_length(alone))
    if not off.any():
        return None
    first = int(off.any(axis=1).argmax())
    data = _as_rows(Expected(rule.rules[:1], [probe]).inputs)
    target = Target(_in_rows(both[:, None]), data, precisions(seen.kind)[-1])
    words = describe_sharing(rule.lines, target, "parameters") or UNLIKE
    observed = Observed([probe], both[:, None], seen.kind)
    where = first, 0, int(off[first].argmax())
    return Shared(observed, alone[:, None], where, f"{TWO}, {words}")


def _as_rows(data: Inputs) -> Inputs:
    """Return the same weights with a column for each parameter."""
    each = [
        {k: _in_rows(v) if np.shape(v) == data.start.shape else v for k, v in g.items()}
        for g in data.each
    ]
    return data._replace(start=_in_rows(data.start), each=each, shape=(2,))


def _in_rows(a: Array) -> Array:
    """Return (..., D / 2, 2): those of the first half, and of the second."""
    halves = np.split(a, 2, axis=-1)
    made: Array = np.stack(halves, axis=-1).reshape(*a.shape[:-2], -1, 2)
    return made
