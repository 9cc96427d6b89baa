"""The pictures of the page on adaptive rules: four paths, and Adam's correction."""

from itertools import islice

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import refgd
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.words import read_words
from refgd import optimizers, theory
from refgd._types import Array
from refgd.optimizers import Optimizer
from refgd.plots import BLUE, GREY, INK, VERMILION

X, START, STEPS = np.diag([1.0, 5.0]), np.array([-9.0, 1.8]), 40  # λ = 1 and 25
RATES = {"AdaGrad": 2.0, "RMSprop": 0.3, "Adam": 0.6}
RULES = {
    "plain": optimizers.sgd(theory.best_lr(X)),
    "AdaGrad": optimizers.adagrad(RATES["AdaGrad"]),
    "RMSprop": optimizers.rmsprop(RATES["RMSprop"]),
    "Adam": optimizers.adam(RATES["Adam"]),
}


def path(rule: Optimizer, turn: float = 0.0) -> Array:
    """Return the weights of all steps in the valley, turned by some degrees."""
    angle = np.radians(turn)
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    valley = refgd.LeastSquares(X @ axes.T, np.zeros(2))
    walk = refgd.descend(valley, axes @ START, rule)
    return np.array([iterate.w for iterate in islice(walk, STEPS + 1)])


def left(name: str, turn: float = 0.0) -> float:
    """Return how far from the lowest point a rule is after all steps."""
    return float(np.linalg.norm(path(RULES[name], turn)[-1]))


def paths(language: str) -> str:
    """Draw the four rules, each in the same valley."""
    words = read_words("learn/adaptive", "paths", language)
    with look():
        figure = Figure(figsize=(7, 4.4))
        for axes, (name, rule) in zip(
            figure.subplots(2, 2, sharex=True, sharey=True).flat,
            RULES.items(),
            strict=True,
        ):
            _valley(axes)
            axes.plot(*path(rule).T, "o-", color=VERMILION, markersize=3, linewidth=1)
            title = words.plain if name == "plain" else name
            distance = words.left.format(left=f"{left(name):.2g}")
            axes.set_title(f"{title}: {distance}", fontsize=12)
        caption = words.caption.format(**RATES)
        return show(figure, "paths", words.alt, caption)


def _valley(axes: Axes) -> None:
    turns = np.linspace(0, 2 * np.pi, 201)
    for size in (1.2, 3, 5.2, 8, 11.5, 16):
        ring = (size * np.cos(turns), size / 5 * np.sin(turns))
        axes.plot(*ring, color=BLUE, linewidth=0.6)
    axes.plot(0, 0, "+", color=INK, markersize=10)
    axes.set(xlim=(-11, 6), ylim=(-2.6, 2.6), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)


def first_steps(steps: int = 100) -> tuple[Array, Array]:
    """Return each step over lr for a gradient that stays: corrected, and not.

    While v only grows, AMSGrad, which corrects nothing, is Adam without correction.
    """
    rules = optimizers.adam(1.0, eps=0), optimizers.amsgrad(1.0)
    first, second = (np.diff(_walk(rule, steps)) for rule in rules)
    return -first, -second


def _walk(rule: Optimizer, steps: int) -> Array:
    w, state = 0.0, rule.init(0.0)
    ws = [w]
    for _ in range(steps):
        w, state = rule.update(w, 1.0, state)
        ws.append(w)
    return np.array(ws)


def correction(language: str) -> str:
    """Draw the first steps of Adam with its correction, and without."""
    words = read_words("learn/adaptive", "correction", language)
    corrected, raw = first_steps()
    t = np.arange(1, len(raw) + 1)
    with look():
        figure = Figure(figsize=(7, 3.2))
        axes = figure.add_subplot()
        axes.plot(t, raw, "--", color=GREY)
        axes.plot(t, corrected, color=VERMILION)
        axes.annotate(words.raw, (40, raw[39] + 0.25))
        axes.annotate(words.corrected, (40, 1.25))
        axes.set(xlim=(0, 100), ylim=(0, 7.2), xlabel=words.x, ylabel=words.y)
        return show(figure, "correction", words.alt, words.caption)
