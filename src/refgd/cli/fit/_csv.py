"""A CSV file in batches of named columns; what is wrong with it, by line and column."""

import csv
import io
import math
import os
import stat
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, NamedTuple, TypeVar

import numpy as np

from refgd._progress import watch_bytes
from refgd._types import Array
from refgd.cli._arguments import UserError

T = TypeVar("T")

STDIN = "-"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class File(NamedTuple):
    """An open file.

    Attributes:
        title: What messages call it.
        binary: Its bytes.
        text: Its lines, each with its end.
    """

    title: str
    binary: BinaryIO
    text: io.TextIOWrapper


@contextmanager
def opened(path: str) -> Iterator[File]:
    """Open a file of UTF-8; `-` is standard input, which stays open.

    Raises:
        UserError: If there is no such file, or it cannot be opened.
    """
    title = "standard input" if path == STDIN else path
    binary = _binary(path)
    text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
    try:
        yield File(title, binary, text)
    finally:
        text.detach()
        if path != STDIN:
            binary.close()


def _binary(path: str) -> BinaryIO:
    if path == STDIN and sys.stdin is None:
        raise UserError("cannot read standard input: it is closed")
    try:
        return sys.stdin.buffer if path == STDIN else open(path, "rb")  # noqa: PTH123 - `opened` closes it
    except FileNotFoundError:
        msg = f"{path}: no such file"
    except IsADirectoryError:
        msg = f"{path} is a directory, not a file"
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
    raise UserError(msg)


def undecoded(title: str, lines: int, error: UnicodeDecodeError) -> str:
    """Say where a byte is not UTF-8; so many lines were read before its chunk."""
    if lines == 0 and error.object.startswith(UTF16_MARKS):
        return f"{title} is UTF-16: save it as UTF-8"
    line = lines + error.object[: error.start].count(b"\n") + 1
    byte = error.object[error.start]
    return f"{title}, line {line}: byte 0x{byte:02x} is not UTF-8; save it as UTF-8"


def watch(batches: Iterable[T], file: File) -> Iterator[T]:
    """Yield the batches, and show how much of the file they took; nothing of a pipe."""
    about = os.fstat(file.binary.fileno())
    if not stat.S_ISREG(about.st_mode):
        return iter(batches)
    return watch_bytes(batches, file.binary.tell, about.st_size)


BATCH = 2**12  # rows whose text is held at once
SEPARATOR = ","
OTHER_SEPARATORS = ",;\t|"

Record = tuple[int, list[str]]  # the line that it begins on, and its cells


