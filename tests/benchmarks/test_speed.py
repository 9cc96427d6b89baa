"""Time beside the peers; a plain pytest runs a tiny size of it, with NumPy alone.

``pytest tests/benchmarks --benchmark-sizes full --benchmark-json speed.json``, then
``python tests/benchmarks/report.py speed.json``, writes the table and the picture.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from benchmarks.peers import PEERS

SIZES = {
    "tiny": [(4, None), (1000, None), (100, 10)],
    "small": [(4, None), (100_000, None), (10_000, 10), (2000, 50)],
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
    rng = np.random.default_rng(0)
    x = rng.normal(size=n if d is None else (n, d))
    y = x.reshape(n, -1).sum(axis=1) + rng.normal(size=n) / 8
    steps = iterations
    if peer != COMPRESSED:
        steps = max(1, min(iterations, MOST // (n * (d or 1))))
    run = make(x, y)
    run(steps)  # what is compiled at the first call is not timed
    if request.config.getoption("--benchmark-sizes") is None:
        return
    benchmark = request.getfixturevalue("benchmark")
    benchmark.extra_info.update(
        peer=peer, n=n, d=d or 1, iterations=iterations, steps=steps
    )
    benchmark.pedantic(run, args=(steps,), rounds=3)
