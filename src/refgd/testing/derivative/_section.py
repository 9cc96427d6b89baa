"""What was found of one function at all points, before it is put into words."""

from collections.abc import Sequence
from dataclasses import dataclass

from refgd.testing.derivative._entry import Answer, worst
from refgd.testing.derivative._point import Cell, Point
from refgd.testing.derivative._structure import Block, Layout


@dataclass(frozen=True)
class Section:
    """What was found of one function, at all points.

    Attributes:
        name: df or hessian.
        of: What it is held against: f or df.
        layout: How w lies in a flat array.
        points: What was found at each.
        several: Whether the points are told apart.
        diagnosis: The likely mistake in words.
    """

    name: str
    of: str
    layout: Layout
    points: tuple[Point, ...]
    several: bool = False
    diagnosis: str | None = None

    @property
    def answer(self) -> Answer:
        """Return wrong if one is; right only if all are."""
        return worst([point.answer for point in self.points])

    def entry(self, point: Point, cell: Cell) -> str:
        """Return the name of a partial derivative."""
        column = _entry(self.layout.blocks, cell.column)
        if self.name == "hessian":
            flat = len(point.rows.blocks) == 1
            blocks = (self.layout if flat else point.rows).blocks
            return f"∂²f/∂{_entry(blocks, cell.row)}∂{column}"
        if point.rows.size == 1:
            return column
        return f"∂{_entry(point.rows.blocks, cell.row)}/∂{column}"


def _entry(blocks: Sequence[Block], j: int) -> str:
    return next(b.entry(j) for b in blocks if j < b.start + b.size)
