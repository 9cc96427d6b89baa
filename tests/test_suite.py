"""What the suite promises of itself."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import refgd

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
HOOKS = "pytest_"


def _functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", [p for p in TESTS if p.name.startswith("test_")])
def test_every_function_of_a_test_file_runs(path: Path) -> None:
    """A function that is called by nothing and collected by nothing is a lost test."""
    text = path.read_text("utf-8")
    names = [function.name for function in _functions(path)]
    assert len(set(names)) == len(names)
    for name in names:
        assert name.startswith(("test_", HOOKS)) or text.count(name) > 1, name


@pytest.mark.parametrize("name", refgd.__all__)
def test_a_public_name_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(refgd, name))


def test_policy_is_keyword_only() -> None:
    parameters = inspect.signature(refgd.fit).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ["x", "y", "w"]


def _imported(path: Path) -> set[str]:
    """Return the packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_only_the_kit_imports_hypothesis() -> None:
    for path in SOURCES:
        if "testing" not in path.parts:
            assert "hypothesis" not in _imported(path), path


def test_a_hint_names_what_is_on_an_index() -> None:
    """Refgd itself is on none yet: in a checkout its extras are `.[cli]` and so on."""
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    for path in [*SOURCES, *pages]:
        assert not re.search(r"pip install.*refgd\[", path.read_text("utf-8")), path
