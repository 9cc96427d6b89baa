"""`refgd check`: files as a learner has them.

Each file runs in a process of its own; where the process is not the subject, the tests
do in this one what the child does.
"""

from pathlib import Path
from typing import Any

import pytest

from cli.homework import (
    AFTER,
    BEFORE,
    EXAMPLES,
    command,
    here,
    keep_process,
    write_file,
)
from refgd.cli import check
from refgd.testing import GradientError, check_gradient, conventions
from refgd.testing.programs import _load, _names


def test_the_tutorial_before_its_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(write_file(tmp_path, "tutorial.py", BEFORE)) == 1
    out = capsys.readouterr().out
    assert "gradient  wrong: it returns n times the gradient: a sum where" in out
    assert "    gradient(x, y, y_pred)  # expected 1, got 2.0" in out
    assert "loss      right\nforward   right" in out
    assert "epoch" not in out


def test_a_gradient_alone_is_that_of_no_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only a loss excuses n times the gradient, the commonest mistake."""
    alone = "def gradient(x, y, y_pred):\n    return 2 * x @ (y_pred - y)\n"
    assert here(write_file(tmp_path, "sum.py", alone)) == 1
    assert "(right only if you mean convention='sse'" in capsys.readouterr().out
    loss = "def loss(y, y_pred):\n    return ((y_pred - y) ** 2).sum()\n"
    assert here(write_file(tmp_path, "both.py", alone + loss)) == 0
    half = alone.replace("2 * x @ (y_pred - y)", "x @ (y_pred - y) / len(y)")
    assert here(write_file(tmp_path, "half.py", half)) == 0
    assert "convention: half_mse" in capsys.readouterr().out


def test_the_tutorial_after_its_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here(write_file(tmp_path, "tutorial.py", AFTER)) == 0
    checked = "gradient", "loss", "forward", "the loop in line 16"
    lines = [f"{name:19}  right" for name in checked]
    assert capsys.readouterr().out.splitlines() == [*lines, "all right"]


def test_a_class_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each: right, wrong, one that ends itself, and one that is no Python."""
    paths = [
        write_file(tmp_path, "before.py", BEFORE),
        write_file(tmp_path, "ends.py", AFTER + "\nraise SystemExit\n"),
        write_file(tmp_path, "broken.py", "x = = 2\n"),
    ]
    assert here(*paths) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{paths[0]}: wrong: gradient: it returns n times")
    checked = "gradient, loss, forward, the loop in line 16"
    assert lines[1] == f"{paths[1]}: right: {checked}"
    assert lines[2].startswith(f"{paths[2]}: could not be run: raised SyntaxError")
    assert lines[3] == "3 files: 1 right, 1 wrong, 0 unclear, 1 could not be run"


def test_names_and_convention_can_be_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "def dj(theta, x, y):\n    return (x * (theta * x - y)).mean()\n"
    path = write_file(tmp_path, "named.py", text)
    assert here("--gradient", "dj", "--convention", "half_mse", path) == 0
    assert capsys.readouterr().out == "dj  right\nall right\n"


PENALIZED = """\
def loss(w, x, y):
    return ((x @ w - y) ** 2).mean() + 3 * (w**2).sum()

def grad(w, x, y):
    return 2 * x.T @ (x @ w - y) / len(y) + {factor} * w
"""


def test_the_files_own_loss_may_decide(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = write_file(tmp_path, "right.py", PENALIZED.format(factor=6))
    assert here("--convention", "own", right) == 0
    assert "loss  right: none of mse, half_mse" in capsys.readouterr().out
    wrong = write_file(tmp_path, "wrong.py", PENALIZED.format(factor=3))
    assert here("--convention", "own", wrong) == 1
    assert "it is the gradient of your own loss" in capsys.readouterr().out
    assert here(right) == 0
    assert "convention: own\nall right" in capsys.readouterr().out
    assert here("--convention", "mse", right) == 1
    assert "grad is the derivative of loss" in capsys.readouterr().out


def test_a_loss_of_its_own_needs_a_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "def grad(w, x, y):\n    return w\n"
    assert here("--convention", "own", write_file(tmp_path, "no_loss.py", text)) == 2
    assert "needs a gradient and a loss" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 2\n", "finds no function with a usual name"),
        ("import sys\nsys.exit(3)\n", "stopped: it ended itself"),
        ("input('w? ')\n", "stopped: it raised EOFError"),
        ("def broken(:\n", "raised SyntaxError when it was read"),
    ],
    ids=["nothing", "exit", "input", "syntax"],
)
def test_what_cannot_be_run_is_one_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here(write_file(tmp_path, "file.py", text)) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_file_that_ends_its_process_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_file(tmp_path, "file.py", "import os\nos._exit(3)\n")
    assert command(path) == 2
    error = f"refgd: check: {path} ended its process with 3: no message\n"
    assert capsys.readouterr().err == error


def test_a_file_must_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("no_such_file.py") == 2
    assert "no_such_file.py is no file" in capsys.readouterr().err


def test_a_module_can_be_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert here("refgd.core") == 0
    assert "grad     right\nmse      right\nforward  right" in capsys.readouterr().out


def test_every_convention_can_be_chosen() -> None:
    assert {*conventions.CONVENTIONS, "own", "any"} == {*check.CONVENTIONS}


