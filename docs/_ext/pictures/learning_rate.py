"""The picture of "Choosing the learning rate": the factor of each axis."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.contours import X
from docs._ext.pictures.figures import look, show
from refgd.plots import BLUE, GREY, INK, VERMILION


class Words(NamedTuple):
    """The picture's words in one language."""

    alt: str
    caption: str
    rate: str
    factor: str
    flat: str
    steep: str
    worst: str
    default: str
    best: str
    bound: str


def factors(words: Words) -> str:
    """Draw |1 − ηλ| for both eigenvalues, and the larger of the two."""
    theory = refgd.theory
    low, high = theory.eigenvalues(X)
    rates = np.linspace(0, 0.245, 246)
    with look():
        figure = Figure(figsize=(6.4, 3.8))
        axes = figure.subplots()
        axes.axhline(1, color=GREY, linewidth=0.8)
        worst = [theory.rate(X, lr) for lr in rates]
        axes.plot(rates, worst, color=GREY, linewidth=8, alpha=0.35, label=words.worst)
        axes.plot(rates, abs(1 - rates * low), "--", color=BLUE, label=words.flat)
        axes.plot(rates, abs(1 - rates * high), "-", color=VERMILION, label=words.steep)
        _name_rates(axes, words)
        axes.set_ylim(0, 1.25)
        axes.set_xlabel(words.rate)
        axes.set_ylabel(words.factor)
        axes.legend(loc="center", bbox_to_anchor=(0.457, 0.53))
        return show(figure, "factors", words.alt, words.caption)


def _name_rates(axes: Axes, words: Words) -> None:
    """Put a dot and a name at the default, the best rate and the bound."""
    for choose, name, place in (
        (refgd.theory.default_lr, words.default, (0, -20)),
        (refgd.theory.best_lr, words.best, (26, -22)),
        (refgd.theory.max_lr, words.bound, (-34, 6)),
    ):
        lr = choose(X)
        at = lr, refgd.theory.rate(X, lr)
        axes.plot(*at, "o", color=INK, markersize=8)
        axes.annotate(
            name, at, place, textcoords="offset points", horizontalalignment="center"
        )


ENGLISH = Words(
    alt="Two curves over the learning rate: for the small eigenvalue a line that falls "
    "slowly from 1, for the large one a V that touches 0 at 1/9 and passes 1 at 2/9. "
    "The larger of the two is lowest where they cross, at 1/5.",
    caption="The factor by which a step multiplies each error. The slower of the two "
    "counts, the grey band, and it is lowest where the curves cross.",
    rate="learning rate η",
    factor="factor of a step",
    flat="|1 − ηλ| with λ = 1",
    steep="|1 − ηλ| with λ = 9",
    worst="the larger of the two",
    default="the default",
    best="the best",
    bound="the bound",
)
CHINESE = Words(
    alt="两条关于学习率的曲线：小特征值的一条从 1 缓缓下降，"
    "大特征值的一条呈 V 形，在 1/9 处触到 0，在 2/9 处越过 1。"
    "两者中较大的，在交点 1/5 处最小。",
    caption="每一步把两个误差分量各乘以多少。起决定作用的是较慢的那个，"
    "即灰色宽带，它在两条曲线的交点处最低。",
    rate="学习率 η",
    factor="每一步的因子",
    flat="λ = 1 的 |1 − ηλ|",
    steep="λ = 9 的 |1 − ηλ|",
    worst="两者中较大的",
    default="默认值",
    best="最佳",
    bound="上界",
)
