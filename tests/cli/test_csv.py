import io
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd.cli._arguments import UserError
from refgd.cli.fit import _csv
from refgd.cli.fit._columns import Choice, choose
from refgd.cli.fit._csv import Table

NUMBER = (
    "FILE: the first line has the number {} where a header has a name; if that line is "
    "a row, say so: --no-header; if it is a header: --header"
)

PARTS = {
    "named x and y": ("a,y,x,b", None, None, ("x", "y")),
    "two of numbers": ("t,a,u,c", None, None, ("a", "c")),
    "x alone is named": ("a,b,x", None, None, ("x", "b")),
    "y alone is named": ("y,a,t", None, None, ("a", "y")),
    "x asked for": ("a,b,c", "c", None, ("c", "b")),
    "y asked for": ("a,t,c", None, "a", ("c", "a")),
    "y asked for is x": ("x,a", None, "x", ("a", "x")),
    "x asked for is y": ("a,y", "y", None, ("y", "a")),
    "both asked for": ("x,y,a,b", "a", "b", ("a", "b")),
    "several": ("a,b,c", "c,a", None, ("c", "a", "b")),
    "blanks around": ("a,b,c", " c , a ", "b", ("c", "a", "b")),
    "a comma in a name": ('"a,b",c,d', '"a,b",c', "d", ("a,b", "c", "d")),
    "no name, as of an index": (",a,b", None, None, ("a", "b")),
}


def _write(path: Path, text: str | bytes) -> str:
    file = path / "data.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def _read(path: str, separator: str = ",") -> Table:
    """Read a file of one batch."""
    (batch,) = _csv.read(path, separator)
    return _csv.as_table(batch)


def _column(path: str, name: str) -> list[float]:
    """Read a column of a file, batch by batch, as `refgd fit` does."""
    read = [_csv.numbers(batch, [name]) for batch in _csv.read(path)]
    values: list[float] = np.concatenate(read, axis=1)[0].tolist()
    return values


def _refusal(path: Path, text: str | bytes, column: str = "y") -> str:
    """Read a column and return what is said, without the file's name."""
    file = _write(path, text)
    with pytest.raises(UserError) as refused:
        _column(file, column)
    message = str(refused.value)
    assert file in message
    assert "\n" not in message
    return message.replace(file, "FILE")


