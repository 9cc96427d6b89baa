import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import refgd
from refgd import datasets, theory
from refgd.cli import main

SECONDS_FOR_5000_ROWS = 5.0  # about 0.1 are needed; a cell parsed twice shows nowhere

LINE = """\
data.csv: 4 rows, x = x, y = y
lr = 0.0333333, a quarter of the sharp bound 0.133333

step           loss              x
   0             30              0
   1            7.5              1
   2          1.875            1.5
   3        0.46875           1.75
   4       0.117188          1.875
   5      0.0292969         1.9375

w[x] = 1.9375
loss = 0.029296875
RMSE = 0.171163
R^2  = 0.994141
stopped after 5 steps: the gradient fell to tol times the first one (tol = 0.04)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the tutorial's line in data.csv."""
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("x,y\n1,2\n2,4\n3,6\n4,8\n")
    return tmp_path


def _run(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Return what `refgd fit` prints when all is well, or it has not converged."""
    status = main(["fit", *argv])
    out, err = capsys.readouterr()
    assert status == (3 if "\nnot converged" in out else 0)
    assert err == ""
    return out


def _weights(out: str) -> dict[str, float]:
    found = re.findall(r"^w\[(.*)\] +?= ([-+.e0-9]+)", out, re.MULTILINE)
    return {name: float(w) for name, w in found}


@pytest.mark.usefixtures("data")
def test_fit_prints_all_that_the_run_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "data.csv", "--tol", "0.04") == LINE


@pytest.mark.usefixtures("data")
def test_fit_prints_what_the_library_finds(capsys: pytest.CaptureFixture[str]) -> None:
    """The same numbers to the last digit as `refgd.fit`."""
    x = np.array([1.0, 2.0, 3.0, 4.0])
    run = refgd.fit(x, 2 * x, lr=0.01, n_iters=7)
    out = _run(capsys, "data.csv", "--lr", "0.01", "--n-iters", "7")
    assert "lr = 0.01\n" in out
    assert f"w[x] = {float(run.w)!r}\nloss = {float(run.loss)!r}\n" in out
    assert "stopped after 7 steps: all n_iters steps were taken\n" in out


@pytest.mark.parametrize(
    ("name", "decimals"), [("tutorial", 9), ("hubble", 8), ("noint1", 10)]
)
def test_a_data_set_meets_its_known_answer(
    name: str, decimals: int, capsys: pytest.CaptureFixture[str]
) -> None:
    known = datasets.ALL[name]()
    out = _run(capsys, "--dataset", name)
    assert f"(known: {known.w!r})" in out
    assert f"known w: {known.answer}" in out
    assert known.source in out
    assert _weights(out)[known.x_name] == pytest.approx(known.w, rel=10.0**-decimals)


def test_hubble_is_right_to_the_last_digits(capsys: pytest.CaptureFixture[str]) -> None:
    out = _run(capsys, "--dataset", "hubble", "--tol", "0", "--n-iters", "100")
    w = _weights(out)["distance in Mpc"]
    assert abs(w - 423.9373232316303) <= np.spacing(w)


def test_norris_has_the_intercept_of_its_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = _run(capsys, "--dataset", "norris", "--n-iters", "3")
    assert list(_weights(out)) == ["x", "intercept"]
    assert "(known: -0.262323073774029)" in out


def test_another_model_than_the_known_one_claims_no_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = _run(capsys, "--dataset", "hubble", "--intercept")
    assert "known" not in out
    assert _weights(out) == pytest.approx(
        {"distance in Mpc": 454.15844092, "intercept": -40.783649}, rel=1e-8
    )


@pytest.mark.usefixtures("data")
def test_several_columns_and_an_intercept_come_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On the plane 3b - 2a + 1."""
    Path("plane.csv").write_text("a,b,y\n0,0,1\n1,0,-1\n0,1,4\n1,1,2\n")
    out = _run(capsys, "plane.csv", "--x", "b,a", "--intercept")
    assert "plane.csv: 4 rows, x = b, a, y = y\n" in out
    assert _weights(out) == pytest.approx(
        {"b": 3.0, "a": -2.0, "intercept": 1.0}, abs=1e-9
    )


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["nope.csv"], "nope.csv: no such file"),
        (["data.csv", "--y", "z"], "data.csv has no column 'z', only 'x', 'y'"),
        (["data.csv", "--lr", "-0.1"], "--lr must not be negative, got -0.1"),
        (["data.csv", "--lr", "nan"], "--lr must be finite, got nan"),
        (["data.csv", "--lr", "inf"], "--lr must be finite, got inf"),
        (["data.csv", "--n-iters", "-5"], "--n-iters must be at least 0, got -5"),
        (["data.csv", "--tol", "-1"], "--tol must not be negative, got -1.0"),
        (["data.csv", "--every", "0"], "--every must be at least 1, got 0"),
        (["data.csv", "--plot", "a.pdf"], "a plot is a .svg or a .png, got 'a.pdf'"),
        (["nope.csv", "--plot", "plot"], "a plot is a .svg or a .png, got 'plot'"),
        (
            ["data.csv", "--plot", "no/a.svg"],
            "cannot write no/a.svg: no such folder as no",
        ),
        (
            ["big.csv"],
            (
                "x is too large for the squares of float64: its "
                "largest entry is 1e+200, the limit is 4.74e+153; scale x"
            ),
        ),
        (
            ["big.csv", "--lr", "1"],
            (
                "x is too large for the squares of float64: its "
                "largest entry is 1e+200, the limit is 4.74e+153; scale x"
            ),
        ),
        (
            ["b.csv", "--intercept"],
            "--intercept beside a column named 'intercept': rename the column",
        ),
        (
            ["--dataset", "hubble", "--y", "a"],
            "--x and --y name a file's columns, and --dataset has its own",
        ),
    ],
)
def test_what_the_user_got_wrong_is_one_line(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("big.csv").write_text("x,y\n1e200,2\n")
    Path("b.csv").write_text("intercept,y\n1,2\n")
    assert main(["fit", *argv]) == 1
    assert capsys.readouterr() == ("", f"refgd: {message}\n")


@pytest.mark.usefixtures("data")
def test_divergence_is_one_line_with_the_bound(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["fit", "data.csv", "--lr", "0.2", "--n-iters", "100"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("refgd: diverged: the loss went from 30 to ")
    assert err.endswith("; the largest lr this data allows is 0.133333, got 0.2\n")


def test_zero_data_are_said_to_be_indifferent(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "zero.csv").write_text("x,y\n0,1\n0,3\n")
    out = _run(capsys, "zero.csv")
    assert "lr = 1, as good as any where x is all zero\n" in out
    assert "zero.csv: 2 rows, x = x, y = y\n" in out
    assert "w[x] = 0.0\nloss = 5.0\nRMSE = 2.23607\nR^2  = -4\n" in out
    assert "\nstopped after 0 steps: the gradient" in out


def test_the_steps_advised_are_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """The rate is an upper bound, so as many steps as it asks for converge."""
    hubble = datasets.hubble()
    lr = float(theory.default_lr(refgd.add_intercept(hubble.x)))
    short = ["--dataset", "hubble", "--intercept", f"--lr={lr!r}", "--no-standardize"]
    advice = _run(capsys, *short, "--n-iters", "10").splitlines()[-1]
    steps = re.findall(r"needs up to ([0-9,]+) steps", advice)[0].replace(",", "")
    assert "stopped after 511 steps" in _run(capsys, *short, "--n-iters", steps)


@pytest.mark.parametrize("every", [1, 3, 7, 100])
def test_every_prints_every_so_many_and_the_last(
    every: int, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["--dataset", "tutorial", "--n-iters", "20", "--every", str(every)]
    rows = re.findall(r"^ +([0-9]+) ", _run(capsys, *argv), re.MULTILINE)
    assert list(map(int, rows)) == [*range(0, 20, every), 20]


def test_long_runs_keep_their_rows_in_bounds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("refgd.cli.fit._plan.MOST_KEPT", 10)
    argv = ["--dataset", "tutorial", "--tol", "0", "--n-iters", "20"]
    rows = re.findall(r"^ +([0-9]+) ", _run(capsys, *argv), re.MULTILINE)
    assert list(map(int, rows)) == list(range(0, 21, 2))
    rows = re.findall(
        r"^ +([0-9]+) ", _run(capsys, *argv, "--every", "3"), re.MULTILINE
    )
    assert list(map(int, rows)) == [*range(0, 20, 3), 20]


def test_thousands_of_rows_are_quick(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.random.default_rng(0).normal(size=5000)
    rows = "\n".join(f"{a!r},{2 * a!r}" for a in x.tolist())
    (data / "many.csv").write_text(f"x,y\n{rows}\n")
    began = time.monotonic()
    out = _run(capsys, "many.csv")
    assert time.monotonic() - began < SECONDS_FOR_5000_ROWS
    assert "many.csv: 5,000 rows, x = x, y = y\n" in out


@pytest.mark.usefixtures("data")
def test_plot_is_written_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="pictures are optional: refgd[cli]")
    out = _run(capsys, "data.csv", "--plot", "fit.svg")
    assert out.endswith("\nplot: fit.svg\n")
    assert Path("fit.svg").read_text().startswith("<?xml")


@pytest.mark.usefixtures("data")
def test_plot_without_matplotlib_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["fit", "data.csv", "--plot", "fit.svg"]) == 1
    err = "refgd: a plot needs matplotlib: pip install matplotlib\n"
    assert capsys.readouterr() == ("", err)
    assert not Path("fit.svg").exists()


@pytest.mark.usefixtures("data")
def test_a_plot_that_fails_to_be_written_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may fill up between the check and the writing."""
    pytest.importorskip("matplotlib", reason="pictures are optional: refgd[cli]")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("refgd.plots.save", full)
    assert main(["fit", "data.csv", "--plot", "fit.svg"]) == 1
    err = "refgd: cannot write fit.svg: No space left on device\n"
    assert capsys.readouterr().err == err


@pytest.mark.usefixtures("data")
def test_no_header_takes_the_first_line_as_a_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("bare.csv").write_text("2020-01-01,3,6\n2020-01-02,4,8\n2020-01-03,5,10\n")
    out = _run(capsys, "bare.csv", "--no-header")
    columns = "x = 2 (the other column of numbers), y = 3 (the last column of numbers)"
    assert out.startswith(f"bare.csv: 3 rows, {columns}\n")
    assert _weights(out) == pytest.approx({"2": 2.0}, rel=1e-9)
    assert main(["fit", "bare.csv"]) == 1
    assert "has the number '3' where a header has a name" in capsys.readouterr().err


@pytest.mark.usefixtures("data")
def test_header_takes_numbers_as_names(capsys: pytest.CaptureFixture[str]) -> None:
    Path("years.csv").write_text("country,1990,2000\nA,1,2\nB,2,4\n")
    out = _run(capsys, "years.csv", "--header")
    assert _weights(out) == pytest.approx({"1990": 2.0}, rel=1e-9)


@pytest.mark.parametrize("option", ["--header", "--no-header"])
def test_a_data_set_has_no_header(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "--dataset", "hubble", option]) == 1
    assert "are about a file, not a --dataset" in capsys.readouterr().err


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("options", [(), ("--y", "sales")])
def test_more_than_one_column_for_x_is_a_question(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("sales.csv").write_text("id,price,day,sales\n1,2,Mon,3\n2,3,Tue,5\n")
    how = "" if options else " (the last column of numbers)"
    assert main(["fit", "sales.csv", *options]) == 1
    assert capsys.readouterr() == (
        "",
        (
            f"refgd: sales.csv: x could be 'id', 'price', with y = sales{how}; "
            "say which, one or several: --x COL[,COL...]\n"
        ),
    )


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("options", ["--no-standardize", "--optimizer adam --lr 1e-6"])
def test_a_fit_that_has_not_converged_has_a_status_of_its_own(
    options: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("far.csv").write_text("x,y\n2001,1\n2002,3\n2003,4\n2004,4\n")
    argv = ["fit", "far.csv", "--intercept", "--n-iters", "50", *options.split()]
    assert main(argv) == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert "\nnot converged" in out
    assert re.search(
        r"^the loss is [0-9.e-]+ above the least one, 0\.25$", out, re.MULTILINE
    )


@pytest.mark.usefixtures("data")
def test_a_fit_that_met_tol_has_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "data.csv"]) == 0
    assert "least one" not in capsys.readouterr().out


def test_the_help_lists_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    assert "3 if all --n-iters steps were taken" in capsys.readouterr().out


@pytest.mark.usefixtures("data")
def test_an_intercept_standardizes_the_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Columns far from 0 and of unequal sizes give the weights of least squares.

    The first gradient is that of the intercept, of a y far from 0: hence the tol.
    """
    rng = np.random.default_rng(0)
    x = rng.normal([2000.0, 0.01], [10.0, 1e-4], (30, 2))
    y = x @ [3.0, 500.0] + rng.normal(size=30)
    rows = [",".join(map(repr, row)) for row in np.column_stack([x, y]).tolist()]
    Path("far.csv").write_text("\n".join(["a,b,y", *rows, ""]))
    options = ["far.csv", "--x", "a,b", "--intercept", "--tol", "1e-15"]
    best, *_ = np.linalg.lstsq(refgd.add_intercept(x), y)
    out = _run(capsys, *options)
    assert "not converged" not in out
    assert list(_weights(out).values()) == pytest.approx(best, rel=1e-8)
    assert _run(capsys, *options, "--standardize") == out
    assert "\nnot converged" in _run(capsys, *options, "--no-standardize")
