import io
import os
import re
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np
import pytest

import refgd
from refgd import __main__, _start
from refgd.cli import COMMANDS, main
from refgd.cli._explain import align, exact, within

TABLE = """\
Prediction before training: f(5) = 0.000
epoch 1: w = 0.300, loss = 30.00000000
epoch 3: w = 0.772, loss = 15.66018750
epoch 5: w = 1.113, loss = 8.17471575
epoch 7: w = 1.359, loss = 4.26725271
epoch 9: w = 1.537, loss = 2.22753259
epoch 11: w = 1.665, loss = 1.16278593
epoch 13: w = 1.758, loss = 0.60698152
epoch 15: w = 1.825, loss = 0.31684815
epoch 17: w = 1.874, loss = 0.16539671
epoch 19: w = 1.909, loss = 0.08633812
Prediction after training: f(5) = 9.612
"""

BOARD = """\
One iteration of gradient descent on f(x) = w * x, by hand

    x = 1, 2, 3, 4     y = 2, 4, 6, 8     n = 4
    w = 1.5     lr = 0.01

1. Predictions: y_pred = w * x
    1.5 * 1 = 1.5
    1.5 * 2 = 3
    1.5 * 3 = 4.5
    1.5 * 4 = 6

2. Residuals: y_pred - y
    1.5 - 2 = -0.5
      3 - 4 = -1
    4.5 - 6 = -1.5
      6 - 8 = -2

3. Loss: the mean of the squared residuals
    (-0.5)^2 = 0.25
      (-1)^2 = 1
    (-1.5)^2 = 2.25
      (-2)^2 = 4
    ---------------
         sum = 7.5
    loss = 7.5 / 4 = 1.875

4. Gradient: the mean of 2 * x * residual
    2 * 1 * (-0.5) =  -1
    2 * 2 *   (-1) =  -4
    2 * 3 * (-1.5) =  -9
    2 * 4 *   (-2) = -16
    --------------------
               sum = -30
    dw = (-30) / 4 = -7.5

5. Step: w - lr * dw
    new w = 1.5 - 0.01 * (-7.5) = 1.575

Check: the loss is quadratic, so this difference is its derivative
    loss(w + 1) = 1.875     loss(w - 1) = 16.875
    dw = (1.875 - 16.875) / 2 = -7.5
    loss(new w) = 1.3546875, and it was 1.875
"""

ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(refgd.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
}


