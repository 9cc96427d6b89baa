"""What f does very close to w, where a derivative is a matter of the smallest steps.

A staircase, or a wave of little height and length, is noise to all greater steps; but
the slope of a stair, or of the wave, is what a derivative is. Where the smallest steps
that rounding leaves have the slope that df claims, df is not called wrong.
"""

import itertools
from typing import Any

import numpy as np

from refgd.testing.derivative._entry import Column, best_estimate
from refgd.testing.derivative._ladder import Function, climb, halve

#: The steps are these parts of w's size, from the greatest to the least.
GREATEST, LEAST = 2.0**-34, 2.0**-48

#: So many steps in a row must have the claim, to this part of its error.
ROW, PART = 3, 1 / 8

#: f lies flat between jumps that are more than this part of it; less is rounding, as of
#: an f that computes in float32.
COARSE = 2.0**-20


def is_backed(
    f: Function, w: Any, j: tuple[int, ...], column: Column, claimed: float
) -> bool:
    """Whether the slope of f very close to w is what is claimed.

    Args:
        f: The function.
        w: The point.
        j: The entry.
        column: The estimates there.
        claimed: What df claims.
    """
    here = abs(float(column.ladder.here))
    if w.dtype != float or (not claimed and column.noise <= COARSE * here):
        return False
    size = abs(float(w[j]))
    size = size if size * LEAST else 1.0  # w is 0, or too small for a part of it
    ladder = climb(f, w, j, halve(size * GREATEST, size * LEAST))
    h = np.array(ladder.steps)
    up, down = np.array(ladder.ahead), np.array(ladder.behind)
    above, below = (np.array(each, float) for each in (ladder.above, ladder.below))
    most = PART * abs(claimed - best_estimate(column.tables).value)
    told = 2 * ladder.unit * np.fmax(abs(above), abs(below)) <= most * h
    with np.errstate(all="ignore"):
        slopes = (
            (above - below) / (up + down),
            (above - float(ladder.here)) / up,
            (float(ladder.here) - below) / down,
        )
    return any(_longest(told & (abs(each - claimed) <= most)) >= ROW for each in slopes)


def _longest(flags: Any) -> int:
    """Return how many in a row are true."""
    return max(
        (len(list(g)) for true, g in itertools.groupby(flags) if true), default=0
    )
