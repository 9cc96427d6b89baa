import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd.cli._arguments import UserError
from refgd.cli.fit import _csv
from refgd.cli.fit._csv import Choice, Table, choose

PARTS = {
    "named x and y": ("a,y,x,b", None, None, ("x", "y")),
    "first and last": ("t,a,b,c", None, None, ("a", "c")),
    "x alone is named": ("a,b,x", None, None, ("x", "b")),
    "y alone is named": ("y,a,b", None, None, ("a", "y")),
    "x asked for": ("a,b,c", "c", None, ("c", "b")),
    "y asked for": ("a,b,c", None, "a", ("b", "a")),
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
    (table,) = _csv.read(path, separator)
    return table


def _refusal(path: Path, text: str | bytes, column: str = "y") -> str:
    """Read a column and return what is said, without the file's name."""
    file = _write(path, text)
    with pytest.raises(UserError) as refused:
        _csv.numbers(_read(file), column)
    message = str(refused.value)
    assert file in message
    assert "\n" not in message
    return message.replace(file, "FILE")


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
    table = _read(_write(tmp_path, text))
    assert table.names == ["x", "y"]
    assert _csv.numbers(table, "x").tolist() == [1.0, 3.0]
    assert _csv.numbers(table, "y").tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE is empty: expected a header and rows of numbers"),
        ("\n \n", "FILE is empty: expected a header and rows of numbers"),
        ("x,y\n", "FILE has a header but no rows"),
        (
            "1,2\n3,4\n",
            "FILE: the first line is all numbers; a header with names is missing",
        ),
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
        ("x,y\n1,2\n1, \n", "FILE, line 3, column 'y': the cell is empty"),
        ("x,y\n1,NaN\n", "FILE, line 2, column 'y': 'NaN' is not a finite number"),
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
    assert _csv.holds_numbers(table, "a") is expected


@pytest.mark.parametrize(
    ("header", "x", "y", "chosen"), PARTS.values(), ids=PARTS.keys()
)
def test_choose_follows_its_rule(
    header: str, x: str | None, y: str | None, chosen: tuple[str, ...], tmp_path: Path
) -> None:
    """A column t holds text, the others numbers."""
    table = _read(_write(tmp_path, f"{header}\n{header}\n"))
    row = ["text" if name == "t" else "1" for name in table.names]
    choice = choose(table._replace(rows=[row]), x, y)
    assert (*choice.x, choice.y) == chosen


def test_choose_says_how_it_found_a_column() -> None:
    table = Table("t", ["a", "b", "y"], [["1", "2", "3"]], [2])
    first = " (the first column of numbers)"
    last = " (the last column of numbers)"
    assert choose(table, None, None) == Choice(["a"], "y", first, "")
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
