"""What the benchmarks measured, as committed in docs/benchmarks: all of it, or none.

A tree without the folder says so on the page; one that has it has each file, or the
build breaks.
"""

from docs._ext import ROOT
from docs._ext.pictures.figures import inline

FOLDER = ROOT / "docs" / "benchmarks"
TABLE, PICTURE, CHECKERS = "table.md", "speed.svg", "checkers.md"
NONE = "!!! note\n    This tree holds no measurements: run them as below.\n"
ALT = (
    "Seconds over rows, both on logarithmic axes, a line for each peer. They rise with "
    "the rows; at the right end refgd.compress + fit is far below the others."
)


def table() -> str:
    """Return the tables of times, Markdown, each in a box of its own to scroll."""
    return _text(TABLE)


def checkers() -> str:
    """Return the table of gradient checkers, Markdown."""
    return _text(CHECKERS)


def picture() -> str:
    """Return the picture of times, inline, on the page's own ground."""
    if not FOLDER.exists():
        return ""
    svg = (FOLDER / PICTURE).read_text("utf-8")
    # letters that have no colour of their own are the page's
    svg = svg.replace("<svg ", '<svg fill="currentColor" ', 1)
    return inline(svg, "speed", ALT)


def _text(file: str) -> str:
    if not FOLDER.exists():
        return NONE
    text = (FOLDER / file).read_text("utf-8")
    return f'<div class="wide numbers" markdown>\n\n{text}\n</div>'
