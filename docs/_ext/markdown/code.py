"""The code of a page, written once for both languages.

A fence of NAME.md with an id, ```` ```python id="tol" exec="on" ````, is shown and run
on NAME.zh.md by the line ``<!-- code: tol -->``; a hidden fence too. The Chinese page
must use every such fence, in the order of the English one; otherwise the build stops.
The id is for this alone: it is removed before the fence is read.
"""

import re
import textwrap
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from docs._ext import ROOT

DOCS = ROOT / "docs"
#: A whole fence, which may have an id; or the mark that stands for one.
CODE = re.compile(
    r"^(?P<indent> *)(?:"
    r'(?P<head>(?P<ticks>`{3,})(?:(?! id=")[^`\n])*)(?: id="(?P<id>[\w-]+)")?'
    r"(?P<rest>[^`\n]*\n(?:.*\n)*?(?P=indent)(?P=ticks))"
    r"|<!-- code: (?P<mark>[\w-]+) -->)$",
    re.MULTILINE,
)
TITLE = re.compile(r"^# .*[\u4e00-\u9fff].*$", re.MULTILINE)


class SharedCodeError(Exception):
    """A Chinese page whose code is not the English page's."""


def with_code(text: str) -> str:
    """Return a page with the English page's fences in place of its marks, without ids.

    Raises:
        SharedCodeError: If the marks are not that page's ids, in their order.
    """
    marks = [found["mark"] for found in CODE.finditer(text) if found["mark"]]
    title = TITLE.search(text)
    fences = list(CODE.finditer(_english(title[0]))) if title else []
    fences = [fence for fence in fences if fence["id"]]
    if marks != (ids := [fence["id"] for fence in fences]):
        msg = f"{title and title[0]}: its code is {marks}, the English page's {ids}"
        raise SharedCodeError(msg)
    whole = (textwrap.dedent(fence[0]) for fence in fences)
    text = CODE.sub(
        lambda found: (
            textwrap.indent(next(whole), found["indent"]) if found["mark"] else found[0]
        ),
        text,
    )
    return CODE.sub(r"\g<indent>\g<head>\g<rest>", text)


def _english(title: str) -> str:
    """Return the English page of the Chinese one that has this title, if there is one.

    Markdown knows nothing of a page but its text.
    """
    for page in DOCS.rglob("*.zh.md"):
        found = TITLE.search(page.read_text("utf-8"))
        if found and found[0] == title:
            english = page.with_name(page.name.replace(".zh.md", ".md"))
            return english.read_text("utf-8")
    return ""


class _Code(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        return with_code("\n".join(lines)).split("\n")


class Code(Extension):
    """Put the English page's code in place of the marks."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - markdown's own name
        """Run before everything else that reads fences or comments."""
        md.preprocessors.register(_Code(md), "refgd_code", 34)


def makeExtension(**options: Any) -> Code:  # noqa: N802 - markdown's own name
    """Make the extension, as Markdown asks for it."""
    return Code(**options)
