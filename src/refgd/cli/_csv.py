"""A CSV file as named columns of numbers; what is wrong with it, by line and column."""

import csv
import io
import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from refgd._types import Array
from refgd.cli._errors import UserError

STDIN = "-"
OTHER_SEPARATORS = ";\t|"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Table(NamedTuple):
    """The cells of a CSV file as text.

    Attributes:
        title: What messages call the file.
        names: The columns' names, from the header.
        rows: The cells, one a column.
        lines: The line in the file on which each row begins; the first is 1.
    """

    title: str
    names: list[str]
    rows: list[list[str]]
    lines: list[int]


def read(path: str) -> Table:
    """Read a CSV file with a header; `-` is standard input.

    Raises:
        UserError: If it cannot be read, is not UTF-8, or is not a table with a header
            and rows of as many cells.
    """
    title = "standard input" if path == STDIN else path
    records = _records(title, _text(title, _bytes(path)))
    if not records:
        msg = f"{title} is empty: expected a header and rows of numbers"
        raise UserError(msg)
    (_, header), *body = records
    names = _header(title, header)
    for line, row in body:
        if len(row) != len(names):
            msg = (
                f"{title}, line {line}: {len(row)} cells, "
                f"but the header has {len(names)}"
            )
            raise UserError(msg)
    if not body:
        msg = f"{title} has a header but no rows"
        raise UserError(msg)
    return Table(title, names, [row for _, row in body], [line for line, _ in body])


def numbers(table: Table, name: str) -> Array:
    """Return the named column, (n,) in float64; each cell must be a finite number."""
    place = table.names.index(name)
    values = np.empty(len(table.rows))
    for i, row in enumerate(table.rows):
        try:
            values[i] = finite(row[place])
        except ValueError as error:
            where = f"{table.title}, line {table.lines[i]}, column {name!r}"
            msg = f"{where}: {error}"
            raise UserError(msg) from None
    return values


def holds_numbers(table: Table, name: str) -> bool:
    """Whether most cells of the named column are numbers: then each of them must be."""
    place = table.names.index(name)
    return 2 * sum(is_number(row[place]) for row in table.rows) > len(table.rows)


def is_number(cell: str) -> bool:
    """Whether a cell reads as a number; NaN and inf do."""
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def finite(cell: str) -> float:
    """Return a cell's number, or say in a ValueError what it is instead."""
    value = _number(cell)
    if not math.isfinite(value):
        msg = f"{cell.strip()!r} is not a finite number"
        raise ValueError(msg)
    return value


def _number(cell: str) -> float:
    text = cell.strip()
    if not text:
        raise ValueError("the cell is empty")
    try:
        # Python would read 1_000; a CSV's writer did not mean that
        return float(text.replace("_", "?"))
    except ValueError:
        hint = ", write a decimal point, not a comma" if is_comma(text) else ""
        msg = f"{text!r} is not a number{hint}"
        raise ValueError(msg) from None


def is_comma(text: str) -> bool:
    """Whether a cell would be a number with a decimal point for its one comma."""
    return text.count(",") == 1 and is_number(text.replace(",", "."))


def _bytes(path: str) -> bytes:
    if path == STDIN and sys.stdin is None:
        raise UserError("cannot read standard input: it is closed")
    try:
        return sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except FileNotFoundError:
        msg = f"{path}: no such file"
    except IsADirectoryError:
        msg = f"{path} is a directory, not a file"
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
    raise UserError(msg)


def _text(title: str, data: bytes) -> str:
    if data.startswith(UTF16_MARKS):
        msg = f"{title} is UTF-16: save it as UTF-8"
        raise UserError(msg)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = data[error.start]
        msg = f"{title}, line {line}: byte 0x{byte:02x} is not UTF-8; save it as UTF-8"
        raise UserError(msg) from None


def _records(title: str, text: str) -> list[tuple[int, list[str]]]:
    """Return the records that are not blank, each with the line it begins on."""
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, skipinitialspace=True
    )
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                records.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        msg = f"{title}, line {line}: {error}"
        raise UserError(msg) from None
    return records


def _header(title: str, cells: list[str]) -> list[str]:
    """Return the columns' names, or say what is wrong with them."""
    names = [" ".join(cell.split()) for cell in cells]
    if all(map(is_number, names)):
        msg = f"{title}: the first line is all numbers; a header with names is missing"
        raise UserError(msg)
    for separator in OTHER_SEPARATORS:
        if len(cells) == 1 and separator in cells[0]:
            msg = (
                f"{title}: the header has one column, {names[0]!r}; "
                f"separate the cells by commas, not by {separator!r}"
            )
            raise UserError(msg)
    named = [name for name in names if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        msg = f"{title}: two columns are named {twice!r}"
        raise UserError(msg)
    return names
