"""The live picture of "Choosing the learning rate": steps across a valley."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

import refgd
from docs._ext.content.digits import digits
from docs._ext.pictures.sliders import Axes, Frame, Picture, Slider, widget

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


class Words(NamedTuple):
    """The picture's words in one language."""

    alt: str
    label: str
    left: str
    steps: str
    rate: str
    needed: str
    never: str
    slow: str
    default: str
    smooth: str
    straight: str
    zigzag: str
    best: str
    past: str
    bound: str
    diverges: str


def contours(words: Words, name: str = "contours") -> str:
    """Return the picture, its slider and its numbers as HTML."""
    values = [_rate(lr) for lr in RATES]
    return widget(
        name,
        Picture(_elements(words, name), (700, 320), words.alt),
        [Slider(words.label, values, RATES.index(DEFAULT))],
        {(k,): _frame(lr, words) for k, lr in enumerate(RATES)},
        {"rate": words.rate, "needed": words.needed},
    )


def _elements(words: Words, name: str) -> str:
    """Return what stands still, and the three curves that move."""
    u, v = VALLEY.point(*OPTIMUM).split(",")
    rings = "".join(f'<path class="axis" d="{_ring(level)}"/>' for level in LEVELS)
    goal = ERRORS.line([(0, np.log10(TARGET)), (STEPS, np.log10(TARGET))])
    return (
        f"{_clip(name, VALLEY)}{rings}"
        '<path class="path" data-path="line"/><path class="dots" data-path="dots"/></g>'
        f'<text x="{u}" y="{float(v) + 30}" text-anchor="middle">w*</text>'
        f"{_frame_of_errors(words)}"
        f'{_clip(name + "-errors", ERRORS)}<path class="mark" d="{goal}"/>'
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


ENGLISH = Words(
    alt="Left, the contours of a narrow valley, with dots at the weights of the first "
    "30 steps; right, the share of the error that is left, over 60 steps. The words "
    "below say what the chosen learning rate does.",
    label="learning rate",
    left="share of the error left",
    steps="steps",
    rate="at worst each step multiplies the error by",
    needed="steps to a millionth",
    never="never",
    slow="Too small: down the side of the valley, and then a crawl along its floor.",
    default="The default, a quarter of the bound: no error changes its sign.",
    smooth="Both errors shrink without changing sign; the floor is the slow part.",
    straight="1/λmax: the first step ends the steep error. The floor is still slow.",
    zigzag="The steep error changes sign at each step. It zigzags, and gets on faster.",
    best="The best: zigzag and floor shrink alike, and no fixed rate is better.",
    past="Past the best: now the zigzag is what takes long.",
    bound="The bound: the zigzag goes on for ever.",
    diverges="Beyond the bound: the zigzag grows. It diverges.",
)
CHINESE = Words(
    alt="左图是狭长山谷的等高线，圆点是前 30 步的权重；右图是 60 步内剩余误差的比例。"
    "下方的文字说明所选学习率的效果。",
    label="学习率",
    left="剩余误差的比例",
    steps="步数",
    rate="最坏情形下每一步误差乘以",
    needed="误差降到百万分之一所需步数",
    never="永远达不到",
    slow="太小：先下山坡，然后沿谷底慢慢爬。",
    default="默认值，即上界的四分之一：没有一个误差分量变号。",
    smooth="两个误差分量都在缩小，都不变号；慢在谷底。",
    straight="1/λmax：第一步就消去陡的那个误差分量，谷底依然很慢。",
    zigzag="陡的误差分量每一步都变号，路线呈锯齿形，但总体更快。",
    best="最佳：锯齿与谷底两个分量缩小得一样快，没有更好的固定学习率。",
    past="超过最佳值：现在慢的是锯齿。",
    bound="临界：锯齿永不停止。",
    diverges="超过上界：锯齿越来越大，迭代发散。",
)
