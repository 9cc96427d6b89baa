"""One entry of a derivative: its estimate, its bound, and what they say of a claim."""

from collections.abc import Collection
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

from refgd.testing.derivative import _jumps, _ladder
from refgd.testing.derivative._ladder import UNITS, Function, Ladder
from refgd.testing.derivative._tables import Table, make_tables

Answer = Literal["right", "wrong", "inconclusive"]


def worst(answers: Collection[Answer]) -> Answer:
    """Return wrong if any is; right only if all are."""
    if "wrong" in answers:
        return "wrong"
    return "inconclusive" if "inconclusive" in answers else "right"


#: A wrong derivative must be off by more than this many times the estimate's bound.
CLEAR = 16

#: Tables agree if they are this many times their bounds apart: each is a bound, which
#: may be off by chance. So many tables, of steps from 8 to 8³ = 512 apart, must exclude
#: what is claimed: chance, or a wave of f, does not meet them all.
LOOSE, ENOUGH = 4, 4

#: Right is only said where this part of the derivative would be seen to be missing;
#: where f is computed in float32, so much.
TOLD, TOLD_SINGLE = 1e-3, 2.0**-6

#: What is right to so much may be right, and computed in float32: 64 of its roundings.
SHORT = 64 * float(np.finfo(np.float32).eps)


class Column(NamedTuple):
    """The estimates along one coordinate, their ladders, and the noise of f."""

    tables: list[Table]
    ladders: list[Ladder]
    noise: float = 0.0

    @property
    def ladder(self) -> Ladder:
        """Return the finest."""
        return self.ladders[-1]


@np.errstate(all="ignore")  # f may overflow on the way
def estimate_column(
    f: Function, w: Any, j: tuple[int, ...], size: float = 0.0, noise: float = 0.0
) -> Column:
    size = size or abs(float(w[j])) or 1.0
    ladders = [
        _ladder.climb(f, w, j, steps)
        for steps in _ladder.float_steps(size, _ladder.count_halvings(w))
    ]
    if _jumps.lies_flat(f, w, j, ladders[-1]):
        # what would move f is seen, however little f itself is
        found = _make_tables(ladders, noise)
        return Column(
            [t._replace(reach=np.inf, change=np.inf) for t in found], ladders, noise
        )
    floor = max(noise, _ladder.measure_noise(*ladders))
    found = _make_tables(ladders, floor)
    value = best_estimate(found).value
    jump = max(_jumps.find_jump(f, w, j, ladder, value) for ladder in ladders)
    if jump > floor:
        floor, found = jump, _make_tables(ladders, jump)
    return Column(found, ladders, floor)


def _make_tables(ladders: list[Ladder], floor: float) -> list[Table]:
    return [table for ladder in ladders for table in make_tables(ladder, floor)]


def best_estimate(tables: list[Table]) -> Table:
    """Return the estimate with the least bound; where they disagree, that of all."""
    nothing = Table(float("nan"), float("inf"), 0.0, 0.0)
    best = min(tables, key=lambda t: t.bound, default=nothing)
    finer = [t for t in tables if t.step <= best.step]
    if all(abs(t.value - best.value) <= LOOSE * (t.bound + best.bound) for t in finer):
        return best
    bound = max(abs(t.value - best.value) + t.bound for t in tables)
    return best._replace(bound=bound)


def decide(column: Column, claimed: Any, slack: Any) -> Answer:
    """Decide for one coordinate.

    Right or wrong only if the best table and those of smaller steps agree. Wrong only
    if those that tell anything, at least `ENOUGH` of them, exclude what is claimed, and
    none of greater steps has it.
    """
    best = best_estimate(column.tables)
    numeric, bound, jump = best.value, best.bound, best.jump
    if not _is_finite(claimed):
        known = len(column.tables) >= ENOUGH and bound <= TOLD * best.reach
        return "wrong" if known else "inconclusive"
    if not (np.isfinite(bound) and np.isfinite(slack)):
        return "inconclusive"
    error = abs(float(claimed) - numeric)
    # where the slope is 0 it is held against what f moves by, but at no kink
    through = not claimed and not jump
    part = TOLD_SINGLE if column.ladder.unit > np.finfo(float).eps else TOLD
    told = part * (best.change if through else max(abs(claimed), abs(numeric)))
    if error <= bound <= told or error <= bound + slack <= told:
        return "right"
    near = error <= max(SHORT * abs(numeric), CLEAR * bound + LOOSE * slack)
    return "inconclusive" if near else _exclude(column.tables, claimed, LOOSE * slack)


