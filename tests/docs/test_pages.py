"""What every page keeps to: a formula is a definition, or names the test of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from refgd.testing.laws import LAWS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
MARK = re.compile(
    r"<!-- (?:(definition)|law: (\w+)|(?:proved|tested|bounded) by: ([\w.]+)"
    r"(?:, not shown)?) -->"
)
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(
    r"^tags: .*?$|`[^`]*`|<!--.*?-->|\]\(.*?\)|\$.*?\$|<[^>]*>",
    re.DOTALL | re.MULTILINE,
)
TESTS = [
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef)
    for name in (node.name, f"{path.stem}.{node.name}")
]
PROOFS = {
    node.name
    for node in ast.parse(
        (ROOT / "tests" / "core" / "test_proofs.py").read_text("utf-8")
    ).body
    if isinstance(node, ast.FunctionDef)
    and any(
        isinstance(call, ast.Call) and ast.unparse(call.func) in ("prove", "prove_law")
        for call in ast.walk(node)
    )
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


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_every_formula_says_what_it_stands_on(page: Path) -> None:
    """A definition, or a claim that a test evaluates on both sides."""
    unmarked = [formula for formula, mark in formulas(page) if mark is None]
    assert unmarked == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_a_test_that_a_page_names_is_there_once(page: Path) -> None:
    marks = MARK.finditer(page.read_text("utf-8"))
    names = {mark[3] for mark in marks if mark[3]}
    assert {name: TESTS.count(name) for name in names} == dict.fromkeys(names, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_what_a_page_calls_proved_is_proved(page: Path) -> None:
    """By a test that proves, in tests/core/test_proofs.py; a law by its kind."""
    marks = re.findall(r"<!-- proved by: ([\w.]+)", page.read_text("utf-8"))
    assert [name for name in marks if name not in PROOFS] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_every_law_that_a_page_shows_is_there(page: Path) -> None:
    named = set(re.findall(r"<!-- law: (\w+) -->", page.read_text("utf-8")))
    assert named <= {law.name for law in LAWS}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_every_test_that_is_named_in_words_is_there(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)(?:\[\w+\])?`", page.read_text("utf-8")))
    assert named <= set(TESTS)


def test_the_readme_calls_proved_what_is_proved() -> None:
    """Tested what is only drawn; and bounded what is within a bound."""
    text = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"\| `(\w+)` \| (proved|tested|bounded) \|$", text, re.MULTILINE)
    laws = {law.name: law.kind == "identity" for law in LAWS}
    assert len(rows) > 4
    for name, evidence in rows:
        if name in laws:
            assert evidence == ("proved" if laws[name] else "tested"), name
        else:
            assert (evidence, name in TESTS) == ("bounded", True), name


def test_every_lesson_is_in_both_languages() -> None:
    lessons = DOCS / "learn"
    names = {path.name for path in lessons.glob("*.md")}
    english = {name for name in names if not name.endswith(".zh.md")}
    assert names == english | {name.replace(".md", ".zh.md") for name in english}


CHINESE = sorted(DOCS.rglob("*.zh.md"))
LINK = re.compile(r"\]\(((?!http)[^)\s]+)\)")
HEADING = re.compile(r"^(##+) (.+?)(?: \{#([\w-]+)\})?$", re.MULTILINE)


@pytest.mark.parametrize("page", CHINESE, ids=lambda p: p.name)
def test_a_chinese_page_leads_where_the_english_one_does(page: Path) -> None:
    """It has the same links, and the same anchors in the same order."""
    english = page.with_name(page.name.replace(".zh.md", ".md"))
    ours, theirs = (FENCE.sub("", path.read_text("utf-8")) for path in (page, english))
    assert sorted(LINK.findall(ours)) == sorted(LINK.findall(theirs))
    assert list(anchors(ours)) == list(anchors(theirs))


def anchors(text: str) -> Iterator[tuple[str, str]]:
    """Yield each heading's level and anchor, that of its words if it names none."""
    for level, words, anchor in HEADING.findall(text):
        plain = re.sub(r"[*`'’.,:;?!()]", "", words.lower())
        yield level, anchor or re.sub(r"\W+", "-", plain).strip("-")


@pytest.mark.parametrize("page", CHINESE, ids=lambda p: p.name)
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
