"""`refgd diagnose`: why a loss does not go down, from its values alone."""

import argparse
import csv

from refgd.cli import _arguments
from refgd.cli._arguments import Status, UserError
from refgd.cli.fit import _csv
from refgd.theory import Finding, diagnose

SUMMARY = "find out from its losses why a run does not go down"

DESCRIPTION = """\
Say why a loss does not go down, from the losses of a run alone, one a row and step. Of
plain descent that diverges they tell the largest stable learning rate; else whether the
loss falls, and how many steps it takes, swings, or is at its floor. Losses that plain
descent on a quadratic cannot have are inconclusive.
"""

EPILOG = """\
examples:
  refgd diagnose losses.csv --lr 0.1
  refgd diagnose log.csv --column train_loss
  grep -o 'loss: .*' train.log | cut -c 7- | refgd diagnose - --lr 0.1

The file has one column of numbers, with a header or without one; of several columns the
one named loss is taken, or --column. NaN and inf are taken as they are. The exit status
is 0 with an answer, 2 if it is inconclusive.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="LOSSES.csv", help="the losses; - is standard input")
    words = "the learning rate of the run; the bound is then a number, not a factor"
    add("--lr", type=_arguments.real("--lr"), help=words)
    words = "the column of the losses (default: loss)"
    add("--column", type=_arguments.column, metavar="NAME", help=words)
    _arguments.add_separator(parser)


def run(args: argparse.Namespace) -> int:
    """Print the diagnosis; 2 if it is inconclusive."""
    losses = read_losses(args.file, args.column, args.sep)
    try:
        found = diagnose(losses, lr=args.lr)
    except ValueError as error:
        raise UserError(str(error)) from None
    print(found)
    inconclusive = found.finding is Finding.INCONCLUSIVE
    return Status.NOT_RUN if inconclusive else Status.DONE


def read_losses(path: str, column: str | None, separator: str) -> list[float]:
    """Return a column of numbers, NaN and inf among them."""
    with _csv.opened(path) as file:
        title = file.lines.title
        rows = csv.reader(file.lines, delimiter=separator, skipinitialspace=True)
        try:
            cells = [(rows.line_num, row) for row in rows if any(map(str.strip, row))]
        except csv.Error as error:
            msg = f"{title}, line {rows.line_num}: {error}"
            raise UserError(msg) from None
    if not cells:
        msg = f"{title} is empty: expected a column of losses"
        raise UserError(msg)
    place = _find_column(title, cells[0][1], column)
    has_header = not _csv.is_number(cells[0][1][place])
    losses = [_read_cell(title, line, row, place) for line, row in cells[has_header:]]
    if not losses:
        msg = f"{title} has a header but no losses"
        raise UserError(msg)
    return losses


def _find_column(title: str, first: list[str], column: str | None) -> int:
    names = [name.strip() for name in first]
    if column is None and len(names) == 1:
        return 0
    wanted = "loss" if column is None else column
    if wanted not in names:
        msg = f"{title} has no column {wanted!r}, only {', '.join(map(repr, names))}"
        raise UserError(msg + ("; say which: --column NAME" if column is None else ""))
    return names.index(wanted)


def _read_cell(title: str, line: int, row: list[str], place: int) -> float:
    cell = row[place].strip() if place < len(row) else ""
    if not _csv.is_number(cell):
        msg = f"{title}, line {line}: {cell!r} is not a number"
        raise UserError(msg)
    return float(cell)
