"""Formulas, typeset by KaTeX at build time; one that KaTeX refuses breaks the build.

This is more code than a plugin that loads KaTeX into the page, and deliberate: formulas
need no JavaScript, are there at once, and a wrong one is found here, not by a reader.
"""

import html
import re
from functools import cache
from typing import Any

import quickjs  # type: ignore[import-untyped]  # it has no types
from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from docs._ext.markdown import katex

# what pymdownx.arithmatex leaves: \( inline \) in a span, \[ display \] in a div
FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\s*\\[(\[](.*?)\\[)\]]\s*</\1>', re.DOTALL
)
# .slice(0): quickjs-ng cannot hand over a string that was made by joining others
TYPESET = r"""
(formula, display) => katex.renderToString(formula, {
  displayMode: display, throwOnError: true, strict: "error", output: "htmlAndMathml",
  macros: {"\\norm": "\\left\\lVert #1 \\right\\rVert", "\\R": "\\mathbb{R}"},
}).slice(0)
"""


class FormulaError(Exception):
    """A formula that KaTeX refuses, in KaTeX's words."""


@cache
def typeset(formula: str, *, display: bool) -> str:
    """Return a formula as HTML and MathML.

    Raises:
        FormulaError: If KaTeX refuses it.
    """
    try:
        return str(_engine()(formula, display))
    except quickjs.JSException as error:
        msg = f"{formula}: {error}"
        raise FormulaError(msg) from None


@cache
def _engine() -> Any:
    context = quickjs.Context()
    context.eval(katex.script())
    return context.eval(TYPESET)


class _Typeset(Postprocessor):
    def run(self, text: str) -> str:
        return FORMULA.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    tag, formula = match.groups()
    made = typeset(html.unescape(formula).strip(), display=tag == "div")
    # A search for a word should not find the letters of formulas. Material's index
    # takes the first </span> for the end of an excluded span: hence a tag of our own.
    return (
        f'<{tag} class="arithmatex"><gd-tex data-search-exclude>{made}</gd-tex></{tag}>'
    )


class Maths(Extension):
    """Typeset what pymdownx.arithmatex has found."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - markdown's own name
        """Fetch KaTeX before the site's files are listed, and run last of all."""
        katex.script()
        md.postprocessors.register(_Typeset(md), "katex", 0)


def makeExtension(**options: Any) -> Maths:  # noqa: N802 - markdown's own name
    """Make the extension, as Markdown asks for it."""
    return Maths(**options)