HINT = "; to leave out such rows: --missing drop"


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n3,4\n",
        "x,y\n1,2\n3,4",
        "x,y\r\n1,2\r\n3,4\r\n",
        "x,y\r1,2\r3,4\r",
        "\ufeffx,y\n1,2\n3,4\n",
        ' x , "y"\n 1, "2"\n3 ,4\n',
        "\n\nx,y\n\n1,2\n   \n3,4\n\n",
        'x,y\n"1\n",2\n3,4\n',
    ],
)
def test_read_takes_what_programs_write(text: str, tmp_path: Path) -> None:
    file = _write(tmp_path, text)
    assert _read(file).names == ["x", "y"]
    assert _column(file, "x") == [1.0, 3.0]
    assert _column(file, "y") == [2.0, 4.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE is empty: expected a header and rows of numbers"),
        ("\n \n", "FILE is empty: expected a header and rows of numbers"),
        ("x,y\n", "FILE has a header but no rows"),
        ("1,2\n3,4\n", NUMBER.format("'1'")),
        ("2020-01-01,3,4\n2020-01-02,5,6\n", NUMBER.format("'3'")),
        ("150,4,setosa,versicolor\n5.1,3.5,1.4,0.2\n", NUMBER.format("'150'")),
        ("a,nan\n1,2\n", NUMBER.format("'nan'")),
        ('x,y\n1,2\n""\n3,4\n', "FILE, line 3: 1 cells, but the header has 2"),
        ('y\n1\n""\n3\n', f"FILE, line 3, column 'y': the cell is empty{HINT}"),
        ("x,y,x\n1,2,3\n", "FILE: two columns are named 'x'"),
        ("x,y\n1,2\n1,2,3\n", "FILE, line 3: 3 cells, but the header has 2"),
        ("x,y\n1\n", "FILE, line 2: 1 cells, but the header has 2"),
        ("x,y\n1,abc\n", "FILE, line 2, column 'y': 'abc' is not a number"),
        (
            'x,y\n"1\n\n",2\n\n1,abc\n',
            "FILE, line 6, column 'y': 'abc' is not a number",
        ),
        ("x,y\n1,1_000\n", "FILE, line 2, column 'y': '1_000' is not a number"),
        (
            'x,y\n1,"2,5"\n',
            (
                "FILE, line 2, column 'y': '2,5' is not a number, write a "
                "decimal point, not a comma"
            ),
        ),
        ('x,y\n1,"1,000,5"\n', "FILE, line 2, column 'y': '1,000,5' is not a number"),
        ("x,y\n1,2\n1, \n", f"FILE, line 3, column 'y': the cell is empty{HINT}"),
        (
            "x,y\n1,NaN\n",
            f"FILE, line 2, column 'y': 'NaN' is not a finite number{HINT}",
        ),
        ("x,y\n1,-inf\n", "FILE, line 2, column 'y': '-inf' is not a finite number"),
        ("x,y\n1,1e999\n", "FILE, line 2, column 'y': '1e999' is not a finite number"),
        (
            b"x,y\n1,2\n1,\xff\n",
            "FILE, line 3: byte 0xff is not UTF-8; save it as UTF-8",
        ),
        ("x,y\n".encode("utf-16"), "FILE is UTF-16: save it as UTF-8"),
        (
            "x;y\n1;2\n",
            (
                "FILE: the header has one column, 'x;y'; if ';' separates the cells, "
                "say so: --sep ';'"
            ),
        ),
        (
            "x\ty\n1\t2\n",
            (
                r"FILE: the header has one column, 'x y'; if '\t' separates the cells, "
                r"say so: --sep tab"
            ),
        ),
        ('x,y\n1,2\n"1,2\n3,4\n', "FILE, line 3: unexpected end of data"),
    ],
)
def test_read_says_what_is_wrong_and_where(
    text: str | bytes, message: str, tmp_path: Path
) -> None:
    assert _refusal(tmp_path, text) == message


def test_read_refuses_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nope\.csv: no such file$"):
        _read(str(tmp_path / "nope.csv"))
    with pytest.raises(UserError, match=r"is a directory, not a file$"):
        _read(str(tmp_path))
    with pytest.raises(UserError, match=r"^cannot read .*: Not a directory$"):
        _read(_write(tmp_path, "x") + "/a.csv")


def test_read_takes_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    given_bytes = io.TextIOWrapper(io.BytesIO(b"x,y\n1,2\n"))
    monkeypatch.setattr(sys, "stdin", given_bytes)
    table = _read("-")
    assert table == Table("standard input", ["x", "y"], [["1", "2"]], [2])


# --- what NumPy reads is what csv and float read --------------------------------------


def _outcome(file: str, separator: str) -> list[float] | str:
    """Return both columns of a file, or what is said of it."""
    try:
        read = [_csv.numbers(batch, ["x", "y"]) for batch in _csv.read(file, separator)]
    except UserError as error:
        return str(error)
    values: list[float] = np.concatenate(read, axis=1).ravel().tolist()
    return values


def _outcomes(path: Path, text: str, separator: str) -> tuple[Any, Any]:
    """Return the outcome as it is, and that of csv alone; in batches of two lines."""
    file = path / "data.csv"
    file.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_csv, "BATCH", 2)
        usual = _outcome(str(file), separator)
        patch.setattr(_csv, "_is_plain", lambda *_: False)
        return usual, _outcome(str(file), separator)


