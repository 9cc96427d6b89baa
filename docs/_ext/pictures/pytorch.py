"""The picture of the page on PyTorch: what forgetting zero_grad does."""

import numpy as np
from matplotlib.figure import Figure

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
