"""Files of other forms than CSV, and wide ones: packed, Parquet, folders of it."""

import gzip
import sys
import time
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refgd.cli import main
from refgd.cli.fit import _parquet, _problem

LINE = "w[x] = 1.999999999998181\n"  # of four points of y = 2x, by 40 halvings
SECONDS_FOR_100_000_COLUMNS = 10.0  # 0.4 are needed; minutes where time is quadratic


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(["fit", *argv]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line.removeprefix("refgd: ")


# --- packed ---------------------------------------------------------------------------

TEXT = b"x,y\n1,2\n2,4\n3,6\n4,8\n"
PACKED = gzip.compress(TEXT, mtime=0)  # not of now: the names of tests hold it


def test_a_packed_file_is_read_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data.csv.gz").write_bytes(PACKED)
    assert main(["fit", "data.csv.gz"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("data.csv.gz: 4 rows, x = x, y = y\n")
    assert LINE in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (TEXT, "Not a gzipped file (b'x,')"),
        (PACKED[:-12], "Compressed file ended before the end-of-stream"),
        (PACKED[:10] + b"\xff" * 20, "Error -3 while decompressing data"),
    ],
)
def test_a_broken_packed_file_is_one_line(
    content: bytes, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("data.csv.gz").write_bytes(content)
    assert _refusal(capsys, "data.csv.gz").startswith(
        f"cannot read data.csv.gz: {message}"
    )


def test_a_packed_byte_that_is_not_utf8_is_named_by_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n1,\xff\n"))
    said = "a.csv.gz, line 3: byte 0xff is not UTF-8; save it as UTF-8"
    assert _refusal(capsys, "a.csv.gz") == said


# --- many columns ---------------------------------------------------------------------


def test_time_is_linear_in_the_columns(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"c{i}" for i in range(100_000)]
    rows = [",".join(map(str, range(k, k + len(names)))) for k in range(3)]
    rows = [f"{row},{k},{2 * k}" for k, row in enumerate(rows, start=1)]
    Path("wide.csv").write_text("\n".join([",".join([*names, "x", "y"]), *rows, ""]))
    began = time.process_time()
    assert main(["fit", "wide.csv"]) == 0
    assert "w[x] = 1.99999" in capsys.readouterr().out
    said = _refusal(capsys, "wide.csv", "--y", "c7", "--x", "none")
    assert time.process_time() - began < SECONDS_FOR_100_000_COLUMNS
    assert said.endswith("'c18', 'c19', 99,982 more")


# --- Parquet --------------------------------------------------------------------------


def _write(path: str, **columns: Any) -> None:
    pytest.importorskip("pyarrow", reason="reads Parquet, and writes it here")
    table = import_module("pyarrow").table(columns)
    Path(path).parent.mkdir(exist_ok=True)
    import_module("pyarrow.parquet").write_table(table, path)


X, Y = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int8, np.uint64, Decimal])
def test_a_parquet_file_is_fitted(
    kind: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("data.parquet", name=[*"abcd"], x=[kind(x) for x in X], y=Y)
    assert main(["fit", "data.parquet"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("data.parquet: 4 rows, x = x, y = y\n")
    assert LINE in out


def test_a_folder_is_its_parts_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """With their columns in any order; what is no part is left alone."""
    _write("parts/b.parquet", y=Y[2:], x=X[2:])
    _write("parts/a.parquet", x=X[:2], y=Y[:2])
    _write("parts/c.parquet", x=np.empty(0), y=np.empty(0))
    Path("parts/_SUCCESS").touch()
    assert main(["fit", "parts"]) == 0
    assert LINE in capsys.readouterr().out


def test_the_columns_of_numbers_are_told_by_their_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write("data.parquet", name=[*"abcd"], size=X, flag=[True] * 4, weight=Y)
    assert main(["fit", "data.parquet"]) == 0
    how = "x = size (the other column of numbers), y = weight (the last column of"
    assert f"data.parquet: 4 rows, {how}" in capsys.readouterr().out


def test_batches_of_a_part_are_compressed_as_they_come(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_parquet, "BATCH", 7)
    monkeypatch.setattr(_problem, "LARGE", 20)
    x = np.arange(50.0)
    _write("data.parquet", x=x, y=3 * x - 7)
    assert main(["fit", "data.parquet", "--intercept"]) == 0
    out = capsys.readouterr().out
    assert "compressed 50 rows to 3," in out
    found = [line.split()[-1] for line in out.splitlines() if line.startswith("w[")]
    assert list(map(float, found)) == pytest.approx([3, -7])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": X[:3], "y": [1, None, 3]}, "row 2, column 'y': the cell is empty"),
        ({"x": [1.0, 2.0, np.nan], "y": X[:3]}, "row 3, column 'x': nan is not a fin"),
        ({"x": [*"abc"], "y": X[:3]}, "column 'x' is of string, not of numbers"),
    ],
)
def test_what_is_no_number_in_a_part_is_named(
    columns: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("parts/a.parquet", x=X, y=Y)
    _write("parts/b.parquet", **columns)
    path = Path("parts", "b.parquet")
    assert message in _refusal(capsys, "parts")
    assert str(path) in _refusal(capsys, "parts")


def test_parts_without_a_column_and_two_of_one_name_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write("parts/a.parquet", x=X, y=Y)
    _write("parts/b.parquet", x=X)
    assert _refusal(capsys, "parts").endswith("b.parquet: column 'y' is not there")
    arrow = import_module("pyarrow")
    table = arrow.Table.from_arrays([arrow.array(X)] * 2, names=["x", "x"])
    import_module("pyarrow.parquet").write_table(table, "twice.parquet")
    assert _refusal(capsys, "twice.parquet").endswith("two columns are named 'x'")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.parquet", "none.parquet: no such file"),
        ("text.parquet", "cannot read text.parquet: "),
        ("folder", "folder is a folder without a file *.parquet"),
        ("empty.parquet", "empty.parquet has no rows"),
    ],
)
def test_what_is_no_parquet_is_one_line(
    path: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("empty.parquet", x=np.empty(0), y=np.empty(0))
    Path("text.parquet").write_bytes(TEXT)
    Path("folder").mkdir()
    assert _refusal(capsys, path).startswith(message)


@pytest.mark.parametrize("path", ["data.parquet", "folder"])
def test_without_pyarrow_its_name_is_said(
    path: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("folder").mkdir()
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    said = f"{path}: to read Parquet takes pyarrow: pip install pyarrow"
    assert _refusal(capsys, path) == said
