"""df held against f at one point: an answer for every entry, or for many together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing._polynomial import find_derivative
from refgd.testing.derivative._close import is_backed
from refgd.testing.derivative._entry import (
    CLEAR,
    Answer,
    Column,
    Kink,
    best_estimate,
    decide,
    estimate_column,
    find_kink,
    worst,
)
from refgd.testing.derivative._rounding import is_straight, measure_rounding
from refgd.testing.derivative._structure import Layout, flatten, read_matrix
from refgd.testing.derivative._user import (
    UserFunction,
    as_floats,
    lay_out_values,
    read_claims,
    read_values,
)

__tracebackhide__ = True  # pytest shows the test, not the kit

#: A kink counts as one at w if it is within this part of w's size, and of 1 at w = 0.
AT_W = 2.0**-40


class Cell(NamedTuple):
    """What was found of one partial derivative.

    Attributes:
        row: Which number of what f returns.
        column: Which entry of w.
        answer: Whether the claim is right.
        numeric: The derivative: exact, or estimated.
        claimed: What df says.
        bound: How far the derivative may be from the estimate.
        kink: The kink of f at w, if it lies there.
    """

    row: int
    column: int
    answer: Answer
    numeric: Any
    claimed: Any
    bound: Any
    kink: Kink | None = None


class Part(NamedTuple):
    """What was found of many columns together, by derivatives in random directions."""

    start: int
    stop: int
    answer: Answer


@dataclass(frozen=True)
class Point:
    """What was found at one point, where f returns `rows`."""

    w: Array
    rows: Layout
    cells: tuple[Cell, ...]
    parts: tuple[Part, ...] = ()
    reason: str = ""
    double: bool = False  # f was computed in float64, of tensors in float32

    @property
    def answer(self) -> Answer:
        """Return wrong if any is; right only if all are."""
        answers: list[Answer] = [cell.answer for cell in self.cells]
        answers += [part.answer for part in self.parts]
        return worst([*answers, "inconclusive"] if self.reason else answers)


def check_exactly(f: UserFunction, df: UserFunction, w: Array) -> Point | None:
    """Check polynomials on Fractions; None where f or df leaves them."""
    try:
        rows = lay_out_values(f, w)
        claimed = read_matrix(df.try_out(w), rows, df.layout)
    except Exception:  # noqa: BLE001 - many a function cannot take Fractions
        return None
    if claimed is None or not all(map(is_rational, claimed.flat)):
        return None
    cells = []
    for k, j in np.ndindex(claimed.shape):
        _clock.look()
        found = find_derivative(_move_one(f, w, k, j))
        if found is None:
            return None
        said: Answer = "right" if found == claimed[k, j] else "wrong"
        cells.append(Cell(k, j, said, found, claimed[k, j], Fraction(0)))
    return Point(w, rows, tuple(cells))


def is_rational(value: Any) -> bool:
    """Whether it is a Fraction or an integer."""
    return isinstance(value, Fraction | int | np.integer)


def _move_one(f: UserFunction, w: Array, k: int, j: int) -> Callable[[Any], Any]:
    """Return entry k of f as a function of a change of entry j."""

    def moved(h: Any) -> Any:
        there = w.copy()
        there[j] = w[j] + h
        return flatten(f(there))[k]

    return moved


#: df may compute in float32, whose rounding this is; what is rounded more coarsely
#: may be right or wrong.
SINGLE = 2.0**-20


class Subject:
    """f and df at a point in floats.

    Attributes:
        w: The point, flat.
        rows: The layout of what f returns.
        claimed: What df claims there, (rows, columns).
    """

    def __init__(self, f: UserFunction, df: UserFunction, w: Array) -> None:
        self.f, self.df, self.w = f, df, w
        self.rows = lay_out_values(f, w)
        self.claimed = read_claims(df, w, self.rows)
        self._kept: dict[bytes, Array] = {}

    def values(self, w: Array) -> Array:
        """Return what f returns, flat."""
        return read_values(self.f(w), self.rows.size)

    def claims(self, w: Array) -> Array:
        """Return what df claims, flat.

        Raises:
            ValueError: If it has another shape here.
        """
        found = read_matrix(self.df(w), self.rows, self.df.layout)
        if found is None:
            msg = "df has another shape here"
            raise ValueError(msg)
        return as_floats(found.ravel())

    def value(self, k: int) -> Callable[[Any], Any]:
        """Return entry k of what f returns, as a function that looks up what it can."""
        if self.rows.size == 1:
            return lambda w: self.values(w)[0]

        def look_up(w: Array) -> Any:
            key = w.tobytes()
            if key not in self._kept:
                self._kept[key] = self.values(w)
            return self._kept[key][k]

        return look_up

    def forget(self) -> None:
        """Forget what f returned: another column moves elsewhere."""
        self._kept.clear()

    def estimate(self, k: int, j: int) -> Column:
        """Return the estimates of a partial derivative."""
        return estimate_column(self.value(k), self.w, (j,))

    def check(self, j: int, slacks: Array, rows: Iterable[int]) -> list[Cell]:
        """Check some rows of a column, given how far df may be rounded in all."""
        self.forget()
        cells = []
        for k in rows:
            _clock.look()
            cells.append(self._check_one(k, j, float(slacks[k])))
        return cells

    def _check_one(self, k: int, j: int, slack: float) -> Cell:
        column, claimed = self.estimate(k, j), self.claimed[k, j]
        place = k * self.w.size + j
        if slack > abs(claimed) / CLEAR and is_straight(
            lambda v: self.claims(v)[place], self.w, (j,), column
        ):
            slack = 0.0
        best = best_estimate(column.tables)
        answer = decide(column, claimed, slack)
        if answer == "right":  # but what is rounded to a few places is not known to be
            slack = min(slack, SINGLE * float(np.max(np.abs(self.claimed))))
            told = decide(column, claimed, slack) == "right"
            answer = "right" if told else "inconclusive"
        if answer == "wrong" and is_backed(
            self.value(k), self.w, (j,), column, float(claimed)
        ):
            answer = "inconclusive"
        if answer == "inconclusive" and np.isfinite(float(claimed)):
            kink = find_kink(column)
            said = "inconclusive" if kink is None else kink.holds(claimed, slack)
            size = abs(float(self.w[j])) or 1.0
            if kink and (said == "wrong" or kink.within <= AT_W * size):
                middle = (kink.below + kink.above) / 2
                bound = abs(kink.above - kink.below) / 2 + kink.off
                return Cell(k, j, said, middle, claimed, bound, kink)
        bound = best.bound + slack if answer == "right" else best.bound
        return Cell(k, j, answer, best.value, claimed, bound)

    def measure_slacks(self) -> Array:
        """Return how far df's own rounding may carry it, (rows, columns)."""
        found: Array = measure_rounding(self.claims, self.w)
        return found.reshape(self.claimed.shape)