#: A row as it may come, and its two numbers; None where it is refused.
ROWS: dict[str, tuple[float, float] | None] = {
    "1,2": (1, 2),
    "+1.,-.5": (1, -0.5),
    "1e3,1E-3": (1000, 0.001),
    " 1 ,\t2 ": (1, 2),
    "\u20031,2\u00a0": (1, 2),
    "\x1c1,2\x0b": (1, 2),
    "٣,٤": (3, 4),
    "1e-400,-0": (0, -0.0),
    "0.1000000000000000055511151231257827,5e-324": (0.1, 5e-324),
    '"1",2': (1, 2),
    '1, "2"': (1, 2),
    '"1\n",2': (1, 2),
    "1_000,2": None,
    "1e1_0,2": None,
    "0x10,2": None,
    "0b1,2": None,
    "1d5,2": None,
    "1f,2": None,
    "1L,2": None,
    "nan,2": None,
    "1,inf": None,
    "1,-Infinity": None,
    "1e400,2": None,
    "1+0j,2": None,
    "1j,2": None,
    "true,2": None,
    "1 2,3": None,
    "1,2 # two": None,
    "#1,2": None,
    "1,−2": None,
    "½,2": None,
    "1\0,2": None,
    "\ufeff1,2": None,
    "1,2,": None,
    "1,2,3": None,
    "1,": None,
    ",": None,
    "1": None,
    '1"2,3': None,
    '"1"2,3': None,
    '"1,2': None,
    f"{'1' * 140_000},2": None,
    f"1.{'0' * 140_000},2": None,  # csv's limit of a cell
}


FORMS = [(",", "\n"), (",", "\r\n"), (",", "\r"), *((c, "\n") for c in ";\t|#·")]


@pytest.mark.parametrize(("separator", "end"), FORMS, ids=ascii)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row[:20]))
def test_numpy_changes_nothing(
    row: str, separator: str, end: str, tmp_path: Path
) -> None:
    text = end.join(["x,y", row, "5,6", row, "7,8", row]).replace(",", separator)
    usual, by_csv = _outcomes(tmp_path, text, separator)
    assert usual == by_csv


@pytest.mark.parametrize("row", [row for row, cells in ROWS.items() if cells])
def test_a_row_of_two_numbers_is_read(row: str, tmp_path: Path) -> None:
    usual, _ = _outcomes(tmp_path, f"x,y\n{row}\n{row}\n5,6\n", ",")
    x, y = ROWS[row] or (None, None)
    assert usual == [x, x, 5, y, y, 6]


@pytest.mark.parametrize("row", [row for row, cells in ROWS.items() if not cells])
def test_a_row_of_other_than_two_numbers_is_named(row: str, tmp_path: Path) -> None:
    usual, _ = _outcomes(tmp_path, f"x,y\n1,2\n3,4\n{row}\n", ",")
    assert "data.csv, line 4" in usual


PIECES = ["1", "2.5", "-", "+", "e", ".", "_", "nan", "inf", "0x", "#", " ", "\x0c"]
PIECES += ["\t", "\n", "\r", "\r\n", '"', ",", ";", "\0", "٣", "\x85", "\u2028", "é"]


