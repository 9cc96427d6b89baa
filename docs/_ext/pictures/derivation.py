"""The pictures of the page "The derivation": parabolas, their mean, and its chords."""

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.content.digits import digits
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd.plots import BLUE, GREY, INK, VERMILION

X, Y = [1, 2, 3, 4], [2, 4, 6, 8]
W = 1  # where the slope is asked for
STEPS = (1, 2, 3)
RANGE = (-2.35, 4.9)


def bowls(language: str) -> str:
    """Draw the squared residual of each point over w, and the loss: their mean."""
    words = read_words("learn/derivation", "bowls", language)
    w = np.linspace(-0.35, 4.35, 101)
    with look():
        figure = Figure(figsize=(6.4, 4))
        axes = figure.subplots()
        for x, y in zip(X, Y, strict=True):
            axes.plot(w, (x * w - y) ** 2, color=GREY, linewidth=1.2)
            name = words.point.format(x=x, y=y)
            axes.text(w[-1] + 0.08, (x * w[-1] - y) ** 2, name, va="center")
        axes.plot(w, _loss(w), color=BLUE, linewidth=3.4)
        axes.text(w[-1] + 0.08, _loss(w[-1:])[0], words.mean, color=BLUE, va="center")
        slope = refgd.grad(X, Y, refgd.forward(0, X))
        ends = np.array([-0.3, 0.45])
        axes.plot(ends, _loss(np.zeros(1)) + slope * ends, color=VERMILION)
        axes.plot([0], _loss(np.zeros(1)), "o", color=VERMILION, markersize=8)
        axes.text(0.13, 31, words.start.format(slope=digits(slope)), color=VERMILION)
        axes.set_xlim(-0.5, 6.1)
        axes.set_xticks(range(5))
        axes.set_ylim(-3, 92)
        axes.set_xlabel("w")
        axes.set_ylabel(words.squared)
        axes.spines["bottom"].set_bounds(-0.5, 4.35)
        return show(figure, "bowls", words.alt, words.caption)


def chords(language: str) -> str:
    """Draw the loss, its tangent at w, and the chords from w − h to w + h."""
    words = read_words("learn/derivation", "chords", language)
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
