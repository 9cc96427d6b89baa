"""What MkDocs calls while it builds: for a rule's page, code, search and the preview.

A page of a rule needs nothing but the rule's name: its description is the rule's own.

mkdocs-static-i18n would put all languages into one index, where a Chinese reader finds
each page twice. Here a language's own index is below its own folder, where
docs/_theme/main.html lets the search look for it.
"""

import json
import re
from pathlib import Path
from typing import Any

import jieba
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.pages import Page

from docs._ext.content import rules
from docs._ext.pictures import card

INDEX = Path("search", "search_index.json")
CARD = Path("assets", "card.png")
HAN = re.compile("[\u4e00-\u9fff]+")

#: Where Material cuts a Chinese query into words it never sees the query's last one.
SHORT, WHOLE = (f"for(let o=s+1;o{less}t.length;o++)" for less in ("<", "<="))

CELL = re.compile(r"<td[^>]*>.*?</td>", re.DOTALL)
CODE = re.compile("(?<!</span><code>)(?<=<code>)[^<]+(?=</code>)")  # not of a block
OPTION = re.compile(r"(?<![\w-])--?(?:[a-z][\w-]*|&gt;)")
NAME = re.compile(r'(?<=object-name )(.*?">)([\w.]+)(?=<)')
#: A long name may break behind these, if no small part is left alone.
BREAK = re.compile(
    r"(?<=/)(?=\w)|(?<=\w{3}\.)(?=\w{4})|(?<=[^\W_]{4}[(,_])(?=[^\W_]{2})"
)

_default: list[str] = []  # the default language's index, while the others are built


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Describe a page of a rule by the rule's own sentence, and begin with it."""
    path = Path(page.file.src_uri)
    name = path.stem
    if path.parent.as_posix() == "reference/optimizers" and name in rules.names():
        words = f"{page.title}, a rule of gradient descent: {rules.sentence(name)}"
        page.meta = {"description": words, "rule": True, **page.meta}
        title, rest = markdown.split("\n", 1)
        markdown = f"{title}\n\n{rules.opening(name)}\n{rest}"
    return markdown


def on_page_content(html: str, **_: Any) -> str:
    """Say where code may break and where not: a long name does, an option never."""
    html = CODE.sub(lambda code: OPTION.sub(_whole, code[0]), html)
    html = NAME.sub(lambda name: name[1] + BREAK.sub("<wbr>", name[2]), html)
    return CELL.sub(lambda cell: CODE.sub(_breaking, cell[0]), html)


def _whole(option: re.Match[str]) -> str:
    return f'<span class="option">{option[0]}</span>'


def _breaking(code: re.Match[str]) -> str:
    return BREAK.sub("<wbr>", code[0])


@event_priority(-50)  # after the search's plugin, before i18n builds another language
def _divide(config: MkDocsConfig) -> None:
    """Keep the index of the language that was just built, or put it in its place."""
    i18n: Any = config.plugins["i18n"]
    language: str = i18n.current_language
    root = Path(config.site_dir)
    index = json.loads((root / INDEX).read_text("utf-8"))
    for entry in index["docs"]:
        entry["location"] = entry["location"].removeprefix(f"{language}/")
        tags = entry.pop("tags", [])
        if tags and "#" not in entry["location"]:  # a page has tags, no section of it
            entry["tags"] = [_divide_words(tag) for tag in tags]
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    if language == i18n.default_language:
        _default[:] = [text]
    else:
        _write(root / language / INDEX, text)


@event_priority(-150)  # after i18n's, which has written one index of all languages
def _restore(config: MkDocsConfig) -> None:
    """Write the default language's index over the one of all; mend the search; draw."""
    root = Path(config.site_dir)
    _write(root / INDEX, _default[0])
    if config.site_url:  # docs/_theme/partials/preview.html names it
        (root / CARD).write_bytes(card.draw())
    for script in (root / "assets" / "javascripts" / "workers").glob("search.*.min.js"):
        text = script.read_text("utf-8").replace(SHORT, WHOLE)
        if WHOLE not in text:
            msg = f"Material's {script.name} is another: does it find a last word now?"
            raise PluginError(msg)
        _write(script, text)


on_post_build = CombinedEvent(_divide, _restore)


def _divide_words(text: str) -> str:
    """Put zero-width spaces between Chinese words, as Material does in a text."""
    cut = HAN.sub(lambda run: "\u200b".join(["", *jieba.cut(run[0]), ""]), text)
    return cut.strip("\u200b")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
