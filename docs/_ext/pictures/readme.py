"""The README's picture: a wrong gradient lowers the loss too, on few rows.

`python -m docs._ext.pictures.readme` writes it; a test holds the file against this.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import refgd
from docs._ext import ROOT
from refgd.testing.known_bugs import BUGS

FILE = ROOT / "docs" / "assets" / "loss.svg"
LR, EPOCHS, TIMES = 0.01, 10, 4
LEFT, TOP, WIDTH, HEIGHT = 62, 22, 300, 220
LOWEST, HIGHEST = -7, 5  # powers of ten
TICKS = {4: "10,000", 1: "10", -2: "0.01", -5: "0.00001"}

Gradient = Callable[[Any, Any, Any], Any]

# a code host shows the file as an image: its colours follow the reader's own setting
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 275" width="700" \
font-family="sans-serif" font-size="14">
<style>
text { fill: #57606a } path { fill: none; stroke-width: 2.5 }
.axis { stroke: #8c959f; stroke-width: 1 }
.right { stroke: #0072b2 } text.right { fill: #0072b2; stroke: none }
.wrong { stroke: #c04d00 } text.wrong { fill: #c04d00; stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #b1bac4 }
.right { stroke: #56b4e9 } text.right { fill: #56b4e9 }
.wrong { stroke: #ff8c4a } text.wrong { fill: #ff8c4a }
}
</style>
"""


class Curve(NamedTuple):
    """The losses of a run, and what is said at its end."""

    kind: str
    losses: list[float]
    name: str


def draw() -> str:
    """Return the picture as SVG."""
    x, y = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0]
    many = x * TIMES, y * TIMES
    tutorial = BUGS["tutorial"].function
    curves = [
        Curve("wrong", _losses(*many, tutorial), "the tutorial's, each row four times"),
        Curve("right", _losses(x, y, refgd.grad), "right, for both"),
        Curve("wrong", _losses(x, y, tutorial), "the tutorial's, four rows"),
    ]
    return HEAD + _axes() + "".join(map(_curve, curves)) + "</svg>\n"


def _losses(x: list[float], y: list[float], gradient: Gradient) -> list[float]:
    """Return the loss at the start and after each epoch."""
    w, losses = 0.0, []
    for _ in range(EPOCHS + 1):
        y_pred = refgd.forward(w, x)
        losses.append(float(refgd.mse(y, y_pred)))
        w = refgd.step(w, gradient(np.array(x), np.array(y), y_pred), LR)
    return losses


def _point(epoch: float, power: float) -> tuple[float, float]:
    across = LEFT + WIDTH * epoch / EPOCHS
    return across, TOP + HEIGHT * (HIGHEST - power) / (HIGHEST - LOWEST)


def _axes() -> str:
    left, floor = _point(0, LOWEST)
    right, top = _point(EPOCHS, HIGHEST)
    texts = [(left, floor + 20, "middle", "0"), (right, floor + 20, "middle", "10")]
    texts += [((left + right) / 2, floor + 20, "middle", "epoch")]
    texts += [
        (left - 8, _point(0, power)[1] + 5, "end", tick)
        for power, tick in TICKS.items()
    ]
    texts += [(left + 8, top + 4, "start", "loss")]
    return f'<path class="axis" d="M{left:g} {top}V{floor:g}H{right:g}"/>\n' + "".join(
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>\n'
        for x, y, anchor, text in texts
    )


def _curve(curve: Curve) -> str:
    points = [_point(k, math.log10(loss)) for k, loss in enumerate(curve.losses)]
    path = "L".join(f"{x:g} {y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<path class="{curve.kind}" d="M{path}"/>\n'
        f'<text class="{curve.kind}" x="{x + 10:g}" y="{y + 5:.1f}">'
        f"{curve.name}</text>\n"
    )


if __name__ == "__main__":
    FILE.write_text(draw(), "utf-8")
