"""What the reference makes of docstrings, and of measurements that are not there."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("griffe", reason="griffe is not installed: refgd[docs]")

sys.path.append(str(Path(__file__).parents[2]))  # docs._ext is no installed package
from docs._ext.content import benchmarks
from docs._ext.markdown import docstrings

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
