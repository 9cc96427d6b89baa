"""A CSV file in batches of named columns; what is wrong with it, by line and column."""

import csv
import gzip
import io
import math
import os
import stat
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice, repeat
from typing import Any, BinaryIO, NamedTuple, TypeAlias, TypeVar

import numpy as np

from refgd._progress import watch_bytes
from refgd._types import Array
from refgd.cli._arguments import UserError
from refgd.cli.fit._columns import refuse_twice

T = TypeVar("T")

STDIN = "-"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Lines(Iterator[str]):
    """The lines of an open file, each with its end.

    Attributes:
        title: What messages call the file.
        again: Lines to yield first: they were read before.
    """

    def __init__(self, title: str, text: Iterable[str]) -> None:
        self.title = title
        self.again: list[str] = []
        self._text = iter(text)
        self._read = 0

    def __next__(self) -> str:
        for line in self.take(1):
            return line
        raise StopIteration

    def take(self, most: int) -> list[str]:
        """Return some lines, or say in which one a byte is not UTF-8."""
        taken, self.again = self.again[:most], self.again[most:]
        self._read -= len(taken)
        try:
            # those before an error stay
            taken.extend(islice(self._text, most - len(taken)))
        except UnicodeDecodeError as error:
            msg = _describe_byte(self.title, self._read + len(taken), error)
            raise UserError(msg) from None
        except (EOFError, OSError, zlib.error) as error:
            why = getattr(error, "strerror", None) or error
            msg = f"cannot read {self.title}: {why}"
            raise UserError(msg) from None
        self._read += len(taken)
        return taken


class File(NamedTuple):
    """An open file.

    Attributes:
        binary: Its bytes, as they are on the disk.
        lines: Its lines, unpacked and decoded.
    """

    binary: BinaryIO
    lines: Lines


@contextmanager
def opened(path: str) -> Iterator[File]:
    """Open a file of UTF-8; `-` is standard input, which stays open."""
    title = "standard input" if path == STDIN else path
    binary = _open_binary(path)
    unpacked: Any = gzip.GzipFile(fileobj=binary) if path.endswith(".gz") else binary
    text = io.TextIOWrapper(unpacked, encoding="utf-8-sig", newline="")
    try:
        yield File(binary, Lines(title, text))
    finally:
        text.detach()
        if path != STDIN:
            binary.close()


def _open_binary(path: str) -> BinaryIO:
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


def _describe_byte(title: str, lines: int, error: UnicodeDecodeError) -> str:
    """Say where a byte is not UTF-8; that many lines were read before its chunk."""
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


BATCH = 2**12  # lines whose text is held at once
CELLS = 2**16  # and their cells
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

    def numeric(self, names: list[str]) -> list[str]:
        """Return those of which most cells are numbers: then each of all must be."""
        half = len(self.rows) / 2
        columns = zip(names, _places(self, names), strict=True)
        return [
            name
            for name, place in columns
            if sum(is_number(row[place]) for row in self.rows) > half
        ]


class Plain(NamedTuple):
    """Some lines, from `start` on, each a row of as many cells as names, no quotes."""

    title: str
    names: list[str]
    separator: str
    text: list[str]
    start: int


Batch: TypeAlias = Table | Plain


def read(
    path: str,
    separator: str = ",",
    *,
    header: bool | None = None,
    progress: bool = False,
) -> Generator[Batch]:
    """Yield the rows of a CSV file; `-` is standard input.

    They come in their order, at least one, some `BATCH` lines at a time: `Plain` where
    NumPy reads from them what `csv` reads, or else a `Table`. What is wrong with the
    file is a UserError where it is that far. `header` says whether the first line has
    the columns' names; without it they are 1, 2, 3 and so on; None is for yes, unless
    one of those names is a number.
    """
    with opened(path) as file:
        if header is False:
            names, start = _number_columns(file.lines, separator), 1
        else:
            names, start = _read_header(
                file.lines, separator, may_be_numbers=header is True
            )
        batches = _read_batches(file.lines, names, separator, start)
        yield from watch(batches, file) if progress else batches


