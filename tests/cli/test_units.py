"""Standardized columns on the command line, and the way back."""

import re
from pathlib import Path

import numpy as np
import pytest

import refgd
from refgd import datasets
from refgd._types import Array
from refgd.cli import main
from refgd.cli.fit._problem import Problem

#: The mean and scale of some hundred rows, a hundred roundings each, and of their rows
#: compressed: some 1e-14; far from 0 that is of 100 times the spread.
CLOSE = 1e-11


def rows() -> Array:
    """A column far from 0, a large one, a small one, a constant and the intercept's."""
    t = np.linspace(0, 1, 101)
    columns = [100 + np.sin(9 * t), 1e6 * t * t, 1e-6 * np.cos(t), 0 * t + 0.1]
    return refgd.add_intercept(np.column_stack(columns))


def problem(x: Array, *, intercept: bool) -> Problem:
    names = [f"x{j}" for j in range(x[:1].size)]
    return Problem([], x, np.ones(len(x)), names, "y", intercept)


@pytest.mark.parametrize("compressed", [False, True])
def test_the_columns_come_back(compressed: bool) -> None:
    """Of the rows and of those that stand for them: mean 0 and mean square 1."""
    whole = rows()
    x = refgd.compress(whole, whole[:, 0]).x if compressed else whole
    got = problem(x, intercept=True).standardized()
    squares = np.dot(got.x.T, got.x) / len(got.x)
    assert np.diag(squares) == pytest.approx([1, 1, 1, 0, 1], rel=0, abs=CLOSE)
    assert squares[-1] == pytest.approx([0, 0, 0, 0, 1], rel=0, abs=CLOSE)
    error = np.abs(got.original_data()[0] - x).max(axis=0)
    assert np.all(error <= CLOSE * np.abs(x).max(axis=0))


@pytest.mark.parametrize("shape", [(101,), (101, 2)])
def test_without_an_intercept_nothing_is_shifted(shape: tuple[int, ...]) -> None:
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    got = problem(x, intercept=False).standardized()
    assert got.x.shape == shape
    assert np.mean(got.x**2, axis=0) == pytest.approx(np.ones(shape[1:]), abs=CLOSE)
    assert got.original_data()[0] == pytest.approx(x, rel=CLOSE, abs=0)
    w = np.ones((3, *shape[1:]))
    assert got.units is not None
    ours, theirs = got.x * w[0], x * got.units.original_weights(w)[0]
    assert ours == pytest.approx(theirs, rel=CLOSE, abs=0)


def test_columns_that_cannot_be_standardized_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the ones of an intercept they are data, by themselves they vanish."""
    (tmp_path / "tiny.csv").write_text("x,y\n1e-200,2\n3e-200,4\n")
    options = ["fit", str(tmp_path / "tiny.csv"), "--intercept", "--standardize"]
    assert main(options) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("refgd: x is too small for the squares of float64: ")


def _weights(out: str) -> list[float]:
    return [
        float(w) for w in re.findall(r"^w\[.*\] += ([-+.e0-9]+)", out, re.MULTILINE)
    ]


def test_norris_takes_forty_steps(capsys: pytest.CaptureFixture[str]) -> None:
    """And ten more for all digits; NIST certifies 15.

    The intercept is -0.26, the difference of terms of 425: of 15 digits it has 12.
    """
    slope, intercept = np.ravel(datasets.norris().w)
    assert main(["fit", "--dataset", "norris"]) == 0
    out = capsys.readouterr().out
    assert _weights(out) == pytest.approx([slope, intercept], rel=1e-9, abs=0)
    assert "stopped after 43 steps: the gradient fell" in out
    # the table too is in the user's units
    last = out.split("\n\nw[")[0].splitlines()[-1].split()
    assert list(map(float, last[2:])) == pytest.approx([slope, intercept], rel=1e-5)
    assert main(["fit", "--dataset", "norris", "--tol", "1e-15"]) == 0
    got = _weights(capsys.readouterr().out)
    assert got[0] == pytest.approx(slope, rel=1e-14, abs=0)
    assert got[1] == pytest.approx(intercept, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        "--optimizer momentum --set beta=0.5",
        "--batch-size 10 --validation 0.2",
        "--plot fit.svg",
    ],
)
def test_it_goes_with_the_other_options(
    options: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if "plot" in options:
        pytest.importorskip("matplotlib", reason="pictures are optional: refgd[cli]")
    t = np.arange(50)
    text = "".join(f"{1000 + a},{3 * (1000 + a) - 7}\n" for a in t.tolist())
    Path("line.csv").write_text("x,y\n" + text)
    command = f"fit line.csv --intercept --standardize --n-iters 5000 {options}"
    assert main(command.split()) == 0
    assert _weights(capsys.readouterr().out) == pytest.approx([3, -7], rel=1e-6, abs=0)
