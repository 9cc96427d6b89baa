"""A function and what is said to be its derivative, at one place or another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing.derivative._entry import best_estimate, estimate_column
from refgd.testing.derivative._ladder import NO_VALUE
from refgd.testing.derivative._point import (
    Cell,
    Point,
    Subject,
    check_exactly,
    is_rational,
)
from refgd.testing.derivative._search import ENTRIES, search
from refgd.testing.derivative._structure import (
    Layout,
    double,
    flatten,
    is_single,
    lay_out,
)
from refgd.testing.derivative._user import (
    ShapeError,
    UserFunction,
    WritesError,
    known_values,
    name_args,
    read_values,
)

__tracebackhide__ = True  # pytest shows the test, not the kit

#: f is the same in float64 if it is within this part.
SAME = 1e-3

LATE = "time ran out before there was a verdict; see max_seconds"


class Pair:
    """A function and its derivative, by the names that they go by.

    Attributes:
        name: The derivative's: df or hessian.
        of: The function's: f or df.
        args: Further arguments of both.
    """

    def __init__(
        self,
        name: str,
        derivative: Callable[..., Any],
        of: str,
        function: Callable[..., Any],
        args: Sequence[Any],
    ) -> None:
        self.name, self.of, self.args = name, of, args
        self._derivative, self._function = derivative, function

    def arg_names(self) -> list[str]:
        """Return the names of the further arguments, as the function calls them."""
        return name_args(self._function, self.args)

    def known_values(self) -> dict[str, Array]:
        """Return the numbers that the functions work with beside w."""
        return known_values(self._function, self.args) | known_values(
            self._derivative, self.args
        )

    def slope(
        self, layout: Layout, w: Array, j: int, args: Sequence[Any]
    ) -> tuple[float, float]:
        """Return a partial derivative of the function with other arguments, its bound.

        Where the function has no value it is NaN.
        """
        _clock.look()
        f = UserFunction(self.of, self._function, layout, args)
        try:
            column = estimate_column(lambda v: read_values(f(v), 1)[0], w, (j,))
        except NO_VALUE:
            return np.nan, np.nan
        best = best_estimate(column.tables)
        return best.value, best.bound

    def subject(self, w: Array, layout: Layout) -> Subject:
        """Return both at a flat w of floats."""
        return Subject(
            UserFunction(self.of, self._function, layout, self.args),
            UserFunction(self.name, self._derivative, layout, self.args),
            w,
        )

    def _subject_in_double(
        self, w: Array, place: Any, layout: Layout
    ) -> Subject | None:
        """Return f in float64, and df as it is; None where f stays in its own floats.

        The numbers are the same, so the derivative is; only rounding hides less of it.
        """
        if w.dtype != np.float32:
            return None
        try:
            wide, args = lay_out(double(place), "w"), double(tuple(self.args))
            f = UserFunction(self.of, self._function, wide, args)
            df = UserFunction(self.name, self._derivative, layout, self.args)
            with _clock.stopped():
                short = flatten(self._function(layout.build(w), *self.args))
            values = flatten(f(w))
            same = np.max(abs(values - short)) <= SAME * np.max(abs(values))
            usable = values.dtype == float and same
            return Subject(f, df, w.astype(float)) if usable else None
        except (WritesError, ShapeError):
            raise
        except Exception:  # noqa: BLE001 - it may have numbers in float32 of its own
            return None

    def check(self, place: Any, layout: Layout) -> Point:
        """Hold the derivative against the function at a place.

        Raises:
            TypeError: If w is not numbers.
            ValueError: If they are not finite.
        """
        entries = flatten(place)
        if entries.dtype.kind not in "biufO" or not entries.size:
            msg = f"w must be real numbers, got {place!r}"
            raise TypeError(msg)
        try:
            if entries.dtype == object and all(map(is_rational, entries)):
                f = UserFunction(self.of, self._function, layout, self.args)
                df = UserFunction(self.name, self._derivative, layout, self.args)
                found = check_exactly(f, df, entries)
                if found is not None:
                    return found
            w = np.array(entries, dtype=np.float32 if is_single(place) else np.float64)
            if not np.all(np.isfinite(w)):
                msg = f"w must be finite, got {place!r}"
                raise ValueError(msg)
            subject = self._subject_in_double(w, place, layout)
            if subject is not None:
                found = _check_in_floats(subject, layout)
                return replace(found, double=True)
            return _check_in_floats(self.subject(w, layout), layout)
        except OverflowError:
            reason = "w is beyond the floats"
        except _clock.OutOfTimeError:
            reason = LATE
        return Point(entries, lay_out(0.0, self.of), (), reason=reason)


def _check_in_floats(subject: Subject, layout: Layout) -> Point:
    w, rows = subject.w, subject.rows
    here = subject.values(w)
    if not np.all(np.isfinite(here)):
        reason = f"{subject.f.name} is {here[~np.isfinite(here)][0]} at w"
        return Point(w, rows, (), reason=reason)
    cells: list[Cell] = []
    try:
        if subject.claimed.size > ENTRIES:
            cells, parts = search(subject, layout.blocks)
            return Point(w, rows, tuple(cells), tuple(parts))
        slacks = subject.measure_slacks()
        for j in range(w.size):
            cells += subject.check(j, slacks[:, j], range(rows.size))
    except _clock.OutOfTimeError:
        return Point(w, rows, tuple(cells), reason=LATE)
    return Point(w, rows, tuple(cells))
