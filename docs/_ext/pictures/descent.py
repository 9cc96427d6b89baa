"""The pictures of the page "Why the loss goes down"."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import GREEN, look, show
from refgd.plots import BLUE, GREY, INK, VERMILION

X, Y = np.array([1.0, 2, 3, 4]), np.array([2.0, 4, 6, 8])
STARTS = (0.0, 0.6, 1.2)
DASHES = ("-", "--", "-.")
COLOURS = (BLUE, VERMILION, GREEN)
NARROW = np.diag([10.0, 1.0])  # with n = 2 its Hessian is diag(100, 1)
MANY_STARTS = ([1.0, 0.0], [1.0, 60.0], [0.0, 1.0])


class Words(NamedTuple):
    """The pictures' words in one language."""

    alt: str
    caption: str
    rate: str
    change: str
    start: str
    bound: str
    best: str
    many_alt: str
    many_caption: str
    ratio: str


def change(words: Words) -> str:
    """Draw what one step does to the loss, over the learning rate."""
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


def some_rise(words: Words) -> str:
    """Draw the loss after one step over that before, for three starts."""
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
        return show(figure, "some-rise", words.many_alt, words.many_caption)


def _loss(w: Any, x: Any, y: Any) -> Any:
    return refgd.mse(y, refgd.forward(w, x))


def _after(w: Any, lr: float, x: Any, y: Any) -> Any:
    dw = refgd.grad(x, y, refgd.forward(w, x))
    return _loss(refgd.step(w, dw, lr), x, y)


ENGLISH = Words(
    alt="Three parabolas over the learning rate, for the starts w = 0, 0.6 and 1.2. "
    "Each begins at zero, falls, is lowest at 1/15, crosses zero at 2/15 and rises.",
    caption="What one step does to the loss. The starts differ in how far it can fall, "
    "and agree on where: every curve is lowest at half the bound and crosses zero at "
    "the bound.",
    rate="learning rate",
    change="change of the loss in one step",
    start="from w = {w}",
    bound="the bound",
    best="half of it",
    many_alt="The loss after one step over the loss before, over a logarithmic "
    "learning rate. The curve of the start (1, 0) passes 1 at 0.02, where a vertical "
    "line stands; that of (1, 60) a little later, that of (0, 1) only at 2.",
    many_caption="Below 1 the loss falls. At the bound, the vertical line, the first "
    "curve passes 1; the others pass it later. Within the bound none does.",
    ratio="loss after / before",
)
CHINESE = Words(
    alt="三条关于学习率的抛物线，起点分别为 w = 0、0.6、1.2。"
    "每条都从零开始下降，在 1/15 处最低，在 2/15 处穿过零，此后上升。",
    caption="一步使损失改变多少。起点不同，能降多少也不同；但位置一致："
    "每条曲线都在上界的一半处最低，在上界处穿过零。",
    rate="学习率",
    change="一步之后损失的变化",
    start="从 w = {w} 出发",
    bound="上界",
    best="上界的一半",
    many_alt="一步之后与之前的损失之比，横轴为对数刻度的学习率。"
    "起点 (1, 0) 的曲线在 0.02 处越过 1，该处有一条竖线；"
    "(1, 60) 的曲线稍后越过，(0, 1) 的曲线到 2 才越过。",
    many_caption="低于 1 表示损失下降。在上界（竖线）处，第一条曲线越过 1，"
    "另外两条更晚才越过；在上界之内，没有一条越过。",
    ratio="之后的损失 / 之前的损失",
)
