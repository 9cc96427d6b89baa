"""What every page keeps to: a formula is a definition, or names the test of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
MARK = re.compile(r"<!-- (?:(definition)|(?:proved|tested) by: ([\w.]+)) -->")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]*`|<!--.*?-->|\]\(.*?\)|\$.*?\$|<[^>]*>", re.DOTALL)
TESTS = [
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef)
    for name in (node.name, f"{path.stem}.{node.name}")
]


def formulas(page: Path) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield each display formula of a page, and the mark on the next line."""
    text = re.sub(
        r"^```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    parts = text.split("$$")
    assert len(parts) % 2 == 1, "a $$ is not closed"
    for formula, after in zip(parts[1::2], parts[2::2], strict=True):
        yield formula.strip(), MARK.match(after.lstrip())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_every_formula_says_what_it_stands_on(page: Path) -> None:
    """A definition, or a claim that a test evaluates on both sides."""
    unmarked = [formula for formula, mark in formulas(page) if mark is None]
    assert unmarked == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_a_test_that_a_page_names_is_there_once(page: Path) -> None:
    marks = MARK.finditer(page.read_text("utf-8"))
    names = {mark[2] for mark in marks if mark[2]}
    assert {name: TESTS.count(name) for name in names} == dict.fromkeys(names, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_every_test_that_is_named_in_words_is_there(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    assert named <= set(TESTS)


def test_every_lesson_is_in_both_languages() -> None:
    lessons = DOCS / "learn"
    names = {path.name for path in lessons.glob("*.md")}
    english = {name for name in names if not name.endswith(".zh.md")}
    assert names == english | {name.replace(".md", ".zh.md") for name in english}


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.zh.md")), ids=lambda p: p.name)
def test_chinese_is_set_with_chinese_marks(page: Path) -> None:
    """No half-width mark after a Chinese letter, no line broken between two."""
    text = CODE.sub("", FENCE.sub("", page.read_text("utf-8")))
    assert re.findall(r"[\u4e00-\u9fff][,:;?!()].{0,9}", text) == []
    assert re.findall(r".{0,9}[\u3000-\u9fff]\n[\u4e00-\u9fff]", text) == []


def test_every_file_that_a_contributor_is_sent_to_is_there() -> None:
    """Below the root or src/refgd; NAME stands for what is to be made."""
    text = (DOCS / "contributing.md").read_text("utf-8")
    named = re.findall(r"`([\w./]+\.(?:py|md|yml|toml))`", text)
    assert len(named) > 40
    places = ROOT, ROOT / "src" / "refgd"
    missing = {f for f in named if not any((p / f).exists() for p in places)}
    assert {f for f in missing if "NAME" not in f} == set()
