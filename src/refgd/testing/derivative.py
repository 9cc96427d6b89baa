"""Is df the derivative of f at w? Right, wrong, or not decidable in floats."""

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy as np

from refgd.testing import _finite_differences
from refgd.testing._finite_differences import Ladder, Table
from refgd.testing._polynomial import find_derivative

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
    given = np.asarray(w)
    if given.dtype == object and all(map(_is_rational, given.flat)):
        found = _check_exactly(f, df, given)
        if found is not None:
            return _raise_if_wrong(w, *found)
    return _raise_if_wrong(w, *_check_in_floats(f, df, given))


def _raise_if_wrong(
    w: Any, answers: list[Answer], numeric: Any, claimed: Any, bound: Any
) -> Derivative:
    if "wrong" in answers:
        j = answers.index("wrong")
        msg = (
            f"df is wrong at w = {w!r}: entry {j} is {claimed[j]}, the difference "
            f"quotient of f is {float(numeric[j])!r} ± {float(bound[j]):.2g}"
        )
        raise AssertionError(msg)
    whole: Answer = "inconclusive" if "inconclusive" in answers else "right"
    return Derivative(whole, numeric, claimed, bound)


#: The answers, the difference quotients, what df claims and the bounds, by entry.
Findings = tuple[list[Answer], Any, Any, Any]


def _check_exactly(f: Function, df: Function, w: Any) -> Findings | None:
    """Check a polynomial on Fractions; None where f or df leaves them."""
    try:
        claimed = np.ravel(np.asarray(df(w.copy()[()]), dtype=object))
    except Exception:  # noqa: BLE001 - many a function cannot take Fractions
        return None
    if claimed.size != w.size or not all(map(_is_rational, claimed)):
        return None
    found = [_find_partial(f, w, j) for j in np.ndindex(w.shape)]
    if None in found:
        return None
    answers: list[Answer] = [
        "right" if a == b else "wrong" for a, b in zip(found, claimed, strict=True)
    ]
    numeric = np.array(found, dtype=object)
    return answers, numeric, claimed, numeric * 0


def _find_partial(f: Function, w: Any, j: tuple[int, ...]) -> Fraction | None:
    def moved(h: Any) -> Any:
        there = w.copy()
        there[j] = w[j] + h
        return f(there[()])

    return find_derivative(moved)


def _read_claims(df: Function, w: Any) -> Any:
    """Return what df claims at w, an entry for each of w's."""
    answer = df(w.copy()[()])
    claimed = np.atleast_1d(np.asarray(answer)).ravel()
    if claimed.size != w.size:
        msg = f"df must have one entry for each of w's {w.size}, got {claimed.size}"
        raise AssertionError(msg)
    if claimed.dtype.kind not in "biufO" or any(each is None for each in claimed):
        msg = f"df must return real numbers, got {answer!r}"
        raise TypeError(msg)
    return claimed


def _check_in_floats(f: Function, df: Function, given: Any) -> Findings:
    w = _read_point(given)
    if w is None:
        unknown = np.full(given.size, np.nan)
        return ["inconclusive"], unknown, unknown, np.full(given.size, np.inf)
    claimed, f = _read_claims(df, w), _in_floats(f)
    columns = [_estimate_column(f, w, j) for j in np.ndindex(w.shape)]
    slacks = _measure_rounding(df, w, claimed)
    for k, j in enumerate(np.ndindex(w.shape)):
        great = slacks[k] > abs(claimed[k]) / CLEAR
        if great and _is_straight(df, w, j, columns[k]):
            slacks[k] = 0.0
    triples = zip(columns, claimed, slacks, strict=True)
    answers = [_decide(*each) for each in triples]
    best = [_best_estimate(column.tables) for column in columns]
    numeric, bound = (np.array([each[i] for each in best]) for i in (0, 1))
    return answers, numeric, claimed, bound


