"""Programs as they come, right and wrong, are told apart as they are."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from refgd.testing.gradient import _check
from refgd.testing.programs import examine
from testing.programs import sources
from testing.programs.sources import Source

PROGRAMS = {name: s for name, s in vars(sources).items() if isinstance(s, Source)}
TWINS = [
    pytest.param(source, source.text.replace(*mistake), id=f"{name}-{i}")
    for name, source in PROGRAMS.items()
    for i, mistake in enumerate(source.mistakes)
]
FRAMEWORKS = {"TORCH", "JAX"}


@pytest.fixture(autouse=True)
def few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a program is called is the subject: a few examples of each model tell."""
    monkeypatch.setattr(_check, "run_examples", lambda *_: [])
    monkeypatch.setattr(_check, "relation_in_words", lambda *_: None)


@pytest.fixture(autouse=True)
def own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what a program that is run changes."""
    for name in ("argv", "stdin"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    for name in ("path", "meta_path"):
        monkeypatch.setattr(sys, name, [*getattr(sys, name)])
    monkeypatch.setitem(sys.modules, "refgd_checked", sys)


def check(folder: Path, text: str, **orders: Any) -> dict[str, Any]:
    """Return what `refgd check` finds in a program."""
    path = folder / orders.pop("file", "homework.py")
    path.write_text(text, "gbk" if "coding: gbk" in text else "utf-8")
    usual = {"convention": "any", "names": {}, "max_examples": 1, "limit": 4.0}
    found = examine({"target": str(path), **usual, **orders})
    return dict(json.loads(json.dumps(found)))


def verdict(found: dict[str, Any], kind: str = "gradient") -> str:
    (verdict,) = [f["verdict"] for f in found["functions"] if f["kind"] == kind]
    return str(verdict)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_right_program_is_right_as_it_is(name: str, tmp_path: Path) -> None:
    if name in FRAMEWORKS:
        pytest.importorskip(name.lower())
    found = check(tmp_path, PROGRAMS[name].text)
    assert {each["verdict"] for each in found["functions"]} == {"right"}, found
    assert verdict(found) == "right"


@pytest.mark.parametrize(("source", "text"), TWINS)
def test_its_wrong_twin_is_wrong(source: Source, text: str, tmp_path: Path) -> None:
    if "import torch" in text:
        pytest.importorskip("torch")
    assert text != source.text
    found = check(tmp_path, text)
    assert verdict(found) == "wrong", found
