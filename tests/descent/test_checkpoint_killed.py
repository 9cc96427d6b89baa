"""A command that is killed, again and again, ends in the bits of one that was not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import refgd

KILLS = 2  # of each rule
LIFE = 500  # steps, at least, between two kills: they are spread over the run
FOREVER = 100_000  # steps, so many that no life ends by itself; each row is kept
LONGEST_WAIT = 0.02  # seconds more, drawn, so that some kills fall into a save
PATIENCE = 60.0  # seconds for a process on a busy machine to get so far

RULES = {
    "momentum": "--optimizer momentum --set beta=0.5 --lr 1e-4",
    "adam": "--optimizer adam --lr 1e-3",
}
OPTIONS = "--batch-size 5 --validation 0.2 --patience 1000000 --tol 0 --seed 7"


def start(rule: str, path: Path, n_iters: int) -> subprocess.Popen[str]:
    """Start the command, with a checkpoint every few milliseconds."""
    source = Path(refgd.__file__).parents[1]
    options = f"fit --dataset hubble {RULES[rule]} {OPTIONS} --n-iters {n_iters}"
    saves = ["--checkpoint", str(path), "--checkpoint-every", "0.005"]
    return subprocess.Popen(  # noqa: S603 - our own program, with literal arguments
        [sys.executable, "-m", "refgd", *options.split(), *saves],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )


def arrays_in(path: Path) -> dict[str, bytes]:
    """Return the numbers in a checkpoint, all of which is read."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name].tobytes() for name in file.files}


def steps_in(path: Path) -> int:
    if not path.exists():
        return 0
    with np.load(path, allow_pickle=False) as file:
        return int(file["run.last.t"])


def killed(rule: str, path: Path, wait: float) -> int:
    """Kill a run `wait` seconds after its first LIFE steps; return where it was."""
    enough, give_up = steps_in(path) + LIFE, time.monotonic() + PATIENCE
    process = start(rule, path, FOREVER)
    while steps_in(path) < enough:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < give_up
        time.sleep(0.005)
    time.sleep(wait)
    process.kill()
    process.communicate()
    return steps_in(path)


def finished(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate()
    assert process.returncode == 3, err  # with --tol 0 it does not converge
    return out, err


@pytest.mark.parametrize("rule", RULES)
def test_a_killed_run_ends_in_the_same_bits(tmp_path: Path, rule: str) -> None:
    """And at no moment is the checkpoint broken."""
    path, unbroken = tmp_path / "killed.npz", tmp_path / "unbroken.npz"
    waits = np.random.default_rng(0).uniform(0, LONGEST_WAIT, KILLS).tolist()
    killed_at = [killed(rule, path, wait) for wait in waits]
    assert len(killed_at) == KILLS
    assert all(np.diff([0, *killed_at]) >= LIFE), "each life goes on from the last"
    n_iters = killed_at[-1] + LIFE
    last_life, whole = start(rule, path, n_iters), start(rule, unbroken, n_iters)
    out, err = finished(last_life)
    assert f"going on from step {killed_at[-1]:,}" in err
    assert out == finished(whole)[0]
    assert arrays_in(path) == arrays_in(unbroken)
