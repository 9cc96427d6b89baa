"""Numbers in a sentence, computed by this build: `` `{session} expression` ``.

The expression is evaluated among the names of the page's session, the one that its
``python exec="on" session="..."`` fences ran in; a failing one breaks the build.
"""

import html
import re
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString
from markdown_exec import formatter

#: The names of each session that a value has been asked of.
SESSIONS: dict[str, dict[str, Any]] = {}
HAND_OVER = "__import__('sys').modules[{module!r}].SESSIONS[{session!r}] = globals()"

VALUE = r"(?<!`)`\{(\w+)\} ([^`]+)`"


class ValueOnPageError(Exception):
    """An expression on a page that could not be evaluated."""


class _Value(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802 - markdown's own name; its base takes and gives less
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        del data
        element = Element("span", {"class": "value"})
        element.text = AtomicString(evaluate(m[1], m[2]))
        return element, m.start(), m.end()


def evaluate(session: str, expression: str) -> str:
    """Return the text of an expression among a session's names.

    Raises:
        ValueOnPageError: If it fails, with the expression.
    """
    if session not in SESSIONS:  # code that runs in it hands them over
        run(session, HAND_OVER.format(module=__name__, session=session))
    try:
        return str(eval(html.unescape(expression), SESSIONS[session]))  # noqa: S307 - our own pages
    except Exception as error:
        msg = f"`{{{session}}} {expression}`: {type(error).__name__}: {error}"
        raise ValueOnPageError(msg) from error


def run(session: str, code: str) -> str:
    """Run code in a session, and return what it prints."""
    options = {"session": session, "html": True}
    return str(formatter(code, "python", "", options, Markdown()))


class Values(Extension):
    """Replace each expression by its value."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - markdown's own name
        """Run before ordinary inline code (190) and inlinehilite."""
        md.inlinePatterns.register(_Value(VALUE, md), "refgd_value", 200)


def makeExtension(**options: Any) -> Values:  # noqa: N802 - markdown's own name
    """Make the extension, as Markdown asks for it."""
    return Values(**options)
