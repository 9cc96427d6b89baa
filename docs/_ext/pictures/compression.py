"""Many points, the two rows that stand for them, and one parabola of both."""

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import beside, look, show
from docs._ext.pictures.words import Words, read_words
from refgd._types import Array
from refgd.plots import BLUE, GREY, INK, VERMILION

SEED, N = 4, 400
SIZE = (4.6, 3.7)


def cloud() -> tuple[Array, Array]:
    """Return points about a line through the origin."""
    rng = np.random.default_rng(SEED)
    x = rng.uniform(0.2, 3, N)
    return x, 1.5 * x + rng.normal(scale=0.8, size=N)


def picture(language: str) -> str:
    """Return the cloud with its two rows, beside the loss of both."""
    x, y = cloud()
    words = read_words("scale/compression", "picture", language)
    return beside([_cloud(x, y, words), _losses(x, y, words)], words.caption)


def _cloud(x: Array, y: Array, words: Words) -> str:
    few = refgd.compress(x, y)
    with look():
        figure = Figure(figsize=SIZE)
        title = words.rows.format(n=N)
        axes = figure.add_subplot(xlabel="x", ylabel="y", title=title)
        axes.plot(x, y, "o", color=GREY, markersize=3, alpha=0.6, markeredgewidth=0)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.plot(few.x, few.y, "D", color=VERMILION, markersize=9)
    return show(figure, "rows", words.rows_alt.format(n=N))


def _losses(x: Array, y: Array, words: Words) -> str:
    few = refgd.compress(x, y)
    w = np.linspace(-1, 4, 101)
    losses = [refgd.mse(y, refgd.forward(each, x)) for each in w]
    kept = [refgd.mse(few.y, refgd.forward(each, few.x)) for each in w[::5]]
    with look():
        figure = Figure(figsize=SIZE)
        axes = figure.add_subplot(xlabel="w", ylabel=words.loss, title=words.one)
        axes.plot(w, losses, color=BLUE, label=words.of_points.format(n=N))
        axes.plot(w[::5], kept, "D", color=VERMILION, label=words.of_rows)
        axes.set_ylim(0, None)
        axes.legend(labelcolor=INK)
    return show(figure, "losses", words.losses_alt)
