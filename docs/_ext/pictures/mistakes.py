"""The picture of "What people get wrong": losses that fall, by wrong gradients."""

import inspect
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

LR, STEPS = 0.01, 20


def wrong() -> list[Callable[..., Any]]:
    """Return the museum's gradients of x, y and the predictions, but for one.

    That one remembers: each run of it begins with what the last one left.
    """
    return [
        bug.function
        for name, bug in BUGS.items()
        if name != "remembers"
        and [*inspect.signature(bug.function).parameters] == ["x", "y", "y_pred"]
    ]


def losses(gradient: Callable[..., Any]) -> Array:
    """Return the loss on the tutorial's data before each step and after the last."""
    data = refgd.datasets.tutorial()
    w, seen = 0.0, []
    for _ in range(STEPS + 1):
        y_pred = refgd.forward(w, data.x)
        seen.append(refgd.mse(data.y, y_pred))
        w = refgd.step(w, gradient(data.x, data.y.copy(), y_pred), LR)
    return np.array(seen)


def falling(language: str) -> str:
    """Draw the losses of the wrong gradients, and of the right one."""
    words = read_words("learn/mistakes", "falling", language)
    with look():
        figure = Figure(figsize=(6.4, 3.6))
        axes = figure.subplots()
        for k, gradient in enumerate(wrong()):
            label = words.wrong if k == 0 else None
            axes.semilogy(
                losses(gradient), color=VERMILION, linewidth=1, alpha=0.6, label=label
            )
        right = losses(refgd.grad)
        axes.semilogy(right, "o--", color=BLUE, markersize=4, label=words.right)
        axes.set_ylim(1e-4, 1e3)
        axes.set_xlabel(words.steps)
        axes.set_ylabel(words.loss)
        axes.set_xticks(range(0, STEPS + 1, 5))
        axes.legend(loc="upper right")
        return show(figure, "falling", words.alt, words.caption)
