"""Classes, training functions and scripts: one pass of their loop is checked."""

import ast
import itertools
from typing import Any

import pytest

from refgd.testing.gradient import _check, _examples
from refgd.testing.gradient._verdict import run_example
from refgd.testing.programs import _training
from refgd.testing.programs._load import NAME
from refgd.testing.programs._load import Program as Loaded
from testing.programs import trained
from testing.programs.trained import Program

PROGRAMS = {n: p for n, p in vars(trained).items() if isinstance(p, Program)}
TWINS = [
    pytest.param(program.text, *mistake, id=f"{name}-{i}")
    for name, program in PROGRAMS.items()
    for i, mistake in enumerate(program.mistakes)
]
FEW = 20

pytestmark = pytest.mark.usefixtures("few_examples")


@pytest.fixture
def few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a program is run is the subject: a few examples of each model tell."""

    def run(oracle: Any, name: str, count: int) -> list[Any]:
        drawn = itertools.islice(_examples.examples(_examples.MODELS[name], count), FEW)
        found = (run_example(oracle, each) for each in drawn)
        return [v for v in found if v is not None]

    monkeypatch.setattr(_check, "run_examples", run)


def judge(text: str) -> list[dict[str, Any]]:
    """Run a program, and judge what it trains with."""
    if "import torch" in text:
        pytest.importorskip("torch")
    names: dict[str, Any] = {"__name__": NAME}
    exec(compile(text, "program", "exec"), names)  # noqa: S102 - a program of the tests
    orders: dict[str, Any] = {"convention": "any", "names": {}, "max_examples": None}
    return _training.judge(Loaded(names, trees=(ast.parse(text),)), {}, orders, [])


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_right_program_is_right(name: str) -> None:
    found = judge(PROGRAMS[name].text)
    assert {each["verdict"] for each in found} == {"right"}, found


@pytest.mark.parametrize(("text", "piece", "other", "words"), TWINS)
def test_its_wrong_twin_is_wrong(text: str, piece: str, other: str, words: str) -> None:
    assert piece in text
    found = judge(text.replace(piece, other))
    said = [each["diagnosis"] or "" for each in found if each["verdict"] == "wrong"]
    if words:
        assert any(words in each for each in said), found
    else:  # that it is none is not said where nothing explains it
        assert {each["verdict"] for each in found} != {"right"}, found


@pytest.mark.parametrize("name", trained.OTHERS)
def test_another_method_is_not_called_wrong(name: str) -> None:
    verdicts = {each["verdict"] for each in judge(trained.OTHERS[name])}
    assert verdicts <= {"inconclusive"}, verdicts
