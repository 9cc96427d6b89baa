"""What an optimizer did, which the lines of a rule are held against."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._edits import Lines
from refgd.testing.optimizer._excuses import find_off, find_unexcused
from refgd.testing.optimizer._probes import STEPS
from refgd.testing.optimizer._program import PLAIN, Inputs, bounded_steps, run, steps
from refgd.testing.optimizer._tolerance import DOUBLE, FLOOR, Precision, path_length

#: How far lines may be off in short floats before their rounding is looked at.
ROUGH: Final = {"float64": FLOOR, "float32": 2e-3, "float16": 0.2}


class Target:
    """What an optimizer did, and whether lines do the same.

    Args:
        seen: (T + 1, P, D).
        data: What it was run on.
        precision: What it computes in.
        paths: The steps that some lines have taken on these data so far, to share.
    """

    def __init__(
        self,
        seen: Array,
        data: Inputs,
        precision: Precision,
        paths: Mapping[Lines, list[Array]] = {},
    ) -> None:
        self.seen = seen
        self.data = data
        self.precision = precision
        self.allowed = ROUGH[precision.shortest] * path_length(seen)
        self.paths = paths
        self.known: dict[Lines, tuple[int, float]] = {}
        self.spent = 0

    def compare(self, lines: Lines) -> tuple[int, float]:
        """Return the first step that differs, and the share that is right there.

        T + 1 if none differs.
        """
        found = self.known.get(lines)
        if found is None:
            found = self.known[lines] = self._compare(lines)
        return found

    def _compare(self, lines: Lines) -> tuple[int, float]:
        path = zip(self._walk(lines), self.seen[1:], self.allowed[1:], strict=True)
        for t, (w, seen, allowed) in enumerate(path, 1):
            self.spent += 1
            right = np.abs(w - seen) <= allowed
            if not right.all():
                return t, float(right.mean())
        return STEPS + 1, 1.0

    def _walk(self, lines: Lines) -> Iterator[Array]:
        """Yield the weights after each step; what is known is not computed again."""
        taken = self.paths.get(lines, [])
        yield from [*taken]
        for w in islice(steps(lines, self.data), len(taken), None):
            taken.append(w)
            yield w

    def agrees(self, lines: Lines) -> bool:
        """Whether no step differs."""
        return bool(self.compare(lines)[0] > STEPS)

    def explains(self, lines: Lines) -> bool:
        """Whether lines do the same, but for what rounding may have done."""
        if not self.agrees(lines):
            return False
        if self.precision.shortest == "float64":
            return not self._divides_by_zero(lines)
        units = self.precision.units
        bounded = bounded_steps(lines, self.data, units, self.seen)
        in_bounds = all(
            (np.abs(w.value - seen) <= w.error).all()
            for w, seen in zip(bounded, self.seen, strict=True)
        )
        if not in_bounds or self._divides_by_zero(lines):
            return False
        tried = [DOUBLE] if units.array == DOUBLE.units.array else []
        finer = (self._find_off(lines, each) for each in tried)
        return not find_unexcused(lines, self.data, units, self.seen, finer).any()

    def _divides_by_zero(self, lines: Lines) -> bool:
        """Whether a quotient by 0 is hidden: the sign of 1 / 0 is 1, say."""
        path = run(lines, self.data._replace(over=_over_no_zero))
        return not np.isfinite(path).all()

    def _find_off(self, lines: Lines, precision: Precision) -> Array:
        floor = FLOOR * path_length(self.seen)
        return find_off(lines, self.data, precision.units, self.seen, floor)


def _over_no_zero(a: Any, b: Any) -> Any:
    return np.where((b == 0) & (a != 0), np.nan, PLAIN["over"](a, b))
