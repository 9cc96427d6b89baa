"""Files of many rows: read in batches, compressed as they come, never held."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refgd import datasets
from refgd.cli import main
from refgd.cli.fit import _csv, _problem
from refgd.cli.fit._options import Options
from refgd.compression import Compressed
from scale.same_loss import assert_same_loss

BATCH, LARGE, ROWS = 7, 20, 50


pytestmark = pytest.mark.usefixtures("small_batches")


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Batches of 7 rows, and 20 are many; data.csv has 50, of three columns."""
    monkeypatch.setattr(_csv, "BATCH", BATCH)
    monkeypatch.setattr(_problem, "LARGE", LARGE)
    monkeypatch.chdir(tmp_path)
    _write(np.random.default_rng(0).normal(size=(ROWS, 3)).tolist())


def _write(rows: list[list[float]]) -> list[str]:
    lines = ["a,b,y", *(",".join(map(repr, row)) for row in rows)]
    Path("data.csv").write_text("\n".join(lines) + "\n")
    return lines


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("x", ["a", "b,a"])
def test_what_is_compressed_is_the_whole(x: str, intercept: bool) -> None:
    """Within the bound of `compress`, for every w."""
    options = Options(file="data.csv", x=x, y="y", intercept=intercept)
    of_rows = replace(options, batch_size=1)
    whole, few = map(_problem.from_file, (of_rows, options))
    assert (len(whole.y), len(few.y)) == (ROWS, few.x[:1].size + 1)
    assert whole.names == few.names
    for w in (0.0, 1.0, -30.0):
        weights = np.full(whole.x.shape[1:], w)
        assert_same_loss(Compressed(few.x, few.y, ROWS), whole.x, whole.y, weights)


