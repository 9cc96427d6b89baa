"""What docs/check/optimizer.md says: its formulas, its files, its outputs."""

import re
import shlex
import sys
import types
from typing import Any

import pytest

from docs._ext.content import homework
from refgd import cli


def test_the_optimizers_test_on_the_page_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = types.ModuleType("mine")
    exec(homework.UNCORRECTED.text, vars(module))  # noqa: S102 - the page's own file
    monkeypatch.setitem(sys.modules, "mine", module)
    names: dict[str, Any] = {}
    exec(homework.OPTIMIZER_TEST.text, names)  # noqa: S102 - likewise
    with pytest.raises(AssertionError, match="likely: no bias correction"):
        names["test_my_adam"]()


def test_what_torch_printed_is_what_it_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run homework.TORCH into homework.PRINTED_BY_TORCH where this fails."""
    pytest.importorskip("torch", reason="torch not installed")
    kept = homework.PRINTED_BY_TORCH.read_text("utf-8")
    assert cli.main(shlex.split(homework.TORCH)[1:]) == 0
    assert unrounded(capsys.readouterr().out) == unrounded(kept)


def unrounded(printed: str) -> str:
    """Leave out a difference that is only rounding: processors round differently."""
    return re.sub(r"difference is \d\.\de-1[2-9]", "difference is tiny", printed)
