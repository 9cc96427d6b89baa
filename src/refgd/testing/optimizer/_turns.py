"""Gradients at which a rule is about to turn: elsewhere a sign tells little."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from refgd._types import Array
from refgd.testing.drivers import Driver
from refgd.testing.optimizer._equations import Line
from refgd.testing.optimizer._probes import Observed, Probe
from refgd.testing.optimizer._program import Inputs, function, start_of
from refgd.testing.optimizer._tolerance import Expected

#: How near to the turn a gradient is, and how many roundings away at least.
NEAR: Final = 2.0**-13
ROUNDINGS: Final = 64

#: At so many steps there is a turn once: what nearly cancels too often is all rounding.
EVERY: Final = 3

#: A turn is looked for among gradients so many times as large as those of a weight.
REACH: Final = 16

#: How often the interval that has the turn is halved.
HALVINGS: Final = 50


def turns(lines: Sequence[Line]) -> bool:
    """Whether a step jumps where a sign does."""
    return any("sign(" in text for _, text in lines)


def add_near_turns(driver: Driver, seen: Observed, rule: Expected) -> Observed:
    """Run the driver once more, with gradients near a rule's turns, if it has any."""
    if driver.record or not turns(rule.lines):
        return seen
    probe = put_near_turns(rule.lines, rule.inputs, seen.probes)[0]
    paths = [seen.trajectories, probe.run(driver)[:, None]]
    return seen._replace(
        probes=[*seen.probes, probe], trajectories=np.concatenate(paths, axis=1)
    )


def put_near_turns(
    lines: Sequence[Line], data: Inputs, probes: Sequence[Probe]
) -> list[Probe]:
    """Return the probes with every other weight's gradients near a turn, at times.

    They are by turns a little below it and a little above.
    """
    kind = probes[0].kind
    near = max(NEAR, ROUNDINGS * float(np.finfo(kind).eps))
    env = start_of(lines, data)
    last, rows = 0 * data.start, []
    sizes = np.max(np.abs([given["g"] for given in data.each]), axis=0)
    reach = np.where(sizes > 0, REACH * sizes, 1.0)
    chosen = np.arange(data.start.shape[1]) % 2 == 1
    with np.errstate(all="ignore"):
        for t, given in enumerate(data.each):
            g = given["g"]
            if t % EVERY == 1:
                turn = _find_turn(lines, {**env, **given, "g_old": last}, reach)
                beside = turn * (1 + near * (-1) ** t)
                g = np.where(chosen, beside, g).astype(kind).astype(float)
            _take(lines, env, {**given, "g_old": last}, g)
            last = g
            rows.append(g)
    gradients = np.stack(rows, axis=1)  # (P, T, D)
    return [
        p._replace(
            gradients=g,
            kinds=tuple("near-turn" if j % 2 else k for j, k in enumerate(p.kinds)),
        )
        for p, g in zip(probes, gradients, strict=True)
    ]


def _find_turn(lines: Sequence[Line], env: dict[str, Any], reach: Array) -> Array:
    """Return the gradient at which w jumps, by bisection; any, if it does not."""
    low, high = -reach, reach
    below, above = (_take(lines, dict(env), {}, each) for each in (low, high))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        w = _take(lines, dict(env), {}, middle)
        under = np.abs(w - below) < np.abs(w - above)
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2


def _take(
    lines: Sequence[Line], env: dict[str, Any], given: dict[str, Any], g: Array
) -> Array:
    """Take a step in place, and return the weights."""
    before = {f"{name}_old": env[name] for name, _ in lines}
    env |= {**before, **given, "g": g, "dw": g}
    for name, text in lines:
        env[name] = function(text, env)()
    w: Array = env["w"]
    return w
