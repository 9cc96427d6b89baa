"""Fixtures of the tests of check_gradient."""

import functools

import pytest

from refgd.testing.gradient import _check, _diagnosis
from refgd.testing.gradient._examples import Example, Model, examples


@pytest.fixture
def few_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try every fifth of the examples in floats: what is tested needs no more."""
    monkeypatch.setattr(_check, "examples", _choose_few)


@functools.cache
def _choose_few(model: Model, max_examples: int) -> tuple[Example, ...]:
    every = examples(model, max_examples)
    exact = [example for example in every if example.exact]
    return (*exact, *every[len(exact) :: 5])


@pytest.fixture
def no_rare_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for the usual mistakes and a condition alone: the rest takes longest."""
    monkeypatch.setattr(_diagnosis, "_find_rarer", lambda *_: iter(()))
