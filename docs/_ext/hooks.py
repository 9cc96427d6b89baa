"""What MkDocs calls while it builds: what a rule's page says of itself, and the search.

A page of a rule needs nothing but the rule's name: its description is the rule's own.

mkdocs-static-i18n would put all languages into one index, where a Chinese reader finds
each page twice. Here a language's own index is below its own folder, where
docs/_theme/main.html lets the search look for it.
"""

import json
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.pages import Page

from docs._ext.content import rules

INDEX = Path("search", "search_index.json")
PIPELINES = {"en": ["stemmer", "stopWordFilter"], "zh": ["stopWordFilter"]}

_default: list[str] = []  # the default language's index, while the others are built


def on_page_markdown(markdown: str, page: Page, **_: Any) -> None:
    """Describe a page of a rule by the rule's own sentence."""
    del markdown
    path = Path(page.file.src_uri)
    name = path.stem
    if path.parent.as_posix() == "reference/optimizers" and name in rules.names():
        words = f"{page.title}, a rule of gradient descent: {rules.sentence(name)}"
        page.meta = {"description": words, "rule": True, **page.meta}


@event_priority(-50)  # after the search's plugin, before i18n builds another language
def _divide(config: MkDocsConfig) -> None:
    """Write the index of the language that was just built, with its own stemmer."""
    i18n: Any = config.plugins["i18n"]
    language: str = i18n.current_language
    root = Path(config.site_dir)
    index = json.loads((root / INDEX).read_text("utf-8"))
    index["config"] |= {"lang": [language], "pipeline": PIPELINES[language]}
    if language != i18n.default_language:
        for entry in index["docs"]:
            entry["location"] = entry["location"].removeprefix(f"{language}/")
        _write(root / language / INDEX, _as_text(index))
    else:
        _default[:] = [_as_text(index)]


@event_priority(-150)  # after i18n's, which has written one index of all languages
def _restore(config: MkDocsConfig) -> None:
    """Write the index of the default language over the one of all."""
    _write(Path(config.site_dir) / INDEX, _default[0])


on_post_build = CombinedEvent(_divide, _restore)


def _as_text(index: dict[str, Any]) -> str:
    return json.dumps(index, ensure_ascii=False, separators=(",", ":"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
