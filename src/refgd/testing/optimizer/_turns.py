"""Gradients at which a rule is about to turn: elsewhere a sign tells little."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._equations import Line
from refgd.testing.optimizer._probes import Probe
from refgd.testing.optimizer._program import Inputs, function, start_of

#: How near to the turn a gradient is, and how many roundings away at least.
NEAR: Final = 2.0**-13
ROUNDINGS: Final = 64

#: How often the interval that has the turn is halved.
HALVINGS: Final = 50


def turns(lines: Sequence[Line]) -> bool:
    """Whether a step jumps where a sign does."""
    return any("sign(" in text for _, text in lines)


def put_near_turns(
    lines: Sequence[Line], data: Inputs, probes: Sequence[Probe]
) -> list[Probe]:
    """Return the probes with every other weight's gradients near a turn, after t = 1.

    They are by turns a little below it and a little above.
    """
    near = max(NEAR, ROUNDINGS * float(np.finfo(probes[0].kind).eps))
    env = start_of(lines, data)
    last, rows = 0 * data.start, []
    chosen = np.arange(data.start.shape[1]) % 2 == 1
    with np.errstate(all="ignore"):
        for t, given in enumerate(data.each):
            g = given["g"]
            if t:
                turn = _find_turn(lines, {**env, **given, "g_old": last}, g)
                g = np.where(chosen, turn * (1 + near * (-1) ** t), g)
            _take(lines, env, {**given, "g_old": last}, g)
            last = g
            rows.append(g)
    gradients = np.stack(rows, axis=1)  # (P, T, D)
    return [p._replace(gradients=g) for p, g in zip(probes, gradients, strict=True)]


def _find_turn(lines: Sequence[Line], env: dict[str, Any], g: Array) -> Array:
    """Return the gradient at which w jumps, by bisection; any, if it does not."""
    low: Array
    high: Array
    reach = 8 * np.max(np.abs(g), axis=1, keepdims=True) + 1
    low, high = np.zeros_like(g) - reach, np.zeros_like(g) + reach
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
        env[name] = function(text)(env)
    w: Array = env["w"]
    return w
