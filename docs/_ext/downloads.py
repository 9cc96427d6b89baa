"""What MkDocs calls once a lesson's page is made: its notebook is written beside it."""

from pathlib import Path
from typing import Any

from mkdocs.structure.pages import Page

from docs._ext.content import notebooks
from docs._ext.markdown import values
from docs._ext.markdown.code import with_code

LINK = '<p data-search-exclude><a href="{file}" download>{words}</a></p>'
WORDS = {"en": "This lesson as a notebook", "zh": "本课的笔记本（Jupyter）"}


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Write a lesson's notebook, and link to it under the title."""
    file, text = page.file, with_code(page.markdown or "")
    if not file.src_uri.startswith("learn/") or 'source="' not in text:
        return html
    language = "zh" if file.src_uri.endswith(".zh.md") else "en"
    name = Path(file.src_uri).with_suffix(".ipynb").name
    target = Path(file.abs_dest_path).with_name(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(notebooks.write(text, language, values.run), "utf-8")
    link = LINK.format(file=name, words=WORDS[language])
    return html.replace("</h1>", f"</h1>\n{link}", 1)
