"""Every test of the suite as a page: what it states, its name, and how it is run."""

import html
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from docs._ext import ROOT
from docs._ext.markdown.source import Property, tests_of

TESTS = ROOT / "tests"
ORDER = ("core", "descent", "theory", "optimizers", "scale", "testing", "cli")
FIRST = TESTS / "core" / "test_laws", TESTS / "core" / "test_proofs"
CODE = re.compile(r"``?([^`]+)``?")


def files() -> list[Path]:
    """Return the suite's files: the laws, the core, and what is built on it."""
    return sorted(TESTS.rglob("test_*.py"), key=_place)


def _place(path: Path) -> tuple[int, Path, bool, Path]:
    folder = path.relative_to(TESTS).parts[0]
    rank = ORDER.index(folder) if folder in ORDER else len(ORDER)
    return rank, path.parent, path.parent / path.stem not in FIRST, path


def count(*, drawn: bool) -> int:
    """Return how many tests there are whose data Hypothesis draws, or not."""
    tests = (test for path in files() for test in tests_of(path).values())
    return sum(test.drawn is drawn for test in tests)


def folded() -> str:
    """Return each folder's files, each folded with a list of its tests, as HTML.

    They are no words for the search: a learner's words would find them all.
    """
    folders = groupby(files(), key=lambda path: path.relative_to(ROOT).parent)
    parts = (
        f"### {folder.as_posix()}\n\n<div data-search-exclude>{_folder(paths)}</div>\n"
        for folder, paths in folders
    )
    return "\n".join(parts)


def _folder(paths: Iterable[Path]) -> str:
    return "".join(_listed(path) for path in paths)


def anchor(path: Path, name: str) -> str:
    """Return where on the page a test is."""
    parts = path.relative_to(TESTS).with_suffix("").parts
    return ".".join([*parts, name])


def _listed(path: Path) -> str:
    tests = tests_of(path)
    drawn = sum(test.drawn for test in tests.values())
    rows = "".join(_row(path, name, test) for name, test in tests.items())
    proved = sum(test.proves for test in tests.values())
    counts = f"{len(tests)} test{'s' * (len(tests) > 1)}"
    counts += f", {drawn} drawn" * (drawn > 0) + f", {proved} proved" * (proved > 0)
    return (
        f'<details class="file"><summary>{path.name}: {counts}</summary>'
        f'<ul class="tests">{rows}</ul></details>'
    )


def _row(path: Path, name: str, test: Property) -> str:
    words = _sentence(CODE.sub(r"<code>\1</code>", html.escape(test.statement)))
    how = "proved, " if test.proves else "drawn, " if test.drawn else ""
    return (
        f'<li id="{anchor(path, name)}"><span>{words}</span>'
        f"<small><code>{name}</code> {how}line {test.lines.first}</small></li>"
    )


def _sentence(words: str) -> str:
    """Begin with a capital, but for a letter of a formula, and end with a full stop."""
    first = words.split(maxsplit=1)[0]
    if first == "a" or (first.isalpha() and len(first) > 1):
        words = words[0].upper() + words[1:]
    return words.rstrip(".") + "."
