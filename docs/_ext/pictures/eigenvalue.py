"""The pictures of the page "What an eigenvalue is here": a valley, and steps in it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.learning_rate import OPTIMUM, X, Y
from docs._ext.pictures.words import read_words
from refgd.plots import BLUE, GREY, INK, VERMILION

LEVELS = (0.5, 2, 4.5, 8)  # of the loss above its least
REACH = 4.0  # how far the axes are drawn in the flat direction
STEEP, FLAT = np.array([1, 1]) / np.sqrt(2), np.array([1, -1]) / np.sqrt(2)
AROUND, AWAY, LR = 16, 1.3, 0.1  # places on a circle, its radius, and the rate


def valley(language: str) -> str:
    """Draw the contours of the loss, and the two axes of the ellipses."""
    words = read_words("learn/eigenvalue", "valley", language)
    with look():
        figure = Figure(figsize=(6.4, 5))
        axes = figure.subplots()
        _draw_rings(axes)
        low, high = refgd.theory.eigenvalues(X)
        for axis, value, colour, name, place in (
            (STEEP, high, VERMILION, words.steep, (12, 2)),
            (FLAT, low, BLUE, words.flat, (-4, -20)),
        ):
            end = axis * REACH * np.sqrt(low / value)
            ends = np.array([OPTIMUM - end, OPTIMUM + end])
            axes.plot(*ends.T, color=colour, linewidth=3)
            named = name.format(value=f"{value:.0f}")
            _annotate(axes, named, ends[1], place, color=colour)
        axes.plot(*OPTIMUM, "o", color=INK, markersize=8, zorder=3)
        _annotate(axes, words.lowest, OPTIMUM, (-14, -6), ha="right")
        axes.set_xlim(-1.6, 6.6)
        axes.set_ylim(-3.6, 3.4)
        return show(figure, "valley", words.alt, words.caption)


def steps(language: str) -> str:
    """Draw one step from places all round the lowest point."""
    words = read_words("learn/eigenvalue", "steps", language)
    with look():
        figure = Figure(figsize=(6.4, 4.4))
        axes = figure.subplots()
        _draw_rings(axes)
        for k in range(AROUND):
            angle = 2 * np.pi * k / AROUND
            start = OPTIMUM + AWAY * np.array([np.cos(angle), np.sin(angle)])
            slope = refgd.grad(X, Y, refgd.forward(start, X))
            end = refgd.step(start, slope, LR)
            on_axis = k % (AROUND // 4) == AROUND // 8  # at 45°, 135° and so on
            colour = VERMILION if on_axis else GREY
            arrow = {"arrowstyle": "->", "color": colour, "linewidth": 1.6}
            arrow |= {"shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (end[0], end[1]), (start[0], start[1]), arrowprops=arrow)
            axes.plot(*start, "o", color=colour, markersize=5)
        axes.plot(*OPTIMUM, "o", color=INK, markersize=7, zorder=3)
        axes.set_xlim(-0.4, 4.4)
        axes.set_ylim(-1.65, 1.65)
        return show(figure, "steps", words.alt, words.caption)


def _annotate(
    axes: Plot, name: str, at: Any, place: tuple[float, float], **style: Any
) -> None:
    """Write a name so many points beside a place."""
    axes.annotate(name, (at[0], at[1]), place, textcoords="offset points", **style)


def _draw_rings(axes: Plot) -> None:
    """Draw the ellipses on which the loss is so much above its least."""
    spectrum = refgd.theory.eigenvalues(X)
    angle = np.linspace(0, 2 * np.pi, 145)
    circle = np.array([np.cos(angle), np.sin(angle)])
    for level in LEVELS:
        # half of λ c² is the loss above its least at c along λ's axis
        across = np.sqrt(2 * level / spectrum)[:, np.newaxis] * circle
        ring = OPTIMUM[:, np.newaxis] + np.array([FLAT, STEEP]).T @ across
        axes.plot(*ring, color=GREY, linewidth=1)
    axes.set_aspect("equal")
    axes.set_xlabel("w₁")
    axes.set_ylabel("w₂")
