"""The museum's picture: why nobody noticed a gradient that is n times too large."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd._types import Array
from refgd.plots import BLUE, VERMILION
from refgd.testing.known_bugs import BUGS

EPOCHS = 10
RATES = 0.01, 0.04
NAMED = 7  # the epoch at which a curve has its name
STEEP = 1e-3


def losses(gradient: Callable[..., Any], lr: float) -> Array:
    """Return the loss on the tutorial's data before the first epoch and after each."""
    x, y = refgd.datasets.tutorial().x, refgd.datasets.tutorial().y
    w, seen = 0.0, []
    for _ in range(EPOCHS + 1):
        y_pred = refgd.forward(w, x)
        seen.append(refgd.mse(y, y_pred))
        w = refgd.step(w, gradient(x, y, y_pred), lr)
    return np.array(seen)


def unnoticed(language: str) -> str:
    """Draw the losses of the right gradient and of the tutorial's, at two rates."""
    words = read_words("check/museum", "unnoticed", language)
    with look():
        figure = Figure(figsize=(6.8, 3.4), layout="constrained")
        pair = figure.subplots(1, 2, sharey=True)
        for axes, lr in zip(pair, RATES, strict=True):
            right, wrong = (
                losses(gradient, lr)
                for gradient in (refgd.grad, BUGS["tutorial"].function)
            )
            _curve(axes, right, words.right, ("-o", BLUE))
            _curve(axes, wrong, words.wrong, ("--s", VERMILION))
            axes.set_title(f"lr = {lr}")
            axes.set_xlabel(words.epoch)
            axes.set_xticks(range(0, EPOCHS + 1, 2))
        pair[0].set_ylabel(words.loss)
        return show(figure, "unnoticed", words.alt, words.caption)


def _curve(axes: Any, path: Array, name: str, style: tuple[str, str]) -> None:
    """Draw a curve, its name above it; of one that falls steeply, below it."""
    marks, colour = style
    axes.semilogy(path, marks, color=colour, markersize=4)
    steep = path[-1] < STEEP * path[0]
    axes.annotate(
        name,
        (NAMED, path[NAMED]),
        xytext=(-8, -4) if steep else (0, 9),
        textcoords="offset points",
        color=colour,
        horizontalalignment="right",
        verticalalignment="top" if steep else "bottom",
    )
