"""`refgd vectors`: a rule's golden vectors on stdout, and the check of a file."""

import argparse
import json
from pathlib import Path

import pytest

from refgd import _rules, vectors
from refgd.cli import _vectors
from refgd.cli._arguments import UserError


def command(*argv: str) -> int:
    """Run `refgd vectors` with these arguments."""
    parser = argparse.ArgumentParser()
    _vectors.add_options(parser)
    return _vectors.run(parser.parse_args(argv))


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A file of Adam's vectors."""
    path = tmp_path / "adam.json"
    path.write_text(vectors.write(vectors.make("adam")), "utf-8")
    return path


def test_vectors_prints_the_rules_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("adam", "--set", "beta1=0.8", "--set", "eps_hat=true") == 0
    expected = vectors.make("adam", {"beta1": 0.8, "eps_hat": True})
    assert json.loads(capsys.readouterr().out) == expected


def test_check_agrees(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--check", str(golden), str(golden)) == 0
    assert command("--check", str(golden)) == 0
    assert capsys.readouterr().out.count("all weights agree within 1e-11") == 2


def test_check_names_the_first_difference(
    golden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.json"
    w = vectors.make("adam", {"beta1": 0.8})["w"]
    results.write_text(json.dumps({"w": w}), "utf-8")
    assert command("--check", str(results), str(golden)) == 1
    assert "the first difference is after step 2" in capsys.readouterr().out


def test_check_takes_a_rule_a_tolerance_and_a_dtype(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results in float32, as rows of numbers: right in float32, and only there."""
    results = tmp_path / "results.txt"
    rows = vectors.make("adam", case="schedule", dtype="float32")["w"]["decimal"]
    results.write_text("\n".join(" ".join(map(str, row)) for row in rows), "utf-8")
    command_line = ["adam", "--case", "schedule", "--check", str(results)]
    assert command(*command_line) == 1
    assert command(*command_line, "--dtype", "float32") == 0
    assert command(*command_line, "--tol", "1e-5") == 0
    out = capsys.readouterr().out
    assert "all weights agree within 0.0005\nall weights agree within 1e-05\n" in out


def test_all_writes_every_case_of_a_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("optax.sgd", "--all", str(tmp_path / "golden")) == 0
    names = sorted(path.name for path in (tmp_path / "golden").iterdir())
    cases = [case for case in vectors.CASES if case != "decay"]  # which it has not
    assert names == sorted(
        f"optax.sgd-{case}-{kind}.json" for case in cases for kind in vectors.DTYPES
    )
    assert "8 files in" in capsys.readouterr().out


def test_all_writes_every_rule(tmp_path: Path) -> None:
    assert command("--all", str(tmp_path), "--case", "decay", "--text") == 0
    assert len([*tmp_path.iterdir()]) == 2 * len(_rules.RULES)
    lines = (tmp_path / "sgd-decay-float64.txt").read_text("utf-8").splitlines()
    assert lines[0] == "20 6"
    assert len(lines) == 1 + 1 + 20 + 21
    assert float(lines[1].split()[0]) == 1 / 16


def test_all_needs_a_folder_that_it_can_write(golden: Path) -> None:
    with pytest.raises(UserError, match=r"adam\.json: File exists"):
        command("sgd", "--all", str(golden))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "give the name of a rule, --check FILE or --all DIR"),
        (["adam", "--tol", "1e-9"], "--tol goes with --check"),
        (["--check", "a.json", "--all", "d"], "--check goes with neither --all nor"),
        (["adam", "--check", "a.json", "b.json"], "--check takes RESULTS and"),
        (["--check", "a.json", "--set", "lr=1"], "--check takes RESULTS and"),
        (["optax.adam", "--case", "decay"], "optax.adam has no weight decay, and so"),
        (["adma"], "no rule is named 'adma'"),
        (["adam", "--set", "beta3=1"], "^vectors: adam: got an unexpected keyword"),
        (["adam", "--set", "beta1=two"], "beta1 must be a real number, got 'two'"),
        (["adam", "--set", "0.8"], "--set takes NAME=VALUE, such as .*, got '0.8'"),
        (["torch.optim.SGD", "--set", "foreach={1}"], "--set foreach takes numbers"),
        (["sgd", "--set", f"lr=1{400 * '0'}"], "lr must be finite, got inf"),
        (["--check", "a", "b", "c"], "--check takes RESULTS and"),
        (["--check", "no-such-file.json"], "no-such-file.json: no such file"),
    ],
)
def test_vectors_refuses(argv: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        command(*argv)


def test_check_refuses_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not UTF-8 text"):
        command("--check", str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON: "),
        ('{"w": [[1]]}', 'no golden vectors, and no "rule" to make them by'),
        ('{"rule": "adam", "w": [[1]]}', "w must have "),
    ],
    ids=["no JSON", "no rule", "one weight"],
)
def test_a_refusal_names_the_file(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError) as caught:
        command("--check", str(path))
    assert str(caught.value).startswith(f"vectors: {path}: {message}")


def test_a_refusal_names_the_golden_file(golden: Path, tmp_path: Path) -> None:
    path = tmp_path / "golden.json"
    path.write_text("[]", "utf-8")
    with pytest.raises(
        UserError, match=r"golden\.json: must be a JSON object, got list"
    ):
        command("--check", str(golden), str(path))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Is a directory"):
        command("--check", str(tmp_path))
