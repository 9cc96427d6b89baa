"""Measured rounding beside its bound, over the number of terms."""

from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import beside, look, show
from docs._ext.pictures.words import Words, read_words
from refgd.plots import BLUE, VERMILION
from refgd.testing import bounds, exact

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
DRAWS, SEED = 6, 0
KINDS = (np.float32, np.float64)


class Point(NamedTuple):
    """A measured error of n rows, and its bound."""

    n: int
    error: Fraction
    bound: Fraction


@cache  # the same page is made for each language
def measured(function: str, kind: Any) -> list[Point]:
    """Return the errors of mse or grad at drawn data, relative to their sums."""
    rng = np.random.default_rng(SEED)
    return [_point(function, kind, n, rng) for n in SIZES for _ in range(DRAWS)]


def _point(function: str, kind: Any, n: int, rng: np.random.Generator) -> Point:
    x, y = rng.normal(size=(2, n)).astype(kind)
    w = kind(rng.normal())
    fx, fy, fw = map(exact.fractions, (x, y, w))
    got, wanted, size = _both(function, (w, x, y), (fw, fx, fy))
    bound = getattr(bounds, f"{function}_bound")(fw, fx, fy, kind)
    return Point(n, abs(exact.fractions(got) - wanted) / size, bound / size)


def _both(function: str, floats: Any, rationals: Any) -> tuple[Any, Any, Any]:
    """Return the float result, the exact one, and the size of what was summed."""
    results = []
    for w, x, y in (floats, rationals):
        p = refgd.forward(w, x)
        results.append(refgd.mse(y, p) if function == "mse" else refgd.grad(x, y, p))
    w, x, y = rationals
    sums = abs(w * x) + abs(y)
    other = sums if function == "mse" else 2 * abs(x)
    return *results, np.dot(other, sums) / len(y)


def picture(points: dict[str, list[Point]], language: str) -> str:
    """Return a panel for each function, with both dtypes in it."""
    words = read_words("scale/tolerances", "picture", language)
    panels = [_panel(points, name, words) for name in ("mse", "grad")]
    return beside(panels, words.caption)


def _panel(points: dict[str, list[Point]], function: str, words: Words) -> str:
    with look():
        figure = Figure(figsize=(4.6, 4))
        axes = figure.add_subplot(title=function, xlabel=words.rows)
        for kind, colour, mark in zip(
            KINDS, (VERMILION, BLUE), ("o", "s"), strict=True
        ):
            _draw(axes, points[f"{function} {kind.__name__}"], colour, mark, kind)
        axes.set(xscale="log", yscale="log", ylim=(1e-20, 1e-3))
        axes.set_ylabel(words.error)
    return show(figure, function, words.alt.format(function=function))


def _draw(axes: Any, points: list[Point], colour: str, mark: str, kind: Any) -> None:
    n = [point.n for point in points]
    errors = [float(point.error) or np.nan for point in points]
    tops = [max(float(p.bound) for p in points if p.n == size) for size in SIZES]
    axes.plot(n, errors, mark, color=colour, markersize=4, alpha=0.7)
    axes.plot(SIZES, tops, color=colour)
    axes.annotate(
        kind.__name__,
        (SIZES[0], tops[0]),
        xytext=(0, 8),
        textcoords="offset points",
        color=colour,
    )
