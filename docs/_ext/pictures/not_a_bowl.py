"""The pictures of "When the loss is not a bowl": hollows, a saddle, a kink, a ball."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd import optimizers
from refgd._types import Array
from refgd.plots import BLUE, GREY, INK, VERMILION

STARTS = -0.5, 0.5
LR = 0.05
RATES = 0.1, 0.3, 0.6
ROLLS = -1.8  # where the heavy ball starts
BETA = 0.9
KINK, KINK_LR = 2.0, 0.3


def hollows(w: Any) -> Any:
    """Return a loss with two hollows, at −1 and at 2, and its slope."""
    return w**4 / 4 - w**3 / 3 - w**2, w * (w + 1) * (w - 2)


def saddle(w: Any) -> Any:
    """Return the loss (u·v − 1)² of two weights, and its gradient."""
    u, v = w
    return (u * v - 1) ** 2, 2 * (u * v - 1) * np.array([v, u])


def kink(w: Any) -> Any:
    """Return |w − 2| and its slope, which at 2 itself is said to be 0."""
    return abs(w - KINK), np.sign(w - KINK)


def walk(loss: Callable[..., Any], start: Any, rule: Any, steps: int) -> Array:
    """Return the weights of a run, the start first."""
    run = refgd.descend(loss, start, rule)
    return np.array([at.w for at in islice(run, steps + 1)])


def end_of(start: float, lr: float) -> float:
    """Return where 400 steps down the hollows end; NaN if beyond all bounds."""
    rule = optimizers.sgd(lr)
    for at in islice(refgd.descend(hollows, start, rule), 400):
        if abs(at.w) > 1e3:  # noqa: PLR2004 - far outside of all hollows
            return float("nan")
    return float(at.w)


def valleys(language: str) -> str:
    """Draw the hollows with two runs; below, where each start ends, at three rates."""
    words = read_words("learn/not-a-bowl", "valleys", language)
    with look():
        figure = Figure(figsize=(6.4, 5), layout="constrained")
        top, bars = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.3])
        w = np.linspace(-2.1, 3.1, 201)
        top.plot(w, hollows(w)[0], color=GREY)
        for start, colour, marks in zip(STARTS, (VERMILION, BLUE), "os", strict=True):
            path = walk(hollows, start, optimizers.sgd(LR), 40)
            top.plot(path, hollows(path)[0], marks, color=colour, markersize=4)
            top.annotate(
                f"{words.start} {start}".replace("-", "−"),
                (start, hollows(start)[0]),
                (0, 14),
                textcoords="offset points",
                color=colour,
                ha="right" if start < 0 else "left",
            )
        top.set_ylabel(words.loss)
        top.set_ylim(-3, 3)
        _bars(bars, words)
        bars.set_xlabel(words.axis)
        return show(figure, "valleys", words.alt, words.caption)


def _bars(axes: Axes, words: Any) -> None:
    """Draw a bar for each rate: the left hollow, the right one, or neither."""
    starts = np.linspace(-2.1, 3.1, 261)
    half = (starts[1] - starts[0]) / 2
    for row, lr in enumerate(RATES):
        ends = np.array([end_of(start, lr) for start in starts])
        for bottom, colour in ((-1, VERMILION), (2, BLUE)):
            there = abs(ends - bottom) < 0.01  # noqa: PLR2004 - it has arrived
            first = np.flatnonzero(np.diff(there, prepend=False, append=False))
            spans = [
                (starts[a] - half, 2 * half * (b - a)) for a, b in first.reshape(-1, 2)
            ]
            axes.broken_barh(spans, (-row - 0.35, 0.7), facecolor=colour, linewidth=0)
    axes.set_yticks([-row for row in range(len(RATES))], [f"η = {r}" for r in RATES])
    axes.set_ylabel(words.ends)


def ridge(language: str) -> str:
    """Draw the contours of (u·v − 1)² with a run along the ridge and one beside it."""
    words = read_words("learn/not-a-bowl", "ridge", language)
    with look():
        figure = Figure(figsize=(5.2, 4.8))
        axes = figure.subplots()
        u, v = np.meshgrid(np.linspace(-2, 2, 161), np.linspace(-2, 2, 161))
        levels = [0.05, 0.4, 1, 2, 4, 8]
        axes.contour(u, v, saddle((u, v))[0], levels, colors=GREY, linewidths=0.8)
        for start, colour, marks in (
            ((1.5, -1.5), VERMILION, "o-"),
            ((1.5, -1.4), BLUE, "s-"),
        ):
            path = walk(saddle, np.array(start), optimizers.sgd(LR), 80)
            axes.plot(*path.T, marks, color=colour, markersize=4, linewidth=1)
        axes.annotate(
            words.saddle, (0, 0), (-10, -16), textcoords="offset points", ha="right"
        )
        axes.set_xlabel("u")
        axes.set_ylabel("v")
        axes.set_aspect("equal")
        return show(figure, "ridge", words.alt, words.caption)


def corner(language: str) -> str:
    """Draw the distance to a kink over the steps, the rate fixed and falling."""
    words = read_words("learn/not-a-bowl", "corner", language)
    falling = refgd.schedules.inverse_scaling(KINK_LR, power=0.5)
    with look():
        figure = Figure(figsize=(6.4, 3.2))
        axes = figure.subplots()
        _distances(axes, KINK_LR, VERMILION, "o-", words.fixed)
        _distances(axes, falling, BLUE, "s--", words.falling)
        axes.set_xlabel(words.steps)
        axes.set_ylabel("|w − 2|")
        axes.legend()
        return show(figure, "corner", words.alt, words.caption)


def _distances(axes: Axes, lr: Any, colour: str, marks: str, name: str) -> None:
    path = walk(kink, 0.0, optimizers.sgd(lr), 30)
    distance = np.abs(path - KINK)
    axes.plot(distance, marks, color=colour, markersize=4, linewidth=1.4, label=name)


def ball(language: str) -> str:
    """Draw the weight over the steps from one start, with momentum and without."""
    words = read_words("learn/not-a-bowl", "ball", language)
    with look():
        figure = Figure(figsize=(6.4, 3.4))
        axes = figure.subplots()
        for height, name in ((-1, words.left), (0, words.hill), (2, words.right)):
            axes.axhline(height, color=GREY, linewidth=0.8)
            axes.text(80, height + 0.08, name, color=INK, ha="right")
        for rule, colour, style, name in (
            (optimizers.sgd(LR), VERMILION, "-", words.plain),
            (optimizers.momentum(LR, beta=BETA), BLUE, "--", words.heavy),
        ):
            path = walk(hollows, ROLLS, rule, 80)
            axes.plot(path, style, color=colour, label=name)
        axes.set_xlabel(words.steps)
        axes.set_ylabel("w")
        axes.legend(loc="center right", bbox_to_anchor=(1, 0.67))
        return show(figure, "ball", words.alt, words.caption)
