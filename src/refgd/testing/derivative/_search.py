r"""Many entries at once, by derivatives in random directions; wrong ones by halving.

The derivative along u is $\sum_j u_j \partial_j f$: one number, whatever the size of w.
Where df is wrong in some entries of a part, this number is wrong too, unless these
errors cancel, which no random direction leaves to them. A block is right if it is in
some directions. Of a wrong one halves are looked at, and halves of these, each by few
steps: those that told most of the whole block.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing.derivative._close import is_backed
from refgd.testing.derivative._entry import (
    LOOSE,
    Answer,
    Column,
    best_estimate,
    decide,
    estimate_column,
)
from refgd.testing.derivative._ladder import climb, halve
from refgd.testing.derivative._point import Cell, Part, Subject
from refgd.testing.derivative._rounding import measure_rounding
from refgd.testing.derivative._structure import Block
from refgd.testing.derivative._tables import ROWS, make_tables

__tracebackhide__ = True  # pytest shows the test, not the kit

#: So many partial derivatives are checked one by one; more, in directions.
ENTRIES = 256

#: A block is right if it is in so many directions; so many entries are looked at too.
DIRECTIONS, SAMPLE = 3, 4

#: Of a Jacobian's column so many entries are looked at.
PER_COLUMN = 8

#: Of a direction's derivative one entry's must be seen: this part of a typical one.
SEEN = 0.1

#: So many parts of a block are halved, and so many of its columns checked in full.
PARTS, CHECKED = 64, 12


class Direction(NamedTuple):
    """What was found in a direction: how far f may be rounded, and df; a good step."""

    answer: Answer
    noise: float
    slack: float
    step: float


class Search:
    """Looks for the entries of a block in which df is wrong."""

    def __init__(self, subject: Subject, block: Block) -> None:
        self.subject, self.block = subject, block
        self.generator = np.random.default_rng(0)
        self.columns: dict[int, list[Cell]] = {}
        self.left = PARTS
        sizes = abs(subject.w[block.part].astype(float))
        sizes[sizes == 0] = np.max(sizes, initial=0.0) or 1.0
        self.sizes = sizes
        self.rows = self._choose(subject.rows.size, PER_COLUMN)

    def run(self) -> list[Part]:
        """Return the parts into which the block falls, right or wrong."""
        start, stop = self.block.part.start, self.block.part.stop
        tried = [self._try_direction() for _ in range(DIRECTIONS)]
        chosen = {start, stop - 1, *(start + self._choose(stop - start, SAMPLE)[2:])}
        self.check(sorted(map(int, chosen)))
        answers = [each.answer for each in tried]
        wrong = [d for d in tried if d.answer == "wrong"]
        if wrong or self._is_wrong(start, stop):
            return list(self.divide(start, stop, (wrong or tried)[0]))
        unclear = "inconclusive" in answers
        return [Part(start, stop, "inconclusive" if unclear else "right")]

    def divide(self, start: int, stop: int, known: Direction) -> Iterator[Part]:
        """Yield parts that are right or wrong as a whole, as far as one sees."""
        self.left -= 1
        if not self.suspects(start, stop, known):
            yield Part(start, stop, "right")
            return
        count = stop - start
        chosen = [start + int(i) for i in self._choose(count, SAMPLE)]
        whole = all(self.suspects(j, j + 1, known) for j in chosen)
        if whole or self.left <= 0:
            self.check(chosen[:2] if whole else [])
            yield Part(start, stop, "wrong")
            return
        middle = (start + stop) // 2
        yield from self.divide(start, middle, known)
        yield from self.divide(middle, stop, known)

    def check(self, columns: list[int]) -> None:
        """Check these columns in full, if they were not, and not too many were."""
        left = CHECKED - len(self.columns)
        new = [j for j in columns if j not in self.columns][:left]
        if not new:
            return
        subject, rows = self.subject, [int(k) for k in self.rows]
        shape = subject.claimed.shape

        def claims(w: Array) -> Array:
            return subject.claims(w).reshape(shape)[rows][:, new].ravel()

        slacks = np.zeros((shape[0], len(new)))
        slacks[rows] = measure_rounding(claims, subject.w).reshape(len(rows), -1)
        for i, j in enumerate(new):
            self.columns[j] = subject.check(j, slacks[:, i], rows)

    def _is_wrong(self, start: int, stop: int) -> bool:
        return any(
            cell.answer == "wrong"
            for j in range(start, stop)
            for cell in self.columns.get(j, ())
        )

    def _try_direction(self) -> Direction:
        """Decide in a direction of the whole block, with all care."""
        _clock.look()
        along, claim, terms = self._draw_direction(self.block.start, self.block.size)
        origin = np.array(0.0)
        slack = float(measure_rounding(claim, origin)[0])
        column = estimate_column(along, origin, (), 1.0)
        claimed = float(claim(origin)[0])
        answer = decide(column, claimed, slack)
        if answer == "wrong" and is_backed(along, origin, (), column, claimed):
            answer = "inconclusive"
        best = best_estimate(column.tables)
        typical = float(np.sqrt(np.mean(terms**2)))
        if answer == "right" and typical and best.bound + slack > SEEN * typical:
            answer = "inconclusive"
        return Direction(answer, column.noise, slack, best.step * 2.0 ** (ROWS - 1))

    def suspects(self, start: int, stop: int, known: Direction) -> bool:
        """Whether df seems to be wrong in a part, by the steps that told most."""
        _clock.look()
        along, claim, _ = self._draw_direction(start, stop - start)
        origin = np.array(0.0)
        steps = halve(known.step, known.step / 2 ** (ROWS - 1))
        ladder = climb(along, origin, (), steps)
        column = Column(make_tables(ladder, known.noise), [ladder])
        best = best_estimate(column.tables)
        off = abs(float(claim(origin)[0]) - best.value)
        return bool(off > LOOSE * (best.bound + known.slack))

    def _draw_direction(self, start: int, count: int) -> tuple[Any, Any, Array]:
        """Draw a direction: f and df along it, and the terms of df's sum."""
        subject, w = self.subject, self.subject.w
        part = slice(start, start + count)
        first = start - self.block.start
        u = self._draw(count) * self.sizes[first : first + count]
        weights = self._draw(subject.rows.size)

        def there(t: Any) -> Array:
            moved = w.copy()
            moved[part] += np.asarray(t * u, w.dtype)
            return moved

        def along(t: Any) -> Any:
            values = subject.values(there(t))
            return values.dtype.type(weights @ values)

        def claim(t: Any) -> Array:
            table = subject.claims(there(t)).reshape(subject.claimed.shape)
            return np.atleast_1d((weights @ table[:, part]) @ u)

        terms: Array = (weights @ subject.claimed[:, part].astype(float)) * u
        return along, claim, terms

    def _draw(self, count: int) -> Array:
        """Draw numbers of sizes 1/2 to 1: no two cancel but by a rare chance."""
        if count == 1:
            return np.ones(1)
        signs = self.generator.choice([-1.0, 1.0], count)
        found: Array = signs * self.generator.uniform(0.5, 1, count)
        return found

    def _choose(self, count: int, most: int) -> Array:
        """Choose some places of so many; all, where they are few."""
        if count <= most:
            return np.arange(count)
        return self.generator.choice(count, most, replace=False)


def search(
    subject: Subject, blocks: tuple[Block, ...]
) -> tuple[list[Cell], list[Part]]:
    """Return the cells that were looked at, and what every block's parts are."""
    cells: list[Cell] = []
    parts: list[Part] = []
    for block in blocks:
        if block.size:
            found = Search(subject, block)
            parts += found.run()
            cells += [cell for j in sorted(found.columns) for cell in found.columns[j]]
    return cells, parts
