"""The answers in code of docs/learn/exercises: refgd check finds each of them right."""

from pathlib import Path

import pytest

from refgd.cli import main

ANSWERS = sorted((Path(__file__).parents[2] / "docs/learn/exercises").glob("*.py"))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda path: path.stem)
def test_an_answer_is_right(answer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(answer)]) == 0
    assert capsys.readouterr().out.endswith("all right\n")
