r"""Is df the derivative of f at w? Right, wrong, or not decidable in floats.

For a step h, Taylor's theorem gives the central difference as
$$\frac{f(w + h e_j) - f(w - h e_j)}{2h} = \partial_j f + c_2 h^2 + c_4 h^4 + \dots$$
On Fractions nothing is rounded, so differences at h, h/2, h/4 … remove one term after
the other (Richardson); for a polynomial the table ends with equal entries, and those
are the derivative. In floats a table gives an estimate and how far it may be off.
"""

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

Function = Callable[[Any], Any]
Answer = Literal["right", "wrong", "inconclusive"]

#: Steps of a table: h, h/2, … On Fractions polynomials up to degree 2·ROWS − 2 end.
ROWS = 8

#: In floats a table begins at a quarter of w's size, and at 8⁻¹, 8⁻² … of that: what
#: oscillates within the greatest steps is seen by the smaller ones.
TABLES, APART = 14, 8.0

#: Differences of f in floats are taken to be rounded by so many units in the last
#: place of the largest value nearby: f itself is a computation of unknown length.
UNITS = 64

#: A wrong derivative must be off by more than this many times the estimate's bound.
CLEAR = 16

#: Tables agree if they are this many times their bounds apart; so many must exclude
#: what is claimed. A right derivative must not be called wrong by chance.
LOOSE, ENOUGH = 4, 4


class Derivative(NamedTuple):
    """The verdict, the difference quotient, df, and the bound on their distance."""

    answer: Answer
    numeric: Any
    claimed: Any
    bound: Any


def check_derivative(f: Function, df: Function, w: Any) -> Derivative:
    """Check df against f at w, in every coordinate.

    Args:
        f: A smooth function of w.
        df: Its derivative: a scalar for a scalar w, else of w's shape.
        w: Where: a number, an array, or Fractions for an exact answer on polynomials.

    Returns:
        "right" if every coordinate agrees within the bound of truncation and rounding,
        "inconclusive" if one lies between the bound and what is clearly wrong, or if
        the bound is as large as the derivative itself.

    Raises:
        AssertionError: If a coordinate is clearly wrong.

    Example:
        >>> from fractions import Fraction
        >>> from refgd.testing.derivative import check_derivative
        >>> check_derivative(lambda w: w**3, lambda w: 3 * w**2, Fraction(2)).answer
        'right'
    """
    start = np.array(w) if np.asarray(w).dtype == object else np.array(w, dtype=float)
    claimed = np.atleast_1d(np.asarray(df(start.copy()[()]))).ravel()
    if claimed.size != start.size:
        msg = f"df must have one entry for each of w's {start.size}, got {claimed.size}"
        raise AssertionError(msg)
    columns = [_column(f, start, j) for j in np.ndindex(start.shape)]
    pairs = zip(columns, claimed, strict=True)
    answers = [_answer(tables, entry) for tables, entry in pairs]
    numeric, bound = (np.array(each) for each in zip(*map(_best, columns), strict=True))
    if "wrong" in answers:
        j = answers.index("wrong")
        msg = (
            f"df is wrong at w = {w!r}: entry {j} is {claimed[j]}, the difference "
            f"quotient of f is {float(numeric[j])!r} ± {float(bound[j]):.2g}"
        )
        raise AssertionError(msg)
    whole: Answer = "inconclusive" if "inconclusive" in answers else "right"
    return Derivative(whole, numeric, claimed, bound)


Table = tuple[Any, Any, float]  # an estimate, its bound, and the greatest |f| over h


def _best(tables: list[Table]) -> tuple[Any, Any]:
    """Return the estimate with the least bound."""
    finite = [t for t in tables if _finite(t[0]) and _finite(t[1])]
    nothing = (float("nan"), float("inf"), 0.0)
    return min(finite, key=lambda t: t[1], default=nothing)[:2]


def _answer(tables: list[Table], claimed: Any) -> Answer:
    """Decide for one coordinate.

    Wrong only if the best table and those of smaller steps that tell anything agree,
    and at least `ENOUGH` of them exclude what is claimed.
    """
    numeric, bound = _best(tables)
    if not (_finite(bound) and _finite(claimed)):
        return "inconclusive"
    if abs(claimed - numeric) <= bound:
        told = bound == 0 or bound < abs(claimed) or claimed == 0
        return "right" if told else "inconclusive"
    after = tables[[t[:2] for t in tables].index((numeric, bound)) :]
    # a slope that would run through all of f within a step cannot be seen by that step
    fine = [t for t in after if abs(claimed) <= CLEAR * t[2]]
    telling = [t for t in fine if t[1] * CLEAR <= abs(t[0]) or not bound]
    agree = all(abs(t[0] - numeric) <= LOOSE * (t[1] + bound) for t in telling)
    clear = [t for t in telling if abs(claimed - t[0]) > CLEAR * t[1]]
    enough = len(clear) >= ENOUGH or (clear and not bound)
    excluded = abs(claimed - numeric) > CLEAR * bound
    return "wrong" if agree and excluded and enough else "inconclusive"


def _finite(value: Any) -> bool:
    return isinstance(value, Fraction | int) or bool(np.isfinite(value))


def _column(f: Function, w: Any, j: tuple[int, ...], size: float = 0.0) -> list[Table]:
    """Return estimates of one partial derivative, each with how far it may be off."""
    exact = w.dtype == object
    size = size or abs(float(w[j])) or 1.0
    top = Fraction(1) if exact else float(2.0 ** (np.floor(np.log2(size)) - 2))
    tables: list[Table] = []
    for k in range(1 if exact else TABLES):
        steps = [top / (1 if exact else APART**k) / 2**i for i in range(ROWS)]
        with np.errstate(all="ignore"):
            rows, rounding = _differences(f, w, j, steps)
            rational = all(isinstance(each, Fraction | int) for each in rows)
            if rational:
                tables.append((*_table(rows, [Fraction(0)] * ROWS), float("inf")))
            else:
                values = [float(each) for each in rows]
                reach = float(rounding[0] / (UNITS * np.finfo(float).eps))
                tables.append((*_table(values, rounding), reach))
    return tables


def _differences(
    f: Function, w: Any, j: tuple[int, ...], steps: list[Any]
) -> tuple[list[Any], list[Any]]:
    """Return the central differences, and what rounding may have done to each."""
    rows, rounding = [], []
    for h in steps:
        up, down = w.copy(), w.copy()
        up[j], down[j] = w[j] + h, w[j] - h
        above, below = f(up[()]), f(down[()])
        rows.append((above - below) / (up[j] - down[j]))
        largest = max(abs(float(above)), abs(float(below)))
        rounding.append(UNITS * np.finfo(float).eps * largest / float(h))
    return rows, rounding


def _table(rows: list[Any], rounding: list[Any]) -> tuple[Any, Any]:
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


def exact(f: Function) -> Fraction | None:
    """Return the derivative at 0 of a rational polynomial, or None."""
    start = np.array(Fraction(0), dtype=object)
    numeric, bound = _best(_column(f, start, ()))
    return numeric if isinstance(numeric, Fraction) and bound == 0 else None


def estimate(f: Function, size: float) -> tuple[float, float]:
    """Return the derivative at 0 of f, whose argument is of this size, and a bound."""
    return _best(_column(f, np.array(0.0), (), size or 1.0))
