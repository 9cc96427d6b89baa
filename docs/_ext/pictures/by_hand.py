"""The pictures of the page "By hand": the line turns to the data."""

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd.plots import BLUE, VERMILION

LR = 0.01
SHOWN = (0, 1, 2, 3, 5, 8, 20)  # epochs after which the line is drawn
ENDS = np.array([0, 4.15])  # where the lines end, and their names begin
FAINT = 0.25


def turning(language: str) -> str:
    """Draw the line y = w x after some of the epochs, over the four points."""
    words = read_words("learn/by-hand", "turning", language)
    line = refgd.datasets.tutorial()
    w = refgd.fit(line.x, line.y, lr=LR, n_iters=SHOWN[-1]).history.w
    with look():
        figure = Figure(figsize=(6.4, 4))
        axes = figure.subplots()
        for k, epoch in enumerate(SHOWN):
            alpha = FAINT + (1 - FAINT) * k / (len(SHOWN) - 1)
            y = refgd.forward(w[epoch], ENDS)
            axes.plot(ENDS, y, color=VERMILION, alpha=alpha)
            name = words.epoch.format(epoch=epoch, w=f"{w[epoch]:.2f}")
            axes.text(ENDS[1] + 0.07, y[1], name, verticalalignment="center")
        axes.plot(line.x, line.y, "o", color=BLUE, markersize=9, zorder=3)
        axes.set_xlim(0, ENDS[1] + 1.35)
        axes.set_xticks(range(5))
        axes.set_yticks(range(0, 9, 2))
        axes.set_xlabel("x")
        axes.set_ylabel("y")
        axes.spines["bottom"].set_bounds(0, 4)
        share = 1 - refgd.theory.rate(line.x, LR)
        caption = words.caption.format(share=share)
        return show(figure, "turning", words.alt, caption)
