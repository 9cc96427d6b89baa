"""`refgd identify`: what it prints, and its exit status."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from refgd import vectors
from refgd.cli import _identify, _identify_child
from refgd.dialects import DIALECTS
from refgd.testing import drivers
from refgd.testing.programs._load import TooLongError

MINE = """
lr = 0.5

def init(w):
    return 0 * w

def heavy_ball(w, dw, velocity, lr, momentum=0.9):
    velocity = momentum * velocity - lr * dw
    return w + velocity, velocity

def wrong(w, dw, velocity, lr):
    velocity = 0.9 * velocity - lr * dw
    return w + lr * velocity, velocity

def fixed(w, dw, state):
    return w - 0.5 * dw, state

def broken(w, dw, state, lr):
    raise RuntimeError("not written yet\\nat all")

def other_init(w):
    return 0 * w

def endless(w, dw, state, lr):
    import time
    time.sleep(600)

def ends(w, dw, state, lr):
    import os
    os._exit(3)

print("training ...")
"""


def command(*argv: str) -> int:
    """Run `refgd identify` with these arguments."""
    parser = argparse.ArgumentParser()
    _identify.add_options(parser)
    return _identify.run(parser.parse_args(argv))


def recognise(target: str, *settings: str, init: str | None = None) -> dict[str, Any]:
    """Do in this process what the child does."""
    orders = {"optimizer": target, "init": init, "settings": settings, "limit": 60.0}
    return _identify_child.recognise(orders)


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what a file that is run changes."""
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "refgd_checked", sys)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A file with somebody's updates."""
    path = tmp_path / "mine.py"
    path.write_text(MINE, "utf-8")
    return str(path)


