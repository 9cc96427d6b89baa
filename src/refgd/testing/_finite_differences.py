r"""Central differences of f along one coordinate, and how far each may be off.

For a step h, Taylor's theorem gives the central difference as
$$\frac{f(w + h e_j) - f(w - h e_j)}{2h} = \partial_j f + c_2 h^2 + c_4 h^4 + \dots$$
Differences at h, h/2, h/4 … remove one term after the other (Richardson). In floats
every f has a noise of up to ν, so every difference one of ν/h; ν is measured, by
differences of a higher order, as Moré and Wild do.

The slopes on the two sides of w differ by $c_1 h + c_3 h^3 + \dots$ where f is smooth,
and by the jump of f′ besides where there is a kink between: extrapolated in the same
way, half of it is how far the derivative at w may be from the central difference.

References:
    Moré and Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

Function = Callable[[Any], Any]

#: Steps of a table: h, h/2, …
ROWS = 8

#: Every table begins at 2⁻³ of the one before it: what oscillates within the greatest
#: steps is seen by the smaller ones.
APART = 3

#: The first step is 4 times the greater of |w| and 1, the last 2⁻⁴⁰ |w|: a smaller one
#: is rounded itself, by w's own last place, to less than four digits.
TOP, DOWN = 4.0, 40

#: Sizes beyond are taken for these: the steps are to be floats, with all their digits.
LEAST, GREATEST = 2.0**-960, 2.0**1000

#: f is rounded at least by so many units in its last place: a computation of some
#: dozens of roundings, for what the measurement cannot see.
UNITS = 64

#: Per halving of the step such differences of a smooth function fall by 2³ or 2⁴, those
#: of noise stay. Halfway between the two, in powers of 2, smoothness is taken to begin.
SMOOTH = 4.0

#: What a function raises outside of its domain; it has no value there.
NO_VALUE = (ValueError, ArithmeticError, AssertionError)


class Table(NamedTuple):
    """An estimate, its bound, what f makes of a step, the least step; a kink's jump."""

    value: float
    bound: float
    reach: float
    step: float
    jump: bool


class Ladder(NamedTuple):
    """f at w, and at w ± h for steps h that are halved again and again."""

    steps: list[float]
    here: Any
    above: Sequence[Any]
    below: Sequence[Any]
    ahead: Sequence[float]  # how far w + h really is from w
    behind: Sequence[float]


def climb(f: Function, w: Any, j: tuple[int, ...], steps: list[float]) -> Ladder:
    """Evaluate f on both sides of w; NaN where it has no value."""
    with np.errstate(all="ignore"):
        here = f(w.copy()[()])

        def move(h: float) -> tuple[Any, float]:
            there = w.copy()
            there[j] = w[j] + h
            gap = abs(float(there[j] - w[j]))  # f may write into there
            try:
                return f(there[()]), gap
            except NO_VALUE:
                return here * np.nan, gap

        up, down = [move(h) for h in steps], [move(-h) for h in steps]
    sides = [[each[i] for each in side] for i in (0, 1) for side in (up, down)]
    return Ladder(steps, here, *sides)


def float_steps(size: float) -> list[list[float]]:
    """Return one ladder of steps, or two where w is too small for one."""
    size = 2.0 ** math.floor(math.log2(min(max(size, LEAST), GREATEST)))
    if size < 2.0**-DOWN:
        return [halve(TOP, TOP / 2**DOWN), halve(TOP * size, size / 2**DOWN)]
    return [halve(TOP * max(size, 1.0), size / 2**DOWN)]


def halve(top: float, least: float) -> list[float]:
    """Return the steps from the greatest to the least."""
    count = math.floor(math.log2(top) - math.log2(least))
    return [top / 2**i for i in range(count + 1)]


def measure_noise(*ladders: Ladder) -> float:
    """Measure the noise of f, by differences of the third and the fourth order.

    From the least step upward they are noise, as long as they do not grow as those of a
    smooth function do; where f does not move at all, nothing is seen yet. Noise of size
    σ makes third differences of √10 σ, or 3σ, and fourth ones of √70 σ, or 8σ; so the
    greatest of many is well above σ.
    """
    return max(_plateau(s, k) for s in ladders for k in (_third(s), _fourth(s)))


def _plateau(ladder: Ladder, differences: list[float]) -> float:
    here = float(ladder.here)
    found = 0.0
    for i, each in reversed(list(enumerate(map(abs, differences)))):
        moved = (ladder.above[i], ladder.below[i]) != (here, here)
        if not (moved and np.isfinite(each)):
            continue
        if found and each > SMOOTH * found:
            break
        size = max(abs(here), abs(float(ladder.above[i])), abs(float(ladder.below[i])))
        found = max(found, each, float(np.finfo(float).eps) * size)
    return found


def _third(ladder: Ladder) -> list[float]:
    """Return f(w + 2h) − 2f(w + h) + 2f(w − h) − f(w − 2h) for every h."""
    pairs = zip(ladder.above, ladder.below, strict=True)
    odd = [float(a) - float(b) for a, b in pairs]
    return [outer - 2 * inner for outer, inner in itertools.pairwise(odd)]


def _fourth(ladder: Ladder) -> list[float]:
    """Return f(w + 2h) − 4f(w + h) + 6f(w) − 4f(w − h) + f(w − 2h) for every h."""
    pairs = zip(ladder.above, ladder.below, strict=True)
    even = [float(a) + float(b) for a, b in pairs]
    six = 6 * float(ladder.here)
    return [outer - 4 * inner + six for outer, inner in itertools.pairwise(even)]


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
        noise = max(UNITS * np.finfo(float).eps * max(f, abs(here)), floor)
        rounding.append(noise / ladder.steps[i])
    value, bound = extrapolate(slopes, rounding, 2)
    half, off = extrapolate(halves, [2 * each for each in rounding], 1)
    reach = max(largest) / ladder.steps[part[0]]
    step, jump = ladder.steps[part[-1]], bool(abs(half) > off)
    return Table(value, bound + abs(half) + off, reach, step, jump)


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
    least = UNITS * float(np.finfo(float).eps) * abs(here)

    def moves(h: float) -> float:
        there = w.copy()
        there[j] = w[j] + h
        try:
            change = abs(float(f(there[()])) - here)
        except NO_VALUE:
            return math.nan
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
            least = UNITS * float(np.finfo(float).eps) * size
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

    def at(h: float) -> float:
        there = w.copy()
        there[j] = w[j] + h
        try:
            return float(f(there[()]))
        except NO_VALUE:
            return math.nan

    low, high = ((h, at(h)) for h in ends)
    for _ in range(NARROW):
        h = (low[0] + high[0]) / 2
        middle = h, at(h)
        if abs(middle[1] - low[1]) >= abs(high[1] - middle[1]):
            high = middle
        else:
            low = middle
    change = abs(high[1] - low[1])
    return change if math.isfinite(change) else 0.0
