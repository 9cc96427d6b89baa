"""Time and memory beside the peers; a plain pytest runs a tiny size, with NumPy alone.

``pytest tests/benchmarks --benchmark-sizes full --benchmark-json run.json``, then
``python tests/benchmarks/report.py run.json``, writes the tables and the picture.
"""

import os
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from typing import Any

import pytest

from benchmarks import memory
from benchmarks.peers import PEERS

SIZES: dict[str, list[memory.Size]] = {
    "tiny": [(4, None), (1000, None), (100, 10)],
    "small": [(4, None), (10_000, 10)],
    "full": [
        *((n, None) for n in (4, 1000, 1_000_000, 10_000_000)),
        *((n, 10) for n in (1000, 1_000_000)),
        *((n, 50) for n in (1000, 200_000)),
    ],
}
MOST = 10**8  # rows times iterations that a peer that reads all of them is given
COMPRESSED = "refgd.compress + fit"


def pytest_generate_tests(metafunc: Any) -> None:
    asked = metafunc.config.getoption("--benchmark-sizes")
    plain = [peer for peer, (_, needed) in PEERS.items() if needed == "numpy"]
    metafunc.parametrize(("n", "d"), SIZES[asked or "tiny"])
    metafunc.parametrize("iterations", [1, 1000] if asked else [1, 10])
    metafunc.parametrize("peer", PEERS if asked else plain)


def test_speed(
    request: pytest.FixtureRequest, peer: str, n: int, d: int | None, iterations: int
) -> None:
    """Each peer runs; of more than MOST the time is that of fewer, in proportion."""
    make, needed = PEERS[peer]
    if find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed: refgd[frameworks]")
    x, y = memory.problem(n, d)
    steps = iterations
    if peer != COMPRESSED:
        steps = max(1, min(iterations, MOST // (n * (d or 1))))
    run = make(x, y)
    run(steps)  # what is compiled at the first call is not timed
    asked = request.config.getoption("--benchmark-sizes")
    if asked is None:
        return
    benchmark = request.getfixturevalue("benchmark")
    benchmark.pedantic(run, args=(steps,), rounds=3)
    benchmark.extra_info.update(
        peer=peer,
        n=n,
        d=d or 1,
        iterations=iterations,
        steps=steps,
        peak=_peak(peer, asked, (n, d)),
        package=_package(needed),
        load=os.getloadavg()[0],
    )


def _peak(peer: str, asked: str, size: memory.Size) -> int | None:
    sizes = tuple(SIZES[asked])
    grown = memory.growth(peer, sizes)
    return None if grown is None else grown[sizes.index(size)]


def _package(module: str) -> str:
    """Return what a module is of, and its version."""
    name = packages_distributions()[module][0]
    return f"{name} {version(name)}"
