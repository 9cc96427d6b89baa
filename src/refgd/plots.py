"""Pictures of a run, with matplotlib (``pip install matplotlib``).

A figure is made without pyplot, so no global state is touched and no window opens; the
same run gives the same bytes with the same matplotlib.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from refgd import core, theory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from refgd._outcome import Fit
    from refgd._types import Array, Data

SUFFIXES = (".png", ".svg")
DPI = 200

# Okabe and Ito's palette: told apart in every colour vision, and in grey
INK, GREY, BLUE, VERMILION = "#222222", "#8a8a8a", "#0072B2", "#D55E00"

STYLE: Any = {  # matplotlib's annotations would have each key spelled in a type
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 13,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 14,
    "figure.constrained_layout.use": True,
    "legend.frameon": False,
    "svg.hashsalt": "refgd",  # else the ids in a file are random
    "text.color": INK,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}
MANY = 2000  # points beyond which a scatter is drawn as pixels, a line thinned
FEW = 50  # steps up to which each one is a dot
WIDE = 1000  # a loss that falls by more has a tick only at powers of ten
EARLY = 50  # half of the fall in a 50th of the steps: they need a log axis as well
PLAIN = (1e-3, 1e6)  # sizes that are written without a power of ten
LONGEST_NAME = 50
FAR = 3  # times the largest y: predictions beyond are not drawn
HIGHEST = 1e250  # of a run that diverges: ticks beyond would overflow


def check(path: str | os.PathLike[str]) -> None:
    """Refuse, before any work, a picture that could not be written.

    Raises:
        ImportError: If matplotlib is not installed; it says what to install.
        ValueError: If the suffix is neither .svg nor .png.
        OSError: If there is no such folder, or it cannot be written to.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        msg = f"a plot is a .svg or a .png, got {str(path)!r}"
        raise ValueError(msg)
    folder = path.parent
    if not folder.is_dir():
        msg = f"cannot write {path}: no such folder as {folder}"
        raise FileNotFoundError(msg)
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        msg = f"cannot write {path}"
        raise PermissionError(msg)
    _require()