def _read_point(given: Any) -> Any:
    """Return w as floats; None where they cannot hold it."""
    try:
        w = np.array(given, dtype=float)
    except OverflowError:
        return None
    if not np.all(np.isfinite(w)):
        msg = f"w must be finite, got {given[()]!r}"
        raise ValueError(msg)
    return w


def _in_floats(f: Function) -> Function:
    """Return f with its answers read as numbers: NaN where one is not real."""

    def read(w: Any) -> Any:
        answer = f(w)
        entries = np.asarray(answer)
        value = entries.ravel()[0] if entries.size == 1 else None
        if value is None or entries.dtype.kind not in "biufcO":
            msg = f"f must return one number, got {answer!r}"
            raise TypeError(msg)
        if entries.dtype.kind == "c":
            return float(value.real) if value.imag == 0 else np.nan
        try:
            return value if isinstance(value, np.floating) else float(value)
        except OverflowError:
            return np.inf

    return read


def _is_rational(value: Any) -> bool:
    return isinstance(value, Fraction | int | np.integer)


class Column(NamedTuple):
    """The estimates along one coordinate, and the finest ladder that they are from."""

    tables: list[Table]
    ladder: Ladder


@np.errstate(all="ignore")  # f may overflow on the way
def _estimate_column(
    f: Function, w: Any, j: tuple[int, ...], size: float = 0.0, noise: float = 0.0
) -> Column:
    size = size or abs(float(w[j])) or 1.0
    ladders = [
        _finite_differences.climb(f, w, j, steps)
        for steps in _finite_differences.float_steps(size)
    ]
    if _finite_differences.lies_flat(f, w, j, ladders[-1]):
        # what would move f is seen, however little f itself is
        found = _make_tables(ladders, noise)
        return Column([t._replace(reach=np.inf) for t in found], ladders[-1])
    floor = max(noise, _finite_differences.measure_noise(*ladders))
    found = _make_tables(ladders, floor)
    value = _best_estimate(found).value
    jump = max(
        _finite_differences.find_jump(f, w, j, ladder, value) for ladder in ladders
    )
    if jump > floor:
        found = _make_tables(ladders, jump)
    return Column(found, ladders[-1])


def _make_tables(ladders: list[Ladder], floor: float) -> list[Table]:
    return [
        table
        for ladder in ladders
        for table in _finite_differences.make_tables(ladder, floor)
    ]


def _is_straight(df: Function, w: Any, j: tuple[int, ...], column: Column) -> bool:
    """Whether f is straight where df does not change: no jump is df's rounding then."""
    ladder, best = column.ladder, _best_estimate(column.tables)
    steps = [h for h in ladder.steps if h <= NEARBY * (abs(float(w[j])) or 1.0)]

    def entry(v: Any) -> float:
        return float(np.reshape(np.asarray(df(v), dtype=float), w.shape)[j])

    claims = _finite_differences.climb(entry, w, j, steps)
    pairs = zip(reversed(claims.above), reversed(claims.below), strict=True)
    same = list(itertools.takewhile(lambda ab: claims.here == ab[0] == ab[1], pairs))
    if len(same) < _finite_differences.FLAT:
        return False
    i = len(ladder.steps) - len(same)
    ahead = float(ladder.above[i] - ladder.here) / ladder.ahead[i]
    behind = float(ladder.here - ladder.below[i]) / ladder.behind[i]
    off = max(abs(ahead - best.value), abs(behind - best.value))
    return bool(CLEAR * off <= abs(claims.here - best.value))


def _measure_rounding(df: Function, w: Any, claimed: Any) -> list[float]:
    """Measure how far df's own rounding may carry it, in every entry.

    All of w is moved at once: each entry by parts of its own size, and of 1, but not
    so far as through zero, where many a df jumps.
    """
    own = np.where(w == 0, 1.0, abs(w))
    steps = _finite_differences.halve(NEARBY, 2.0**-_finite_differences.DOWN)
    found = [np.zeros(w.size)]
    for sizes in (own, np.maximum(own, 1.0)):

        def along(t: Any, sizes: Any = sizes) -> Any:
            return np.ravel(np.asarray(df((w + t * sizes)[()]), dtype=float))

        ladder = _finite_differences.climb(along, np.array(0.0), (), steps)
        found.append(_measure_noise(ladder, w.size))
    units = _finite_differences.UNITS * np.finfo(float).eps * abs(claimed.astype(float))
    return list(np.max([*found, units], axis=0))


