"""The picture of the page "The derivation": chords of a parabola."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from refgd.plots import BLUE, GREY, INK, VERMILION

X, Y = [1, 2, 3, 4], [2, 4, 6, 8]
W = 1  # where the slope is asked for
STEPS = (1, 2, 3)
RANGE = (-2.35, 4.9)


class Words(NamedTuple):
    """The picture's words in one language."""

    alt: str
    caption: str
    loss: str
    tangent: str


def chords(words: Words) -> str:
    """Draw the loss, its tangent at w, and the chords from w − h to w + h."""
    with look():
        figure = Figure(figsize=(6.4, 4))
        axes = figure.subplots()
        w = np.linspace(*RANGE, 101)
        axes.plot(w, _loss(w), color=BLUE)
        for h in STEPS:
            ends = np.array([W - h, W + h])
            axes.plot(ends, _loss(ends), "o--", color=VERMILION, linewidth=1.6)
            axes.text(W + 0.05, _loss(ends).mean() + 2, f"h = {h}", color=INK)
        slope = refgd.grad(X, Y, refgd.forward(W, X))
        ends = np.array([W - 1.2, W + 0.9])
        axes.plot(ends, _loss(np.array([W])) + slope * (ends - W), color=INK)
        axes.plot([W], _loss(np.array([W])), "o", color=INK)
        axes.text(W - 0.9, 6, words.tangent, color=INK, horizontalalignment="right")
        axes.set_ylim(-12, 140)
        axes.set_xlabel("w")
        axes.set_ylabel(words.loss)
        axes.axhline(0, color=GREY, linewidth=0.8)
        return show(figure, "chords", words.alt, words.caption)


def _loss(w: np.ndarray) -> np.ndarray:
    return np.array([refgd.mse(Y, refgd.forward(each, X)) for each in w])


ENGLISH = Words(
    alt="The parabola of the loss over w, its tangent at w = 1, and three dashed "
    "chords from 1 − h to 1 + h for h = 1, 2 and 3: all four lines are parallel.",
    caption="The tangent at w = 1, and chords around it. However wide the chord, it "
    "has the tangent's slope.",
    loss="loss",
    tangent="tangent at w = 1",
)
CHINESE = Words(
    alt="损失关于 w 的抛物线、它在 w = 1 处的切线，以及 h = 1、2、3 时"
    "从 1 − h 到 1 + h 的三条虚线弦：四条线互相平行。",
    caption="w = 1 处的切线，以及它两侧的弦。弦再宽，斜率也与切线相同。",
    loss="损失",
    tangent="w = 1 处的切线",
)