def _read_header(
    lines: Lines, separator: str, *, may_be_numbers: bool
) -> tuple[list[str], int]:
    """Return the columns' names, and the number of the next line."""
    cells, start = _read_first(lines, lines.title, separator)
    names = _check_header(lines.title, cells, separator)
    number = next(filter(is_number, names), None)
    if number is not None and not may_be_numbers:
        msg = (
            f"{lines.title}: the first line has the number {number!r} where a header "
            "has a name; if that line is a row, say so: --no-header; if it is a "
            "header: --header"
        )
        raise UserError(msg)
    return names, start


def _number_columns(lines: Lines, separator: str) -> list[str]:
    """Return 1, 2, 3 and so on for names; the lines read for it come again."""
    kept: list[str] = []

    def keep() -> Iterator[str]:
        for line in lines:
            kept.append(line)
            yield line

    cells, _ = _read_first(keep(), lines.title, separator)
    lines.again = kept
    return [str(number) for number in range(1, len(cells) + 1)]


def _read_first(
    lines: Iterator[str], title: str, separator: str
) -> tuple[list[str], int]:
    """Return the cells of the first line that has any, and the next one's number."""
    start = 1
    for line in lines:
        records, taken = _parse(title, [line], lines, separator, start)
        start += taken
        if records:
            return records[0][1], start
    msg = f"{title} is empty: expected a header and rows of numbers"
    raise UserError(msg)