def _exclude(tables: list[Table], claimed: Any, slack: Any) -> Answer:
    best = best_estimate(tables)
    error = abs(claimed - best.value)
    # a slope that would run through all of f within a step cannot be seen by that step
    fine = [t for t in tables if abs(claimed) <= CLEAR * t.reach]
    most = max(abs(claimed), abs(best.value))
    decisive = [t for t in fine if CLEAR * t.bound <= most]
    after = [t for t in decisive if t.step <= best.step]
    clear = [t for t in after if abs(claimed - t.value) > CLEAR * t.bound + slack]
    # no table may have the claim: a clear one, or one of some sense at a stroke
    backed = any(
        abs(claimed - t.value) <= LOOSE * t.bound + slack and CLEAR * t.bound <= error
        for t in decisive
    ) or any(
        abs(claimed - t.value) <= error / CLEAR + slack and t.bound <= error
        for t in tables
    )
    return "wrong" if len(clear) >= ENOUGH and not backed else "inconclusive"


def _is_finite(value: Any) -> bool:
    return isinstance(value, Fraction | int) or bool(np.isfinite(value))


class Kink(NamedTuple):
    """A kink of f at w: the slopes below and above, how far off, how far from w."""

    below: float
    above: float
    off: float
    within: float

    def holds(self, claimed: Any, slack: float) -> Answer:
        """Say whether a claim lies between the slopes, as a subgradient does."""
        low, high = sorted((self.below, self.above))
        outside = max(low - float(claimed), float(claimed) - high)
        if outside <= self.off + slack:
            return "right"
        clear = outside > CLEAR * self.off + LOOSE * slack
        return "wrong" if clear else "inconclusive"


def find_kink(column: Column) -> Kink | None:
    """Return the kink at w if all that tells anything agrees that there is one.

    Noise is measured by what is odd around w: there a kink at w leaves no trace.
    """
    noise = _ladder.measure_noise(*column.ladders, even=False)
    tables = _make_tables(column.ladders, noise)
    best = min(tables, key=lambda t: t.off, default=None)
    if best is None or not CLEAR * best.off <= abs(best.half):
        return None
    telling = [t for t in tables if CLEAR * t.off <= abs(best.half)]
    after = [t for t in telling if t.step <= best.step]
    for t in after:
        most = LOOSE * (t.off + best.off)
        if abs(t.value - best.value) > most or abs(t.half - best.half) > most:
            return None
    if len(after) < ENOUGH:
        return None
    within = _find_distance(column.ladder, best, noise)
    below, above = best.value - best.half, best.value + best.half
    return Kink(below, above, best.off, within)


def _find_distance(ladder: Ladder, kink: Table, floor: float) -> float:
    """Return how far the kink is at most: f is half · (h − distance) over its mean."""
    found, half = float("inf"), kink.half
    for h, a, b in zip(ladder.steps, ladder.above, ladder.below, strict=True):
        even = (float(a) + float(b)) / 2 - float(ladder.here)
        size = UNITS * ladder.unit * abs(float(ladder.here))
        noise = 2 * max(floor, size)
        if abs(even) > 2 * noise:
            unsure = (noise + h * kink.off) / abs(half)
            found = min(found, abs(h - even / half) + unsure)
    return found


def estimate(f: Function, size: float, noise: float = 0.0) -> tuple[float, float]:
    """Return the derivative at 0 of f, whose argument is of this size, and a bound.

    `ENOUGH` tables exclude what is beyond the bound; it is wide where they disagree.

    Args:
        f: The function.
        size: The size of its argument.
        noise: How far f may be rounded, at least.
    """
    tables = estimate_column(f, np.array(0.0), (), size or 1.0, noise).tables
    best = best_estimate(tables)
    if len(tables) < ENOUGH:
        return best.value, float("inf")
    reaches = sorted(abs(t.value - best.value) + t.bound for t in tables)
    return best.value, max(best.bound, reaches[ENOUGH - 1])
