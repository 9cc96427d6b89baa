"""What is said of a derivative: a report that is true if it is right; else an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing.derivative._entry import Answer, worst
from refgd.testing.derivative._mistakes import join_names
from refgd.testing.derivative._point import Cell, Point
from refgd.testing.derivative._search import DIRECTIONS
from refgd.testing.derivative._section import Section
from refgd.testing.derivative._structure import Block

#: So many entries are shown.
SHOWN = 6


@dataclass(frozen=True, repr=False)
class Derivative:
    """What `check_derivative` found: true in an `assert` only if df is right.

    Attributes:
        answer: "right", "wrong" or "inconclusive".
        numeric: The derivative: exact on Fractions, else an estimate; NaN for an entry
            that was not looked at by itself. Of w's size (n,), or (m, n) for an f that
            returns m numbers; one of these for each point of `at`.
        claimed: What df returned, in the same order.
        bound: How far the derivative may be from `numeric`.
        notes: What else there is to say, in sentences.
        hessian: What was found of the Hessian.
    """

    answer: Answer
    numeric: Any
    claimed: Any
    bound: Any
    notes: tuple[str, ...] = ()
    text: str = ""
    hessian: "Derivative | None" = None

    def __bool__(self) -> bool:
        return self.answer == "right"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Derivative: {self.text.partition(chr(10))[0]}>"


class DerivativeError(AssertionError):
    """A derivative is wrong, or could not be decided where it should be.

    Attributes:
        diagnosis: The likely mistake in words, or None where none explains the answers.
        report: All that was found, or None where nothing could be compared.
    """

    __module__ = "refgd.testing"  # where it is public: tracebacks name it

    def __init__(
        self,
        text: str,
        diagnosis: str | None = None,
        report: Derivative | None = None,
    ) -> None:
        super().__init__(text)
        self.diagnosis = diagnosis
        self.report = report


def make_report(section: Section, hessian: Derivative | None = None) -> Derivative:
    """Return the report, in arrays and in words."""
    tables = [_make_table(point) for point in section.points]
    numeric, claimed, bound = (
        _stack(each, section) for each in zip(*tables, strict=True)
    )
    notes = (*_list_means(section), *_list_kinks(section))
    lines = _write_lines(section) + [f"  note: {note}" for note in notes]
    text = "\n".join(lines + ([] if hessian is None else [hessian.text]))
    answers = [section.answer] if hessian is None else [section.answer, hessian.answer]
    return Derivative(worst(answers), numeric, claimed, bound, notes, text, hessian)


def _stack(tables: Sequence[Any], section: Section) -> Any:
    """Return a table for every point; leave out axes of one point, and of one row."""
    found = np.stack(tables)
    found = found if section.several else found[0]
    one = all(point.rows.size == 1 for point in section.points)
    return found[..., 0, :] if one else found


def _make_table(point: Point) -> list[Any]:
    shape = point.rows.size, point.w.size
    exact = all(isinstance(cell.numeric, Fraction) for cell in point.cells)
    found = [np.full(shape, np.nan, object if exact else float) for _ in range(3)]
    for cell in point.cells:
        values = cell.numeric, cell.claimed, cell.bound
        for array, value in zip(found, values, strict=True):
            array[cell.row, cell.column] = value
    return found


def _list_means(section: Section) -> list[str]:
    """Write how it was found, where that is not entry by entry, in f's own floats."""
    found = []
    if any(point.parts for point in section.points):
        count = sum(len(point.cells) for point in section.points)
        found.append(
            f"by {DIRECTIONS} random directions of each block, and {count} entries one "
            "by one"
        )
    if any(point.double for point in section.points):
        found.append(f"{section.of} is computed on copies of the tensors in float64")
    return found


def _list_kinks(section: Section) -> list[str]:
    found = []
    for point in section.points:
        for cell in point.cells:
            if cell.kink is not None and cell.answer == "right":
                near = (
                    "" if not cell.kink.within else f", within {cell.kink.within:.1g}"
                )
                found.append(
                    f"{section.of} has a kink at {section.entry(point, cell)}"
                    f" = {_show(point.w[cell.column])}{near}: its slopes there are"
                    f" {_show(cell.kink.below)} and {_show(cell.kink.above)};"
                    f" {section.name} is {_show(cell.claimed)}, which lies between"
                )
    if len(found) > SHOWN:
        found[SHOWN:] = [f"and so at {len(found) - SHOWN} more entries"]
    return found


def _show(value: Any, digits: int = 10) -> str:
    exact = isinstance(value, Fraction)
    return str(value) if exact else f"{float(value):.{digits}g}"


