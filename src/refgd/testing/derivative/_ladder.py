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

#: The first step is 4 times the greater of |w| and 1, the last 2⁻⁴⁰ |w|: a smaller one
#: is rounded itself, by w's own last place, to less than four digits. Of a float32 w
#: the last is 2⁻²⁰ |w|, and how far it is rounded is counted in.
TOP, DOWN, DOWN_SINGLE = 4.0, 40, 20

#: Sizes beyond are taken for these: the steps are to be floats, with all their digits.
LEAST, GREATEST = 2.0**-960, 2.0**1000

#: f is rounded at least by so many units in its last place: a computation of some
#: dozens of roundings, for what the measurement cannot see.
UNITS = 64

#: Per halving of the step such differences of a smooth function fall by 2³ or 2⁴, those
#: of noise stay. Halfway between the two, in powers of 2, smoothness is taken to begin.
SMOOTH = 4.0

#: What a function raises outside of its domain; it has no value there.
NO_VALUE = (ValueError, ArithmeticError, AssertionError, RuntimeError)


class Ladder(NamedTuple):
    """f at w, and at w ± h for steps h that are halved again and again."""

    steps: list[float]
    here: Any
    above: Sequence[Any]
    below: Sequence[Any]
    ahead: Sequence[float]  # how far w + h really is from w
    behind: Sequence[float]
    unit: float  # the distance of 1 from the next number that f can return


def climb(f: Function, w: Any, j: tuple[int, ...], steps: list[float]) -> Ladder:
    """Evaluate f on both sides of w; NaN where it has no value."""
    with np.errstate(all="ignore"):
        here = f(w.copy()[()])

        def move(h: float) -> tuple[Any, float]:
            there = shift(w, j, h)
            gap = abs(float(there[j]) - float(w[j]))  # f may write into there
            try:
                return f(there[()]), gap
            except NO_VALUE:
                return here * np.nan, gap

        up, down = [move(h) for h in steps], [move(-h) for h in steps]
    above, below, ahead, behind = (
        [each[i] for each in side] for i in (0, 1) for side in (up, down)
    )
    unit = max(map(_find_unit, (here, w)))
    return Ladder(steps, here, above, below, ahead, behind, unit)


def shift(w: Any, j: tuple[int, ...], h: float) -> Any:
    """Return w with h added to entry j."""
    there = w.copy()
    there[j] = w[j] + h
    return there


def _find_unit(value: Any) -> float:
    """Return the last place of 1 in a float's own dtype, but float64's at least."""
    least = np.finfo(float).eps
    floats = isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"
    return float(max(least, np.finfo(value.dtype).eps) if floats else least)


def count_halvings(w: Any) -> int:
    """Return how often a step of w's own size may be halved."""
    return DOWN_SINGLE if w.dtype == np.float32 else DOWN


def float_steps(size: float, down: int = DOWN) -> list[list[float]]:
    """Return one ladder of steps, or two where w is too small for one."""
    size = 2.0 ** math.floor(math.log2(min(max(size, LEAST), GREATEST)))
    if size < 2.0**-down:
        return [halve(TOP, TOP / 2**down), halve(TOP * size, size / 2**down)]
    return [halve(TOP * max(size, 1.0), size / 2**down)]


def halve(top: float, least: float) -> list[float]:
    """Return the steps from the greatest to the least."""
    count = math.floor(math.log2(top) - math.log2(least))
    return [top / 2**i for i in range(count + 1)]


def measure_noise(*ladders: Ladder, even: bool = True) -> float:
    """Measure the noise of f, by differences of the third and the fourth order.

    From the least step upward they are noise, as long as they do not grow as those of a
    smooth function do; where f does not move at all, nothing is seen yet. Noise of size
    σ makes third differences of √10 σ, or 3σ, and fourth ones of √70 σ, or 8σ; so the
    greatest of many is well above σ.
    """
    orders = (_third, _fourth) if even else (_third,)
    return max(_plateau(s, order(s)) for s in ladders for order in orders)


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
        found = max(found, each, ladder.unit * size)
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
