r"""The slopes on the two sides of a kink: the ends of the subgradient.

At a kink of a loss, as |r| has one at r = 0, any number between the slopes on both
sides is right. The slope on one side is the limit of $(f(h) - f(0)) / h$ for h from
there: quotients at h, h/2, h/4 … are extrapolated, and their neighbours and the
rounding of f bound how far it may be off.
"""

import functools
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

#: Steps of a table: h, h/2, … from 2⁻⁴ of the argument's size; so many tables, each of
#: steps 2⁻³ of those of the one before.
ROWS, TABLES, APART, TOP = 5, 11, 3, 2.0**-4

#: f is rounded by so many units in its last place.
UNITS = 64

#: There is a kink where the slopes differ by so many times their bounds, and each is
#: known to this part of them.
CLEAR, KNOWN = 16, 1e-4


class Ends(NamedTuple):
    """The least and the greatest slope at a kink, and how far each may be off."""

    low: float
    high: float
    bound: float


def find_ends(f: Callable[[Any], Any], size: float, noise: float) -> Ends | None:
    """Return the ends of the subgradient at 0 of f; None where no kink is seen.

    Args:
        f: A function of a change.
        size: The size of what is changed.
        noise: How far f may be rounded, at least.
    """
    known = functools.cache(lambda h: float(f(h)))  # tables share their steps
    with np.errstate(all="ignore"):
        (left, off), (right, error) = (
            _find_slope(known, s, size, noise) for s in (-1, 1)
        )
    bound, largest = max(off, error), max(abs(left), abs(right))
    if not (abs(right - left) > CLEAR * bound and bound <= KNOWN * largest):
        return None
    return Ends(min(left, right), max(left, right), bound)


def _find_slope(
    f: Callable[[float], float], sign: int, size: float, noise: float
) -> tuple[float, float]:
    """Return the slope on one side, and a bound; that of all where tables disagree."""
    here = f(0.0)
    found = []
    for i in range(TABLES):
        steps = [sign * size * TOP / 2 ** (APART * i + k) for k in range(ROWS)]
        values = [f(h) for h in steps]
        rounded = [
            max(UNITS * float(np.finfo(float).eps) * max(abs(v), abs(here)), noise)
            for v in values
        ]
        slopes = [(v - here) / h for v, h in zip(values, steps, strict=True)]
        errors = [2 * r / abs(h) for r, h in zip(rounded, steps, strict=True)]
        found.append(_extrapolate(slopes, errors))
    known = [each for each in found if np.isfinite(each[0])]
    value, bound = min(known, key=lambda each: each[1], default=(np.nan, np.inf))
    finer = known[known.index((value, bound)) :] if known else []
    if any(abs(other - value) > bound + off for other, off in finer):
        return value, np.inf
    return value, bound


def _extrapolate(rows: list[float], errors: list[float]) -> tuple[float, float]:
    best, limit = rows[-1], abs(rows[-1] - rows[-2]) + errors[-1]
    for power in range(1, len(rows) - 1):
        factor = 2**power
        new = [b + (b - a) / (factor - 1) for a, b in itertools.pairwise(rows)]
        errors = [
            (factor * b + a) / (factor - 1) for a, b in itertools.pairwise(errors)
        ]
        apart = max(abs(new[-1] - new[-2]), abs(new[-1] - rows[-1]))
        if apart + errors[-1] < limit:
            best, limit = new[-1], apart + errors[-1]
        rows = new
    return best, limit
