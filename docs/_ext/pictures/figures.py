"""Pictures that follow the page's palette: matplotlib's SVG, inline.

What is drawn in refgd.plots' colours is shown in the page's: light on dark, dark on
light. The bytes are the same each time.
"""

import html
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from refgd.plots import BLUE, GREY, INK, STYLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's, as are the two of refgd.plots
GREEN, ORANGE, SKY = "#009E73", "#E69F00", "#56B4E9"
YELLOW, PURPLE = "#F0E442", "#CC79A7"

PALETTE = {
    INK: "var(--md-default-fg-color)",
    GREY: "var(--md-default-fg-color--light)",
    BLUE: "var(--gd-blue)",
    VERMILION: "var(--gd-red)",
    GREEN: "var(--gd-green)",
    ORANGE: "var(--gd-orange)",
    SKY: "var(--gd-sky)",
    YELLOW: "var(--gd-yellow)",
    PURPLE: "var(--gd-purple)",
}
LOOK = STYLE | {
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "font.size": 12,
    "legend.facecolor": "none",
    "lines.linewidth": 2.2,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",  # text stays text: the page's font, and readable by machine
}


@contextmanager
def look() -> Iterator[None]:
    """Draw in the site's look: make figures inside it."""
    import matplotlib as mpl  # noqa: PLC0415 - slow, and only some pages draw

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(LOOK)
        yield


def show(figure: "Figure", name: str, alt: str, caption: str = "") -> str:
    """Return a figure as HTML.

    Args:
        figure: Drawn inside `look`, without pyplot.
        name: A word that no other picture of the page has: the ids begin with it.
        alt: What the picture shows, for who cannot see it.
        caption: What to see in it; HTML.
    """
    with look(), warnings.catch_warnings():
        # the browser has the Chinese letters that matplotlib's font lacks
        warnings.filterwarnings("ignore", message="Glyph")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return inline(buffer.getvalue(), name, alt, caption)


def beside(pictures: Iterable[str], caption: str) -> str:
    """Return pictures side by side, and one below the other on a phone."""
    return (
        f'<figure class="plot pair">{"".join(pictures)}'
        f"<figcaption>{caption}</figcaption></figure>\n"
    )


def inline(svg: str, name: str, alt: str, caption: str = "") -> str:
    """Return a figure that matplotlib has written as SVG, as `show` does."""
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    drawn = _named(_in_palette(svg), name, alt)
    return f'<figure class="plot">{drawn}{below}</figure>\n'


def _in_palette(text: str) -> str:
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for colour, variable in PALETTE.items():
        text = re.sub(re.escape(colour), variable, text, flags=re.IGNORECASE)
    return text[text.index("<svg") :]


def _named(svg: str, name: str, alt: str) -> str:
    """Give every id its picture's name, and the picture its words."""
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    # as wide as its inches: letters have one size in every picture
    size = r'<svg ([^>]*?)width="([\d.]+pt)" height="\S+"'
    wide = r'<svg \1style="max-width: calc(0.95 * \2)"'
    svg = re.sub(size, wide, svg, count=1)
    svg = re.sub(r"(?:<!--.*?-->|\n\s*)", " ", svg, flags=re.DOTALL)
    return svg.replace(
        "<svg ",
        f'<svg data-search-exclude role="img" aria-label="{html.escape(alt)}" ',
        1,
    )
