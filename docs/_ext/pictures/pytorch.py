"""The pictures of the page on PyTorch: who does what, and zero_grad forgotten."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd import theory
from refgd._types import Array
from refgd.plots import BLUE, VERMILION

LR, STEPS = 0.01, 60


def summed() -> Array:
    """Return the weights where each step takes the sum of all gradients so far."""
    points = refgd.datasets.tutorial()
    objective = refgd.LeastSquares(points.x, points.y)
    ws, w, v = [0.0], 0.0, 0.0
    for _ in range(STEPS):
        v = v + objective(w)[1]
        w = w - LR * v
        ws.append(w)
    return np.array(ws)


def forgotten(language: str) -> str:
    """Draw the weight over the steps, with zero_grad and without."""
    words = read_words("learn/pytorch", "forgotten", language)
    points = refgd.datasets.tutorial()
    plain = theory.trajectory(points.x, points.y, 0, LR, range(STEPS + 1))
    with look():
        figure = Figure(figsize=(7, 2.8))
        axes = figure.add_subplot()
        axes.plot(summed(), "--", color=VERMILION, label=words.forgotten)
        axes.plot(np.asarray(plain), color=BLUE, label=words.kept)
        axes.legend(loc="upper right", ncols=2)
        axes.set(xlim=(0, STEPS), ylim=(-0.3, 5.6), xlabel=words.x, ylabel=words.y)
        return show(figure, "forgotten", words.alt, words.caption)


def handed_over(language: str) -> str:
    """Draw the four parts of a step, and who does each: in three programs."""
    words = read_words("learn/pytorch", "handed_over", language)
    parts = words.prediction, words.loss, words.gradient, words.step
    with look():
        figure = Figure(figsize=(7, 2))
        axes = figure.add_subplot(xlim=(-1.3, 4), ylim=(0, 2.9))
        axes.axis("off")
        for row, (program, torchs) in enumerate(
            [(words.by_hand, 4), (words.autograd, 2), (words.optim, 2)]
        ):
            height = 2 - row
            axes.text(-0.1, height + 0.4, program, ha="right", va="center")
            for column, part in enumerate(parts):
                by_torch = torchs <= column < 2 + row
                colour = VERMILION if by_torch else BLUE
                box = (column + 0.04, height + 0.06), 0.92, 0.7
                axes.add_patch(Rectangle(*box, fill=False, edgecolor=colour, lw=2))
                who = words.torch if by_torch else words.you
                said = f"{part}\n{who}"
                axes.text(column + 0.5, height + 0.4, said, ha="center", va="center")
        return show(figure, "handed", words.alt, words.caption)