def _run(
    *argv: str,
    stdout: int | IO[bytes] = subprocess.PIPE,
    environment: dict[str, str] = ENVIRONMENT,
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m refgd` in its own process, on this very source."""
    return subprocess.run(  # noqa: S603 - this Python, with the arguments of a test
        [sys.executable, "-m", "refgd", *argv],
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def test_the_table_is_the_tutorials_to_the_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    assert capsys.readouterr() == (TABLE, "")


def test_python_m_refgd_prints_the_same_table() -> None:
    done = _run()
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, lines, done.stderr) == (0, TABLE.splitlines(), b"")


def test_explain_is_the_board_to_the_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--explain", "--w", "1.5"]) == 0
    assert capsys.readouterr() == (BOARD, "")


def test_explain_starts_from_zero(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --w the board is the first line of the table."""
    assert main(["--explain"]) == 0
    board = capsys.readouterr().out
    assert "    loss = 120 / 4 = 30\n" in board
    assert "    dw = (-120) / 4 = -30\n" in board
    assert "    new w = 0 - 0.01 * (-30) = 0.3\n" in board


@pytest.mark.parametrize("w", ["-2", "0.125", "1/3", "2", "7", "-3/7", "1.25e1"])
def test_every_equation_on_the_board_is_true(
    w: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read the board back and evaluate both sides of each = in rationals."""
    assert main(["--explain", f"--w={w}"]) == 0
    checked = 0
    for line in capsys.readouterr().out.splitlines():
        if not re.fullmatch(r"    [^=]*[0-9)][^=]*= +[-0-9./]+", line):
            continue
        left, right = line.rsplit("=", 1)
        left = left.rsplit("=", 1)[-1].replace("^", "**")
        whole = re.sub(r"\d+(\.\d+)?", r"Fraction('\g<0>')", f"{left} - ({right})")
        assert eval(whole, {"Fraction": Fraction}) == 0, line  # noqa: S307 - our own text
        checked += 1
    assert checked == 16


@pytest.mark.parametrize("w", ["0", "1.5", "1/3", "1.23456", "-999999.123", "1/977"])
def test_the_board_fits_a_terminal(w: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--explain", f"--w={w}"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("w", ["abc", "nan", "inf", "1/0", "1e999999999", "1000001"])
def test_a_w_that_is_no_number_is_refused(
    w: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--explain", "--w", w]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("refgd: --w must ")


@pytest.mark.parametrize("option", [["--explain"], ["--w", "1"]], ids=" ".join)
@pytest.mark.parametrize("command", ["fit --dataset hubble", "vectors sgd"])
def test_explain_beside_a_command_is_refused(
    option: list[str], command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*option, *command.split()]) == 1
    err = "refgd: --explain and --w go without a command: refgd --explain\n"
    assert capsys.readouterr() == ("", err)


def test_explain_takes_an_lr_and_ones_own_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the decimals of the file, exactly; every equation of it is true."""
    path = tmp_path / "a.csv"
    path.write_text("x,y\n0.1,0.3\n2,5.5\n-1,1\n", "utf-8")
    assert main(["--explain", "--lr", "1/2", "--w", "1", "--data", str(path)]) == 0
    board = capsys.readouterr().out
    x, y = (
        np.array([*map(Fraction, a)]) for a in (["0.1", "2", "-1"], ["0.3", "5.5", "1"])
    )
    dw = refgd.grad(x, y, refgd.forward(Fraction(1), x))
    assert "x = 0.1, 2, -1     y = 0.3, 5.5, 1     n = 3" in board
    assert f"dw = (-10.04) / 3 = {exact(dw)}" in board
    assert f" = {exact(1 - dw / 2)}" in board
    path.write_text("x,y\n" + "123456.789,-987654.321\n" * 20, "utf-8")
    assert main(["--explain", "--data", str(path)]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 80


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b,c\n1,2,3\n", [], "--explain takes a file of two columns, x and y"),
        ("x,y\n" + "1,2\n" * 21, [], "room for 20 rows, within ±1,000,000"),
        ("x,y\n1e7,2\n", [], "room for 20 rows, within ±1,000,000"),
        ("x,y\n1,2\n", ["--lr", "a"], "--lr must be a number such as 1.5 or 1/3"),
    ],
)
def test_what_does_not_fit_on_the_board(
    text: str,
    options: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    assert main(["--explain", "--data", str(path), *options]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--w", "--lr", "--data"])
def test_an_option_of_explain_alone_is_refused(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([option, "1"]) == 1
    words = "--w, --lr and --data go with --explain: refgd --explain --w 1.5"
    err = f"refgd: {words}\n"
    assert capsys.readouterr() == ("", err)


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("0", "0"),
        ("-1/2", "-0.5"),
        ("100", "100"),
        ("1/3", "1/3"),
        ("1/1024", "0.0009765625"),
        ("1/8192", "1/8192"),
        ("12345/1638400001", "~7.53479e-06"),
        ("123456789012", "123456789012"),
        ("1234567890123", "~1.23457e+12"),
        ("1000000/1000003", "~0.999997"),
    ],
)
def test_exact_rounds_only_what_is_too_long(q: str, text: str) -> None:
    assert exact(Fraction(q)) == text


@pytest.mark.parametrize(
    ("q", "text"), [("2", "2"), ("-2", "(-2)"), ("2/3", "(2/3)"), ("-0.5", "(-0.5)")]
)
def test_within_puts_a_term_in_parentheses(q: str, text: str) -> None:
    assert within(Fraction(q)) == text


def test_aligned_sets_the_last_column_at_its_point() -> None:
    rows = [["a", "=", "1.25"], ["bcd", "=", "-10"], ["e", "=", "3.5"]]
    assert align(rows) == ["  a =   1.25", "bcd = -10", "  e =   3.5"]


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"refgd {refgd.__version__}\n"


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """And each has a help of its own."""
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert listed == list(COMMANDS)
    for name in COMMANDS:
        with pytest.raises(SystemExit) as stopped:
            main([name, "--help"])
        assert stopped.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: refgd {name} ")


@pytest.mark.parametrize("argv", [["fit"], ["--no-such-option"], ["no-such-command"]])
def test_usage_errors_keep_argparses_status(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: refgd")


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe closes otherwise there")
@pytest.mark.parametrize("argv", [[], ["--explain"], ["fit", "--dataset", "noint2"]])
def test_a_closed_pipe_is_not_a_traceback(argv: list[str]) -> None:
    """`refgd | head -0`: nobody reads, and nothing is said about it."""
    reader, writer = os.pipe()
    os.close(reader)
    done = _run(*argv, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = _run(stdout=full)
    assert done.returncode == 1
    assert done.stderr == b"refgd: cannot write the output: No space left on device\n"


def test_a_terminal_without_the_letters_gets_escapes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("é,y\n1,2\n", "utf-8")
    done = _run(
        "fit",
        str(tmp_path / "a.csv"),
        environment={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"w[\xe9] = " in done.stdout


ESCAPES = "sp\x1b[31m\u202eeed"


def test_names_from_a_file_do_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{ESCAPES},y\n1,2\n2,4\n", "utf-8")
    assert main(["fit", str(path)]) == 0
    assert main(["fit", str(path), "--x", ESCAPES, "--y", ESCAPES]) == 1
    assert main(["fit", "no\x1b[2Jfile"]) == 1
    said = "".join(capsys.readouterr())
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert r"w[sp\x1b[31m\u202eeed] = " in said
    assert r"refgd: no\x1b[2Jfile: no such file" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locale")
def test_a_column_has_its_name_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Größe,Länge,y\n1,1,2\n2,1,4\n", "utf-8")
    own = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = ("fit", str(tmp_path / "a.csv"), "--x", "Größe", "--y", "y")
    done = _run(*command, environment={**ENVIRONMENT, **own})
    assert (done.returncode, done.stderr) == (0, b"")
    assert ": 2 rows, x = Größe, y = y" in done.stdout.decode()


@pytest.mark.parametrize(
    ("argv", "own", "status"),
    [
        (["-m", "refgd", "--version"], True, 130),
        (["-c", "import refgd"], False, None),
    ],
)
def test_an_interrupted_import_leaves_no_traceback(
    argv: list[str], status: int | None, tmp_path: Path, *, own: bool
) -> None:
    """Of refgd's own command; of another program it is that program's affair."""
    (tmp_path / "numpy.py").write_text("raise KeyboardInterrupt")
    paths = [str(tmp_path), str(Path(refgd.__file__).parents[1])]
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, *argv],
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert (b"Traceback" not in done.stderr) == own
    assert (done.returncode == status) == own


@pytest.mark.parametrize(
    ("whole", "argv", "own"),
    [
        (["python", "-m", "refgd", "fit"], ["-m", "fit"], True),
        (["python", "-m", "pytest"], ["-m"], False),
        (["python"], ["-m"], False),
        (["python", "/bin/refgd"], ["/bin/refgd", "fit"], True),
        (["refgd.exe"], ["refgd.exe"], True),
        (["python", "-m", "refgd"], ["/lib/refgd/__main__.py"], True),
        (["python", "mine.py"], ["mine.py"], False),
        (["python"], [], False),
    ],
)
def test_the_program_is_known(whole: list[str], argv: list[str], *, own: bool) -> None:
    assert _start.is_refgd(whole, argv) == own


@pytest.mark.parametrize("own", [False, True])
def test_only_refgd_ends_quietly(monkeypatch: pytest.MonkeyPatch, *, own: bool) -> None:
    monkeypatch.setattr(_start, "is_refgd", lambda *_: own)
    with (
        pytest.raises(SystemExit if own else KeyboardInterrupt),
        _start.quiet_interrupt(),
    ):
        raise KeyboardInterrupt


def test_the_script_runs_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["refgd"])
    assert __main__.run() == 0
    assert "epoch 1" in capsys.readouterr().out


class _Lost(io.StringIO):
    """A stdout that takes no more."""

    def __init__(self, error: OSError, file: IO[bytes]) -> None:
        super().__init__()
        self._error, self._file = error, file

    def flush(self) -> None:
        raise self._error

    def fileno(self) -> int:
        return self._file.fileno()


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BrokenPipeError(32, "Broken pipe"), 141, ""),
        (
            OSError(28, "No space left on device"),
            1,
            "refgd: cannot write the output: No space left on device\n",
        ),
    ],
)
def test_a_lost_output_points_stdout_nowhere(
    error: OSError,
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that Python's own flush at exit has nothing to say."""
    with tempfile.TemporaryFile() as out:
        monkeypatch.setattr(sys, "stdout", _Lost(error, out))
        assert main([]) == status
        assert os.fstat(out.fileno()).st_rdev == Path(os.devnull).stat().st_rdev
    assert capsys.readouterr().err == said
