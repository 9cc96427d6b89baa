"""What an optimizer did, which the lines of a rule are held against."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._edits import Lines
from refgd.testing.optimizer._probes import STEPS
from refgd.testing.optimizer._program import Inputs, bounded_steps, steps
from refgd.testing.optimizer._tolerance import FLOOR, Precision, path_length

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
            return True
        bounded = bounded_steps(lines, self.data, self.precision.units, self.seen)
        return all(
            (np.abs(w.value - seen) <= w.error).all()
            for w, seen in zip(bounded, self.seen, strict=True)
        )
