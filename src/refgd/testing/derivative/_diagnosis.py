"""The likely mistake, if one explains all that df claims."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing.derivative._entry import best_estimate
from refgd.testing.derivative._ladder import NO_VALUE
from refgd.testing.derivative._mistakes import (
    Facts,
    find_mistake,
    find_order,
    join_names,
    say,
)
from refgd.testing.derivative._pair import Pair
from refgd.testing.derivative._point import Point
from refgd.testing.derivative._samples import find_samples_mistake
from refgd.testing.derivative._structure import Block, Layout
from refgd.testing.derivative._symmetry import find_transpose

#: A mistake must explain the claims at so many more points, near those that are given,
#: in up to so many partial derivatives: those that are wrong first.
MORE, MOST = 2, 40

#: How far such a point is from w: up to this part of each entry.
NEAR = 0.3

#: So many mistakes are told; more are no diagnosis.
TOLD = 4


class Evidence:
    """What is claimed and what is true, (points, rows, columns); NaN where unknown."""

    def __init__(self, pair: Pair, layout: Layout, points: Sequence[Point]) -> None:
        self.layout, self.known = layout, pair.known_values()
        shape = len(points), points[0].rows.size, layout.size
        self.claimed, self.true, self.off = (np.full(shape, np.nan) for _ in range(3))
        self.wrong = np.zeros(shape[1:], bool)
        for i, point in enumerate(points):
            for cell in point.cells:
                k, j = cell.row, cell.column
                self.claimed[i, k, j] = cell.claimed
                self.true[i, k, j] = cell.numeric
                self.off[i, k, j] = cell.bound
                self.wrong[k, j] |= cell.answer == "wrong"
        self.w = np.array([point.w.astype(float) for point in points])
        self._look_further(pair, points[0])

    def _look_further(self, pair: Pair, point: Point) -> None:
        """Add points: what is wrong by chance at one is not so at others."""
        generator = np.random.default_rng(0)
        seen = list({(cell.row, cell.column): None for cell in point.cells})
        chosen = sorted(seen, key=lambda cell: not self.wrong[cell])[:MOST]
        w = point.w.astype(float)
        size = np.where(w == 0, np.max(abs(w), initial=0.0) or 1.0, abs(w))
        kind = point.w.dtype if point.w.dtype == np.float32 else np.dtype(float)
        for _ in range(MORE):
            moved = w + NEAR * size * generator.uniform(-1, 1, w.size)
            try:
                self._add(pair, moved.astype(kind), chosen)
            except (TypeError, *NO_VALUE):
                continue

    def _add(self, pair: Pair, w: Array, chosen: list[tuple[int, int]]) -> None:
        subject = pair.subject(w, self.layout)
        new = [np.full((1, *self.claimed.shape[1:]), np.nan) for _ in range(3)]
        for k, j in sorted(chosen, key=lambda cell: cell[1]):
            _clock.look()
            best = best_estimate(subject.estimate(k, j).tables)
            values = float(subject.claimed[k, j]), best.value, best.bound
            for array, value in zip(new, values, strict=True):
                array[0, k, j] = value
        self.claimed, self.true, self.off = (
            np.concatenate(pair)
            for pair in zip((self.claimed, self.true, self.off), new, strict=True)
        )
        self.w = np.concatenate([self.w, w[None].astype(float)])

    def facts(self, columns: Any, rows: Any = slice(None)) -> Facts:
        """Return those of some columns and rows."""
        w = np.broadcast_to(self.w[:, None, :], self.claimed.shape)
        every = Facts(self.claimed, self.true, self.off, w, self.known)
        return every.pick(slice(None), rows, columns)


@np.errstate(all="ignore")  # a rule may divide by what is 0
def diagnose(pair: Pair, layout: Layout, points: Sequence[Point]) -> str | None:
    """Return the likely mistake in words."""
    evidence = Evidence(pair, layout, points)
    everything = evidence.facts(slice(None))
    whole = find_order(everything, layout.blocks) or find_mistake(
        everything, layout.shape
    )
    if whole is not None:
        return say(pair.name, whole)
    found = list(_explain_blocks(evidence)) if len(layout.blocks) > 1 else []
    if len(layout.blocks) == 1:
        found = list(_explain_runs(evidence, layout.blocks[0], pair.name))
    words = _write_all(found)
    if words is not None:
        return words
    whole = find_transpose(pair, layout, points[0], everything)
    whole = whole or find_samples_mistake(pair, layout, everything)
    return None if whole is None else say(pair.name, whole)


#: What is wrong, and how: W1, "is twice the derivative".
Mistake = tuple[str, str]


def _explain_blocks(evidence: Evidence) -> Iterator[Mistake]:
    for block in evidence.layout.blocks:
        if evidence.wrong[:, block.part].any():
            words = find_mistake(evidence.facts(block.part), block.shape)
            if words is None:
                yield from _explain_runs(evidence, block, block.name)
            else:
                yield block.name, words


def _explain_runs(evidence: Evidence, block: Block, name: str) -> Iterator[Mistake]:
    """Explain those entries of a block that are wrong, in groups of the same ratio."""
    wrong = evidence.wrong[:, block.part]
    columns = block.start + np.flatnonzero(wrong.any(axis=0))
    words = find_mistake(evidence.facts(columns), (len(columns),))
    if words is not None:
        yield _name_group(evidence, block, columns, words), words
        return
    rows = np.flatnonzero(wrong.any(axis=1))
    if len(rows) < wrong.shape[0]:
        words = find_mistake(evidence.facts(block.part, rows), (len(columns),))
        if words is not None:
            yield f"{_list('row', rows)} of {name}", words
            return
    groups: dict[str, list[int]] = {}
    for j in columns:
        words = find_mistake(evidence.facts([j]), (1,))
        if words is None:
            return
        groups.setdefault(words, []).append(int(j))
    if len(groups) > len(columns) / 2 and any("." in words for words in groups):
        return  # a number for every entry explains none
    for said, group in groups.items():
        yield _name_group(evidence, block, np.array(group), said), said


def _name_group(evidence: Evidence, block: Block, columns: Any, words: str) -> str:
    """Name some entries, and those between that the same mistake explains."""
    known = np.isfinite(evidence.true).any(axis=(0, 1))
    between = np.arange(columns[0], columns[-1] + 1)
    between = between[known[between]]
    if find_mistake(evidence.facts(between), (len(between),)) == words:
        columns = between
    return _name_entries(evidence, block, columns)


def _name_entries(evidence: Evidence, block: Block, columns: Any) -> str:
    """Name some entries of a block, among those that are known."""
    known = np.isfinite(evidence.true).any(axis=(0, 1))[block.part]
    places = columns - block.start
    if len(places) == 1:
        return block.entry(int(columns[0]))
    of = "" if len(evidence.layout.blocks) == 1 else f" of {block.name}"
    if len(block.shape) == 2 and known.all():  # noqa: PLR2004 - a matrix
        wrong = np.isin(np.arange(block.size), places).reshape(block.shape)
        for kind, lines in (("row", wrong), ("column", wrong.T)):
            whole = np.flatnonzero(lines.all(axis=1))
            if lines.sum() == lines[whole].sum():
                return f"{_list(kind, whole)} of {block.name}"
    if len(block.shape) == 1 and known[places[0] : places[-1] + 1].sum() == len(places):
        return f"entries {places[0]} to {places[-1]}{of}"
    if len(block.shape) == 1:
        return f"{_list('entry', places)}{of}"
    return _list("entry", [block.entry(int(j)) for j in columns])


def _list(kind: str, places: Any) -> str:
    """Write row 3; entries 1, 2 and 5; entries 0, 2 … 8."""
    plural = {"entry": "entries", "row": "rows", "column": "columns"}[kind]
    if len(places) == 1:
        return f"{kind} {places[0]}"
    steps = set() if kind == "entry" and isinstance(places, list) else _steps(places)
    if len(places) > 2 and len(steps) == 1:  # noqa: PLR2004 - two make no pattern
        middle = " to" if steps == {1} else f", {places[1]} …"
        return f"{plural} {places[0]}{middle} {places[-1]}"
    shown = [str(each) for each in places[:6]]
    if len(places) > len(shown):
        return f"{plural} {', '.join(shown)} and {len(places) - len(shown)} more"
    return f"{plural} {', '.join(shown[:-1])} and {shown[-1]}"


def _steps(places: Any) -> set[int]:
    return set(np.diff(places).tolist())


def _write_all(found: list[Mistake]) -> str | None:
    """Write all mistakes; blocks with the same one together."""
    together: dict[str, list[str]] = {}
    for name, words in found:
        together.setdefault(words, []).append(name)
    if not 0 < len(together) <= TOLD:
        return None
    return "; ".join(say(join_names(names), words) for words, names in together.items())
