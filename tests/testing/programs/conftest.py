"""Fixtures for tests that run programs in the tests' own process."""

import pytest

from cli.homework import keep_process
from refgd.testing.gradient import _check


@pytest.fixture
def few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a program is called is the subject: a few examples of each model tell."""
    monkeypatch.setattr(_check, "run_examples", lambda *_: [])
    monkeypatch.setattr(_check, "relation_in_words", lambda *_: None)


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what a program that is run changes."""
    keep_process(monkeypatch)