def _read_batches(
    lines: Lines, names: list[str], separator: str, start: int
) -> Iterator[Batch]:
    title, is_empty = lines.title, True
    while text := lines.take(min(BATCH, CELLS // len(names) + 1)):
        if _is_plain(text, separator, len(names)):
            yield Plain(title, names, separator, text, start)
            start, is_empty = start + len(text), False
            continue
        records, taken = _parse(title, text, lines, separator, start)
        start += taken
        if records:
            yield _to_table(title, names, records)
            is_empty = False
    if is_empty:
        msg = f"{title} has a header but no rows"
        raise UserError(msg)


def _is_plain(text: list[str], separator: str, cells: int) -> bool:
    """Whether there are no quotes, and separators enough for each line to be a row."""
    whole, limit = "".join(text), csv.field_size_limit()
    return (
        cells > 1  # of one column a blank line is no row
        and whole.count(separator) == (cells - 1) * len(text)
        and '"' not in whole
        and (len(whole) <= limit or max(map(len, text)) <= limit)
    )


def _parse(
    title: str, text: list[str], more: Iterator[str], separator: str, start: int
) -> tuple[list[Record], int]:
    """Return the records that begin in the text, and how many lines they took.

    The text begins on line `start`; a cell in quotes may go on in the lines behind it.
    """
    reader = csv.reader(
        chain(text, more), delimiter=separator, strict=True, skipinitialspace=True
    )
    records: list[Record] = []
    line = start
    try:
        while reader.line_num < len(text):
            row = next(reader)
            # a blank line is no row, but "" is one, of one empty cell
            if len(row) > 1 or text[line - start].strip():
                records.append((line, row))
            line = start + reader.line_num
    except csv.Error as error:
        msg = f"{title}, line {line}: {error}"
        raise UserError(msg) from None
    return records, reader.line_num


def _to_table(title: str, names: list[str], records: list[Record]) -> Table:
    """Return the records as a table, if each has a cell for each name."""
    for line, row in records:
        if len(row) != len(names):
            first = "first row" if names[0] == "1" else "header"
            msg = (
                f"{title}, line {line}: {len(row)} cells, "
                f"but the {first} has {len(names)}"
            )
            raise UserError(msg)
    return Table(title, names, [row for _, row in records], [at for at, _ in records])


def as_table(batch: Batch) -> Table:
    if isinstance(batch, Table):
        return batch
    title, names, separator, text, start = batch
    records, _ = _parse(title, text, iter(()), separator, start)
    return _to_table(title, names, records)


DROP_HINT = "; to leave out such rows: --missing drop"
MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number."""
    return cell.strip().lower() in MISSING


def numbers(batch: Batch, names: list[str], *, drop: bool = False) -> Array:
    """Return the named columns, a row each, in float64; or name the bad cell.

    Rows of which one of these cells is missing are dropped, or refused.

    NumPy takes nothing for a number that `float` does not, nor for another one; what it
    refuses is read cell by cell.
    """
    places = _places(batch, names)
    if isinstance(batch, Plain):
        with suppress(ValueError):
            values = _load(batch, places)
            if len(values) and np.isfinite(values).all():
                return values
    table = _drop_missing(as_table(batch), places) if drop else as_table(batch)
    return np.array([_read_column(table, place) for place in places])


def _drop_missing(table: Table, places: list[int]) -> Table:
    kept = [
        (row, line)
        for row, line in zip(table.rows, table.lines, strict=True)
        if not any(is_missing(row[place]) for place in places)
    ]
    return table._replace(
        rows=[row for row, _ in kept], lines=[line for _, line in kept]
    )


def _load(batch: Plain, places: list[int]) -> Array:
    """Return the columns as NumPy reads them; nothing where a line is no row.

    Of all columns it says itself where one has another number of cells.
    """
    cells, separator, text = len(batch.names), batch.separator, batch.text
    is_all = len(places) == cells
    if not is_all and set(map(str.count, text, repeat(separator))) != {cells - 1}:
        return np.empty(0)
    used = None if is_all else places
    values = np.loadtxt(
        text, comments=None, delimiter=separator, usecols=used, ndmin=2
    ).T
    if values.shape != (len(places), len(text)):
        return np.empty(0)
    return values[places] if is_all else values


def _places(batch: Batch, names: list[str]) -> list[int]:
    place = {name: number for number, name in enumerate(batch.names)}
    return [place[name] for name in names]


def _read_column(table: Table, place: int) -> list[float]:
    cells = [row[place] for row in table.rows]
    with suppress(ValueError):
        values = list(map(float, cells))
        if np.isfinite(values).all() and "_" not in "".join(cells):
            return values
    # cell by cell, for the words
    pairs = zip(table.lines, cells, strict=True)
    return [_read_cell(table, line, table.names[place], cell) for line, cell in pairs]


def _read_cell(table: Table, line: int, name: str, cell: str) -> float:
    try:
        return finite(cell)
    except ValueError as error:
        hint = DROP_HINT if is_missing(cell) else ""
        msg = f"{table.title}, line {line}, column {name!r}: {error}{hint}"
        raise UserError(msg) from None


def is_number(cell: str) -> bool:
    """Whether a cell reads as a number; NaN and inf do."""
    try:
        _parse_number(cell)
    except ValueError:
        return False
    return True


def finite(cell: str) -> float:
    """Return a cell's number, or say in a ValueError what it is instead."""
    value = _parse_number(cell)
    if not math.isfinite(value):
        msg = f"{cell.strip()!r} is not a finite number"
        raise ValueError(msg)
    return value


def _parse_number(cell: str) -> float:
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


def _check_header(title: str, cells: list[str], separator: str) -> list[str]:
    """Return the columns' names, or say what is wrong with them."""
    names = [" ".join(cell.split()) for cell in cells]
    for other in OTHER_SEPARATORS:
        if len(cells) == 1 and other in cells[0] and separator != other:
            msg = (
                f"{title}: the header has one column, {names[0]!r}; "
                f"if {other!r} separates the cells, say so: --sep {_spell(other)}"
            )
            raise UserError(msg)
    refuse_twice(title, [name for name in names if name])
    return names


def _spell(separator: str) -> str:
    """Return a separator as one types it after --sep."""
    return "tab" if separator == "\t" else f"'{separator}'"


class Source:
    """A CSV file whose first rows are read, to choose columns by."""

    def __init__(self, batches: Iterator[Batch], *, drop: bool = False) -> None:
        self._first, self._rest = next(batches), batches
        self._table = as_table(self._first)
        self.title, self.names = self._table.title, self._table.names
        self._drop, self.dropped = drop, 0

    def numeric(self, names: list[str]) -> list[str]:
        """Return the names of the columns of numbers among these."""
        return self._table.numeric(names)

    def read(self, names: list[str]) -> Iterator[Array]:
        """Yield the named columns, some rows at a time, a row each."""
        is_empty = True
        for batch in chain([self._first], self._rest):
            values = numbers(batch, names, drop=self._drop)
            rows = len(batch.text if isinstance(batch, Plain) else batch.rows)
            self.dropped += rows - values.shape[1]
            if values.size:
                yield values
                is_empty = False
        if is_empty:
            msg = f"{self.title}: every row has a missing cell"
            raise UserError(msg)
