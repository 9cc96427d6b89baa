"""A run as HTML for a notebook: a table and two small pictures, light and dark.

The pictures are SVG in the text's own colour, so that they need no package and suit
both palettes.
"""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from refgd._outcome import Fit
    from refgd._types import Array

WIDTH, HEIGHT, EDGE = 280, 150, 8
MOST = 300  # points of a picture
MOST_WEIGHTS = 20
BLUE, ORANGE = "#3b8fd4", "#e07020"  # of enough contrast on white and on black


def describe(run: "Fit") -> str:
    """Return the weights by name, the loss, why the run stopped, and pictures."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:right'>{escape(value)}</td></tr>"
        for name, value in _rows(run)
    )
    pictures = "".join(_pictures(run))
    return (
        "<div style='display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start'>"
        f"<table>{cells}</table>{pictures}</div>"
    )


def _rows(run: "Fit") -> Iterator[tuple[str, str]]:
    weights = np.atleast_1d(run.w)
    names = run.names[:MOST_WEIGHTS]
    for name, w in zip(names, weights, strict=False):
        yield f"w[{name}]", f"{float(w):.6g}"
    if len(weights) > len(names):
        yield "…", f"{len(weights) - len(names):,} more"
    with np.errstate(all="ignore"):
        yield "loss", f"{float(run.loss):.6g}"
        yield "RMSE", f"{run.rmse:.6g}"
        yield "R²", f"{run.r2:.6g}"
    if run.validation is not None:
        yield "validation loss", f"{float(run.validation):.6g}"
    yield "steps", f"{run.n_iters:,}"
    yield "stopped", str(run.reason)


def _pictures(run: "Fit") -> Iterator[str]:
    """Yield the line through its data, where x is one column; and the loss."""
    x, y = (np.asarray(a, float) for a in run.data.original())
    weights = np.atleast_1d(np.asarray(run.w, float))
    if x.size == len(x) and np.isfinite(weights).all():
        x = x.ravel()
        ends = np.array([x.min(), x.max()])
        line = weights[0] * ends + (weights[1] if run.data.intercept else 0.0)
        kept = _thin(len(x))
        points, path = _place((x[kept], y[kept]), (ends, line))
        dots = "".join(
            f"<circle cx='{a}' cy='{b}' r='2.5' fill='{BLUE}'/>" for a, b in points
        )
        yield _picture(f"{run.data.y_name} and its fit", dots + _path(path, ORANGE))
    t, loss = (np.asarray(a, float) for a in (run.history.t, run.history.loss))
    shown = np.isfinite(loss) & (loss > 0)
    if shown.sum() > 1:
        t, loss = t[shown], loss[shown]
        kept = _thin(len(t))
        (path,) = _place((t[kept], np.log10(loss[kept])))
        title = f"loss, {loss[0]:.3g} to {loss[-1]:.3g} (log)"
        yield _picture(title, _path(path, BLUE))


def _thin(n: int) -> "Array":
    """Return the places of MOST of n points, the first and the last among them."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST)).astype(int))


def _place(*curves: tuple["Array", "Array"]) -> list[list[tuple[float, float]]]:
    """Return the points of each curve in the picture, which holds them all."""
    sizes = (WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE)
    places: list[Any] = []
    for axis, size in enumerate(sizes):
        values = np.concatenate([curve[axis] for curve in curves])
        low, high = values.min() / 2, values.max() / 2  # no difference overflows
        share = [(curve[axis] / 2 - low) / ((high - low) or 1) for curve in curves]
        places.append([EDGE + s * size if axis == 0 else HEIGHT - EDGE - s * size
                       for s in share])  # fmt: skip
    return [
        [*zip(x.round(1).tolist(), y.round(1).tolist(), strict=True)]
        for x, y in zip(*places, strict=True)
    ]


def _path(points: list[tuple[float, float]], colour: str) -> str:
    joined = " ".join(f"{a},{b}" for a, b in points)
    return (
        f"<polyline points='{joined}' fill='none' stroke='{colour}' stroke-width='2'/>"
    )


def _picture(title: str, content: str) -> str:
    frame = f"<path d='M1 1V{HEIGHT - 1}H{WIDTH - 1}' fill='none' stroke='currentColor'"
    return (
        f"<figure style='margin:0'><figcaption>{escape(title)}</figcaption>"
        f"<svg width='{WIDTH}' height='{HEIGHT}' role='img' "
        f"aria-label='{escape(title, quote=True)}'>"
        f"{frame} opacity='.5'/>{content}</svg></figure>"
    )
