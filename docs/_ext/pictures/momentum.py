"""The pictures of the page on momentum: a path under two sliders, and three curves."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

from docs._ext.pictures.figures import look, show
from docs._ext.pictures.sliders import Axes, Frame, Picture, Slider, widget
from docs._ext.pictures.words import Words, read_words
from refgd import theory
from refgd._types import Array
from refgd.plots import BLUE, GREY, INK, VERMILION

X, Y, START, STEPS = [[1, 0], [0, 5]], [0, 0], [-9.0, 1.5], 30  # λ = 1 and 25
PLAIN = theory.best_lr(X)  # 1/13
BEST = theory.best_momentum(X)  # lr = 1/9, β = 4/9
RATES = [
    *(0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, PLAIN, 0.085, 0.09),
    *(0.1, float(BEST.lr), 0.125, 0.13, 0.14, 0.16),
]
BETAS = [0.0, 0.1, 0.2, 0.3, 0.4, BEST.beta, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
AXES = Axes(x=(-11, 11), y=(-3.4, 3.4), left=4, top=6, width=430, height=250)
MAP = Axes(x=(0, 0.18), y=(0, 1), left=478, top=6, width=218, height=216)
LEVELS = (0.7, 0.8, 0.9)


class Roots(NamedTuple):
    """What the error does along one eigenvector, from its p and p² − 4q."""

    p: float
    d: float

    @property
    def turns(self) -> bool:
        """The roots are a complex pair: the error swings about zero."""
        return self.d < 0


def sliders(language: str) -> str:
    """Return the picture, its sliders and its numbers as HTML."""
    words = read_words("learn/momentum", "sliders", language)
    frames: dict[tuple[int, ...], Frame] = {
        (i, k): _frame(lr, beta, words)
        for i, lr in enumerate(RATES)
        for k, beta in enumerate(BETAS)
    }
    return widget(
        "momentum",
        Picture(_elements(words), (700, 262), words.alt),
        [
            Slider(words.lr, [_value(lr) for lr in RATES], RATES.index(0.07)),
            Slider(words.beta, [_value(beta) for beta in BETAS], 0),
        ],
        frames,
        {"rate": words.rate, "left": words.left},
    )


def roots(lr: float, beta: float, eigenvalue: float) -> Roots:
    """Return what r² − p r + β, of the heavy ball, has for roots."""
    p = 1 + beta - lr * eigenvalue
    return Roots(p, p * p - 4 * beta)


def path(lr: float, beta: float) -> Array:
    """Return the weights of all steps, (STEPS + 1, 2)."""
    steps = theory.trajectory(X, Y, START, lr, range(STEPS + 1), beta=beta)
    return np.asarray(steps)


def _frame(lr: float, beta: float, words: Words) -> Frame:
    ws = path(lr, beta)
    size = np.linalg.norm(ws, axis=1) / np.linalg.norm(ws[0])
    texts = {
        "rate": f"{theory.momentum_rate(X, lr, beta):.3f}",
        "left": f"{size[-1]:.2g}",
        "says": _says(lr, beta, words),
    }
    at = f"M{MAP.point(lr, beta)}h0"
    return Frame({"line": _whole(ws), "at": at}, texts)


def _whole(ws: Array) -> str:
    """Return the path in whole numbers, up to a point that is far outside."""
    outside = np.abs(ws) > 2 * np.array([AXES.x[1], AXES.y[1]])
    away = np.flatnonzero(outside.any(axis=1))
    points = ws[: away[0] + 1] if len(away) else ws
    u = AXES.left + (points[:, 0] - AXES.x[0]) / (AXES.x[1] - AXES.x[0]) * AXES.width
    share = (points[:, 1] - AXES.y[0]) / (AXES.y[1] - AXES.y[0])
    v = AXES.top + (1 - share) * AXES.height
    pairs = np.rint(np.clip([u, v], -900, 900)).astype(int).T
    return "M" + " ".join(f"{a},{b}" for a, b in pairs)


def _says(lr: float, beta: float, words: Words) -> str:
    rate = theory.momentum_rate(X, lr, beta)
    flat, steep = roots(lr, beta, 1), roots(lr, beta, 25)
    chosen = {
        words.diverges: rate >= 1,
        words.best: (lr, beta) == (float(BEST.lr), BEST.beta),
        words.plain: beta == 0 and lr == PLAIN,
        words.rolls: flat.turns,
        words.swings: steep.turns,
        words.jumps: steep.p < 0,
    }
    return next((says for says, holds in chosen.items() if holds), words.creeps)


def _elements(words: Words) -> str:
    """Return what stands still: the contours, and the map of rates with its frame."""
    return (
        '<defs><marker id="momentum-dot" markerUnits="userSpaceOnUse" markerWidth="8" '
        'markerHeight="8" refX="4" refY="4"><circle cx="4" cy="4" r="3.2" '
        'style="fill:var(--gd-red)"/></marker><clipPath id="momentum-clip"><rect '
        f'x="{AXES.left}" y="{AXES.top}" width="{AXES.width}" '
        f'height="{AXES.height}"/></clipPath></defs>'
        f'<g clip-path="url(#momentum-clip)">{_contours()}'
        '<path class="path" data-path="line" marker-start="url(#momentum-dot)" '
        'marker-mid="url(#momentum-dot)" marker-end="url(#momentum-dot)"/></g>'
        f"{_map(words)}"
        '<path class="dots" style="stroke-width:11" data-path="at"/>'
    )


def _contours() -> str:
    """Return ellipses of equal loss, ½(w₁² + 25 w₂²) = c."""
    x, y = (AXES.point(0, 0)).split(",")
    wide = AXES.width / (AXES.x[1] - AXES.x[0])
    high = AXES.height / (AXES.y[1] - AXES.y[0])
    rings = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="{r * wide:.1f}" ry="{r / 5 * high:.1f}" '
        f'style="fill:none;stroke:var(--gd-blue);opacity:.55"/>'
        for r in (1.2, 3, 5.2, 8, 11.5, 16)
    )
    return rings + f'<path class="mark" d="M{x},{y}m-6,0h12m-6,-6v12"/>'


def _map(words: Words) -> str:
    """Return lines of equal rate over lr and β: the edge of divergence, and levels."""
    left, floor = MAP.left, MAP.top + MAP.height
    lines = "".join(_level(level) for level in (*LEVELS, 1.0))
    best = MAP.point(float(BEST.lr), BEST.beta).replace(",", " ")
    return (
        f'<path class="axis" d="M{left},{MAP.top}V{floor}H{left + MAP.width}"/>{lines}'
        f'<path class="mark" style="stroke-dasharray:none" '
        f'd="M{best}m-7,0h14m-7,-7v14"/>'
        f'<text x="{left - 8}" y="{MAP.top + 8}" text-anchor="end">1</text>'
        f'<text x="{left - 8}" y="{MAP.top + 70}" text-anchor="end">β</text>'
        f'<text x="{left - 8}" y="{floor}" text-anchor="end">0</text>'
        f'<text x="{left + MAP.width / 2 - 10}" y="{floor + 22}">η</text>'
        f'<text x="{left + MAP.width}" y="{floor + 22}" text-anchor="end">'
        f"{MAP.x[1]}</text>"
        f'<text x="{left + MAP.width}" y="{floor - 8}" text-anchor="end">'
        f"{words.valley}</text>"
    )


def _level(level: float) -> str:
    """Return one closed line of equal rate: the lr of each β, from both sides."""
    betas = np.linspace(0, level**2, 41)  # √β is the least that the rate can be
    low, high = edges(level, betas)
    fits = low <= high
    there = [*zip(low[fits], betas[fits], strict=True)]
    back = [*zip(high[fits], betas[fits], strict=True)][::-1]
    dashes = "" if level == 1 else ";stroke-dasharray:3 3"
    colour = "--gd-red" if level == 1 else "--gd-blue"
    style = f"fill:none;stroke:var({colour}){dashes}"
    return f'<path style="{style}" d="{MAP.line([*there, *back])}"/>'


def edges(level: float, beta: Array) -> tuple[Array, Array]:
    """Return the lowest and the highest lr whose rate is `level`.

    There λ = 1 has the root level, or λ = 25 the root −level.
    """
    low = (1 - level) * (1 - beta / level)
    return low, (1 + level) * (1 + beta / level) / 25


def _value(value: float) -> str:
    fractions = {PLAIN: "1/13", float(BEST.lr): "1/9", BEST.beta: "4/9"}
    name = fractions.get(value)
    return f"{name} = {value:.4f}" if name else f"{value:g}"


def steps_needed(kappa: float, lr: float, beta: float, tol: float) -> int:
    """Count the steps until tol of the error is left, from an error along both axes."""
    x = np.diag([1.0, math.sqrt(kappa)])
    most = math.ceil(8 * kappa) + 60
    ws = theory.trajectory(x, [0, 0], [1, 1], lr, range(most), beta=beta)
    above = np.linalg.norm(ws, axis=1) > tol * math.sqrt(2)
    return int(np.flatnonzero(above)[-1]) + 1


def bands(language: str) -> str:
    """Draw the size of the larger root over ηλ, for three β."""
    words = read_words("learn/momentum", "bands", language)
    with look():
        figure = Figure(figsize=(7, 3.2))
        axes = figure.add_subplot()
        h = np.linspace(0, 4, 801)
        for beta, colour, style in [
            (0, GREY, ":"),
            (0.25, BLUE, "--"),
            (0.64, VERMILION, "-"),
        ]:
            rates = [theory.momentum_rate([math.sqrt(0.5)], lr, beta) for lr in h]
            axes.plot(h, rates, style, color=colour)
            # named in its flat part, or at the tip of the V
            height = math.sqrt(beta) + 0.03 if beta else 0.2
            axes.annotate(f"β = {beta}", (1, height), ha="center")
        axes.axhline(1, color=INK, linewidth=0.8)
        axes.set(xlim=(0, 4), ylim=(0, 1.3), xlabel=words.x, ylabel=words.y)
        return show(figure, "bands", words.alt, words.caption)


def needed(language: str, tol: float = 1e-3) -> str:
    """Draw the steps that leave `tol` of the error, over κ, each rule at its best."""
    words = read_words("learn/momentum", "needed", language)
    kappas = np.geomspace(2, 1e4, 25)
    with look():
        figure = Figure(figsize=(7, 3.4))
        axes = figure.add_subplot(xscale="log", yscale="log")
        _counted(axes, kappas, tol, words)
        axes.set(xlabel=words.x, ylabel=words.y)
        return show(figure, "needed", words.alt, words.caption)


def counts(kappa: float, tol: float) -> tuple[int, int]:
    """Return the steps of plain descent and of momentum, each at its best."""
    x = np.diag([1.0, math.sqrt(kappa)])
    lr, beta, _ = theory.best_momentum(x)
    plain = steps_needed(kappa, float(theory.best_lr(x)), 0, tol)
    return plain, steps_needed(kappa, float(lr), beta, tol)


def _counted(axes: Plot, kappas: Array, tol: float, words: Words) -> None:
    plain, ball = np.array([counts(kappa, tol) for kappa in kappas]).T
    axes.plot(kappas, plain, "--", color=GREY)
    axes.plot(kappas, ball, color=VERMILION)
    for steps, label in ((plain, words.plain), (ball, words.momentum)):
        axes.annotate(
            label,
            (kappas[-6], steps[-6]),
            (-12, 8),
            textcoords="offset points",
            ha="right",
        )
