"""What the benchmarks measured, as committed in docs/benchmarks: all of it, or none.

A tree without the folder says so on the page; one that has it has each file, or the
build breaks.
"""

from docs._ext import ROOT
from docs._ext.content import chinese
from docs._ext.pictures.figures import inline

FOLDER = ROOT / "docs" / "benchmarks"
TABLE, PICTURE, CHECKERS = "table.md", "speed.svg", "checkers.md"
NONE = "!!! note\n    This tree holds no measurements: run them as below.\n"
ALTS = {
    "en": "Seconds over rows, both on logarithmic axes, a line for each peer. They "
    "rise with the rows; at the right end refgd.compress + fit is far below them.",
    "zh": "横轴是行数，纵轴是秒数，都取对数，每个程序一条线。时间随行数上升；"
    "到了右端，refgd.compress + fit 远在其他之下。",
}


def table(language: str = "en") -> str:
    """Return the tables of times, Markdown, each in a box of its own to scroll."""
    return _text(TABLE, language)


def checkers(language: str = "en") -> str:
    """Return the table of gradient checkers, Markdown."""
    return _text(CHECKERS, language)


def picture(language: str = "en") -> str:
    """Return the picture of times, inline, on the page's own ground."""
    if not FOLDER.exists():
        return ""
    svg = (FOLDER / PICTURE).read_text("utf-8")
    # letters that have no colour of their own are the page's
    svg = svg.replace("<svg ", '<svg fill="currentColor" ', 1)
    svg = svg if language == "en" else chinese.drawn(svg)
    return inline(svg, "speed", ALTS[language])


def _text(file: str, language: str) -> str:
    if not FOLDER.exists():
        return NONE
    text = (FOLDER / file).read_text("utf-8")
    text = text if language == "en" else chinese.measured(text)
    return f'<div class="wide numbers" markdown>\n\n{text}\n</div>'
