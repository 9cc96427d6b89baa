"""The pictures of the page "By hand": the line turns to the data."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from refgd.plots import BLUE, VERMILION

LR = 0.01
SHOWN = (0, 1, 2, 3, 5, 8, 20)  # epochs after which the line is drawn
ENDS = np.array([0, 4.15])  # where the lines end, and their names begin
FAINT = 0.25


class Words(NamedTuple):
    """The picture's words in one language."""

    alt: str
    caption: str
    epoch: str


def turning(words: Words) -> str:
    """Draw the line y = w x after some of the epochs, over the four points."""
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


ENGLISH = Words(
    alt="Four blue points on the line y = 2x, and red lines through the origin: flat "
    "before the first epoch, steeper after each, and almost through the points after "
    "20 epochs. The steps from one line to the next become smaller.",
    caption="The line after some of the 20 epochs. Each epoch closes the same share, "
    "{share:.0%}, of the gap that is left, so it turns fast at first and ever more "
    "slowly.",
    epoch="epoch {epoch}: w = {w}",
)
CHINESE = Words(
    alt="四个蓝色数据点位于直线 y = 2x 上；若干条过原点的红色直线：训练前是水平线，"
    "之后逐轮变陡，20 轮后几乎穿过所有数据点，相邻两条直线的间隔越来越小。",
    caption="20 轮训练中若干轮之后的直线。每一轮都把剩下的差距缩小"
    "同样的比例，即 {share:.0%}，"
    "所以直线先快后慢地转向数据。",
    epoch="第 {epoch} 轮：w = {w}",
)