@given(
    rows=st.lists(
        st.one_of(
            st.sampled_from(["1,2", "3.5,-4e3", "", " ", "1,2,3"]),
            st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
            st.tuples(st.floats(), st.floats()).map(
                lambda pair: f"{pair[0]},{pair[1]}"
            ),
        ),
        max_size=8,
    ),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_numpy_changes_nothing_of_any_text(rows: list[str], end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = end.join(["x,y", *rows])
        usual, by_csv = _outcomes(Path(folder), text, ",")
    assert usual == by_csv


def test_numpy_reads_a_file_of_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cells of such a file are never made strings, which takes twice as long."""
    file = _write(tmp_path, "x,name,y\n" + 100 * "1.5,one,2\n")
    monkeypatch.setattr(_csv, "_read_column", None)
    (batch,) = _csv.read(file)
    assert isinstance(batch, _csv.Plain)
    assert _csv.numbers(batch, ["y", "x"]).tolist() == [100 * [2.0], 100 * [1.5]]


@pytest.mark.parametrize(
    "text",
    [
        "1,a,2\n3,b,4\n",
        "\n\n1,a,2\n\n3,b,4\n",
        '1,"a\nc",2\n"3",b,4',
        "\ufeff1,a,2\r3,b,4\r",
    ],
)
def test_without_a_header_no_row_is_lost(text: str, tmp_path: Path) -> None:
    """Whatever the line ends are, and where a cell goes on in the next line."""
    (batch,) = _csv.read(_write(tmp_path, text), header=False)
    assert batch.names == ["1", "2", "3"]
    assert _csv.numbers(batch, ["3", "1"]).tolist() == [[2.0, 4.0], [1.0, 3.0]]


@pytest.mark.parametrize("text", ["1,2\n3\n", "1,2\n3,4,5\n"])
def test_without_a_header_the_first_row_sets_the_columns(
    text: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"line 2: . cells, but the first row has 2$"):
        list(_csv.read(_write(tmp_path, text), header=False))


def test_without_a_header_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is empty: expected a header and rows"):
        list(_csv.read(_write(tmp_path, "\n"), header=False))


def test_a_row_of_empty_cells_between_tabs_is_a_row(tmp_path: Path) -> None:
    (batch,) = _csv.read(_write(tmp_path, "x\ty\n\t\n"), "\t")
    assert _csv.as_table(batch).rows == [["", ""]]


# --- columns ----------------------------------------------------------------------


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_cell_comes_back_to_the_last_bit(value: float) -> None:
    assert _csv.finite(f" {value!r} ") == value


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2", "3"], True),
        (["1", "2", "n/a"], True),
        (["1", "n/a"], False),
        (["M 31", "M 33"], False),
        (["nan", "nan"], True),
    ],
)
def test_a_column_of_numbers_is_one_with_most_cells_numbers(
    cells: list[str], *, expected: bool
) -> None:
    table = Table("t", ["a"], [[cell] for cell in cells], list(range(len(cells))))
    assert table.numeric(["a"]) == (["a"] if expected else [])


@pytest.mark.parametrize(
    ("header", "x", "y", "chosen"), PARTS.values(), ids=PARTS.keys()
)
def test_choose_follows_its_rule(
    header: str, x: str | None, y: str | None, chosen: tuple[str, ...], tmp_path: Path
) -> None:
    """Columns t and u hold text, the others numbers."""
    table = _read(_write(tmp_path, f"{header}\n{header}\n"))
    row = ["text" if name in {"t", "u"} else "1" for name in table.names]
    choice = choose(table._replace(rows=[row]), x, y)
    assert (*choice.x, choice.y) == chosen


def test_choose_says_how_it_found_a_column() -> None:
    table = Table("t", ["a", "b", "y"], [["1", "2", "3"]], [2])
    other = " (the other column of numbers)"
    last = " (the last column of numbers)"
    two = Table("t", ["a", "b"], [["1", "2"]], [2])
    assert choose(two, None, None) == Choice(["a"], "b", other, last)
    assert choose(two, None, "a") == Choice(["b"], "a", other, "")
    assert choose(table, "a", "b") == Choice(["a"], "b", "", "")
    assert choose(table, "y", None) == Choice(["y"], "b", "", last)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ("a,q", None, "t has no column 'q', only 'a', 'b', ''"),
        (None, "q", "t has no column 'q', only 'a', 'b', ''"),
        ("", None, "t has no column '', only 'a', 'b', ''"),
        (",", None, "t has no column '', only 'a', 'b', ''"),
        ("a,a", None, "column 'a' is taken twice: each is an x or the y, once"),
        ("a", "a", "column 'a' is taken twice: each is an x or the y, once"),
        (
            "a",
            None,
            (
                "t has no column of numbers to take as y beside 'a'; its columns "
                "are 'a', 'b', ''"
            ),
        ),
        (
            None,
            "a",
            (
                "t has no column of numbers to take as x beside 'a'; its columns "
                "are 'a', 'b', ''"
            ),
        ),
    ],
)
def test_choose_refuses(x: str | None, y: str | None, message: str) -> None:
    table = Table("t", ["a", "b", ""], [["1", "text", "3"]], [2])
    with pytest.raises(UserError) as refused:
        choose(table, x, y)
    assert str(refused.value) == message


def test_choose_finds_no_number_at_all() -> None:
    table = Table("t", ["a", "b"], [["u", "v"]], [2])
    with pytest.raises(UserError, match=r"^t has no column of numbers to take as x; "):
        choose(table, None, None)


def test_a_closed_standard_input_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """`refgd fit - <&-`: then Python has no stdin at all."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UserError, match="cannot read standard input: it is closed"):
        _read("-")
