"""The same descent on columns of unequal size, and on standardized ones."""

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import beside, look, show
from docs._ext.pictures.words import Words, read_words
from refgd import theory
from refgd._types import Array
from refgd.plots import BLUE, GREY, VERMILION

STEPS = 20


def valley(x: Array, y: Array, language: str) -> str:
    """Return two maps of the loss, each with a path of descent at its best rate."""
    about, y = x - x.mean(axis=0), y - y.mean()
    standard = refgd.standardize(x).x
    words = read_words("scale/features", "valley", language)
    caption = words.caption.format(
        steps=STEPS,
        narrow=f"{_left(about, y):.0%}",
        round=f"{_left(standard, y):.3%}",
    )
    narrow = _map(about, y, words, "measured", (words.measured, words.measured_alt))
    wide = (words.standardized, words.standardized_alt)
    return beside([narrow, _map(standard, y, words, "standardized", wide)], caption)


def _path(x: Array, y: Array) -> Array:
    path: Array = theory.trajectory(x, y, None, theory.best_lr(x), range(STEPS + 1))
    return path


def _left(x: Array, y: Array) -> float:
    """Return the share of the error that the path leaves."""
    best = np.linalg.lstsq(x, y)[0]
    return float(np.linalg.norm(_path(x, y)[-1] - best) / np.linalg.norm(best))


def _map(x: Array, y: Array, words: Words, name: str, said: tuple[str, str]) -> str:
    title, alt = said
    best = np.linalg.lstsq(x, y)[0]
    reach = 1.35 * np.abs(best).max()
    grid = np.linspace(-reach, reach, 121)
    first, second = np.meshgrid(best[0] + grid, best[1] + grid)
    away = np.stack([first - best[0], second - best[1]], axis=-1)
    rise = np.square(away @ x.T).mean(axis=-1)
    levels = rise.max() * np.linspace(0.05, 0.95, 10) ** 2
    with look():
        figure = Figure(figsize=(4.6, 4.4))
        axes = figure.add_subplot(xlabel=words.first, ylabel=words.second, title=title)
        axes.contour(first, second, rise, levels, colors=GREY, linewidths=0.8)
        path = _path(x, y).T
        axes.plot(*path, "-o", color=VERMILION, markersize=4, linewidth=1.3)
        axes.plot(*best, "x", color=BLUE, markersize=11, markeredgewidth=2.5)
        axes.set_aspect("equal")
    return show(figure, name, alt)
