"""Many points, the two rows that stand for them, and one parabola of both."""

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.figures import BLUE, GREY, INK, VERMILION, look, show
from refgd._types import Array

SEED, N = 4, 400


def cloud() -> tuple[Array, Array]:
    """Return points about a line through the origin."""
    rng = np.random.default_rng(SEED)
    x = rng.uniform(0.2, 3, N)
    return x, 1.5 * x + rng.normal(scale=0.8, size=N)


def picture() -> str:
    """Return the cloud with its two rows, beside the loss of both."""
    x, y = cloud()
    few = refgd.compress(x, y)
    with look():
        figure = Figure(figsize=(9, 3.8))
        left, right = figure.subplots(1, 2)
        left.plot(x, y, "o", color=GREY, markersize=3, alpha=0.6, markeredgewidth=0)
        left.axhline(0, color=GREY, linewidth=0.8)
        left.plot(few.x, few.y, "D", color=VERMILION, markersize=9)
        left.set(xlabel="x", ylabel="y", title=f"{N} points, 2 rows")
        w = np.linspace(-1, 4, 101)
        losses = [refgd.mse(y, refgd.forward(each, x)) for each in w]
        kept = [refgd.mse(few.y, refgd.forward(each, few.x)) for each in w[::5]]
        right.plot(w, losses, color=BLUE, label=f"loss of the {N} points")
        right.plot(w[::5], kept, "D", color=VERMILION, label="loss of the 2 rows")
        right.set(xlabel="w", ylabel="loss", title="one parabola", ylim=(0, None))
        right.legend(labelcolor=INK)
    return show(
        figure,
        "rows",
        f"Left: a cloud of {N} grey points about a line, and two orange diamonds, the "
        "compressed rows. Right: the loss over w is a parabola, and the losses of the "
        "two rows lie on it.",
        "Left: the points, and the two rows that replace them (diamonds); one is at "
        "x = 0, where it adds the same to every w: what no w can fit. Right: their "
        "loss is that of all points, at every w.",
    )
