"""`refgd identify`: what it prints, and its exit status."""

import argparse
from pathlib import Path

import pytest

from refgd.cli import _identify

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
"""


def command(*argv: str) -> int:
    """Run `refgd identify` with these arguments."""
    parser = argparse.ArgumentParser()
    _identify.register(parser.add_subparsers())
    args = parser.parse_args(["identify", *argv])
    status: int = args.run(args)
    return status


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A file with somebody's updates."""
    path = tmp_path / "mine.py"
    path.write_text(MINE, "utf-8")
    return str(path)


def test_identify_names_an_update(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(f"{mine}:heavy_ball") == 0
    out = capsys.readouterr().out
    assert out.startswith("heavy_ball is\n  momentum(beta=0.9")
    assert "keras.optimizers.SGD(momentum=0.9)" in out
    assert "nearest that is not it" in out


def test_identify_takes_settings_and_init(mine: str) -> None:
    assert command(f"{mine}:heavy_ball", "--set", "momentum=0.5") == 0
    assert command(f"{mine}:heavy_ball", "--init", "other_init") == 0
    assert command(f"{mine}:fixed", "--set", "lr=0.5") == 0


def test_identify_names_refgds_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("refgd.optimizers:adam", "--set", "eps_hat=true") == 0
    assert "keras.optimizers.Adam()" in capsys.readouterr().out


def test_what_is_no_rule_ends_with_1(
    mine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(f"{mine}:wrong") == 1
    out = capsys.readouterr().out
    assert "wrong is none of the published rules" in out
    assert "lr is applied twice, inside the velocity and outside" in out


@pytest.mark.parametrize(
    ("target", "argv", "message"),
    [
        ("{}:broken", [], "RuntimeError: not written yet"),
        ("{}:fixed", [], "state the rate that it has"),
        ("{}:nothing", [], "has no function or class 'nothing'; it has init, heavy"),
        ("{}:lr", [], "has no function or class 'lr'"),
        ("{}:fixed", ["--init", "start"], "has no function or class 'start'"),
        ("{}", [], "give MODULE:NAME"),
        ("no-such-file.py:update", [], "no-such-file.py: no such file"),
        ("no_such_module:update", [], "no_such_module: cannot be imported"),
        ("refgd.optimizers:adam", ["--set", "beta3=1"], "beta3"),
    ],
)
def test_what_cannot_be_run_ends_with_2_and_one_line(
    mine: str,
    target: str,
    argv: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(target.format(mine), *argv) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("refgd: identify: ")
    assert err.count("\n") == 1


def test_a_setting_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command("optax:adam", "--set", "0.8")
    assert "must be NAME=VALUE, got '0.8'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.9", 0.9),
        ("true", True),
        ("False", False),
        ("false", False),
        ("(0.9, 0.99)", (0.9, 0.99)),
        ("None", None),
        ("sgd", "sgd"),
    ],
)
def test_a_setting_is_a_literal_or_a_word(text: str, value: object) -> None:
    name, got = _identify.setting(f"name={text}")
    assert name == "name"
    assert got == value
    assert type(got) is type(value)
