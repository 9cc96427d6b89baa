"""The words in the pictures of a page, by language: docs/learn/momentum.toml and so on.

They are beside the page, and whoever translates them needs no Python.
"""

import tomllib
from collections.abc import Mapping

from docs._ext import ROOT


class Words:
    """The words in one picture in one language: ``words.caption`` and so on."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def __getattr__(self, name: str) -> str:
        """Return the text of that name; one that is not there breaks the build."""
        return self._words[name]


def read_words(page: str, picture: str, language: str) -> Words:
    """Return the words in a picture.

    Args:
        page: Where it is shown, below docs: ``"learn/momentum"``.
        picture: The name of the function that draws it.
        language: ``"en"`` or ``"zh"``.
    """
    text = (ROOT / "docs" / f"{page}.toml").read_text("utf-8")
    return Words(tomllib.loads(text)[language][picture])
