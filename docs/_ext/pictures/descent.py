"""The pictures of the page "Why the loss goes down"."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import GREEN, look, show
from docs._ext.pictures.words import read_words
from refgd.plots import BLUE, GREY, INK, VERMILION

X, Y = np.array([1.0, 2, 3, 4]), np.array([2.0, 4, 6, 8])
STARTS = (0.0, 0.6, 1.2)
DASHES = ("-", "--", "-.")
COLOURS = (BLUE, VERMILION, GREEN)
NARROW = np.diag([10.0, 1.0])  # with n = 2 its Hessian is diag(100, 1)
MANY_STARTS = ([1.0, 0.0], [1.0, 60.0], [0.0, 1.0])


def leaps(language: str) -> str:
    """Draw one step from w = 0 at four learning rates, on the curve of the loss."""
    words = read_words("learn/descent", "leaps", language)
    bound, best = refgd.theory.max_lr(X), refgd.theory.best_lr(X)
    start = _loss(STARTS[0], X, Y)
    w = np.linspace(-0.3, 5.15, 101)
    with look():
        figure = Figure(figsize=(6.4, 4))
        axes = figure.subplots()
        axes.axhline(start, color=GREY, linewidth=0.8)
        axes.plot(w, [_loss(each, X, Y) for each in w], color=BLUE)
        slope = refgd.grad(X, Y, refgd.forward(STARTS[0], X))
        for name, lr, place, side in (
            ("η = 0.01", 0.01, (-9, -6), "right"),
            ("η = 1/15", best, (0, -20), "center"),
            ("η = 2/15", bound, (9, 5), "left"),
            ("η = 0.16", 0.16, (9, -4), "left"),
        ):
            end = refgd.step(STARTS[0], slope, lr)
            landed = end, _loss(end, X, Y)
            arrow = {"arrowstyle": "->", "color": VERMILION, "linewidth": 1.4}
            axes.annotate("", landed, (STARTS[0], start), arrowprops=arrow)
            axes.plot(*landed, "o", color=VERMILION, markersize=8)
            _name(axes, name, landed, place, side)
        axes.plot([STARTS[0]], [start], "o", color=INK, markersize=8)
        _name(axes, words.start, (STARTS[0], start), (-9, -4), "right")
        axes.set_xlim(-1.1, 5.9)
        axes.set_ylim(-11, 76)
        axes.set_xlabel("w")
        axes.set_ylabel(words.loss)
        return show(figure, "leaps", words.alt, words.caption)


def _name(
    axes: Plot, name: str, at: Any, place: tuple[float, float], side: str
) -> None:
    """Write a name so many points beside a dot."""
    axes.annotate(name, at, place, textcoords="offset points", horizontalalignment=side)


def change(language: str) -> str:
    """Draw what one step does to the loss, over the learning rate."""
    words = read_words("learn/descent", "change", language)
    bound, best = refgd.theory.max_lr(X), refgd.theory.best_lr(X)
    rates = np.linspace(0, 1.22 * bound, 101)
    with look():
        figure = Figure(figsize=(6.4, 4))
        axes = figure.subplots()
        axes.axhline(0, color=GREY, linewidth=0.8)
        for w, dash, colour in zip(STARTS, DASHES, COLOURS, strict=True):
            changes = [_after(w, lr, X, Y) - _loss(w, X, Y) for lr in rates]
            label = words.start.format(w=f"{w:g}")
            axes.plot(rates, changes, dash, color=colour, label=label)
        low = _after(STARTS[0], best, X, Y) - _loss(STARTS[0], X, Y)
        axes.plot([bound], [0], "o", color=INK, markersize=8, zorder=3)
        axes.annotate(words.bound, (bound - 0.002, 1), horizontalalignment="right")
        axes.plot([best], [low], "o", color=INK, markersize=8, zorder=3)
        axes.annotate(words.best, (best, low - 3), horizontalalignment="center")
        axes.set_ylim(-36, 9.5)
        axes.set_xlabel(words.rate)
        axes.set_ylabel(words.change)
        axes.legend(loc="lower right")
        return show(figure, "change", words.alt, words.caption)


def some_rise(language: str) -> str:
    """Draw the loss after one step over that before, for three starts."""
    words = read_words("learn/descent", "some_rise", language)
    rates = np.geomspace(0.004, 4, 200)
    with look():
        figure = Figure(figsize=(6.4, 3.6))
        axes = figure.subplots()
        axes.axhline(1, color=GREY, linewidth=0.8)
        axes.axvline(refgd.theory.max_lr(NARROW), color=INK, linewidth=0.8)
        for w, dash, colour in zip(MANY_STARTS, DASHES, COLOURS, strict=True):
            start, y = np.array(w), np.zeros(2)
            before = _loss(start, NARROW, y)
            ratios = [_after(start, lr, NARROW, y) / before for lr in rates]
            label = words.start.format(w=f"({w[0]:g}, {w[1]:g})")
            axes.plot(rates, ratios, dash, color=colour, label=label)
        axes.set_xscale("log")
        axes.set_xticks([0.01, 0.02, 0.1, 1, 2], ["0.01", "0.02", "0.1", "1", "2"])
        axes.set_xticks([], minor=True)
        axes.set_ylim(0, 2)
        axes.set_xlabel(words.rate)
        axes.set_ylabel(words.ratio)
        axes.legend(loc="upper center", bbox_to_anchor=(0.64, 1.0))
        return show(figure, "some-rise", words.alt, words.caption)


def _loss(w: Any, x: Any, y: Any) -> Any:
    return refgd.mse(y, refgd.forward(w, x))


def _after(w: Any, lr: float, x: Any, y: Any) -> Any:
    dw = refgd.grad(x, y, refgd.forward(w, x))
    return _loss(refgd.step(w, dw, lr), x, y)
