"""The pictures of the page "When to stop": where rules end, and a real overfit."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd.plots import BLUE, INK, VERMILION

N, D, HELD = 40, 36, 400
N_ITERS, EPOCHS = 3000, 20
LR = 0.01
SLOPE: dict[str, float] = {"tol": 0.01}
COUNT: dict[str, int] = {"n_iters": 10}


class Sample(NamedTuple):
    """Rows to train on, and rows held out."""

    x: Any
    y: Any
    held: tuple[Any, Any]


def noisy() -> Sample:
    """Draw 36 columns of which two matter, with noise, and few rows of them."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(N + HELD, D))
    y = 2 * x[:, 0] - x[:, 1] + rng.normal(size=N + HELD)
    return Sample(x[:N], y[:N], (x[N:], y[N:]))


def overfit(language: str) -> str:
    """Draw the loss on the rows of training, and on those held out."""
    words = read_words("learn/stopping", "overfit", language)
    history, best = _measure()
    with look():
        figure = Figure(figsize=(6.4, 4))
        axes = figure.subplots()
        step = history.t + 1  # a logarithmic axis has no place for 0
        axes.plot(step, history.validation, "--", color=VERMILION)
        axes.plot(step, history.loss, color=BLUE)
        axes.axvline(best.t + 1, color=INK, linewidth=0.8)
        at = best.t + 1, best.validation
        axes.plot(*at, "o", color=INK, markersize=8)
        least = words.best.format(t=best.t)
        axes.annotate(least, at, (8, -18), textcoords="offset points")
        axes.text(500, 4.6, words.validation, color=INK, horizontalalignment="right")
        axes.text(500, 0.55, words.training, color=INK, horizontalalignment="right")
        axes.set_xscale("log")
        axes.set_xticks([1, 11, 101, 1001, 3001], ["0", "10", "100", "1,000", "3,000"])
        axes.set_xticks([], minor=True)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(words.step)
        axes.set_ylabel(words.loss)
        return show(figure, "overfit", words.alt, words.caption)


def _measure() -> tuple[Any, Any]:
    """Return the history of the whole run, and the row that the early stop returns."""
    x, y, held = noisy()
    rule = refgd.stopping.patience(EPOCHS)
    early = refgd.fit(x, y, n_iters=N_ITERS, validation=held, stop=rule)
    whole = refgd.fit(x, y, n_iters=N_ITERS, validation=held)
    return whole.history, early.so_far.best


def stops(language: str) -> str:
    """Draw the share of the slope that is left, and where two rules end the run."""
    words = read_words("learn/stopping", "stops", language)
    x, y = refgd.datasets.tutorial()[1:3]
    whole = refgd.fit(x, y, 0.0, lr=LR, n_iters=45).history
    with look():
        figure = Figure(figsize=(6.4, 3.2))
        axes = figure.subplots()
        slopes = np.array([refgd.grad(x, y, refgd.forward(w, x)) for w in whole.w])
        left = slopes / slopes[0]
        axes.plot(whole.t, left, color=BLUE)
        for rule, words_of in ((SLOPE, words.slope), (COUNT, words.count)):
            end = refgd.fit(x, y, 0.0, lr=LR, **rule).n_iters
            axes.plot(end, left[end], "o", color=VERMILION, markersize=9)
            said = words_of.format(t=end)
            axes.annotate(said, (end, left[end]), (10, 8), textcoords="offset points")
        axes.axhline(SLOPE["tol"], color=INK, linewidth=0.8, linestyle=":")
        axes.set(xlim=(0, 45), ylim=(-0.03, 1.05), xlabel=words.step, ylabel=words.left)
        return show(figure, "stops", words.alt, words.caption)
