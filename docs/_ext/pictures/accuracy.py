"""Hubble's nebulae of 1929, and the line through the origin that fit finds."""

import numpy as np
from matplotlib.figure import Figure

from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd.datasets import Dataset
from refgd.plots import BLUE, GREY, VERMILION


def hubble(data: Dataset, w: float, language: str) -> str:
    """Return the points, and the line of slope w."""
    words = read_words("scale/accuracy", "hubble", language)
    with look():
        figure = Figure(figsize=(7, 4))
        axes = figure.add_subplot()
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.plot(data.x, data.y, "o", color=BLUE, markersize=7)
        ends = np.array([0, 2.1])
        axes.plot(ends, w * ends, color=VERMILION)
        axes.annotate(
            f"w = {w:.1f} km/s per Mpc",
            (1.58, w * 1.72),
            horizontalalignment="right",
            color=VERMILION,
        )
        axes.set(xlabel=words.distance, ylabel=words.velocity, xlim=(0, 2.15))
    caption = words.caption.format(n=len(data.x))
    return show(figure, "hubble", words.alt, caption)
