"""A lesson as a notebook, made from the text of its page: what the page runs is a cell.

The code that a page hides, its setup and its checks, stays out, but for the statements
that bind a name which a cell needs. The tables that it prints are text; pictures stay
out too.
"""

import ast
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from symtable import SymbolTable, symtable
from typing import Any, NamedTuple

from docs._ext import ROOT
from docs._ext.content import laws
from docs._ext.markdown.code import CODE
from docs._ext.markdown.source import LAW, SOURCE, function
from docs._ext.markdown.values import VALUE

#: What is on a page for the site alone, and what a notebook has in its place.
LAYOUT = [
    (r"\A---\n(?:.*\n)*?---\n", ""),
    (r"^ *(?:</?div.*>|<!-- .* -->)\n", ""),
    (r"^(#+ .*) \{#[\w-]+\}$", r"\1"),
    (r"\[([^][]+)\]\((?!http)[^)\s]+\)", r"\1"),
    (r"\{\.python.*\}$", "python"),
]
NEEDS = {
    "en": "*The code in this notebook runs where refgd is installed.*",
    "zh": "*安装了 refgd，即可运行这本笔记本中的代码。*",
}
#: A note or a folded answer, with the lines inside, which stand further in.
BOX = re.compile(r'^( *)(?:\?{3}|!{3}) \w+ "(.+)"\n((?:\1    .*\n|\n)+)', re.MULTILINE)
SNIPPET = re.compile(r'^( *)--8<-- "(.+)"$', re.MULTILINE)


#: What runs code in a session, and returns what it prints.
Run = Callable[[str, str], str]


class Statement(NamedTuple):
    """A statement, the names that it uses, and those that it binds."""

    text: str
    used: set[str]
    bound: set[str]


class NeededCodeError(Exception):
    """A cell that needs what only the site has."""


def write(page: str, language: str, run: Run) -> str:
    """Return a lesson's notebook, in Jupyter's format.

    Args:
        page: The lesson's Markdown, with its code.
        language: Its language, en or zh.
        run: What runs code in a session; for the values and tables of the text.
    """
    made: list[dict[str, Any]] = [
        {"id": f"cell-{k}", "cell_type": kind, "metadata": {}, "source": source}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for k, (kind, source) in enumerate(cells(page, language, run))
    ]
    made[0]["source"] += f"\n\n{NEEDS[language]}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": made,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def cells(page: str, language: str, run: Run) -> Iterator[tuple[str, str]]:
    """Yield each cell's kind and source."""
    text, hidden = "", list[Statement]()
    for kind, part in _parts(page, run):
        if kind == "text":
            text += part
        elif kind == "hidden":
            hidden += _statements(part)
        else:
            yield from _sections(text, language)
            text, cell = "", _whole(part)
            needed = _needed(hidden, cell.used)
            if needed:
                yield "code", "\n".join(statement.text for statement in needed)
            yield "code", cell.text
            hidden = [
                old._replace(bound=old.bound - cell.bound)
                for old in hidden
                if old not in needed
            ]
    yield from _sections(text, language)


def _parts(page: str, run: Run) -> Iterator[tuple[str, str]]:
    """Yield the text of a page, and the code that it runs, shown or hidden."""

    def value(found: re.Match[str]) -> str:
        return run(found[1], f"print({found[2]}, end='')")

    page = re.sub(VALUE, value, page)
    end = 0
    for fence in CODE.finditer(page):
        head, _, body = fence[0].partition("\n")
        if fence["indent"] or 'exec="on"' not in head:
            continue
        code, shown = body.rpartition("\n")[0], "source=" in head
        yield "text", page[end : fence.start()]
        yield "shown" if shown else "hidden", code
        end = fence.end()
        session = re.search('session="(.*?)"', head)
        if session and not shown and "html=" not in head and "print(" in code:
            yield "text", run(session[1], code)
    yield "text", page[end:]


def _sections(text: str, language: str) -> Iterator[tuple[str, str]]:
    text = plain(text, language)
    while BOX.search(text):
        text = BOX.sub(_unboxed, text)
    for section in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        if section.strip():
            yield "markdown", re.sub(r"\n{3,}", "\n\n", section.strip())


def plain(text: str, language: str) -> str:
    """Return Markdown without what is there for the site alone, but for its boxes."""
    lines = "\n".join(_marked(line, language) for line in f"{text}\n".split("\n"))
    lines = SNIPPET.sub(
        lambda found: textwrap.indent((ROOT / found[2]).read_text("utf-8"), found[1]),
        lines,
    )
    for layout, bare in LAYOUT:
        lines = re.sub(layout, bare, lines, flags=re.MULTILINE)
    return lines


def _marked(line: str, language: str) -> str:
    """Return what a mark of a law, or of lines of the source, stands for."""
    if found := LAW.match(line):
        law = laws.find_law(found[2])
        words = laws.verdict(law, language) + laws.sentence(law, language)
        return f"{found[1]}> {words}"
    if found := SOURCE.match(line):
        code = function(found[2], body_only=True).text
        return textwrap.indent(f"```python\n{code}\n```", found[1])
    return line


def _unboxed(box: re.Match[str]) -> str:
    indent, title, inside = box.groups()
    inside = textwrap.indent(textwrap.dedent(inside).strip("\n"), indent)
    summary = f"{indent}<details><summary>{title}</summary>"
    return f"{summary}\n\n{inside}\n\n{indent}</details>\n\n"


def _statements(code: str) -> list[Statement]:
    lines = code.split("\n")
    found = []
    for node in ast.parse(code).body:
        decorators = getattr(node, "decorator_list", [])
        first = min(each.lineno for each in (node, *decorators))
        text = "\n".join(lines[first - 1 : node.end_lineno])
        found.append(Statement(text, *_names(symtable(text, "page", "exec"))))
    return found


def _names(table: SymbolTable) -> tuple[set[str], set[str]]:
    """Return the global names that some code uses, and those that it binds."""
    used, bound = set(), set()
    for symbol in table.get_symbols():
        if table.get_type() != "module" and not symbol.is_global():
            continue
        if symbol.is_referenced():
            used.add(symbol.get_name())
        if symbol.is_assigned() or symbol.is_imported():
            bound.add(symbol.get_name())
    for inner in table.get_children():
        more_used, more_bound = _names(inner)
        used, bound = used | more_used, bound | more_bound
    return used, bound


def _whole(code: str) -> Statement:
    """Return a cell, with the names that it uses before it binds them."""
    used: set[str] = set()
    bound: set[str] = set()
    for statement in _statements(code):
        used |= statement.used - bound
        bound |= statement.bound
    return Statement(code.strip(), used, bound)


def _needed(hidden: list[Statement], wanted: set[str]) -> list[Statement]:
    """Return the statements that bind the names that are wanted, and what they need.

    Raises:
        NeededCodeError: If the site's own modules are among it.
    """
    needed: list[Statement] = []
    for statement in reversed(hidden):
        if statement.bound & wanted:
            needed.insert(0, statement)
            wanted = wanted | statement.used
            if "docs._ext" in statement.text:
                raise NeededCodeError(statement.text)
    return needed
