r"""Central differences of f along one coordinate, and how far each may be off.

For a step h, Taylor's theorem gives the central difference as
$$\frac{f(w + h e_j) - f(w - h e_j)}{2h} = \partial_j f + c_2 h^2 + c_4 h^4 + \dots$$
Differences at h, h/2, h/4 … remove one term after the other (Richardson). On Fractions
nothing is rounded, and for a polynomial the table ends with equal entries: those are
the derivative. In floats every f has a noise of up to ν, so every difference one of
ν/h; ν is measured, by differences of a higher order, as Moré and Wild do.

References:
    Moré and Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011).
"""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

Function = Callable[[Any], Any]

#: Steps of a table: h, h/2, … On Fractions polynomials up to degree 2·ROWS − 2 end.
ROWS = 8

#: The steps on Fractions.
EXACT_STEPS = [Fraction(1, 2**i) for i in range(ROWS)]

#: Every table begins at 2⁻³ of the one before it: what oscillates within the greatest
#: steps is seen by the smaller ones.
APART = 3

#: In floats the first step is 4 times the greater of |w| and 1, the last 2⁻⁴⁰ |w|: a
#: smaller one is rounded itself, by w's own last place, to less than four digits.
TOP, DOWN = 4.0, 40

#: f is rounded at least by so many units in its last place: a computation of some
#: dozens of roundings, for what the measurement cannot see.
UNITS = 64

#: Per halving of the step such differences of a smooth function fall by 2³ or 2⁴, those
#: of noise stay. Halfway between the two, in powers of 2, smoothness is taken to begin.
SMOOTH = 4.0


class Table(NamedTuple):
    """An estimate, its bound, the greatest |f| over the step, and the least step."""

    value: Any
    bound: Any
    reach: float
    step: Any


class Ladder(NamedTuple):
    """f at w, and at w ± h for steps h that are halved again and again."""

    steps: list[Any]
    here: Any
    above: list[Any]
    below: list[Any]
    widths: list[Any]  # what w + h and w − h really are apart


def climb(f: Function, w: Any, j: tuple[int, ...], steps: list[Any]) -> Ladder:
    """Evaluate f on both sides of w."""
    above, below, widths = [], [], []
    with np.errstate(all="ignore"):
        here = f(w.copy()[()])
        for h in steps:
            up, down = w.copy(), w.copy()
            up[j], down[j] = w[j] + h, w[j] - h
            above.append(f(up[()]))
            below.append(f(down[()]))
            widths.append(up[j] - down[j])
    return Ladder(steps, here, above, below, widths)


def float_steps(size: float) -> list[list[float]]:
    """Return one ladder of steps, or two where w is too small for one."""
    size = 2.0 ** math.floor(math.log2(size))
    if size < 2.0**-DOWN:
        return [halve(TOP, TOP / 2**DOWN), halve(TOP * size, size / 2**DOWN)]
    return [halve(TOP * max(size, 1.0), size / 2**DOWN)]


def halve(top: float, least: float) -> list[float]:
    """Return the steps from the greatest to the least."""
    count = math.floor(math.log2(top) - math.log2(least))
    return [top / 2**i for i in range(count + 1)]


def is_rational(ladder: Ladder) -> bool:
    """Whether f stayed in rational arithmetic."""
    values = (*ladder.above, *ladder.below)
    return all(isinstance(each, Fraction | int) for each in values)


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
        found = max(found, each, float(np.finfo(float).eps) * abs(here))
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
    steps, widths = ladder.steps, ladder.widths
    pairs = list(zip(ladder.above, ladder.below, strict=True))
    if is_rational(ladder):
        rows = [(a - b) / s for (a, b), s in zip(pairs, widths, strict=True)]
        return [Table(*extrapolate(rows, [Fraction(0)] * ROWS), np.inf, steps[-1])]
    found = []
    with np.errstate(all="ignore"):
        for k in range(0, len(steps) - ROWS + 1, APART):
            part = range(k, k + ROWS)
            largest = [max(abs(float(end)) for end in pairs[i]) for i in part]
            rows = [float(pairs[i][0] - pairs[i][1]) / float(widths[i]) for i in part]
            units = UNITS * np.finfo(float).eps
            rounding = [
                max(units * f, floor) / float(steps[i])
                for f, i in zip(largest, part, strict=True)
            ]
            reach = max(largest) / float(steps[k])
            found.append(Table(*extrapolate(rows, rounding), reach, steps[k + 7]))
    return [t for t in found if np.isfinite(t.value) and np.isfinite(t.bound)]


def extrapolate(rows: list[Any], rounding: list[Any]) -> tuple[Any, Any]:
    """Extrapolate; keep the entry whose neighbours and rounding bound it best."""
    best, limit = rows[0], abs(rows[0] - rows[1]) + rounding[0]
    errors = rounding
    for k in range(1, len(rows)):
        factor = 4**k
        new = [b + (b - a) / (factor - 1) for a, b in itertools.pairwise(rows)]
        # |b + (b − a)/(4ᵏ − 1)|: rounding of a and b enters with at most these weights
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


#: A second difference tells where it is this many times its noise; then it is right to
#: a sixteenth, and of a smooth function, where it falls with h², two of them over h are
#: at least 2 · 15/17 apart: more than `FALLS`. So many halvings in a row are looked at.
TELLS, FALLS, HALVINGS = 16, 1.5, 3


def has_kink(ladder: Ladder, floor: float) -> bool:
    """Whether the slopes on both sides of w do not meet as the steps shrink."""
    jumps = []
    for h, a, b in zip(ladder.steps, ladder.above, ladder.below, strict=True):
        second = abs(float(a - ladder.here) - float(ladder.here - b))
        largest = max(abs(float(each)) for each in (a, b, ladder.here))
        least = max(UNITS * np.finfo(float).eps * largest, floor)
        if np.isfinite(second) and second > TELLS * least:
            jumps.append(second / float(h))
        elif jumps and jumps[-1] * float(h) > 2 * TELLS * least:
            jumps.append(0.0)  # so great a jump would be seen
    last = jumps[-HALVINGS - 1 :]
    falls = any(a >= FALLS * b for a, b in itertools.pairwise(last))
    return len(last) > HALVINGS and not falls
