"""The pictures of the page on mini-batches: the loss by epoch, and its floor."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import GREEN, look, show
from docs._ext.pictures.words import Words, read_words
from refgd._types import Array, Number, Schedule
from refgd.plots import BLUE, GREY, VERMILION
from refgd.schedules import inverse_scaling

N, EPOCHS, LR, RUNS = 200, 40, 0.05, 10
SIZES = (200, 20, 2)


class Data(NamedTuple):
    """Points near the line y = 2x, and the least loss that any w has on them."""

    x: Array
    y: Array
    best: float
    least: float


def noisy(n: int = N, seed: int = 0) -> Data:
    """Return the data of both pictures."""
    draw = np.random.default_rng(seed)
    x = draw.uniform(-2, 2, n)
    y = 2 * x + draw.normal(0, 1, n)
    best = np.dot(x, y) / np.dot(x, x)
    return Data(x, y, best, float(refgd.mse(y, refgd.forward(best, x))))


@cache
def excess(size: int, lr: Number | Schedule) -> Array:
    """Return the loss above the least one, by epoch: the mean over RUNS seeds."""
    data, steps = noisy(), -(-N // size) * EPOCHS
    runs = [
        refgd.fit(data.x, data.y, lr=lr, batch_size=size, n_iters=steps, seed=seed)
        for seed in range(RUNS)
    ]
    return np.asarray(np.mean([run.history.loss for run in runs], axis=0)) - data.least


def floor(size: int, lr: Number | Schedule) -> float:
    """Return the average height above the least loss over the second half."""
    return float(np.mean(excess(size, lr)[EPOCHS // 2 :]))


def by_size(language: str) -> str:
    """Draw the loss over epochs for three sizes of batch, one learning rate."""
    words = read_words("learn/batches", "by_size", language)
    names = (words.whole, words.twenty, words.two)
    looks = ((GREY, ":"), (BLUE, "--"), (VERMILION, "-"))
    curves = [excess(size, LR) for size in SIZES]
    return _drawn("sizes", zip(curves, looks, names, strict=True), words)


def by_schedule(language: str) -> str:
    """Draw the loss of batches of two: a fixed rate, half of it, a falling one."""
    words = read_words("learn/batches", "by_schedule", language)
    names = (words.fixed, words.half, words.falling)
    looks = ((VERMILION, "-"), (BLUE, "--"), (GREEN, "-."))
    curves = [excess(2, lr) for lr in (LR, LR / 2, falling())]
    return _drawn("schedules", zip(curves, looks, names, strict=True), words)


def falling() -> Schedule:
    """Return the learning rate that is a half after one epoch, a third after two."""
    return inverse_scaling(LR, power=1, decay=2 / N)


def _drawn(
    name: str, curves: Iterable[tuple[Array, tuple[str, str], str]], words: Words
) -> str:
    with look():
        figure = Figure(figsize=(7, 3.4))
        axes = figure.add_subplot(yscale="log")
        for curve, (colour, style), label in curves:
            axes.plot(curve, style, color=colour, label=label)
        axes.legend(loc="upper right")
        axes.set(xlabel=words.x, ylabel=words.y, xlim=(0, EPOCHS), ylim=(1e-6, 30))
        return show(figure, name, words.alt, words.caption)