@pytest.mark.parametrize(
    ("options", "compressed"),
    [
        ("", True),
        ("--intercept", True),
        ("--intercept --standardize", True),
        ("--optimizer adam --lr 0.01", True),
        ("--batch-size 10", False),
        ("--validation 0.2", False),
        ("--plot fit.svg", False),
    ],
)
def test_it_says_so(
    options: str, compressed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Batches, a share held out and a picture need the rows themselves."""
    if "plot" in options:
        pytest.importorskip("matplotlib", reason="pictures are optional: refgd[cli]")
    argv = ["fit", "data.csv", "--x", "a", *options.split(), "--n-iters", "500"]
    assert main(argv) in {0, 3}
    out = capsys.readouterr().out
    k = 3 if "--intercept" in options else 2
    said = f"compressed 50 rows to {k}, with the same loss and gradient for every w\n"
    assert (said in out) is compressed
    assert "data.csv: 50 rows, x = a, y = y\n" in out


@pytest.mark.parametrize("rows", [LARGE - 1, LARGE])
def test_few_rows_are_not_compressed(
    rows: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _write([[float(i), 1.0, 2.0 * i] for i in range(rows)])
    assert main(["fit", "data.csv", "--x", "a"]) == 0
    assert ("compressed" in capsys.readouterr().out) is (rows == LARGE)


def test_sums_that_leave_float64_are_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write([[1.7e308, 1.0, 1.0]] * LARGE)
    assert main(["fit", "data.csv", "--x", "a"]) == 1
    said = "refgd: the data are too large for their sums in float64; scale x or y\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("row", [1, BATCH, BATCH + 1, LARGE + 3, ROWS])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,abc", "column 'y': 'abc' is not a number"),
        ("1,2,", f"column 'y': the cell is empty{_csv.DROP_HINT}"),
        ("1,2,1_0", "column 'y': '1_0' is not a number"),
        ("nan,2,1", f"column 'a': 'nan' is not a finite number{_csv.DROP_HINT}"),
        ("1,2", "2 cells, but the header has 3"),
        ("1,2,3,4", "4 cells, but the header has 3"),
        ('1,2,"3', "unexpected end of data"),
        ("1,2,\xff", "byte 0xff is not UTF-8; save it as UTF-8"),
    ],
)
def test_a_bad_row_is_named_in_any_batch(
    row: int, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the line it begins on, with blank lines counted."""
    lines = _write([[float(i), 1.0, 2.0] for i in range(ROWS)])
    lines[row] = text
    lines.insert(1, "")
    Path("data.csv").write_bytes("\n".join(lines).encode("latin-1"))
    assert main(["fit", "data.csv", "--x", "a"]) == 1
    between = "" if message[0] in "24bu" else ", "
    where = f"data.csv, line {row + 2}" + (between or ": ")
    assert capsys.readouterr() == ("", f"refgd: {where}{message}\n")


def test_a_byte_that_is_not_utf8_is_found_far_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Decoding goes by pieces of 8 kB: the lines before them count."""
    lines = [b"x,y"] + 5000 * [b"1.25,2.5"]
    lines[4321] = b"1,\xe9"
    Path("data.csv").write_bytes(b"\r\n".join(lines))
    assert main(["fit", "data.csv"]) == 1
    said = "refgd: data.csv, line 4322: byte 0xe9 is not UTF-8; save it as UTF-8\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("separator", [";", "|", "tab"])
def test_other_separators(separator: str, capsys: pytest.CaptureFixture[str]) -> None:
    character = "\t" if separator == "tab" else separator
    Path("data.csv").write_text("x,y\n1,2\n2,4\n".replace(",", character))
    assert main(["fit", "data.csv"]) == 1
    shown = "tab" if separator == "tab" else f"'{separator}'"
    assert capsys.readouterr().err.endswith(f"say so: --sep {shown}\n")
    assert main(["fit", "data.csv", "--sep", separator]) == 0
    assert "data.csv: 2 rows, x = x, y = y\n" in capsys.readouterr().out


@pytest.mark.parametrize("separator", ["", ";;", "\n", '"'])
def test_what_separates_nothing_is_refused(
    separator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "data.csv", "--sep", separator]) == 1
    assert "--sep must be one character, such as ';', or tab, got" in (
        capsys.readouterr().err
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no /dev/fd on Windows")
def test_progress_is_of_files_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal a bar by bytes; how much a pipe holds nobody knows."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr("refgd._progress.SECONDS_BETWEEN_LINES", 0.0)
    size = Path("data.csv").stat().st_size
    batches = list(_csv.read("data.csv", progress=True))
    rows = [len(_csv.as_table(batch).rows) for batch in batches]
    assert rows == [BATCH] * 7 + [1]
    err = capsys.readouterr().err
    assert f"refgd: read {size:,} of {size:,} bytes\n" in err
    read, write = os.pipe()
    os.write(write, Path("data.csv").read_bytes())
    os.close(write)
    assert len(list(_csv.read(f"/dev/fd/{read}", progress=True))) == len(batches)
    os.close(read)
    assert capsys.readouterr().err == ""


# --- memory -----------------------------------------------------------------------

SHARE = 1 / 3  # of the file, at most: its text alone, held, would be more than all

CHILD = """
import sys
from refgd.cli import main

def memory(field):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return 1024 * int(status[field].split()[0])

main(["fit", "small.csv", *sys.argv[3:]])  # what is imported counts for nothing
before = memory("VmRSS")
assert main(sys.argv[1:]) == 0
print(memory("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize("options", [[], ["--intercept", "--standardize"]])
def test_a_large_file_is_never_held(options: list[str]) -> None:
    """Of 38 MB the process takes some 8: a batch of text and its rows."""
    cell = "1.{:0>120}"
    block = "".join(f"{cell.format(i)},{cell.format(i * i)}\n" for i in range(1000))
    Path("small.csv").write_text("x,y\n" + block)
    with Path("large.csv").open("w") as file:
        file.write("x,y\n")
        file.writelines(block for _ in range(150))
    size = Path("large.csv").stat().st_size
    run = subprocess.run(  # noqa: S603 - the code above, in a process of its own
        [sys.executable, "-c", CHILD, "fit", "large.csv", *options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "compressed 150,000 rows to" in run.stdout
    assert size > 30_000_000
    assert int(run.stdout.split()[-1]) < SHARE * size


def test_a_data_set_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert max(len(data().y) for data in datasets.ALL.values()) < 2**16
    assert main(["fit", "--dataset", "hubble"]) == 0
    assert "compressed" not in capsys.readouterr().out
