"""Estimates of a derivative from the differences of a ladder, each with its bound."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from refgd.testing.derivative._ladder import UNITS, Ladder

#: Steps of a table: h, h/2, …
ROWS = 8

#: Every table begins at 2⁻³ of the one before it: what oscillates within the greatest
#: steps is seen by the smaller ones.
APART = 3


class Table(NamedTuple):
    """What the differences of some steps say of a derivative.

    Attributes:
        value: The estimate.
        bound: How far the derivative may be from it.
        reach: The size of f in parts of the greatest step.
        change: How much f moves within it, in the same parts; its size, where it moves
            no more than rounding does.
        step: The least step.
        half: Half of what the slope above w is greater than that below, as in a kink.
        off: How far the two slopes may be off.
    """

    value: float
    bound: float
    reach: float
    step: float
    half: float = 0.0
    off: float = 0.0
    change: float = 0.0

    @property
    def jump(self) -> bool:
        """Return whether there is a kink."""
        return bool(abs(self.half) > self.off)


def make_tables(ladder: Ladder, floor: float) -> list[Table]:
    """Return estimates of the partial derivative, from great steps to small ones."""
    first = range(0, len(ladder.steps) - ROWS + 1, APART)
    with np.errstate(all="ignore"):
        found = [_make_table(ladder, range(k, k + ROWS), floor) for k in first]
    return [t for t in found if np.isfinite(t.value) and np.isfinite(t.bound)]


def _make_table(ladder: Ladder, part: range, floor: float) -> Table:
    """Return the estimate; its bound reaches as far as the slopes of both sides do."""
    here, above, below = float(ladder.here), ladder.above, ladder.below
    largest = [max(abs(float(above[i])), abs(float(below[i]))) for i in part]
    slopes, halves, rounding = [], [], []
    for f, i in zip(largest, part, strict=True):
        a, b = float(above[i]), float(below[i])
        up, down = np.float64(ladder.ahead[i]), np.float64(ladder.behind[i])
        slopes.append((a - b) / (up + down))
        halves.append(((a - here) / up - (here - b) / down) / 2)
        noise = max(UNITS * ladder.unit * max(f, abs(here)), floor)
        rounding.append(noise / ladder.steps[i])
    value, bound = extrapolate(slopes, rounding, 2)
    half, off = extrapolate(halves, [2 * each for each in rounding], 1)
    reach = max(largest) / ladder.steps[part[0]]
    moved = max(abs(float(f[i]) - here) for f in (above, below) for i in part)
    still = moved <= rounding[0] * ladder.steps[part[0]]
    change = reach if still else moved / ladder.steps[part[0]]
    step = ladder.steps[part[-1]]
    off += bound
    return Table(value, off + abs(half), reach, step, half, off, change)


def extrapolate(
    rows: Sequence[Any], rounding: Sequence[Any], power: int
) -> tuple[Any, Any]:
    """Extrapolate; keep the entry whose neighbours and rounding bound it best.

    Args:
        rows: What depends on the step by its powers of this parity.
        rounding: How far each may be off.
        power: The first power.
    """
    best, limit = rows[0], abs(rows[0] - rows[1]) + rounding[0]
    errors = rounding
    for k in range(1, len(rows)):
        factor = 2 ** (power + 2 * (k - 1))
        new = [b + (b - a) / (factor - 1) for a, b in itertools.pairwise(rows)]
        # |b + (b − a)/(factor − 1)|: the rounding of a and b enters with these weights
        errors = [
            (factor * later + early) / (factor - 1)
            for early, later in itertools.pairwise(errors)
        ]
        for i, value in enumerate(new[1:]):
            apart = max(abs(value - new[i]), abs(value - rows[i + 2]))
            if apart + errors[i + 1] < limit:
                best, limit = value, apart + errors[i + 1]
        rows = new
    return best, limit