def _write_lines(section: Section) -> list[str]:
    answer, name = section.answer, section.name
    cells = [cell for point in section.points for cell in point.cells]
    wrong = [cell for cell in cells if cell.answer == "wrong"]
    unclear = [cell for cell in cells if cell.answer == "inconclusive"]
    if answer == "wrong":
        lines = [f"{name} is wrong in {_count(section, wrong)}"]
        if section.diagnosis:
            lines.append(f"  likely mistake: {section.diagnosis}")
        else:
            lines += _write_range(section, wrong)
        return [*lines, *_write_cells(section, "wrong"), *_write_blocks(section)]
    if answer == "inconclusive":
        reasons = dict.fromkeys(p.reason for p in section.points if p.reason)
        why = "; ".join(reasons) or "rounding or a kink hides the derivative"
        lines = [f"{name} is inconclusive in {_count(section, unclear)}: {why}"]
        return [*lines, *_write_cells(section, "inconclusive")]
    within = max((cell.bound for cell in cells if cell.kink is None), default=0)
    exact = bool(cells) and all(isinstance(cell.numeric, Fraction) for cell in cells)
    how = f", within {float(within):.1g}" if within else ", exactly" if exact else ""
    lines = [f"{name} is right in {_count(section, cells)}{how}"]
    return [*lines, *_write_blocks(section)]


def _write_range(section: Section, wrong: Sequence[Cell]) -> list[str]:
    """Write which blocks are wrong, by how much, and that the others are right."""
    known = [c for c in wrong if c.numeric and np.isfinite(float(c.numeric))]
    ratios = sorted(float(c.claimed) / float(c.numeric) for c in known)
    if len(ratios) < 2:  # noqa: PLR2004 - one is in the table
        return []
    ends = f"{ratios[0]:.3g} to {ratios[-1]:.3g} times the derivative"
    found: dict[str, list[str]] = {}
    for block in section.layout.blocks:
        answers = _answers_of(section, block)
        told = [each for each, count in answers.items() if count]
        what = "wrong" if "wrong" in told else "right" if told == ["right"] else ""
        found.setdefault(what, []).append(block.name)
    names, right = found.get("wrong", []), found.get("right", [])
    if len(section.layout.blocks) == 1:
        names, right = [section.name], []
    text = f"{join_names(names)} {_is(names)} wrong: {ends}"
    rest = f"; {join_names(right)} {_is(right)} right" if right else ""
    return [f"  seen: {text}{rest}"]


def _is(names: Sequence[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _count(section: Section, cells: Sequence[Cell]) -> str:
    """Write which part of all entries these are."""
    every = sum(len(point.cells) for point in section.points)
    if any(point.parts for point in section.points):
        size = section.layout.size
        return (
            f"all {size} entries" if len(cells) == every else f"some of {size} entries"
        )
    if every == 1 and cells:
        return "its only entry"
    return (
        f"{len(cells)} of {every} entries"
        if len(cells) < every
        else (f"all {every} entries" if every else "all")
    )


def _write_cells(section: Section, answer: Answer) -> list[str]:
    rows = [
        (point, cell)
        for point in section.points
        for cell in sorted(point.cells, key=lambda cell: (cell.row, cell.column))
        if cell.answer == answer
    ]
    if not rows:
        return []
    head = ("", section.name, f"derivative of {section.of}", "±", "ratio")
    table = [head, *(_write_cell(section, *row) for row in rows[:SHOWN])]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    lines = [
        "    "
        + "  ".join(
            text.ljust(width) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]
    if len(rows) > SHOWN:
        lines.append(f"    and {len(rows) - SHOWN} more")
    return lines


def _write_cell(section: Section, point: Point, cell: Cell) -> tuple[str, ...]:
    name = section.entry(point, cell)
    if section.several:
        place = next(i for i, each in enumerate(section.points) if each is point)
        name += f" at point {place}"
    known = cell.numeric and np.isfinite(float(cell.numeric))
    ratio = _show(cell.claimed / cell.numeric, 6) if known else ""
    value = _show(cell.numeric)
    if cell.kink is not None:
        value = f"{_show(cell.kink.below)} below, {_show(cell.kink.above)} above"
    return name, _show(cell.claimed), value, f"{float(cell.bound):.1g}", ratio


def _write_blocks(section: Section) -> list[str]:
    """Write what was found of every block, where there are several."""
    if len(section.layout.blocks) == 1:
        return []
    lines = []
    for block in section.layout.blocks:
        answers = _answers_of(section, block)
        count = sum(answers.values())
        said = [f"{n} {answer}" for answer, n in answers.items() if n]
        words = ", ".join(said) if len(said) > 1 or count == 0 else next(iter(said))
        lines.append((block.name, str(block.shape), words))
    widths = [max(len(row[i]) for row in lines) for i in range(2)]
    return [
        f"    {name.ljust(widths[0])}  {shape.ljust(widths[1])}  {words}"
        for name, shape, words in lines
    ]


def _answers_of(section: Section, block: Block) -> dict[Answer, int]:
    found: dict[Answer, int] = {"right": 0, "wrong": 0, "inconclusive": 0}
    for point in section.points:
        for cell in point.cells:
            if not point.parts and block.start <= cell.column < block.part.stop:
                found[cell.answer] += 1
        for part in point.parts:
            if block.start <= part.start < block.part.stop:
                found[part.answer] += part.stop - part.start
    return found
