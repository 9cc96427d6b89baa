"""The tables of the Chinese pages: nothing that the code says is left in English."""

import re

import pytest

from refgd import dialects
from refgd.testing.known_bugs import BUGS

pytest.importorskip("markdown", reason="needs refgd[docs]")

from docs._ext.content import chinese, museum, port

ENGLISH = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,}")  # two words, not a formula


def test_each_exhibit_has_its_chinese() -> None:
    """Its title, what catches it, and where it comes from."""
    assert chinese.WORDS["titles"].keys() == BUGS.keys()
    assert chinese.WORDS["catches"].keys() == {bug.caught_by for bug in BUGS.values()}
    origins = {bug.name: museum.where(bug, "zh") for bug in BUGS.values()}
    assert {k: v for k, v in origins.items() if ENGLISH.search(v)} == {}


def test_each_variant_of_a_rule_has_its_chinese() -> None:
    """Unless it is a formula."""
    said = {row.variant for row in dialects.table()}
    assert {words for words in said if ENGLISH.search(chinese.variant(words))} == set()


def test_each_reservation_has_its_chinese() -> None:
    said = {words for found in port.FOUND for words in found.reservations}
    kept = {words for words in said if chinese.reservation(words) == words}
    assert len(said) > 100
    assert kept == set()
