"""What docs/check/languages.md says: its programs run, and are what it says."""

import json
import shutil

import pytest

from docs._ext.content import ports
from refgd import vectors
from refgd.testing import drivers, identify

needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node not installed")
needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="gcc not installed")


@needs_node
def test_the_javascript_is_adam() -> None:
    results = ports.run_javascript(ports.JAVASCRIPT).text
    assert vectors.check(results, vectors.make("adam")) is None
    assert "torch.optim.Adam" in identify(drivers.recorded(results)).dialects
    assert len(ports.JAVASCRIPT.splitlines()) < 30


@needs_node
def test_the_mistake_in_javascript_is_named() -> None:
    results = ports.run_javascript(ports.UNCORRECTED).text
    found = identify(drivers.recorded(results))
    assert not found.matches
    assert str(found.nearest.mistake).startswith("no bias correction of v")


@needs_gcc
def test_the_c_is_adam() -> None:
    results = ports.run_c(ports.C).text
    assert vectors.check(results, vectors.make("adam")) is None
    assert "torch.optim.Adam" in identify(drivers.recorded(results)).dialects


@needs_gcc
def test_a_program_that_does_not_end_well_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"gcc .* ended with 1: "):
        ports.run_c("int main(void) { return x; }")


# --- the schema ------------------------------------------------------------------


SCHEMA = json.loads((ports.FOLDER.parent / "vectors.schema.json").read_text("utf-8"))


def errors(made: object) -> list[str]:
    """What the schema says against a file."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema not installed")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    return [error.message for error in validator.iter_errors(made)]


@pytest.mark.parametrize("case", vectors.CASES)
@pytest.mark.parametrize("rule", ["sgd", "nadam", "torch.optim.Adam"])
def test_golden_vectors_are_as_the_schema_says(rule: str, case: str) -> None:
    golden = vectors.make(rule, case=case, dtype="float32")
    assert errors(json.loads(vectors.write(golden))) == []


def test_results_are_as_the_schema_says() -> None:
    golden = vectors.make("adam")
    for w in (golden["w"]["decimal"], golden["w"]["hex"], {"hex": golden["w"]["hex"]}):
        assert errors({"w": w}) == []
    assert errors({"w": golden["w"]["hex"], "states": {"m": golden["w"]}}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"w": [[1.0]]},
        {"w": {"octal": []}},
        {"case": "odd"},
        {"dtype": "int8"},
        {"version": 2},
        {"settings": []},
        {"w": [["one"] * 6] * 21},
        {"lr": None},
    ],
)
def test_the_schema_refuses_what_is_not_so(change: dict[str, object]) -> None:
    made = json.loads(vectors.write(vectors.make("adam"))) | change
    assert errors(made)


def test_a_golden_file_has_everything() -> None:
    golden = json.loads(vectors.write(vectors.make("adam")))
    for key in golden:
        if key not in {"w", "gradients"}:
            assert errors({k: golden[k] for k in golden if k != key}), key
    assert set(golden) | {"stop"} == set(SCHEMA["properties"])
    assert SCHEMA["properties"]["case"]["enum"] == [*vectors.CASES]
