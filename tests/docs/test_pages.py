"""What every page keeps to: a formula is a definition, or names the test of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
MARK = re.compile(r"<!-- (?:(definition)|(?:proved|tested) by: (\w+)\.(\w+)) -->")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
TESTS = {
    path.stem: {
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    for path in (ROOT / "tests").rglob("test_*.py")
}


def formulas(page: Path) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield each display formula of a page, and the mark on the next line."""
    text = re.sub(
        r"^```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    parts = text.split("$$")
    assert len(parts) % 2 == 1, "a $$ is not closed"
    for formula, after in zip(parts[1::2], parts[2::2], strict=True):
        yield formula.strip(), MARK.match(after.lstrip())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_formula_says_what_it_stands_on(page: Path) -> None:
    """A definition, or a claim that a test evaluates on both sides."""
    unmarked = [formula for formula, mark in formulas(page) if mark is None]
    assert unmarked == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    named = [found.groups()[1:] for found in MARK.finditer(page.read_text("utf-8"))]
    missing = [n for file, n in named if file and n not in TESTS.get(file, ())]
    assert missing == []


def test_every_lesson_is_in_both_languages() -> None:
    lessons = ROOT / "docs" / "learn"
    names = {path.name for path in lessons.glob("*.md")}
    english = {name for name in names if not name.endswith(".zh.md")}
    assert names == english | {name.replace(".md", ".zh.md") for name in english}
