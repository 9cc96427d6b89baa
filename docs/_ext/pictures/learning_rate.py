"""The pictures of the page "Choosing the learning rate": steps, and factors."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.axes import Axes as Plot
from matplotlib.figure import Figure

import refgd
from docs._ext.content.digits import digits
from docs._ext.pictures.figures import look, show
from docs._ext.pictures.sliders import Axes, Frame, Picture, Slider, widget
from docs._ext.pictures.words import Words, read_words
from refgd.plots import BLUE, GREY, INK, VERMILION

X, Y = [[2, 1], [1, 2], [2, 1], [1, 2]], [5, 1, 3, 3]
OPTIMUM, START = np.array([2.0, 0.0]), np.array([0.0, 4.0])
LOW, HIGH = 1, 9  # the eigenvalues of H, which the page asserts
BEST, BOUND = Fraction(2, HIGH + LOW), Fraction(2, HIGH)
DEFAULT, STRAIGHT = BOUND / 4, Fraction(1, HIGH)
RATES = sorted(
    {Fraction(k, 100) for k in (1, 2, 3, 4, 5, 7, 8, 9, *range(10, 25))}
    | {Fraction(k, 1000) for k in (205, 215)}
    | {DEFAULT, STRAIGHT, BEST, BOUND}
)
TARGET, STEPS, SHOWN = 1e-6, 60, 30  # what shall be left; the errors; the dots
VALLEY = Axes(x=(-2.2, 4.6), y=(-2, 4.8), left=10, top=10, width=300, height=300)
ERRORS = Axes(x=(0, STEPS), y=(-6.4, 1), left=420, top=40, width=260, height=236)
LEVELS = (0.5, 2, 4.5, 8, 12.5, 18, 24.5)  # of the loss above its least


def contours(language: str) -> str:
    """Return the picture, its slider and its numbers as HTML."""
    words = read_words("learn/learning-rate", "contours", language)
    values = [_rate(lr) for lr in RATES]
    return widget(
        "contours",
        Picture(_elements(words), (700, 320), words.alt),
        [Slider(words.label, values, RATES.index(DEFAULT))],
        {(k,): _frame(lr, words) for k, lr in enumerate(RATES)},
        {"rate": words.rate, "needed": words.needed},
    )


def _elements(words: Words) -> str:
    """Return what stands still, and the three curves that move."""
    u, v = VALLEY.point(*OPTIMUM).split(",")
    rings = "".join(f'<path class="axis" d="{_ring(level)}"/>' for level in LEVELS)
    goal = ERRORS.line([(0, np.log10(TARGET)), (STEPS, np.log10(TARGET))])
    return (
        f"{_clip('contours', VALLEY)}{rings}"
        '<path class="path" data-path="line"/><path class="dots" data-path="dots"/></g>'
        f'<text x="{u}" y="{float(v) + 30}" text-anchor="middle">w*</text>'
        f"{_frame_of_errors(words)}"
        f'{_clip("contours-errors", ERRORS)}<path class="mark" d="{goal}"/>'
        '<path class="curve" data-path="errors"/></g>'
    )


def _clip(name: str, axes: Axes) -> str:
    """Open a group whose curves end at the edges of the axes."""
    return (
        f'<clipPath id="{name}-clip"><rect x="{axes.left}" y="{axes.top}" '
        f'width="{axes.width}" height="{axes.height}"/></clipPath>'
        f'<g clip-path="url(#{name}-clip)">'
    )


def _frame_of_errors(words: Words) -> str:
    """Return the axes of the right-hand panel with their numbers."""
    left, floor = ERRORS.left, ERRORS.top + ERRORS.height
    right = left + ERRORS.width
    ticks = "".join(
        f'<text x="{ERRORS.point(t, 0).split(",")[0]}" y="{floor + 24}" '
        f'text-anchor="middle">{t}</text>'
        for t in range(0, STEPS, 20)
    )
    powers = "".join(
        f'<text x="{left - 8}" y="{float(ERRORS.point(0, k).split(",")[1]) + 5}" '
        f'text-anchor="end">{digits(10.0**k, ".0e") if k else 1}</text>'
        for k in (0, -3, -6)
    )
    return (
        f'<path class="axis" d="M{left},{ERRORS.top}V{floor}H{right}"/>{ticks}{powers}'
        f'<text x="{left + 4}" y="{ERRORS.top - 14}">{words.left}</text>'
        f'<text x="{right}" y="{floor + 24}" text-anchor="end">{words.steps}</text>'
    )


def _ring(level: float) -> str:
    """Return the ellipse on which the loss is so much above its least."""
    x = np.array(X)
    spectrum, axes = np.linalg.eigh(2 / len(x) * x.T @ x)
    angle = np.linspace(0, 2 * np.pi, 73)
    circle = np.array([np.cos(angle), np.sin(angle)])
    # half of λ c² is the loss above its least at c along λ's axis
    across = np.sqrt(2 * level / spectrum)[:, np.newaxis] * circle
    return VALLEY.line([(w[0], w[1]) for w in OPTIMUM + (axes @ across).T])


def _frame(lr: Fraction, words: Words) -> Frame:
    ws = refgd.theory.trajectory(X, Y, START, float(lr), range(STEPS + 1))
    error = np.linalg.norm(ws - OPTIMUM, axis=1)
    left = np.log10(np.maximum(error / error[0], 1e-9))
    seen = _seen(ws[: SHOWN + 1])
    needed = refgd.theory.steps_to(X, float(lr), TARGET)
    texts = {
        "rate": f"{refgd.theory.rate(X, float(lr)):.4g}",
        "needed": f"{needed:,}" if needed < np.inf and lr < BOUND else words.never,
        "says": _says(lr, words),
    }
    paths = {
        "line": VALLEY.line(seen),
        "dots": VALLEY.dots(seen),
        "errors": ERRORS.line(list(enumerate(left))),
    }
    return Frame(paths, texts)


def _seen(ws: Any) -> Sequence[tuple[float, float]]:
    """Return the points up to the first that is far outside the picture."""
    far = np.flatnonzero(np.abs(ws).max(axis=1) > 2 * VALLEY.x[1])
    return [(w[0], w[1]) for w in ws[: far[0] + 1 if len(far) else len(ws)]]


def _says(lr: Fraction, words: Words) -> str:
    named = {
        DEFAULT: words.default,
        STRAIGHT: words.straight,
        BEST: words.best,
        BOUND: words.bound,
    }
    if lr in named:
        return named[lr]
    ends = [
        (DEFAULT, words.slow),
        (STRAIGHT, words.smooth),
        (BEST, words.zigzag),
        (BOUND, words.past),
    ]
    return next((says for end, says in ends if lr < end), words.diverges)


def _rate(lr: Fraction) -> str:
    exact = lr in {DEFAULT, STRAIGHT, BEST, BOUND}
    return f"{lr} = {float(lr):.4f}" if exact else f"{float(lr):.3f}"


def factors(language: str) -> str:
    """Draw |1 − ηλ| for both eigenvalues, and the larger of the two."""
    words = read_words("learn/learning-rate", "factors", language)
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


def _name_rates(axes: Plot, words: Words) -> None:
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
