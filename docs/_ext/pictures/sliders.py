"""Pictures with sliders: each position's curves and numbers, computed by refgd here.

The page holds every frame; assets/sliders.js only chooses. Without JavaScript the
picture stands as it starts, with its numbers, and shows no slider.
"""

import html
import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple


class Slider(NamedTuple):
    """One slider: its label, and the text of each position."""

    label: str
    values: Sequence[str]
    start: int


class Frame(NamedTuple):
    """One position: the SVG path of each moving curve, and the text of each number."""

    paths: Mapping[str, str]
    texts: Mapping[str, str]


class Axes(NamedTuple):
    """A drawing area: what is at its edges, and where the edges are in the picture."""

    x: tuple[float, float]
    y: tuple[float, float]
    left: float
    top: float
    width: float
    height: float

    def point(self, x: float, y: float) -> str:
        """Return a point of the data as one of the picture, held inside ten widths."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        across, up = min(max(across, -10), 10), min(max(up, -10), 10)
        u, v = self.left + across * self.width, self.top + (1 - up) * self.height
        return f"{u:.1f},{v:.1f}"

    def line(self, points: Sequence[tuple[float, float]]) -> str:
        """Return a polyline through points, as an SVG path."""
        return "M" + " ".join(self.point(x, y) for x, y in points)

    def dots(self, points: Sequence[tuple[float, float]]) -> str:
        """Return a dot at each point: lines of no length, with round ends."""
        return "".join(f"M{self.point(x, y)}h0" for x, y in points)


class Picture(NamedTuple):
    """SVG elements, ``<path data-path="..."/>`` for each that moves; size; words."""

    elements: str
    size: tuple[int, int]
    alt: str


def widget(
    name: str,
    picture: Picture,
    sliders: Sequence[Slider],
    frames: Mapping[tuple[int, ...], Frame],
    numbers: Mapping[str, str],
) -> str:
    """Return the HTML of one picture with its sliders.

    Args:
        name: A word that no other widget of the page has.
        picture: What is drawn.
        sliders: One or more.
        frames: A frame for each combination of positions. The text "says" of a frame
            says in words what one sees.
        numbers: The label of each other text that is shown, by its name.
    """
    order = product(*(range(len(slider.values)) for slider in sliders))
    shown = frames[tuple(slider.start for slider in sliders)]
    data = {
        "values": [list(slider.values) for slider in sliders],
        "frames": [frames[at]._asdict() for at in order],
    }
    rows = "".join(_row(name, k, slider) for k, slider in enumerate(sliders))
    return (
        f'<section class="gd" id="{name}" data-search-exclude>{_drawn(picture, shown)}'
        f'<div class="gd-controls" hidden>{rows}</div>'
        f'<p class="gd-says" aria-live="polite" data-text="says">'
        f"{escape(shown.texts['says'])}</p>{_list(numbers, shown)}"
        f'<script type="application/json">{write_json(data)}</script></section>\n'
    )


def _drawn(picture: Picture, shown: Frame) -> str:
    width, height = picture.size
    elements = picture.elements
    for path, d in shown.paths.items():
        moving = f'data-path="{path}"'
        elements = elements.replace(moving, f'{moving} d="{d}"')
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(picture.alt)}">{elements}</svg>'
    )


def _list(numbers: Mapping[str, str], shown: Frame) -> str:
    cells = (
        f'<div><dt>{label}</dt> <dd data-text="{key}">{escape(shown.texts[key])}'
        "</dd></div>"
        for key, label in numbers.items()
    )
    return f'<dl class="gd-numbers">{"".join(cells)}</dl>'


def _row(name: str, k: int, slider: Slider) -> str:
    start = slider.values[slider.start]
    return (
        f'<label><span>{slider.label}</span><input type="range" min="0" '
        f'max="{len(slider.values) - 1}" step="1" value="{slider.start}" '
        f'id="{name}-{k}" aria-valuetext="{escape(start)}"><output for="{name}-{k}">'
        f"{escape(start)}</output></label>"
    )


def write_json(data: Any) -> str:
    """Return JSON that no text in it can end: a < stands as its code."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", r"\u003c")


def escape(text: str) -> str:
    """Return text as HTML shows it, in an attribute too."""
    return html.escape(text)
