"""What the reference makes of docstrings, and of measurements that are not there."""

# ruff: noqa: E402 - what the imports below need may be missing, which is no error

import sys
from pathlib import Path

import pytest

griffe = pytest.importorskip("griffe", reason="griffe is not installed: refgd[docs]")

sys.path.append(str(Path(__file__).parents[2]))  # docs._ext is no installed package
from docs._ext import ROOT
from docs._ext.content import benchmarks
from docs._ext.markdown import docstrings
from refgd.testing import _clock

STEP = """Move.

**Definition**
$$w' = w - g$$
and `fit`.

Guarantee:
    Tight: tests/core/test_laws.py, test_law[descent_identity], and
    tests/core/test_numbers.py, test_one_step_by_hand.

Example:
    >>> 1
    1
"""


def test_a_docstring_is_made_readable() -> None:
    text = docstrings.readable(STEP, "refgd.core")
    assert "**Definition**\n\n$$w' = w - g$$\n\nand [`fit`][refgd.fit]." in text
    assert "\nExamples: Example\n" in text
    assert "[`test_law[descent_identity]`](properties.md#law.descent_identity)" in text
    place = "properties.md#core.test_numbers.test_one_step_by_hand"
    assert f"`tests/core/test_numbers.py`, [`test_one_step_by_hand`]({place})." in text
    deeper = docstrings.readable(STEP + "`adam`", "refgd.optimizers._momentum")
    assert f"[`test_one_step_by_hand`](../{place})." in deeper
    assert "[`adam`][refgd.optimizers.adam]" in deeper


def test_an_index_is_one_outside_of_formulas_and_code() -> None:
    text = "w_t − η_{t−1} v̂_t of `a_b`, $c_\nd$, y_pred and lr_0:\n>>> e_f = x^y"
    made = docstrings.readable(text, "refgd.core")
    low = "w<sub>t</sub> − η<sub>t−1</sub> v̂<sub>t</sub>"
    assert made == text.replace("w_t − η_{t−1} v̂_t", low)
    high = docstrings.readable("β₁^{t+1} ḡ_t (1 − β)^t, 0.9^(t/2)", "refgd.core")
    assert high == "β₁<sup>t+1</sup> ḡ<sub>t</sub> (1 − β)<sup>t</sup>, 0.9^(t/2)"


def test_a_private_name_is_not_shown() -> None:
    extensions = griffe.load_extensions(docstrings.Docstrings)
    module = griffe.load("refgd", extensions=extensions, search_paths=[ROOT / "src"])
    check = module["testing.accumulation._check.check_accumulation"]
    assert check.parameters["max_seconds"].default == str(_clock.MAX_SECONDS)
    for name in ("optimizers._protocol.Optimizer", "testing.proofs.Polynomial"):
        assert module[name].bases == []
    assert [str(each) for each in module["stopping.Reason"].bases] == ["Enum"]


@pytest.mark.parametrize("name", ["test_one_step_by_hand", "descent_identity"])
def test_a_guarantee_names_a_test_and_a_law_that_are_there(name: str) -> None:
    with pytest.raises(docstrings.NoSuchTestError, match=f"{name}_and_foot"):
        docstrings.readable(STEP.replace(name, f"{name}_and_foot"), "refgd.core")


def test_measurements_are_all_there_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path / "none")
    assert benchmarks.table() == benchmarks.checkers() == benchmarks.NONE
    assert benchmarks.picture() == ""
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    for part in (benchmarks.table, benchmarks.checkers, benchmarks.picture):
        with pytest.raises(FileNotFoundError):
            part()
