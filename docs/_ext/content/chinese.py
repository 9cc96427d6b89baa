"""The Chinese of what pages read from the code: exhibits, variants, translations.

The words are in chinese.toml. What a program prints stays English on every page.
"""

import re
import tomllib
from pathlib import Path

WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _replaced(text: str, words: dict[str, str]) -> str:
    for english, chinese in words.items():
        text = text.replace(english, chinese)
    return text


def measured(text: str) -> str:
    """Return what a benchmark has written, from its first table on."""
    return _replaced(text[text.index("| ") :], WORDS["measured"])


def drawn(svg: str) -> str:
    """Return the picture that a benchmark has drawn, its words between tags."""
    words = WORDS["measured"] | WORDS["drawn"]
    return re.sub(r">([^<>]+)<", lambda m: f">{words.get(m[1], m[1])}<", svg)


def origin(text: str) -> str:
    """Return where an exhibit comes from."""
    return _replaced(text, WORDS["origins"])


def variant(words: str) -> str:
    """Return what a variant does; a formula stays as it is."""
    return str(WORDS["variants"].get(words, words))


def absence(words: str) -> str:
    """Return why an optimizer has no dialect."""
    return str(WORDS["absences"][words])


def reservation(words: str) -> str:
    """Return what is said beside a translation."""
    for pattern, chinese in WORDS["reservations"].items():
        if found := re.fullmatch(pattern, words):
            return found.expand(chinese)
    return words
