"""Many points, the two rows that stand for them, and one parabola of both."""

from functools import cache

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import beside, look, show
from refgd._types import Array
from refgd.plots import BLUE, GREY, INK, VERMILION

SEED, N = 4, 400
SIZE = (4.6, 3.7)


def cloud() -> tuple[Array, Array]:
    """Return points about a line through the origin."""
    rng = np.random.default_rng(SEED)
    x = rng.uniform(0.2, 3, N)
    return x, 1.5 * x + rng.normal(scale=0.8, size=N)


@cache  # the same page is made for each language
def picture() -> str:
    """Return the cloud with its two rows, beside the loss of both."""
    x, y = cloud()
    caption = (
        "The points, and the two rows that replace them (diamonds): one of them is at "
        "x = 0, and adds the same at every w, what no w can fit. The loss of the two "
        "is that of all points, at every w."
    )
    return beside([_cloud(x, y), _losses(x, y)], caption)


def _cloud(x: Array, y: Array) -> str:
    few = refgd.compress(x, y)
    with look():
        figure = Figure(figsize=SIZE)
        axes = figure.add_subplot(xlabel="x", ylabel="y", title=f"{N} points, 2 rows")
        axes.plot(x, y, "o", color=GREY, markersize=3, alpha=0.6, markeredgewidth=0)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.plot(few.x, few.y, "D", color=VERMILION, markersize=9)
    return show(
        figure,
        "rows",
        f"A cloud of {N} grey points about a line, and two orange diamonds, the rows.",
    )


def _losses(x: Array, y: Array) -> str:
    few = refgd.compress(x, y)
    w = np.linspace(-1, 4, 101)
    losses = [refgd.mse(y, refgd.forward(each, x)) for each in w]
    kept = [refgd.mse(few.y, refgd.forward(each, few.x)) for each in w[::5]]
    with look():
        figure = Figure(figsize=SIZE)
        axes = figure.add_subplot(xlabel="w", ylabel="loss", title="one parabola")
        axes.plot(w, losses, color=BLUE, label=f"of the {N} points")
        axes.plot(w[::5], kept, "D", color=VERMILION, label="of the 2 rows")
        axes.set_ylim(0, None)
        axes.legend(labelcolor=INK)
    return show(
        figure,
        "losses",
        "The loss over w is a parabola, and the losses of the two rows lie on it.",
    )
