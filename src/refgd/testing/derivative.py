"""Is df the derivative of f at w? Right, wrong, or not decidable in floats."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

from refgd.testing import _finite_differences as differences
from refgd.testing._finite_differences import Ladder, Table

__all__ = ["Derivative", "check_derivative"]

Function = Callable[[Any], Any]
Answer = Literal["right", "wrong", "inconclusive"]

#: A wrong derivative must be off by more than this many times the estimate's bound.
CLEAR = 16

#: Tables agree if they are this many times their bounds apart: each is a bound, which
#: may be off by chance. So many tables, of steps from 8 to 8³ = 512 apart, must exclude
#: what is claimed: chance, or a wave of f, does not meet them all.
LOOSE, ENOUGH = 4, 4

#: df's own rounding is measured within this part of w's size.
NEARBY = 0.25

#: Right is only said where this part of the derivative would be seen to be missing.
TOLD = 1e-3

#: What is right to so much may be right, and computed in float32: 64 of its roundings.
SHORT = 64 * float(np.finfo(np.float32).eps)


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
    exact = np.asarray(w).dtype == object
    start = np.array(w) if exact else np.array(w, dtype=float)
    claimed = np.atleast_1d(np.asarray(df(start.copy()[()]))).ravel()
    if claimed.size != start.size:
        msg = f"df must have one entry for each of w's {start.size}, got {claimed.size}"
        raise AssertionError(msg)
    if exact and not all(map(_is_rational, claimed)):
        return check_derivative(f, df, start.astype(float)[()])
    slacks = (
        [Fraction(0)] * start.size if exact else _measure_rounding(df, start, claimed)
    )
    columns = [_estimate_column(f, start, j) for j in np.ndindex(start.shape)]
    triples = zip(columns, claimed, slacks, strict=True)
    answers = [_decide(*each) for each in triples]
    best = [_best_estimate(column) for column in columns]
    numeric, bound = (np.array([each[i] for each in best]) for i in (0, 1))
    if "wrong" in answers:
        j = answers.index("wrong")
        msg = (
            f"df is wrong at w = {w!r}: entry {j} is {claimed[j]}, the difference "
            f"quotient of f is {float(numeric[j])!r} ± {float(bound[j]):.2g}"
        )
        raise AssertionError(msg)
    whole: Answer = "inconclusive" if "inconclusive" in answers else "right"
    return Derivative(whole, numeric, claimed, bound)


def _is_rational(value: Any) -> bool:
    return isinstance(value, Fraction | int | np.integer)


class Column(NamedTuple):
    """The estimates along one coordinate; whether f has a kink, or is rational."""

    tables: list[Table]
    kinked: bool
    exact: bool


def _estimate_column(
    f: Function, w: Any, j: tuple[int, ...], size: float = 0.0
) -> Column:
    if w.dtype == object:
        all_steps: list[Any] = [differences.EXACT_STEPS]
    else:
        all_steps = differences.float_steps(size or abs(float(w[j])) or 1.0)
    ladders = [differences.climb(f, w, j, steps) for steps in all_steps]
    exact = all(map(differences.is_rational, ladders))
    floor = 0.0 if exact else differences.measure_noise(*ladders)
    found = [t for ladder in ladders for t in differences.make_tables(ladder, floor)]
    kinked = any(differences.has_kink(ladder, floor) for ladder in ladders)
    return Column(found, kinked, exact)


def _measure_rounding(df: Function, w: Any, claimed: Any) -> list[float]:
    """Measure how far df's own rounding may carry it, in every entry.

    All of w is moved at once: each entry by parts of its own size, and of 1, but not
    so far as through zero, where many a df jumps.
    """
    own = np.where(w == 0, 1.0, abs(w))
    steps = differences.halve(NEARBY, 2.0**-differences.DOWN)
    found = [np.zeros(w.size)]
    for sizes in (own, np.maximum(own, 1.0)):

        def along(t: Any, sizes: Any = sizes) -> Any:
            return np.ravel(np.asarray(df((w + t * sizes)[()]), dtype=float))

        ladder = differences.climb(along, np.array(0.0), (), steps)
        found.append(_measure_noise(ladder, w.size))
    units = differences.UNITS * np.finfo(float).eps * abs(claimed.astype(float))
    return list(np.max([*found, units], axis=0))


def _measure_noise(ladder: Ladder, count: int) -> Any:
    """Return the noise of every entry."""
    above, below = np.array(ladder.above), np.array(ladder.below)
    parts = [
        Ladder(ladder.steps, ladder.here[j], list(above[:, j]), list(below[:, j]), [])
        for j in range(count)
    ]
    return np.array([differences.measure_noise(part) for part in parts])


def _best_estimate(column: Column) -> Table:
    """Return the estimate with the least bound."""
    nothing = Table(float("nan"), float("inf"), 0.0, 0.0)
    return min(column.tables, key=lambda t: t.bound, default=nothing)


def _decide(column: Column, claimed: Any, slack: Any) -> Answer:
    """Decide for one coordinate.

    Wrong only if the best table and those of smaller steps that tell anything agree,
    at least `ENOUGH` of them exclude what is claimed, and none of greater steps has it.
    """
    numeric, bound, reach, _ = _best_estimate(column)
    if column.kinked or not (
        _is_finite(bound) and _is_finite(claimed) and _is_finite(slack)
    ):
        return "inconclusive"
    error = abs(claimed - numeric)
    if column.exact:
        if error <= bound:
            return "right" if not bound else "inconclusive"
        return "wrong" if not bound else "inconclusive"
    # where the slope is 0 it is held against that of f through 0
    told = TOLD * (max(abs(claimed), abs(numeric)) if claimed else reach)
    if error <= bound <= told or error <= bound + slack <= told:
        return "right"
    near = error <= max(SHORT * abs(numeric), CLEAR * bound + LOOSE * slack)
    return "inconclusive" if near else _exclude(column.tables, claimed, LOOSE * slack)


def _exclude(tables: list[Table], claimed: Any, slack: Any) -> Answer:
    best = min(tables, key=lambda t: t.bound)
    error = abs(claimed - best.value)
    # a slope that would run through all of f within a step cannot be seen by that step
    fine = [t for t in tables if abs(claimed) <= CLEAR * t.reach]
    most = max(abs(claimed), abs(best.value))
    decisive = [t for t in fine if CLEAR * t.bound <= most]
    after = [t for t in decisive if t.step <= best.step]
    agree = all(
        abs(t.value - best.value) <= LOOSE * (t.bound + best.bound) for t in after
    )
    clear = [t for t in after if abs(claimed - t.value) > CLEAR * t.bound + slack]
    backed = any(
        abs(claimed - t.value) <= t.bound + slack and CLEAR * t.bound <= error
        for t in decisive
    )
    return "wrong" if agree and len(clear) >= ENOUGH and not backed else "inconclusive"


def _is_finite(value: Any) -> bool:
    return isinstance(value, Fraction | int) or bool(np.isfinite(value))


def exact(f: Function) -> Fraction | None:
    """Return the derivative at 0 of a rational polynomial, or None."""
    numeric, bound, *_ = _best_estimate(
        _estimate_column(f, np.array(Fraction(0), dtype=object), ())
    )
    return numeric if isinstance(numeric, Fraction) and bound == 0 else None


def estimate(f: Function, size: float) -> tuple[float, float]:
    """Return the derivative at 0 of f, whose argument is of this size, and a bound."""
    column = _estimate_column(f, np.array(0.0), (), size or 1.0)
    return (float("nan"), float("inf")) if column.kinked else _best_estimate(column)[:2]
