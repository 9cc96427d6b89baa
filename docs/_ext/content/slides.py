"""A lesson as slides, made from the text of its page, in one file of HTML.

Of each paragraph a slide shows the first sentence, and the last one if a formula, a
table, a picture or code follows; the whole paragraph is folded in its notes. A section
fills as many slides as it needs. What the page runs runs here too.
"""

import base64
import html
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import NamedTuple

from docs._ext.content.notebooks import plain
from docs._ext.markdown import katex

PAGE = Template((Path(__file__).with_suffix(".html")).read_text("utf-8"))
NOTES = {"en": "Notes", "zh": "备注"}
#: A slide is full when the sizes of what it shows add up to this.
FULL = 6
#: A paragraph of so many bytes is shown whole.
SHORT = 120
SENTENCE = re.compile(
    r"(?:`[^`]*`|\$[^$]*\$|.)+?(?:[.!?](?=\s|$)|[。！？](?!\*)|$)\s*", re.DOTALL
)
#: What a page has to point at, and slides have not: places in it, and in its code.
UNUSED = re.compile(r'<a class="headerlink".*?</a>|<a id="__codelineno.*?</a>')

CODE = re.compile(r"<pre.*?</pre>", re.DOTALL)
#: With more lines of code than these a slide has them in small letters.
MANY = 12


class Part(NamedTuple):
    """What a slide shows of a block of Markdown, how large it is, and its notes."""

    shown: str
    size: int = 0
    notes: str = ""
    leads: bool = False  # the next part must be on the same slide


def outline(page: str, language: str) -> str:
    """Return a lesson's slides in Markdown, with a rule between two of them.

    Args:
        page: The lesson's Markdown, with its code.
        language: Its language, en or zh.
    """
    slides: list[list[Part]] = [[]]
    heading = ""
    for parts in _together(_parts(page, language)):
        begins = parts[0].shown.startswith("#")
        heading = parts[0].shown if begins else heading
        filled = sum(part.size for part in slides[-1])
        if filled and (begins or filled + sum(part.size for part in parts) > FULL):
            slides.append([] if begins else [Part(heading)])
        slides[-1] += parts
    return "\n\n---\n\n".join(_slide(slide, language) for slide in slides)


def _together(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Yield lists of parts that belong on one slide: all but the last lead."""
    group: list[Part] = []
    for part in parts:
        group.append(part)
        if not part.leads:
            yield group
            group = []


def _slide(parts: list[Part], language: str) -> str:
    shown = "\n\n".join(part.shown for part in parts)
    notes = "\n\n".join(part.notes for part in parts if part.notes)
    if notes:
        shown += (
            f'\n\n??? notes "{NOTES[language]}"\n\n{textwrap.indent(notes, "    ")}'
        )
    return shown


def _parts(page: str, language: str) -> Iterator[Part]:
    blocks = [
        block if block.startswith("```") else plain(f"{block}\n", language).strip()
        for block in _blocks(page)
    ]
    blocks = [block for block in blocks if block]
    whole = False  # exercises are shown as they are
    for block, after in zip(blocks, [*blocks[1:], ""], strict=True):
        leads = after.startswith(("$$", "```", "|", ">", "??? success"))
        if block.startswith("#"):
            whole = "xercise" in block or "练习" in block
            yield Part(block)
        elif block.startswith("```"):
            yield Part(block, _size_of_code(block))
        elif block.startswith("|"):
            yield Part(block, 1 + block.count("\n") // 2)
        elif block.startswith(("$$", "??? success")) or whole:
            yield Part(block, 1 if whole else 2, leads=leads)
        elif not block.startswith(("???", "!!!")):
            sentences = SENTENCE.findall(block)
            shown = sentences[:1] + sentences[1:][-1:] * leads
            if len(block.encode()) <= SHORT or len(shown) == len(sentences):
                yield Part(block, 1, leads=leads)
            else:
                words = " ".join(sentence.strip() for sentence in shown)
                yield Part(words, 1, block, leads)


def _size_of_code(block: str) -> int:
    head, *lines = block.split("\n")
    if 'html="on"' in head:
        return FULL - 1
    if "source=" in head or "exec=" not in head:
        return 2 + len(lines) // 3
    return 3 if "print(" in block else 0


def _blocks(page: str) -> Iterator[str]:
    """Yield what blank lines divide, but for those in fences and before more of it."""
    block: list[str] = []
    for line in page.split("\n"):
        fenced = sum(each.lstrip().startswith("```") for each in block) % 2
        if fenced or not line or line.startswith(" ") or (block and block[-1]):
            block.append(line)
        else:
            yield "\n".join(block).strip()
            block = [line]
    yield "\n".join(block).strip()


def write(content: str, title: str, language: str) -> str:
    """Return the page of slides.

    Args:
        content: The outline, as HTML.
        title: The lesson's title.
        language: Its language, en or zh.
    """
    content = UNUSED.sub("", content)
    slides = "\n".join(map(_section, content.split("<hr />")))
    return PAGE.substitute(
        language=language, title=html.escape(title), style=_katex_style(), slides=slides
    )


def _section(slide: str) -> str:
    lines = sum(code.count("\n") for code in CODE.findall(slide))
    return f"<section{' class=long' * (lines > MANY)}>{slide}</section>"


def _katex_style() -> str:
    """Return KaTeX's style with its fonts inside."""

    def font(found: re.Match[str]) -> str:
        data = base64.b64encode((katex.FOLDER / found[1]).read_bytes()).decode()
        return f"src:url(data:font/woff2;base64,{data})"

    style = (katex.FOLDER / "katex.min.css").read_text("utf-8")
    return re.sub(r"src:url\((fonts/[\w-]+\.woff2)\)[^;}]*", font, style)