def _measure_noise(ladder: Ladder, count: int) -> Any:
    """Return the noise of every entry."""
    above, below = np.array(ladder.above), np.array(ladder.below)
    parts = [
        ladder._replace(
            here=ladder.here[j], above=list(above[:, j]), below=list(below[:, j])
        )
        for j in range(count)
    ]
    return np.array([_finite_differences.measure_noise(part) for part in parts])


def _best_estimate(tables: list[Table]) -> Table:
    """Return the estimate with the least bound; where they disagree, that of all."""
    nothing = Table(float("nan"), float("inf"), 0.0, 0.0, jump=False)
    best = min(tables, key=lambda t: t.bound, default=nothing)
    finer = [t for t in tables if t.step <= best.step]
    if all(abs(t.value - best.value) <= LOOSE * (t.bound + best.bound) for t in finer):
        return best
    bound = max(abs(t.value - best.value) + t.bound for t in tables)
    return best._replace(bound=bound)


def _decide(column: Column, claimed: Any, slack: Any) -> Answer:
    """Decide for one coordinate.

    Right or wrong only if the best table and those of smaller steps agree. Wrong only
    if those that tell anything, at least `ENOUGH` of them, exclude what is claimed, and
    none of greater steps has it.
    """
    numeric, bound, reach, _, jump = _best_estimate(column.tables)
    if not (np.isfinite(bound) and _is_finite(claimed) and _is_finite(slack)):
        return "inconclusive"
    error = abs(float(claimed) - numeric)
    # where the slope is 0 it is held against that of f through 0, but at no kink
    through = not claimed and not jump
    told = TOLD * (reach if through else max(abs(claimed), abs(numeric)))
    if error <= bound <= told or error <= bound + slack <= told:
        return "right"
    near = error <= max(SHORT * abs(numeric), CLEAR * bound + LOOSE * slack)
    return "inconclusive" if near else _exclude(column.tables, claimed, LOOSE * slack)


def _exclude(tables: list[Table], claimed: Any, slack: Any) -> Answer:
    best = _best_estimate(tables)
    error = abs(claimed - best.value)
    # a slope that would run through all of f within a step cannot be seen by that step
    fine = [t for t in tables if abs(claimed) <= CLEAR * t.reach]
    most = max(abs(claimed), abs(best.value))
    decisive = [t for t in fine if CLEAR * t.bound <= most]
    after = [t for t in decisive if t.step <= best.step]
    clear = [t for t in after if abs(claimed - t.value) > CLEAR * t.bound + slack]
    backed = any(
        abs(claimed - t.value) <= LOOSE * t.bound + slack and CLEAR * t.bound <= error
        for t in decisive
    )
    return "wrong" if len(clear) >= ENOUGH and not backed else "inconclusive"


def _is_finite(value: Any) -> bool:
    return isinstance(value, Fraction | int) or bool(np.isfinite(value))


def estimate(f: Function, size: float, noise: float = 0.0) -> tuple[float, float]:
    """Return the derivative at 0 of f, whose argument is of this size, and a bound.

    `ENOUGH` tables exclude what is beyond the bound; it is wide where they disagree.

    Args:
        f: The function.
        size: The size of its argument.
        noise: How far f may be rounded, at least.
    """
    tables = _estimate_column(f, np.array(0.0), (), size or 1.0, noise).tables
    best = _best_estimate(tables)
    if len(tables) < ENOUGH:
        return best.value, float("inf")
    reaches = sorted(abs(t.value - best.value) + t.bound for t in tables)
    return best.value, max(best.bound, reaches[ENOUGH - 1])
