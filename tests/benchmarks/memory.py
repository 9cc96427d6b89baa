"""How much a peer takes beside x and y: the growth of a process's peak, in bytes.

``python -m benchmarks.memory PEER SIZES`` prints a JSON list, one entry a size.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.peers import PEERS
from refgd._types import Array

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # what the kernel takes for it
STEPS = 2  # the second one is like all that follow

Size = tuple[int, int | None]


@functools.cache
def growth(peer: str, sizes: tuple[Size, ...]) -> list[int] | None:
    """Return the bytes for each size, from a new process; None where not on Linux."""
    if sys.platform != "linux":
        return None
    run = subprocess.run(  # noqa: S603 - this file, in a process of its own
        [sys.executable, "-m", "benchmarks.memory", peer, json.dumps(sizes)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    grown: list[int] = json.loads(run.stdout)
    return grown


def problem(n: int, d: int | None) -> tuple[Array, Array]:
    """Return data near a plane, the same each time."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=n if d is None else (n, d))
    return x, x.reshape(n, -1).sum(axis=1) + rng.normal(size=n) / 8


def _resident(field: str) -> int:
    lines = STATUS.read_text("utf-8").splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    return 1024 * int(status[field].split()[0])


def _grown(peer: str, n: int, d: int | None) -> int:
    """Return how far the resident memory rises: the peer's own copies are counted."""
    make, _ = PEERS[peer]
    make(*problem(4, d))(STEPS)  # what is imported and started counts for nothing
    x, y = problem(n, d)
    before = _resident("VmRSS")
    RESET.write_text(RESET_PEAK)
    make(x, y)(STEPS)
    return max(0, _resident("VmHWM") - before)


def main(peer: str, sizes: str) -> None:
    """Print the bytes for each size, the small ones first: space is used again."""
    print(json.dumps([_grown(peer, n, d) for n, d in json.loads(sizes)]))  # noqa: T201 - a program


if __name__ == "__main__":
    main(*sys.argv[1:])
