import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refgd
from refgd import plots

mpl: Any = pytest.importorskip("matplotlib", reason="pictures are optional: refgd[cli]")

X = np.array([1.0, 2.0, 3.0, 4.0])
Y = np.array([2.1, 3.9, 6.2, 7.7])
PLANE = np.array([[1.0, 5.0], [2.0, 3.0], [4.0, 4.0]])


def _figure(x: Any, y: Any, **options: Any) -> Any:
    run = refgd.fit(
        x, y, n_iters=options.pop("n_iters", 30), lr=options.pop("lr", None)
    )
    return run, plots.plot_fit(run, x, y, **options)


@pytest.mark.parametrize("suffix", [".svg", ".PNG"])
def test_the_same_run_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for file in files:
        plots.save(_figure(X, Y)[1], file)
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert b"<dc:date>" not in first
    assert first.startswith(b"<?xml" if suffix == ".svg" else b"\x89PNG")


def test_the_line_runs_through_the_data() -> None:
    run, figure = _figure(X, Y, names=["time in s"], y_name="way in m")
    left, right = figure.axes
    points, line = left.lines
    assert points.get_xydata().tolist() == np.column_stack([X, Y]).tolist()
    assert line.get_ydata().tolist() == [run.w * 1.0, run.w * 4.0]
    assert (left.get_xlabel(), left.get_ylabel()) == ("time in s", "way in m")
    assert (right.get_xlabel(), right.get_ylabel()) == ("step", "loss")
    assert left.get_title(loc="left") == f"slope = {run.w:.4g}"


def test_the_line_has_its_intercept() -> None:
    run, figure = _figure(refgd.add_intercept(X), Y, n_iters=500)
    slope, intercept = run.w
    line = figure.axes[0].lines[1]
    assert line.get_ydata().tolist() == [slope + intercept, slope * 4 + intercept]
    assert figure.axes[0].get_title(loc="left") == "slope = 1.908, intercept = 0.2045"


def test_several_columns_are_shown_as_predictions() -> None:
    y = np.array([1.0, -2.0, 7.0])
    run, figure = _figure(PLANE, y, y_name="y")
    left = figure.axes[0]
    points, diagonal = left.lines
    assert points.get_ydata() == pytest.approx(refgd.forward(run.w, PLANE))
    assert points.get_xdata().tolist() == y.tolist()
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert (left.get_xlabel(), left.get_ylabel()) == ("y", "y, predicted")


def test_the_loss_is_on_a_log_axis_at_every_step() -> None:
    run, figure = _figure(X, Y)
    right = figure.axes[1]
    (line,) = right.lines
    assert right.get_yscale() == "log"
    assert line.get_xdata().tolist() == list(range(31))
    assert line.get_ydata().tolist() == run.history.loss.tolist()
    assert right.get_title(loc="left") == f"loss = {run.loss:.4g} after 30 steps"


@pytest.mark.parametrize(
    ("stop", "step"),
    [(refgd.stopping.patience(2), 2), (None, 8)],
    ids=["patience", "none"],
)
def test_the_loss_is_that_of_the_slope(stop: Any, step: int) -> None:
    """The held-out row wants w = 1, and patience goes back to the step nearest it."""
    x, y = [1, 2], [2, 4]
    held = ([1], [1])
    run = refgd.fit(x, y, lr=0.05, validation=held, stop=stop, n_iters=8)
    figure: Any = plots.plot_fit(run, x, y)
    left, right = figure.axes
    assert left.get_title(loc="left") == f"slope = {run.w:.4g}"
    assert right.get_title(loc="left") == f"loss = {run.loss:.4g} after {step} steps"
    *_, mark = right.lines
    assert mark.get_xydata().tolist() == [[step, run.loss]]
    assert run.history.w[step] == run.w
    assert right.get_legend().get_texts()[-1].get_text() == "this fit"


