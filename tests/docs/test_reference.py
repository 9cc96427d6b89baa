"""The reference is complete: every public name stands on one of its pages."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import refgd
from docs._ext.content import rules

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "reference").rglob("*.md")
BLOCK = re.compile(r"^::: (\S+)$", re.MULTILINE)
SHOWN = [name for page in PAGES for name in BLOCK.findall(page.read_text("utf-8"))]


def modules() -> Iterator[str]:
    """Yield every module that a user may import; of the command line, only main."""
    yield "refgd"
    for found in pkgutil.walk_packages(refgd.__path__, "refgd."):
        private = any(part.startswith("_") for part in found.name.split("."))
        if not private and not found.name.startswith("refgd.cli."):
            yield found.name


def public(module: str) -> Iterator[str]:
    """Yield its __all__; where it has none, the functions and classes made in it."""
    names = vars(importlib.import_module(module))
    made = (
        name
        for name, value in names.items()
        if callable(value) and getattr(value, "__module__", "") == module
    )
    for name in names.get("__all__", made):
        if not name.startswith("_") and not inspect.ismodule(names[name]):
            yield f"{module}.{name}"


def found(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


@pytest.mark.parametrize("module", list(modules()))
def test_every_public_name_is_on_a_page(module: str) -> None:
    """Under that name, or under another of the same function or class."""
    shown = {id(found(name)) for name in SHOWN if callable(found(name))}
    names = set(public(module))
    missing = {
        name
        for name in names - set(SHOWN)
        if not (callable(found(name)) and id(found(name)) in shown)
    }
    assert missing == set()


@pytest.mark.parametrize("rule", rules.names())
def test_every_rule_has_a_page_of_its_own(rule: str) -> None:
    page = f"reference/optimizers/{rule}.md"
    words = f"write docs/{page}, as docs/reference/optimizers/adam.md is"
    assert f"refgd.optimizers.{rule}" in SHOWN, words
    assert (DOCS / page).exists(), words
    menu = (DOCS.parent / "mkdocs.yml").read_text("utf-8")
    assert f"- {page}\n" in menu, f"name {page} in mkdocs.yml, below Optimizers"


def test_no_name_is_on_two_pages() -> None:
    assert len(set(SHOWN)) == len(SHOWN)
    functions = [found(name) for name in SHOWN if callable(found(name))]
    assert len({id(function) for function in functions}) == len(functions)
