"""The same descent on columns of unequal size, and on standardized ones."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

import refgd
from docs._ext.figures import BLUE, GREY, VERMILION, look, show
from refgd import theory
from refgd._types import Array

STEPS = 20


def valley(x: Array, y: Array, names: tuple[str, str]) -> str:
    """Return two maps of the loss, each with a path of descent at its best rate."""
    standard = refgd.standardize(x)
    with look():
        figure = Figure(figsize=(9, 4))
        left, right = figure.subplots(1, 2)
        titles = ("as measured", "standardized")
        rest = [
            _map(axes, columns, y - y.mean())
            for axes, columns in zip(
                (left, right), (x - x.mean(axis=0), standard.x), strict=True
            )
        ]
        for axes, title in zip((left, right), titles, strict=True):
            axes.set(xlabel=names[0], ylabel=names[1], title=title)
    return show(
        figure,
        "valley",
        "Left: the loss is a long narrow valley, across which the path of descent goes "
        "to and fro while it creeps along. Right: standardized, the lines of equal "
        "loss are nearly circles and the path goes to the middle in a few steps.",
        f"Lines of equal loss, and {STEPS} steps of descent at the best fixed rate of "
        "each, on the same data, towards the cross, the optimum. They leave "
        f"{rest[0]:.0%} of the error on the left, and {rest[1]:.3%} on the right.",
    )


def _map(axes: Any, x: Array, y: Array) -> float:
    """Draw the loss and the path, and return the share of the error it leaves."""
    best = np.linalg.lstsq(x, y)[0]
    # a circle of errors of the loss's own size in each weight
    reach = 1.35 * np.abs(best).max()
    grid = np.linspace(-reach, reach, 121)
    first, second = np.meshgrid(best[0] + grid, best[1] + grid)
    away = np.stack([first - best[0], second - best[1]], axis=-1)
    rise = np.square(away @ x.T).mean(axis=-1)
    levels = rise.max() * np.linspace(0.05, 0.95, 10) ** 2
    axes.contour(first, second, rise, levels, colors=GREY, linewidths=0.8)
    lr = theory.best_lr(x)
    path = theory.trajectory(x, y, None, lr, np.arange(STEPS + 1))
    axes.plot(*path.T, "-o", color=VERMILION, markersize=4, linewidth=1.3)
    axes.plot(*best, "x", color=BLUE, markersize=11, markeredgewidth=2.5)
    axes.set_aspect("equal")
    return float(np.linalg.norm(path[-1] - best) / np.linalg.norm(best))
