"""The picture that others show with a link to the site: a bowl, and the steps down."""

import io

import numpy as np

import refgd
from docs._ext.pictures.figures import look
from refgd.plots import BLUE, INK, VERMILION

#: What others ask for, in pixels; DPI of them are an inch.
SIZE = 1200, 630
DPI = 100
LR, STEPS = 0.125, 12  # just below 2/15: it swings from side to side


def draw() -> bytes:
    """Return the picture as PNG: the tutorial's loss over w, and a run on it."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow, and only this draws
    from PIL import Image  # noqa: PLC0415 - matplotlib's own

    x, y = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0]
    run = refgd.fit(x, y, 0.0, lr=LR, n_iters=STEPS)
    ws = np.linspace(-0.2, 4.2, 200)
    bowl = [float(refgd.mse(y, refgd.forward(w, x))) for w in ws]
    with look():
        inches = SIZE[0] / DPI, SIZE[1] / DPI
        figure = Figure(figsize=inches)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.42, 0.06, 0.55, 0.88))
        axes.axis("off")
        axes.plot(ws, bowl, color=BLUE, linewidth=5)
        axes.plot(
            run.history.w,
            run.history.loss,
            "o-",
            color=VERMILION,
            markersize=11,
            linewidth=3,
        )
        figure.text(0.06, 0.55, "refgd", color=INK, fontsize=84, fontweight="bold")
        words = "The reference for\ngradient descent"
        figure.text(0.06, 0.47, words, color=INK, fontsize=31, va="top")
        figure.savefig(made := io.BytesIO(), format="png", dpi=DPI, facecolor="white")
    few = Image.open(made).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    few.save(small := io.BytesIO(), format="png", optimize=True)
    return small.getvalue()
