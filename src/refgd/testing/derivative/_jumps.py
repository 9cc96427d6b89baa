"""Where f does not move at all, and where it jumps: what differences cannot see."""

import math
from typing import Any

from refgd.testing.derivative._ladder import (
    DOWN,
    NO_VALUE,
    UNITS,
    Function,
    Ladder,
    shift,
)

#: f lies flat where so many steps in a row, and these parts of the greatest of them, do
#: not move it.
FLAT, WITHIN = 16, (0.9, 0.77, 0.59, 0.38)

#: Beyond a kink f leaves its value little by little, else in jumps: so much nearer to
#: the edge it must have moved at most this part.
NEARER, LEFT = 2.0**-10, 2.0**-5


def lies_flat(f: Function, w: Any, j: tuple[int, ...], ladder: Ladder) -> bool:
    """Whether f is constant around w up to a kink, and does not move in jumps there.

    A function that is rounded does not move within small steps either, but then jumps.
    """
    here = float(ladder.here)
    least = UNITS * ladder.unit * abs(here)

    def moves(h: float) -> float:
        change = abs(_value_at(f, w, j, h) - here)
        return 0.0 if change <= least else change

    pairs = zip(ladder.above, ladder.below, strict=True)
    changes = [[abs(float(each) - here) for each in pair] for pair in pairs]
    moved = [[not change <= least for change in each] for each in changes]
    count = next((i for i, each in enumerate(reversed(moved)) if any(each)), 0)
    if count < FLAT:
        return False
    inner, outer = ladder.steps[-count], ladder.steps[-count - 1]
    if any(moves(sign * part * inner) for part in WITHIN for sign in (1, -1)):
        return False
    sides = zip((1, -1), moved[-count - 1], strict=True)
    return all(
        _leaves_slowly(moves, sign * inner, sign * outer)
        for sign, side in sides
        if side
    )


def _value_at(f: Function, w: Any, j: tuple[int, ...], h: float) -> float:
    """Return f where entry j is h further on; NaN where it has no value."""
    try:
        return float(f(shift(w, j, h)[()]))
    except NO_VALUE:
        return math.nan


def _leaves_slowly(moves: Function, still: float, moved: float) -> bool:
    for _ in range(DOWN):
        middle = (still + moved) / 2
        if moves(middle):
            moved = middle
        else:
            still = middle
    far, near = moves(moved * (1 + NEARER)), moves(moved * (1 + NEARER**2))
    return bool(near <= LEFT * far and far > 0)


#: Where f leaves its tangent this many times as far at twice the step, a jump is looked
#: for, by so many halvings, within this part of w's size.
SUDDEN, NARROW, LOCAL = 64, 56, 2.0**-4


def find_jump(
    f: Function, w: Any, j: tuple[int, ...], ladder: Ladder, slope: float
) -> float:
    """Return the size of a jump of f near w; 0 where it does not leave it suddenly.

    Where terms are lost, as in log(1 - p) for p near 1, f moves in jumps, which lie too
    far apart for small steps to meet them.
    """
    limit = LOCAL * (abs(float(w[j])) or 1.0)
    found = 0.0
    for sign, values in ((1, ladder.above), (-1, ladder.below)):
        off = 0.0
        for h, value in reversed(list(zip(ladder.steps, values, strict=True))):
            if h > limit:
                break
            size = max(abs(float(value)), abs(float(ladder.here)))
            least = UNITS * ladder.unit * size
            before = max(off, least)
            off = abs(float(value) - float(ladder.here) - sign * h * slope)
            if off > SUDDEN * before:
                found = max(found, _narrow(f, w, j, (sign * h / 2, sign * h)))
                break
    return found


def _narrow(
    f: Function, w: Any, j: tuple[int, ...], ends: tuple[float, float]
) -> float:
    """Return how much f changes where it changes most, between neighbours."""
    low, high = ((h, _value_at(f, w, j, h)) for h in ends)
    for _ in range(NARROW):
        h = (low[0] + high[0]) / 2
        middle = h, _value_at(f, w, j, h)
        if abs(middle[1] - low[1]) >= abs(high[1] - middle[1]):
            high = middle
        else:
            low = middle
    change = abs(high[1] - low[1])
    return change if math.isfinite(change) else 0.0