def test_identify_names_an_update(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a process of its own, whose own output is not printed."""
    assert command(f"{mine}:heavy_ball") == 0
    out = capsys.readouterr().out
    assert out.startswith("heavy_ball is\n  momentum(beta=0.9")
    assert "keras.optimizers.SGD(momentum=0.9)" in out
    assert "closest other rule (relative difference " in out


def test_what_is_no_rule_ends_with_1(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(f"{mine}:wrong") == 1
    out = capsys.readouterr().out
    assert "wrong is none of the published rules" in out
    assert "g is multiplied by lr (v = beta v + lr g, not v = beta v + g)" in out


@pytest.mark.parametrize(
    ("settings", "init", "name"),
    [
        (["momentum=0.5"], None, "heavy_ball"),
        ([], "other_init", "heavy_ball"),
        (["lr=0.5"], None, "fixed"),
    ],
    ids=["setting", "init", "rate"],
)
def test_identify_takes_settings_and_init(
    mine: str, settings: list[str], init: str | None, name: str
) -> None:
    assert recognise(f"{mine}:{name}", *settings, init=init)["matches"] == 1


@pytest.mark.parametrize("name", ["Descent", "mine"])
def test_identify_takes_a_class_or_an_object(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    text = "class Descent:\n    lr = 0.5\n    def step(self, w, g):\n"
    path.write_text(text + "        return w - self.lr * g\nmine = Descent()\n")
    assert "Descent is\n  sgd()" in recognise(f"{path}:{name}")["text"]


def test_identify_names_refgds_own() -> None:
    found = recognise("refgd.optimizers:adam", "eps_hat=true")
    assert "keras.optimizers.Adam(" in found["text"]


@pytest.mark.parametrize(
    ("target", "settings", "message"),
    [
        ("{}:broken", [], "RuntimeError: not written yet"),
        ("{}:fixed", [], "TypeError: fixed has no parameter lr: state the rate"),
        ("{}:nothing", [], "no function or class 'nothing', only init, heavy_ball, "),
        ("{}:lr", [], "there is no function or class 'lr'"),
        ("{}", [], "give MODULE:NAME"),
        ("no-such-file.py:update", [], "no such file"),
        ("no_such_module:update", [], "cannot be imported: No module named"),
        ("refgd.optimizers:adam", ["beta3=1"], "beta3"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    mine: str, target: str, settings: list[str], message: str
) -> None:
    error = recognise(target.format(mine), *settings)["error"]
    assert message in error
    assert "\n" not in error


def test_an_init_must_be_there(mine: str) -> None:
    error = recognise(f"{mine}:fixed", init="start")["error"]
    assert "there is no function or class 'start'" in error


def test_a_file_that_stops_early_says_why(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def early(): ...\nraise OSError('no data')\n", "utf-8")
    error = recognise(f"{path}:update")["error"]
    assert error.endswith(
        "only early; it was not run to its end: it raised OSError: no data"
    )


def test_a_module_that_hangs_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: object) -> None:
        raise TooLongError

    monkeypatch.setattr(_identify_child, "_load_module", hangs)
    assert "did not come to an end" in recognise("mine.py:update")["error"]


@pytest.mark.parametrize(
    ("name", "argv", "message"),
    [
        ("endless", ["--time-limit", "1"], "took longer than 1 s; see --time-limit"),
        ("ends", [], "ended its process with 3: no message"),
        ("nothing", [], "there is no function or class 'nothing'"),
    ],
)
def test_what_cannot_be_run_ends_with_2_and_one_line(
    mine: str,
    name: str,
    argv: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(f"{mine}:{name}", *argv) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"refgd: identify: {mine}:{name}: {message}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_setting_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("optax:adam", "--set", "0.8") == 2
    err = capsys.readouterr().err
    assert err.startswith("refgd: identify: --set takes NAME=VALUE, such as beta1=0.8")
    assert err.count("\n") == 1


def test_a_time_limit_is_above_zero(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command("optax:adam", "--time-limit", "0")
    assert "invalid positive float value: '0'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        ("torch.optim.adam", "torch"),
        ("keras.src.optimizers", "keras"),
        ("mine", "step"),
    ],
)
def test_a_class_of_a_framework_has_its_driver(module: str, kind: str) -> None:
    """Or one that somebody derives from it."""
    base = type("Base", (), {"__module__": module})
    mine = type("Mine", (base,), {"__module__": "mine"})
    driver = drivers.driver_of(mine)
    assert driver is getattr(drivers, kind)


def test_every_framework_with_a_dialect_has_a_driver() -> None:
    assert {each.framework for each in DIALECTS.values()} <= set(drivers.FRAMEWORKS)


def test_a_file_runs_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("0.5", "utf-8")
    path = tmp_path / "mine.py"
    text = "lr = float(open('rates.csv').read())\n"
    path.write_text(text + "def step(w, dw, s):\n    return w - lr * dw, s\n", "utf-8")
    assert command(f"{path}:step", "--set", "lr=0.5") == 0


def results(tmp_path: Path, name: str = "results.json", **changed: Any) -> str:
    """A file of what a program in another language did: Adam, if nothing is changed."""
    path = tmp_path / name
    path.write_text(json.dumps(vectors.make("adam") | changed), "utf-8")
    return str(path)


def test_results_of_another_language_are_identified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keras = vectors.make("keras.optimizers.SGD", {"momentum": 0.8})
    path = results(tmp_path, **keras)
    assert command(path) == 0
    out = capsys.readouterr().out
    assert out.startswith("results.json is\n  momentum(beta=0.8")
    assert "keras.optimizers.SGD(momentum=0.8)" in out
    assert "torch.optim.SGD(momentum=0.8)\n" in out
    assert "the difference: lr is inside the velocity" in out


def test_rows_of_numbers_are_identified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.txt"
    w = vectors.make("adam", {"beta1": 0.8}, case="schedule", dtype="float32")["w"]
    path.write_text("\n".join(map(" ".join, w["hex"])), "utf-8")
    said = ["--case", "schedule", "--dtype", "float32", "--set", "beta1=0.8"]
    assert command(str(path), *said) == 0
    assert "  adam(beta1=0.8, beta2=0.999" in capsys.readouterr().out


def test_results_of_several_cases_are_of_one_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is Adam in plain, and AdamW of torch's kind in decay, is that AdamW."""
    adamw = "torch.optim.AdamW"
    for case in ("plain", "decay"):
        path = tmp_path / f"{case}.json"
        settings = {"weight_decay": 0.0625}
        path.write_text(vectors.write(vectors.make(adamw, settings, case=case)))
    assert command(str(tmp_path / "plain.json"), str(tmp_path / "decay.json")) == 0
    assert "torch.optim.AdamW(weight_decay=0.0625)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["{}", "optax:adam"], "give one MODULE:NAME, or files of results alone"),
        (["optax:adam", "--dtype", "float32"], "--dtype and --case are of results"),
        (["{}", "--init", "start"], "--init goes with FILE.py"),
        (["no-such.json"], "no-such.json: no such file"),
        (["{}", "--set", "beta9=1"], "identify has no hyperparameter 'beta9'"),
        (["{}", "--set", "lr=-1"], "lr must not be negative, got -1"),
    ],
)
def test_results_that_cannot_be_read_end_with_2(
    argv: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = results(tmp_path)
    assert command(*(each.format(path) for each in argv)) == 2
    assert capsys.readouterr().err.startswith(f"refgd: identify: {message}")


def test_a_refusal_of_results_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = results(tmp_path, w=[[1]])
    assert command(path) == 2
    assert f"identify: {path}: w must have (21, 6) rows" in capsys.readouterr().err
