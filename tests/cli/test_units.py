"""Columns of one size on the command line, and the way back."""

import re
from pathlib import Path

import numpy as np
import pytest

import refgd
from refgd import datasets
from refgd._types import Array
from refgd.cli import main
from refgd.cli.fit._problem import standardized

#: The mean and scale of some hundred rows, a hundred roundings each, and of their rows
#: compressed: some 1e-14; far from 0 that is of 100 times the spread.
CLOSE = 1e-11


def rows() -> Array:
    """A column far from 0, a large one, a small one, a constant and the intercept's."""
    t = np.linspace(0, 1, 101)
    columns = [100 + np.sin(9 * t), 1e6 * t * t, 1e-6 * np.cos(t), 0 * t + 0.1]
    return refgd.add_intercept(np.column_stack(columns))


@pytest.mark.parametrize("compressed", [False, True])
def test_as_standardize(compressed: bool) -> None:
    """Of the rows and of those that stand for them: mean 0 and mean square 1."""
    whole = rows()
    s = refgd.standardize(whole[:, :-1])
    x = refgd.compress(whole, whole[:, 0]).x if compressed else whole
    got, units = standardized(x, intercept=True)
    assert units.mean[:4] == pytest.approx(s.mean, rel=CLOSE, abs=0)
    assert units.scale[:4] == pytest.approx(s.scale, rel=CLOSE, abs=0)
    assert (units.mean[4], units.scale[3], units.scale[4]) == (0, 1, 1)
    squares = np.dot(got.T, got) / len(got)
    assert np.diag(squares) == pytest.approx([1, 1, 1, 0, 1], rel=0, abs=CLOSE)
    assert squares[-1] == pytest.approx([0, 0, 0, 0, 1], rel=0, abs=CLOSE)
    error = np.abs(units.columns(got) - x).max(axis=0)
    assert np.all(error <= CLOSE * np.abs(x).max(axis=0))


@pytest.mark.parametrize("shape", [(101,), (101, 2)])
def test_without_an_intercept_nothing_is_shifted(shape: tuple[int, ...]) -> None:
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    got, units = standardized(x, intercept=False)
    assert got.shape == shape
    assert not units.mean.any()
    assert np.mean(got * got, axis=0) == pytest.approx(np.ones(shape[1:]), abs=CLOSE)
    w = np.ones(shape[1:])
    assert units.weights(w) == pytest.approx(w / np.squeeze(units.scale), abs=0)


def test_weights_predict_the_same() -> None:
    x = rows()
    got, units = standardized(x, intercept=True)
    several = np.random.default_rng(1).normal(size=(3, 5))
    for w, own in zip(several, units.weights(several), strict=True):
        assert units.weights(w) == pytest.approx(own, rel=CLOSE, abs=0)
        ours, theirs = np.dot(x, own), np.dot(got, w)
        assert ours == pytest.approx(theirs, rel=0, abs=CLOSE)


def _weights(out: str) -> list[float]:
    return [
        float(w) for w in re.findall(r"^w\[.*\] += ([-+.e0-9]+)", out, re.MULTILINE)
    ]


def test_norris_takes_forty_steps(capsys: pytest.CaptureFixture[str]) -> None:
    """NIST certifies 15 digits; the condition number 850 takes three."""
    assert main(["fit", "--dataset", "norris", "--standardize"]) == 0
    out = capsys.readouterr().out
    known = np.ravel(datasets.norris().w)
    assert _weights(out) == pytest.approx(known, rel=1e-12, abs=0)
    assert "stopped after 40 steps: the gradient fell" in out
    # the table too is in the user's units
    last = out.split("\n\nw[")[0].splitlines()[-1].split()
    assert list(map(float, last[2:])) == pytest.approx(known, rel=1e-5, abs=0)


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
