"""The words in the pictures: nothing is missing in one language, nothing is unused."""

import re
import string
import tomllib
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
FILES = sorted(f for f in DOCS.rglob("*.toml") if "_ext" not in f.parts)
ENDS = {"en": ".md", "zh": ".zh.md"}

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def pictures(file: Path) -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(file.read_text("utf-8"))


def fields(text: str) -> list[str]:
    """Return the {names} that are filled in."""
    parts = string.Formatter().parse(text)
    return sorted({name for _, name, _, _ in parts if name})


@every_file
def test_the_words_are_in_the_languages_of_the_page(file: Path) -> None:
    pages = {name for name, end in ENDS.items() if file.with_suffix(end).exists()}
    assert pictures(file).keys() == pages


@every_file
def test_each_language_has_every_word(file: Path) -> None:
    """The same pictures, words and {fields} in each, and none of them empty."""
    first, *others = [
        {
            (picture, name, text != "", *fields(text))
            for picture, words in each.items()
            for name, text in words.items()
        }
        for each in pictures(file).values()
    ]
    assert others == [first] * len(others)
    assert all(filled for _, _, filled, *_ in first)


@every_file
def test_each_word_is_shown(file: Path) -> None:
    """By the module of pictures that has the page's name: `words.NAME`, or in SAID."""
    name = file.stem.replace("-", "_")
    source = (DOCS / "_ext" / "pictures" / f"{name}.py").read_text("utf-8")
    shown = set(re.findall(r"\bwords\.(\w+)", source))
    said = re.search(r"^SAID = \((.*?)^\)", source, re.MULTILINE | re.DOTALL)
    shown |= set(re.findall(r'"(\w+)"', said[1])) if said else set()
    words = {name for each in pictures(file)["en"].values() for name in each}
    assert words == shown
