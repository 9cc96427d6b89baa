"""The answers that are files: each is right, and stands in both languages."""

from pathlib import Path

import pytest

from refgd import cli

LEARN = Path(__file__).parents[2] / "docs" / "learn"
ANSWERS = sorted((LEARN / "exercises").glob("*.py"))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda path: path.stem)
def test_an_answer_is_right_and_shown(
    answer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On both pages of its lesson: by_hand_5.py on by-hand.md and on by-hand.zh.md."""
    assert cli.main(["check", "--max-examples", "25", str(answer)]) == 0
    assert "all right" in capsys.readouterr().out
    lesson = answer.stem.rpartition("_")[0].replace("_", "-")
    for end in (".md", ".zh.md"):
        text = (LEARN / f"{lesson}{end}").read_text("utf-8")
        assert f'--8<-- "docs/learn/exercises/{answer.name}"' in text