@pytest.mark.parametrize("convention", ["half_mse", "own"])
def test_the_command_says_what_check_gradient_says(
    convention: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word for word: the mistakes, the counterexamples, and whether the two belong."""
    text = PENALIZED.format(factor=3)
    command("--convention", convention, write_file(tmp_path, "penalized.py", text))
    out = capsys.readouterr().out
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102 - the file above
    with pytest.raises(GradientError) as caught:
        check_gradient(
            names["grad"],
            loss=names["loss"],
            convention=None if convention == "own" else convention,
            max_examples=EXAMPLES,
        )
    for line in str(caught.value).splitlines():
        said = line.removeprefix("  likely mistake: ").removesuffix(" is wrong")
        assert said in out


def test_a_limit_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\n"
    path = write_file(tmp_path, "endless.py", text + "time.sleep(600)\n")
    assert command("--time-limit", "3", path) == 2
    assert "took longer than 3 s" in capsys.readouterr().err


def test_what_a_file_defined_before_it_hung_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_file(tmp_path, "endless.py", AFTER + "\nwhile True: pass\n")
    keep_process(monkeypatch)
    program = _load.load(path, 1.0)
    found = _names.find_functions(program, {})
    assert sorted(found) == ["gradient", "loss", "predictions"]
    assert program.stopped == "it did not come to an end"


IN_PARTS = """
def loss(w, b, x, y):
    return ((x * w + b - y) ** 2).mean()
def gradient_b(b, x, y):
    return -7 * (x + b - y).mean()
"""


def test_a_file_without_a_gradient_is_not_all_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here(write_file(tmp_path, "parts.py", IN_PARTS)) == 2
    out = capsys.readouterr().out
    assert "gradient  unclear: none has a usual name" in out
    assert "gradient_b may be parts of it" in out
    assert "all right" not in out


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("print(1)", "it returns None: is a return missing?", id="None"),
        pytest.param("return {1, 2}", "it returns a set: an array", id="set"),
    ],
)
def test_what_is_no_number_is_named(
    body: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "def loss(w, x, y):\n    return ((x * w - y) ** 2).mean()\n"
    text += f"def gradient(w, x, y):\n    {body}\n"
    assert here(write_file(tmp_path, "none.py", text)) == 1
    out = capsys.readouterr().out
    assert f"gradient  wrong: {said}" in out
    assert "not the derivative" not in out


COURSE = """
def compute_cost(x, y, w, b):
    return ((x @ w + b - y) ** 2).mean() / 2
def compute_gradient({parameters}):
    error = x @ w + b - y
    {body}
    return error.mean(), x.T @ error / len(y)
"""


@pytest.mark.parametrize(
    ("parameters", "body", "outcome"),
    [
        ("x, y, w, b", "", (0, "right: compute_gradient returns parts")),
        ("*, w, b, x, y", "", (0, "compute_gradient  right")),
        ("x, y, w, b", "error = 3 * error", (1, "wrong: it returns 3 times")),
        ("x, y, w, b", "error.no()", (2, "called: it raised AttributeError")),
        ("x, y, w, b", "return [7, x], {}, 3", (2, "unclear: could not be told")),
        ("x, y, w, b, c", "", (0, "stands first; checked for c = 0")),
        ("x, y, w, b, c", "error = error * c + c", (2, "(x, y, w, b, c): which")),
    ],
    ids=["parts", "names", "wrong", "raises", "parts-of-what", "number", "parameters"],
)
def test_what_cannot_be_called_is_no_verdict(
    parameters: str,
    body: str,
    outcome: tuple[int, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = COURSE.format(parameters=parameters, body=body)
    path = write_file(tmp_path, "course.py", text)
    status, said = outcome
    assert here("--convention", "half_mse", path) == status
    out = capsys.readouterr().out
    assert said in out
    assert "compute_cost      right" in out


def test_what_fails_on_one_function_spares_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no way")

    monkeypatch.setattr("refgd.testing.gradient._report.explain_failure", fail)
    assert here(write_file(tmp_path, "tutorial.py", BEFORE)) == 2
    out = capsys.readouterr().out
    assert "gradient  unclear: refgd itself failed on it: ValueError: no way" in out
    assert "loss      right" in out


def test_what_is_written_to_is_the_only_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "def loss(y, y_pred):\n    return ((y_pred - y) ** 2).mean()\n"
    text += "def gradient(x, y, y_pred):\n    y_pred -= y\n"
    text += "    return 2 * (x * y_pred).mean()\n"
    assert here(write_file(tmp_path, "inplace.py", text)) == 1
    out = capsys.readouterr().out
    assert "gradient  wrong: it changes its input y_pred" in out
    assert "not the derivative" not in out


GLOBALS = """
import numpy as np
w, b = 0.0, 0.0
def forward(x):
    return w * x + b
def loss(y, y_pred):
    return np.mean((y_pred - y) ** 2)
def gradient(x, y):
    error = forward(x) - y
    return {factor} * np.mean(x * error), 2 * np.mean(error)
"""


@pytest.mark.parametrize(("factor", "status"), [(2, 0), (3, 1)])
def test_a_global_intercept_is_the_users_own(
    factor: int, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kit sets b beside w; a global b of something else is left alone."""
    right = GLOBALS.format(factor=factor)
    assert here(write_file(tmp_path, "globals.py", right)) == status, (
        capsys.readouterr()
    )
    unused = BEFORE if status else AFTER
    other = write_file(
        tmp_path, "other.py", unused.replace("w = 0.0", "w, b = 0.0, 'b'")
    )
    assert here(other) == status, capsys.readouterr()
