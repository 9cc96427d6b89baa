"""The live picture of the first page: a parabola, and the steps down it, or up."""

from fractions import Fraction

import numpy as np

import refgd
from docs._ext.pictures.sliders import Axes, Frame, Picture, Slider, widget
from docs._ext.pictures.words import Words, read_words

X, Y, START, STEPS = [1, 2, 3, 4], [2, 4, 6, 8], Fraction(0), 20
EXACT_X = [Fraction(x) for x in X]
BOUND = refgd.theory.max_lr(EXACT_X)  # 2/15
BEST = refgd.theory.best_lr(EXACT_X)  # 1/15
RATES = [
    *(Fraction(k, 1000) for k in (1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50)),
    *(Fraction(k, 1000) for k in (55, 60)),
    BEST,
    *(Fraction(k, 1000) for k in (75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125)),
    Fraction(130, 1000),
    BOUND,
    *(Fraction(k, 1000) for k in (135, 140, 145, 150)),
]
HALF = Fraction(1, 2)
AXES = Axes(x=(-2.6, 6.6), y=(-6, 150), left=50, top=10, width=600, height=250)


def parabola(language: str) -> str:
    """Return the picture, its slider and its numbers as HTML."""
    words = read_words("index", "parabola", language)
    rates = [_rate(lr) for lr in RATES]
    return widget(
        "parabola",
        Picture(_elements(words), (700, 290), words.alt),
        [Slider(words.label, rates, RATES.index(Fraction(1, 100)))],
        {(k,): _frame(lr, words) for k, lr in enumerate(RATES)},
        {"factor": words.factor, "w": words.w, "loss": words.loss_after},
    )


def _elements(words: Words) -> str:
    """Return what stands still: the curve, the axis and its numbers."""
    curve = AXES.line([(w, _loss(w)) for w in np.linspace(*AXES.x, 101)])
    left, floor = AXES.left, AXES.top + AXES.height
    right = left + AXES.width
    ticks = "".join(
        f'<text x="{AXES.point(w, 0).split(",")[0]}" y="{floor + 20}" '
        f'text-anchor="middle">{_plain(f"{w}")}</text>'
        for w in range(-2, 7)
    )
    return (
        f'<path class="axis" d="M{AXES.line([(AXES.x[0], 0), (AXES.x[1], 0)])[1:]}"/>'
        f'{ticks}<text x="{left + 25}" y="24">{words.loss}</text>'
        f'<text x="{right}" y="{floor - 18}" text-anchor="end">w</text>'
        f'<path class="curve" d="{curve}"/>'
        '<path class="path" data-path="line"/><path class="dots" data-path="dots"/>'
    )


def _loss(w: float) -> float:
    return float(refgd.mse(Y, refgd.forward(w, X)))


def _frame(lr: Fraction, words: Words) -> Frame:
    ws = refgd.theory.trajectory(EXACT_X, Y, START, lr, range(STEPS + 1))
    loss = refgd.mse(Y, refgd.forward(ws[-1], EXACT_X))
    points = [(float(w), _loss(float(w))) for w in ws]
    seen = [point for point in points if AXES.x[0] <= point[0] <= AXES.x[1]]
    upto = points[: len(seen) + 1] if len(seen) < len(points) else points
    texts = {
        "factor": _plain(f"{float(1 - 2 * lr / BOUND):.4g}"),
        "w": _plain(f"{float(ws[-1]):.4g}"),
        "loss": f"{float(loss):.3g}",
        "says": _says(lr, words),
    }
    return Frame({"line": AXES.line(upto), "dots": AXES.dots(seen)}, texts)


def _says(lr: Fraction, words: Words) -> str:
    if lr > BOUND:
        return words.diverges
    if lr == BOUND:
        return words.bound
    if lr == BEST:
        return words.best
    factor = 1 - lr / BEST
    if lr > BEST:
        return words.beyond if -factor <= HALF else words.swings
    return words.slow if factor**STEPS > HALF else words.steady


def _plain(number: str) -> str:
    return number.replace("-", "−")


def _rate(lr: Fraction) -> str:
    return f"{lr} = {float(lr):.4f}" if lr in {BEST, BOUND} else f"{float(lr):.3f}"