class Table(NamedTuple):
    """Some rows of a CSV file as text.

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


def read(
    path: str, separator: str = SEPARATOR, *, progress: bool = False
) -> Generator[Table]:
    """Read a CSV file with a header; `-` is standard input.

    Args:
        path: The file.
        separator: What stands between cells, one character.
        progress: Show a bar on stderr.

    Yields:
        Its rows in their order, at least one, and at most `BATCH` at a time.

    Raises:
        UserError: If it cannot be read, is not UTF-8, or is not a table with a header
            and rows of as many cells; where it is that far.
    """
    with opened(path) as file:
        title, records = file.title, _records(file, separator)
        _, header = next(records, (0, None))
        if header is None:
            msg = f"{title} is empty: expected a header and rows of numbers"
            raise UserError(msg)
        names = _header(title, header, separator)
        batches = _batches(title, names, records)
        yield from watch(batches, file) if progress else batches


def _batches(
    title: str, names: list[str], records: Iterable[Record]
) -> Iterator[Table]:
    records = iter(records)
    whole = 0
    while batch := list(islice(records, BATCH)):
        for line, row in batch:
            if len(row) != len(names):
                msg = (
                    f"{title}, line {line}: {len(row)} cells, "
                    f"but the header has {len(names)}"
                )
                raise UserError(msg)
        whole += len(batch)
        yield Table(title, names, [row for _, row in batch], [at for at, _ in batch])
    if not whole:
        msg = f"{title} has a header but no rows"
        raise UserError(msg)


def numbers(table: Table, name: str) -> Array:
    """Return the named column, (n,) in float64; each cell must be a finite number."""
    place = table.names.index(name)
    cells = [row[place] for row in table.rows]
    try:
        values = np.array(list(map(float, cells)))
        plain = np.isfinite(values).all() and "_" not in "".join(cells)
    except ValueError:
        plain = False
    if not plain:  # cell by cell, for the words
        pairs = zip(table.lines, cells, strict=True)
        values = np.array([_at(table, line, name, cell) for line, cell in pairs])
    return values


def _at(table: Table, line: int, name: str, cell: str) -> float:
    try:
        return finite(cell)
    except ValueError as error:
        msg = f"{table.title}, line {line}, column {name!r}: {error}"
        raise UserError(msg) from None


def holds_numbers(table: Table, name: str) -> bool:
    """Whether most cells of the named column are numbers: then each of all must be."""
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


def _records(file: File, separator: str) -> Iterator[Record]:
    """Yield the records that are not blank, each with the line it begins on."""
    reader = csv.reader(
        file.text, delimiter=separator, strict=True, skipinitialspace=True
    )
    line = 1
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        msg = f"{file.title}, line {line}: {error}"
    except UnicodeDecodeError as error:
        msg = undecoded(file.title, reader.line_num, error)
    except OSError as error:
        msg = f"cannot read {file.title}: {error.strerror}"
    else:
        return
    raise UserError(msg)


def _header(title: str, cells: list[str], separator: str) -> list[str]:
    """Return the columns' names, or say what is wrong with them."""
    names = [" ".join(cell.split()) for cell in cells]
    if all(map(is_number, names)):
        msg = f"{title}: the first line is all numbers; a header with names is missing"
        raise UserError(msg)
    for other in OTHER_SEPARATORS:
        if len(cells) == 1 and other in cells[0] and separator != other:
            msg = (
                f"{title}: the header has one column, {names[0]!r}; "
                f"if {other!r} separates the cells, say so: --sep {_shell(other)}"
            )
            raise UserError(msg)
    named = [name for name in names if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        msg = f"{title}: two columns are named {twice!r}"
        raise UserError(msg)
    return names


def _shell(separator: str) -> str:
    """Return a separator as one types it after --sep."""
    return "tab" if separator == "\t" else f"'{separator}'"


class Choice(NamedTuple):
    """The columns that a fit takes, and how those not asked for were found."""

    x: list[str]
    y: str
    x_how: str = ""
    y_how: str = ""


def choose(table: Table, x: str | None, y: str | None) -> Choice:
    """Take the columns asked for; else x and y; else the first and last of numbers.

    Args:
        table: The cells.
        x: The names that were asked for, separated by commas; or None.
        y: The name that was asked for; or None.

    Raises:
        UserError: If there is no such column, or one would be taken twice.
    """
    xs = [] if x is None else _split(x)
    ys = [] if y is None else [y]
    _check(table, [*xs, *ys])
    xs = xs or _named(table, "x", ys)
    ys = ys or _named(table, "y", xs)
    x_how = "" if xs else " (the first column of numbers)"
    y_how = "" if ys else " (the last column of numbers)"
    xs = xs or _of_numbers(table, "x", ys)[:1]
    ys = ys or _of_numbers(table, "y", xs)[-1:]
    return Choice(xs, ys[0], x_how, y_how)


def _check(table: Table, asked: list[str]) -> None:
    """Refuse a name that is not in the table, or twice in the choice."""
    for name in asked:
        if not name or name not in table.names:
            msg = f"{table.title} has no column {name!r}, only {_listed(table.names)}"
            raise UserError(msg)
        if asked.count(name) > 1:
            msg = f"column {name!r} is taken twice: each is an x or the y, once"
            raise UserError(msg)


def _named(table: Table, name: str, taken: list[str]) -> list[str]:
    return [name] if name in table.names and name not in taken else []


def _of_numbers(table: Table, wanted: str, taken: list[str]) -> list[str]:
    """Return the columns of numbers that are left; those without a name are not."""
    left = [name for name in table.names if name and name not in taken]
    numeric = [name for name in left if holds_numbers(table, name)]
    if not numeric:
        beside = f" beside {_listed(taken)}" if taken else ""
        msg = (
            f"{table.title} has no column of numbers to take as {wanted}{beside}; "
            f"its columns are {_listed(table.names)}"
        )
        raise UserError(msg)
    return numeric


def _split(names: str) -> list[str]:
    """Split at commas; a name with a comma in it stands in double quotes."""
    return [name.strip() for name in next(csv.reader([names])) or [""]]


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