def test_a_loss_of_exactly_zero_is_marked() -> None:
    """On the tutorial's line the best rate lands on w = 2 in one step."""
    _, figure = _figure(X, 2 * X, lr=1 / 15, n_iters=3)
    loss, zero = figure.axes[1].lines
    assert loss.get_xydata().tolist() == [[0.0, 30.0]]
    assert zero.get_xdata().tolist() == [1]
    figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("x", "y", "n_iters"),
    [
        ([0.0], [0.0], 5),  # the loss is 0 throughout
        ([0.0, 0.0], [1.0, 3.0], 5),  # no line to see
        ([1.0], [2.0], 0),  # no step
        ([1e100, 2e100], [1e140, 1e140], 5),
        ([1e-100, 2e-100], [1e-140, 1e-140], 5),
        ([Fraction(1), Fraction(2)], [Fraction(1), Fraction(3)], 5),
        (np.array([1, 2], "f4"), np.array([1, 3], "f4"), 5),
        (np.arange(3000.0), np.arange(3000.0) ** 2, 2000),  # many of both
    ],
)
def test_every_run_can_be_drawn(x: Any, y: Any, n_iters: int) -> None:
    """With all of its points, and a loss for the first step and the last."""
    run, figure = _figure(x, y, n_iters=n_iters)
    figure.draw_without_rendering()
    points = figure.axes[0].lines[0].get_xydata()
    assert points.tolist() == np.column_stack([x, y]).astype(float).tolist()
    steps = np.concatenate([line.get_xdata() for line in figure.axes[1].lines])
    assert (min(steps), max(steps)) == (0, run.n_iters)


def test_a_long_run_is_thinned_and_its_early_fall_stays_visible() -> None:
    x = refgd.add_intercept([10.0, 11.0, 12.0])
    run, figure = _figure(x, [1.0, 3.0, 4.0], n_iters=9000)
    line = figure.axes[1].lines[0]
    shown = line.get_xdata()
    assert figure.axes[1].get_xscale() == "symlog"
    assert len(shown) <= 2 * plots.MANY
    assert shown[: plots.MANY].tolist() == list(range(plots.MANY))
    assert shown[-1] == run.n_iters


@pytest.mark.parametrize("name", ["a $ per $", "价格", "long " * 40])
def test_names_are_drawn_as_they_are(name: str, tmp_path: Path) -> None:
    figure = _figure(X, Y, names=[name], y_name=name)[1]
    plots.save(figure, tmp_path / "a.svg")
    label = figure.axes[0].xaxis.label
    assert label.get_parse_math() is False
    assert label.get_text() == (name if len(name) < 50 else f"{'long ' * 9}…")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.05, "0.05"),
        (-0.5, "−0.5"),
        (50266.7, "50,270"),
        (999_999.0, r"$10^{6}$"),
        (1e-5, "$10^{-5}$"),
        (2.5e-7, r"2.5 $\times$ $10^{-7}$"),
        (-3e20, r"−3 $\times$ $10^{20}$"),
    ],
)
def test_numbers_are_written_as_in_print(value: float, text: str) -> None:
    assert plots._number(value) == text  # noqa: SLF001 - seen in each picture


def test_drawing_leaves_the_users_settings_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    plots.save(_figure(X, Y)[1], tmp_path / "a.svg")
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 40}):
        plots.save(_figure(X, Y)[1], tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("a.pdf", ValueError, "a plot is a .svg or a .png, got 'a.pdf'"),
        ("a", ValueError, "a plot is a .svg or a .png, got 'a'"),
        ("no/a.svg", FileNotFoundError, "cannot write no/a.svg: no such folder as no"),
        ("folder.png", PermissionError, "cannot write folder.png"),
    ],
)
def test_check_refuses_what_cannot_be_written(
    path: str,
    kind: type[Exception],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.png").mkdir()
    with pytest.raises(kind) as refused:
        plots.check(path)
    assert str(refused.value) == message


def test_check_writes_nothing(tmp_path: Path) -> None:
    plots.check(tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = refgd.fit(X, Y)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install matplotlib$"):
        plots.plot_fit(run, X, Y)
