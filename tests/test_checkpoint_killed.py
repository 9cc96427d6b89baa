"""A command that is killed, again and again, ends in the bits of one that was not."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import refgd

STEPS = 10_000
KILLS = 4
LONGEST_LIFE = 0.08  # seconds after the first new checkpoint: within the run, surely
PATIENCE = 60.0  # seconds for a process on a busy machine to write a checkpoint

OPTIONS = (
    "fit --dataset hubble --optimizer momentum --set beta=0.5 --lr 1e-4 "
    "--batch-size 5 --validation 0.2 --patience 1000000 --tol 0 --seed 7 "
    f"--n-iters {STEPS}"
).split()


def start(*more: str) -> subprocess.Popen[str]:
    source = Path(refgd.__file__).parents[1]
    return subprocess.Popen(  # noqa: S603 - our own program, with literal arguments
        [sys.executable, "-m", "refgd", *OPTIONS, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )


def finished(*more: str) -> tuple[str, str]:
    process = start(*more)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out, err


def stamp(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def kill_after_progress(path: Path, life: float) -> bool:
    """Run until a new checkpoint is there and `life` seconds longer; was it killed?"""
    before, give_up = stamp(path), time.monotonic() + PATIENCE
    process = start("--checkpoint", str(path), "--checkpoint-every", "0.001")
    while stamp(path) == before and process.poll() is None:
        assert time.monotonic() < give_up
        time.sleep(0.001)
    time.sleep(life)
    process.kill()
    process.communicate()
    return process.returncode != 0


def steps_in(path: Path) -> int:
    """Return the steps in a checkpoint, all of which is read."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return int(arrays["run.last.t"])


@pytest.mark.parametrize("seed", [0])
def test_a_killed_run_ends_in_the_same_bits(tmp_path: Path, seed: int) -> None:
    """And at no moment is the checkpoint broken."""
    path = tmp_path / "run.npz"
    lives = np.random.default_rng(seed).uniform(0, LONGEST_LIFE, KILLS).tolist()
    killed_at = [steps_in(path) for life in lives if kill_after_progress(path, life)]
    assert killed_at == sorted(killed_at), "each life goes on from the last"
    assert killed_at[0] < STEPS
    out, err = finished("--checkpoint", str(path))
    assert "going on from step" in err
    assert out == finished()[0]
    assert steps_in(path) == STEPS