def plot_fit(
    run: Fit, x: Data, y: Data, *, names: Sequence[str] | None = None, y_name: str = "y"
) -> Figure:
    """Draw the data with the fitted line, and beside it the loss at each step.

    With several columns in x there is no line to draw: the left panel then shows the
    predictions against y, with the diagonal on which they would be perfect. A run that
    diverged, `Diverged.run`, is drawn as far as it went, with the loss that no step
    would exceed at the largest lr that the data allow.

    Args:
        run: What `refgd.fit` returned for x and y.
        x: The samples, (n,) or (n, d). (n, 2) with a last column of ones is a line
            with an intercept.
        y: The targets, (n,).
        names: The name of each column of x; x, or x1, x2 ... if not given.
        y_name: The name of y.

    Returns:
        A matplotlib Figure: `save` writes it, a notebook shows it.

    Raises:
        ImportError: If matplotlib is not installed.

    Example:
        >>> import refgd
        >>> from refgd import plots
        >>> x, y = [1, 2, 3, 4], [2, 4, 6, 9]
        >>> figure = plots.plot_fit(refgd.fit(x, y), x, y)  # doctest: +SKIP
        >>> plots.save(figure, "fit.svg")  # doctest: +SKIP
    """
    _require()
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional: refgd[cli]

    samples, target = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    row = _last_near(run, samples, target) if _has_risen(run) else -1
    w = run.w if row == -1 else run.history.w[row]
    weights = np.atleast_1d(np.asarray(w, dtype=float))
    with _style():
        figure = Figure(figsize=(11, 4.5), layout="constrained")
        left, right = figure.subplots(1, 2)
        line = _as_line(samples, weights)
        if line is None:
            _draw_predictions(left, core.forward(weights, samples), target, y_name)
        else:
            _draw_line(left, samples.reshape(len(samples), -1)[:, 0], target, line)
            _name_axes(left, names[0] if names else "x", y_name)
        if row != -1:
            step = int(run.history.t[row])
            left.set_title(f"after {_steps(step)}, before it left the picture")
        _draw_loss(right, run)
    return figure


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as .svg or .png; no date in it, so the same run, the same bytes.

    Args:
        figure: What `plot_fit` returned.
        path: Where to; its suffix says which of the two.

    Raises:
        OSError: If it cannot be written.
        ValueError: If the suffix is neither.
    """
    check(path)
    dated = {"Date": None} if Path(path).suffix.lower() == ".svg" else {}
    with _style(), warnings.catch_warnings():
        # a name in a script that the font lacks is drawn as boxes; say nothing
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(path, dpi=DPI, metadata=dated)


def _require() -> None:
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415 - optional: refgd[cli]
    except ImportError:
        msg = "a plot needs matplotlib: pip install matplotlib"
        raise ImportError(msg) from None


@contextmanager
def _style() -> Iterator[None]:
    """Draw in refgd's style whatever the user's own settings; put them back after."""
    import matplotlib as mpl  # noqa: PLC0415 - optional: refgd[cli]

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def _as_line(x: Array, w: Array) -> tuple[float, float] | None:
    """Return slope and intercept where x is one column, or one and a column of ones."""
    if x.ndim < 2 or x.shape[1] == 1:  # noqa: PLR2004
        return float(w[0]), 0.0
    if x.shape[1] == 2 and (x[:, 1] == 1).all():  # noqa: PLR2004
        return float(w[0]), float(w[1])
    return None


def _draw_line(axes: Axes, x: Array, y: Array, line: tuple[float, float]) -> None:
    """Draw the samples, and the line through their whole range."""
    slope, intercept = line
    _draw_points(axes, x, y)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, slope * ends + intercept, color=VERMILION, linewidth=2.5, zorder=1)
    constant = f", intercept = {_number(intercept)}" if intercept else ""
    axes.set_title(f"slope = {_number(slope)}{constant}")


def _draw_predictions(axes: Axes, y_pred: Array, y: Array, y_name: str) -> None:
    """Draw what was predicted against what was measured, and the diagonal."""
    _draw_points(axes, y, y_pred)
    ends = [min(y.min(), y_pred.min()), max(y.max(), y_pred.max())]
    axes.plot(ends, ends, color=VERMILION, linewidth=2.5, zorder=1)
    axes.set_title("predictions, and where they would be perfect")
    _name_axes(axes, y_name, f"{y_name}, predicted")


def _draw_points(axes: Axes, x: Array, y: Array) -> None:
    many = len(x) > MANY
    axes.plot(
        x,
        y,
        "o",
        color=BLUE,
        markersize=3 if many else 7,
        markeredgewidth=0,
        alpha=0.3 if many else 0.8,
        rasterized=many,
        zorder=0 if many else 2,
    )


def _has_risen(run: Fit) -> bool:
    """Whether the loss ended above its start, or is no number."""
    first, last = map(float, run.history.loss[[0, -1]])
    return not last <= first


def _last_near(run: Fit, x: Array, y: Array) -> int:
    """Return the last row until which the predictions are of the size of y."""
    limit = FAR * max(np.abs(y).max(), 1e-300)
    row = 0
    with np.errstate(all="ignore"):
        for number, w in enumerate(np.asarray(run.history.w, float)[:MANY]):
            if not np.abs(x.dot(w)).max() <= limit:
                break
            row = number
    return row


def _draw_loss(axes: Axes, run: Fit) -> None:
    """Draw the loss on a log axis; where it is exactly 0, a triangle points down."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - optional: refgd[cli]

    row, validation = run.history.t, run.history.validation
    best = run.so_far.best or run.last  # with patience run.w is that of the best row
    step = best.t if np.array_equal(run.w, best.w) else run.n_iters
    t, loss = _thinned(row, np.asarray(run.history.loss, float))
    above = (loss > 0) & (loss < (HIGHEST if _has_risen(run) else np.inf))
    marker = "o" if len(t) <= FEW else ""
    axes.plot(t[above], loss[above], color=BLUE, linewidth=2.5, marker=marker)
    if validation is not None:
        axes.plot(*_thinned(row, np.asarray(validation, float)), "--", color=VERMILION)
        axes.plot([step], [float(run.loss)], "o", color=INK, zorder=3)
        axes.legend(axes.lines, ["training", "validation", "this fit"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if above.any():
        _scale(axes, t[above], loss[above])
    if (loss == 0).any():
        _mark_zero(axes, t[loss == 0][0])
    title = f"loss = {_number(float(run.loss))} after {_steps(step)}"
    if _has_risen(run):
        title = f"diverged: {title}"
        _draw_bound(axes, run)
    axes.set_title(title)
    _name_axes(axes, "step", "loss")


def _draw_bound(axes: Axes, run: Fit) -> None:
    """Draw the loss that no step exceeds at the largest lr: that of the start."""
    lr: Any = run.lr
    if lr is None or callable(lr) or run.history.validation is not None:
        return
    bound = float(theory.max_lr(run.data.rows.x))
    axes.axhline(float(run.history.loss[0]), color=VERMILION, linestyle="--")
    labels = [f"lr = {_number(float(lr))}"]
    labels.append(f"at most, with lr up to {_number(bound)}, the largest stable one")
    axes.legend([axes.lines[0], axes.lines[-1]], labels)


def _steps(number: int) -> str:
    return f"{number:,} {'step' if number == 1 else 'steps'}"


def _thinned(t: Array, loss: Array) -> tuple[Array, Array]:
    """Keep the first MANY rows, and MANY of them all."""
    first = np.arange(min(len(t), MANY))
    spread = np.linspace(0, len(t) - 1, MANY).astype(int)
    kept = np.union1d(first, spread)
    return t[kept], loss[kept]


def _mark_zero(axes: Axes, t: int) -> None:
    """Stand a triangle on the lower edge: a log axis has no place for 0."""
    edge = axes.get_xaxis_transform()
    axes.plot([t], [0.03], "v", color=BLUE, markersize=10, transform=edge)
    axes.annotate(
        "exactly 0 ",
        (t, 0.03),
        xycoords=edge,
        xytext=(-8, 0),
        textcoords="offset points",
        horizontalalignment="right",
        verticalalignment="center",
    )


def _scale(axes: Axes, t: Array, loss: Array) -> None:
    """Make the loss axis logarithmic, and the step axis where all happens early."""
    from matplotlib.ticker import (  # noqa: PLC0415 - optional: refgd[cli]
        FuncFormatter,
        LogLocator,
        NullLocator,
    )

    plain = FuncFormatter(lambda value, _: _number(value))
    axes.set_yscale("log")
    wide = loss.max() / loss.min() > WIDE
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(plain)
    halfway = t[np.log(loss) <= np.log(loss[[0, -1]]).mean()].min(initial=t[-1])
    if loss[-1] < loss[0] and EARLY * halfway < t[-1]:
        axes.set_xscale("symlog", linthresh=1)
        axes.xaxis.set_major_formatter(plain)
        axes.set_xlim(left=0)


def _name_axes(axes: Axes, x_name: str, y_name: str) -> None:
    """Label the axes with names as they are, a $ included, shortened to fit."""
    x_label, y_label = (
        shorten(name, LONGEST_NAME, placeholder=" …") for name in (x_name, y_name)
    )
    axes.set_xlabel(x_label, parse_math=False)
    axes.set_ylabel(y_label, parse_math=False)


def _number(value: float) -> str:
    """Write a number in four digits, as in print: 0.05, 50,270, 3 × 10⁻⁹."""
    text = f"{value:.4g}"
    if not np.isfinite(value):
        return text
    if value == 0 or PLAIN[0] <= abs(float(text)) < PLAIN[1]:
        return f"{float(text):,g}".replace("-", "−")
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "−")
    times = "" if mantissa == "1" else rf"{mantissa} $\times$ "
    return rf"{times}$10^{{{int(exponent)}}}$"
