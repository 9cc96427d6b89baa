"""Blocks, batches and merges: how the rows come changes nothing."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import _blocks, compress
from refgd._types import Array
from refgd.compression import compress_batches, merge
from refgd.testing import strategies as drawn
from scale.same_loss import assert_same_loss, line, loss

#: γ of 10⁵ rows is 1e-9, which no mistake but a gross one exceeds. A block's roundings
#: are of either sign, and grow as √n: 8192 of them are 90 roundings, some 1e-14.
MANY_ROWS = 1e-14

COLUMNS = [None, 2, 5]

LAID: dict[str, Callable[[Array], Array]] = {
    "by rows": np.ascontiguousarray,
    "by columns": np.asfortranarray,
    "every other": lambda x: np.repeat(x, 2, axis=0)[::2],
}


@pytest.mark.parametrize(
    "n", [_blocks.RUN - 1, _blocks.RUN + 1, 5 * _blocks.CACHED + 7]
)
@pytest.mark.parametrize("d", [None, 2])
@pytest.mark.parametrize("order", LAID)
def test_blocks_do_not_matter(n: int, d: int | None, order: str) -> None:
    x, y = line(n, d)
    laid = LAID[order](x)
    few = compress(laid, y)
    # integers up to 9: the sums, up to 81 n, are exact in float64
    for w in (0, 1, 3):
        total = np.sum((np.dot(x, np.full(x.shape[1:], w)) - y) ** 2)
        got = loss(few.x, few.y, np.full(x.shape[1:], w)) / len(few.y) * n
        weight = np.sqrt(np.sum(x * x, axis=0) * w**2).sum() + np.sqrt(np.dot(y, y))
        assert abs(float(got) ** 0.5 - total**0.5) <= MANY_ROWS * weight


@pytest.mark.parametrize("d", [None, 2, 10])
def test_threads_change_no_bit(d: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the blocks: several tasks, once more and by one thread."""
    n = 3 * _blocks.TASK // 2 // (1 if d is None else d + 1) + 5
    x, y = line(n, d)
    x = x + 1 / 3
    several = [compress(x, y) for _ in range(3)]
    monkeypatch.setattr(_blocks, "CORES", 1)
    alone = compress(x, y)
    for few in several:
        assert np.array_equal(few.x, alone.x)
        assert np.array_equal(few.y, alone.y)


BITS = """
import numpy as np
import refgd
for d in (1, 2, 50, 100):
    x = np.random.default_rng(d).normal(size=(200_000 // d, d))
    few = refgd.compress(x, x.sum(axis=1) ** 2)
    print(few.x.tobytes().hex(), few.y.tobytes().hex())
"""


def test_threads_of_blas_change_no_bit() -> None:
    """They are set for a process of its own, before NumPy is there."""
    printed = [
        subprocess.run(  # noqa: S603 - the code above, in a process of its own
            [sys.executable, "-c", BITS],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "OPENBLAS_NUM_THREADS": threads,
            },
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "4")
    ]
    assert len(printed[0].splitlines()) == 4
    assert printed[0] == printed[1] == printed[2]


@pytest.mark.parametrize("d", COLUMNS)
@given(data=st.data())
def test_batches_do_not_matter(d: int | None, data: st.DataObject) -> None:
    """Batches of any length, empty ones among them, in any order of rows."""
    x, y = data.draw(drawn.datasets(d=d, seeded=True))
    order = data.draw(st.permutations(range(len(y))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(y)), max_size=4)))
    edges = itertools.pairwise([0, *cuts, len(y)])
    rows = [order[i:j] for i, j in edges]
    few = compress_batches((x[part], y[part]) for part in rows)
    assert_same_loss(few, x, y, data.draw(drawn.weights(d=d, seeded=True)))


def together(parts: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    x, y = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return x, y


@pytest.mark.parametrize("d", COLUMNS)
@given(data=st.data())
def test_merge_is_associative(d: int | None, data: st.DataObject) -> None:
    parts = [data.draw(drawn.datasets(d=d, seeded=True)) for _ in range(3)]
    a, b, c = (compress(*part) for part in parts)
    w = data.draw(drawn.weights(d=d, seeded=True))
    for few in (merge(merge(a, b), c), merge(a, merge(b, c))):
        assert_same_loss(few, *together(parts), w)


@pytest.mark.parametrize("d", COLUMNS)
@given(data=st.data())
def test_merge_is_commutative(d: int | None, data: st.DataObject) -> None:
    parts = [data.draw(drawn.datasets(d=d, seeded=True)) for _ in range(2)]
    a, b = (compress(*part) for part in parts)
    w = data.draw(drawn.weights(d=d, seeded=True))
    for few in (merge(a, b), merge(b, a)):
        assert_same_loss(few, *together(parts), w)


@pytest.mark.parametrize("d", [2, 5])
@given(data=st.data())
def test_row_by_row_is_the_whole(d: int, data: st.DataObject) -> None:
    """Parts of one row, fewer than columns, merged one after the other; twice alike."""
    x, y = data.draw(drawn.datasets(d=d, max_n=12, seeded=True))
    rows = [compress(x[i : i + 1], y[i : i + 1]) for i in range(len(y))]
    few, again = reduce(merge, rows), reduce(merge, rows)
    assert few.x.tobytes() == again.x.tobytes()
    assert_same_loss(few, x, y, data.draw(drawn.weights(d=d, seeded=True)))


def test_merge_weighs_by_n() -> None:
    """A thousand rows beside one: that one counts for a thousandth."""
    many, one = compress(np.ones(999), np.zeros(999)), compress([1.0], [1000.0])
    few = merge(many, one)
    assert few.n == 1000
    run = refgd.fit(few.x, few.y, tol=1e-12)
    assert run.w == pytest.approx(1.0, rel=1e-10, abs=0)


def test_merge_takes_the_wider_dtype() -> None:
    x, y = line(20)
    narrow = compress(x.astype(np.float32), y)
    assert narrow.x.dtype == narrow.y.dtype == np.float32
    assert merge(narrow, compress(x, y)).x.dtype == np.float64
    both = [(x.astype(np.float32), y), (x, y)]
    assert compress_batches(both).x.dtype == np.float64
    assert compress_batches(both[:1]).x.dtype == np.float32


# --- memory -----------------------------------------------------------------------

#: A Python with NumPy is some 50 MB; a batch of 10⁶ rows and its noise are 50 more.
RESIDENT = 300_000_000

STREAM = """
import resource, sys
import numpy as np
from refgd.compression import compress_batches

rng = np.random.default_rng(0)

def batches(rows, size=1_000_000):
    for _ in range(rows // size):
        x = rng.random(size)
        yield x, 2 * x + rng.random(size)

few = compress_batches(batches(int(sys.argv[1])))
if sys.platform == "linux":  # ru_maxrss would count the process that started this one
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    peak = 1024 * int(status["VmHWM"].split()[0])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(few.n, len(few.y), peak)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no resource module on Windows")
def test_a_stream_takes_constant_memory() -> None:
    """10 million rows, 160 MB; REFGD_STREAM_ROWS=100000000 streams 1.6 GB."""
    rows = int(os.environ.get("REFGD_STREAM_ROWS", "10000000"))
    run = subprocess.run(  # noqa: S603 - the code above, in a process of its own
        [sys.executable, "-c", STREAM, str(rows)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    n, k, peak = map(int, run.stdout.split())
    assert (n, k) == (rows, 2)
    assert peak < (RESIDENT if rows > 10_000_000 else RESIDENT // 2)
