"""What MkDocs calls once a lesson's page is made: its notebook and its slides.

They are written beside the page, and linked under its title. A lesson has slides if it
says ``slides: true`` in front of its text.
"""

from pathlib import Path
from typing import Any

from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from docs._ext.content import notebooks, slides
from docs._ext.markdown import code, values

LINKS = {
    "en": ("This lesson as a notebook", "as slides"),
    "zh": ("本课的笔记本（Jupyter）", "幻灯片"),
}


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Write a lesson's notebook and its slides, and link to them under the title."""
    path, text = Path(page.file.src_uri), code.with_code(page.markdown or "")
    if path.parts[0] != "learn" or 'source="' not in text:
        return html
    language = "zh" if path.suffixes[:1] == [".zh"] else "en"
    notebook, show = LINKS[language]
    links = [_link(page, ".ipynb", notebook, " download")]
    _write(page, ".ipynb", notebooks.write(text, language, values.run))
    if page.meta.get("slides"):
        outline = slides.outline(text, language)
        extensions = [e for e in config.markdown_extensions if e != code.__name__]
        markdown = Markdown(extensions=extensions, extension_configs=config.mdx_configs)
        made = markdown.convert(outline)
        _write(page, ".slides.html", slides.write(made, page.title or "", language))
        links.append(_link(page, ".slides.html", show))
    below = f"<p data-search-exclude>{' · '.join(links)}</p>"
    return html.replace("</h1>", f"</h1>\n{below}", 1)


def _link(page: Page, end: str, words: str, attribute: str = "") -> str:
    return f'<a href="{_target(page, end).name}"{attribute}>{words}</a>'


def _write(page: Page, end: str, text: str) -> None:
    _target(page, end).parent.mkdir(parents=True, exist_ok=True)
    _target(page, end).write_text(text, "utf-8")


def _target(page: Page, end: str) -> Path:
    name = Path(page.file.src_uri).with_suffix(end).name
    return Path(page.file.abs_dest_path).with_name(name)
