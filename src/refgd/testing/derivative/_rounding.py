"""How far df's own rounding may carry what it returns."""

import itertools
from typing import Any

import numpy as np

from refgd.testing.derivative import _ladder
from refgd.testing.derivative._entry import CLEAR, Column, best_estimate
from refgd.testing.derivative._jumps import FLAT
from refgd.testing.derivative._ladder import UNITS, Function, Ladder

#: df's own rounding is measured within this part of w's size.
NEARBY = 0.25


def is_straight(df: Function, w: Any, j: tuple[int, ...], column: Column) -> bool:
    """Whether f is straight where df does not change: no jump is df's rounding then.

    Args:
        df: What it claims of this entry alone.
        w: The point.
        j: The entry.
        column: The estimates there.
    """
    ladder, best = column.ladder, best_estimate(column.tables)
    steps = [h for h in ladder.steps if h <= NEARBY * (abs(float(w[j])) or 1.0)]
    claims = _ladder.climb(df, w, j, steps)
    pairs = zip(reversed(claims.above), reversed(claims.below), strict=True)
    same = list(itertools.takewhile(lambda ab: claims.here == ab[0] == ab[1], pairs))
    if len(same) < FLAT:
        return False
    i = len(ladder.steps) - len(same)
    ahead = float(ladder.above[i] - ladder.here) / ladder.ahead[i]
    behind = float(ladder.here - ladder.below[i]) / ladder.behind[i]
    off = max(abs(ahead - best.value), abs(behind - best.value))
    return bool(CLEAR * off <= abs(claims.here - best.value))


def measure_rounding(df: Function, w: Any) -> Any:
    """Measure how far df's own rounding may carry it, in every entry.

    All of w is moved at once: each entry by parts of its own size, and of 1, but not
    so far as through zero, where many a df jumps.

    Args:
        df: What it claims, an array (k,) of floats.
        w: The point.
    """
    own = np.where(w == 0, w.dtype.type(1), abs(w))
    steps = _ladder.halve(NEARBY, 2.0 ** -_ladder.count_halvings(w))
    wide = np.maximum(own, w.dtype.type(1))
    found = []
    for sizes in (own,) if np.array_equal(own, wide) else (own, wide):

        def along(t: Any, sizes: Any = sizes) -> Any:
            return df((w + t * sizes).astype(w.dtype))

        ladder = _ladder.climb(along, np.array(0.0), (), steps)
        found.append(_measure_noise(ladder))
        found.append(UNITS * ladder.unit * abs(ladder.here))
    return np.max(found, axis=0)


def _measure_noise(ladder: Ladder) -> Any:
    """Return the noise of every entry."""
    above, below = np.array(ladder.above), np.array(ladder.below)
    parts = [
        ladder._replace(here=here, above=list(above[:, j]), below=list(below[:, j]))
        for j, here in enumerate(ladder.here)
    ]
    return np.array([_ladder.measure_noise(part) for part in parts])
