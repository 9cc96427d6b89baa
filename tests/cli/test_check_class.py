"""`refgd check` on a class: folders, several files at once, and reports."""

import csv
import io
import json
from pathlib import Path

import pytest

from cli.homework import command, here, write_file

LOSS = "def loss(y, y_pred):\n    return ((y_pred - y)**2).mean()\n"
GRADIENT = "def gradient(x, y, y_pred):\n    return {} * (x * (y_pred - y)).{}()\n"
AFTER = LOSS + GRADIENT.format(2, "mean")
BEFORE = LOSS + GRADIENT.format(2, "sum")
HALF = LOSS.replace("()", "() / 2") + GRADIENT.format(1, "mean")
UNCLEAR = "def gradient(w, v, u, x, y):\n    return w\n"


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """A folder as a course collects it."""
    folder = tmp_path / "submissions"
    texts = {
        "ben/hw.py": BEFORE,
        "anna/hw.py": AFTER,
        "chen/hw.py": "x = = 2\n",
        "dora/hw.py": UNCLEAR,
        "emil/hw.py": HALF,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_file(folder, name, text)
    for name in (".git/hook.py", "anna/__pycache__/hw.py", "notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_file(folder, name, "1/0")
    return folder


def test_a_folder_is_checked_whole(
    submissions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of the names, however many run at once."""
    assert command("--jobs", "3", str(submissions)) == 1
    lines = capsys.readouterr().out.splitlines()
    names = [line.partition(".py: ")[0] for line in lines[:-1]]
    students = ("anna", "ben", "chen", "dora", "emil")
    assert names == [str(submissions / name / "hw") for name in students]
    assert lines[-1] == "5 files: 2 right, 1 wrong, 1 unclear, 1 could not be run"


def test_what_a_file_keeps_to_is_found_out(
    submissions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its loss decides; a gradient alone may be that of a mean, and of no sum."""
    alone = write_file(submissions, "alone.py", BEFORE.removeprefix(LOSS))
    paths = [str(submissions / name / "hw.py") for name in ("ben", "emil")]
    assert here("--convention", "any", *paths, alone) == 1
    verdicts = [line.split(": ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert verdicts[0].startswith("wrong (convention: mse): gradient: it returns n ")
    assert verdicts[1] == "right (convention: half_mse): gradient, loss"
    assert verdicts[2].startswith("wrong (convention: mse): gradient: it returns n ")
    assert here("--convention", "any", paths[1]) == 0
    assert "convention: half_mse\nall right\n" in capsys.readouterr().out


def test_reports_say_all_that_is_found(
    submissions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = submissions / "marks.csv"
    assert here("--csv", str(table), "--json", "-", str(submissions)) == 1
    report = json.loads(capsys.readouterr().out)
    total = {"right": 2, "wrong": 1, "unclear": 1, "could not be run": 1}
    assert report["total"] == total
    anna, ben, chen, *_ = report["files"]
    assert (anna["verdict"], anna["convention"], anna["error"]) == ("right", "mse", "")
    assert [each["function"] for each in anna["functions"]] == ["gradient", "loss"]
    assert chen["error"].startswith("raised SyntaxError")
    wrong = ben["functions"][0]
    assert wrong["diagnosis"].startswith("it returns n times the gradient")
    _fails(wrong["counterexample"])
    text = table.read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["function"] for row in rows[2:5]] == ["gradient", "loss", ""]
    assert rows[2]["counterexample"] == wrong["counterexample"]
    assert (rows[4]["verdict"], rows[4]["function_verdict"]) == ("could not be run", "")
    assert rows[5]["verdict"] == rows[5]["function_verdict"] == "unclear"


def _fails(counterexample: str) -> None:
    """What is pasted below the file runs, and is another number."""
    lines = counterexample.splitlines()
    call, _, expected = lines[-1].partition("  # expected ")
    names: dict[str, float] = {}
    exec("\n".join([BEFORE, *lines[:-1], f"answer = {call}"]), names)  # noqa: S102 - the file above
    assert expected == f"1, got {names['answer']}"


def test_every_student_gets_a_text(submissions: Path) -> None:
    feedback = submissions / "feedback"
    write_file(submissions, "anna/hw.ipynb", "{}")
    here("--feedback", str(feedback), "--convention", "any", str(submissions))
    names = [path.relative_to(feedback).as_posix() for path in feedback.rglob("*.md")]
    students = [f"{name}/hw.md" for name in ("ben", "chen", "dora", "emil")]
    assert sorted(names) == ["anna/hw.ipynb.md", "anna/hw.py.md", *students]
    ben = (feedback / "ben" / "hw.md").read_text("utf-8")
    assert ben.startswith("# hw.py: wrong\n")
    assert "- `gradient`: **wrong**: it returns n times the gradient" in ben
    assert "  ```python\n  import numpy as np\n" in ben
    assert ben.endswith("check it again: `refgd check hw.py`.\n")
    emil = (feedback / "emil" / "hw.md").read_text("utf-8")
    assert "half the mean of the squared residuals (`half_mse`)" in emil
    assert "check it again" not in emil
    chen = (feedback / "chen" / "hw.md").read_text("utf-8")
    assert "`hw.py` raised SyntaxError when it was read" in chen


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--json", "-", "--csv", "-"], "only one of --json and --csv"),
        (["--json", "no/folder/marks.json"], "cannot write no/folder/marks.json: No"),
        (["--feedback", __file__], f"cannot write {__file__}"),
        (["{}/empty"], "empty has no file that ends in .py or .ipynb"),
    ],
    ids=["stdout twice", "no folder", "a file", "empty"],
)
def test_what_cannot_be_done_is_one_line(
    options: list[str],
    said: str,
    submissions: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (submissions / "empty").mkdir()
    options = [option.format(submissions) for option in options]
    assert here(*options, str(submissions / "chen" / "hw.py")) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1 + ("feedback" in options[0])
