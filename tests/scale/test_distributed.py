"""Compression on a real cluster, three workers on loopback, and without one."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refgd import distributed
from refgd._types import Array
from refgd.compression import Compressed
from scale.same_loss import assert_same_loss

REASON = "dask is not installed: refgd[dask]"
dask = pytest.importorskip("dask", reason=REASON)
da = pytest.importorskip("dask.array", reason=REASON)
cluster = pytest.importorskip("distributed", reason=REASON)

WORKERS = 3
METHODS = multiprocessing.get_all_start_methods()
START = "forkserver" if "forkserver" in METHODS else "spawn"  # it imports Dask once
ON_A_CLUSTER = pytest.mark.xdist_group("cluster")  # one process starts one cluster
SECONDS = 60  # a process that starts on a busy machine


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of three worker processes, which nothing outside of here can reach."""
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": START}),
        cluster.LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # another process may hold 8787
        ) as local,
        cluster.Client(local) as connected,
    ):
        yield connected


@pytest.fixture
def alone() -> Iterator[None]:
    """Dask in this thread: what a partition says does not depend on where it is."""
    with dask.config.set(scheduler="synchronous"):
        yield


def data(d: int | None = None) -> tuple[Array, Array]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=60 if d is None else (60, d))
    return x, x.reshape(60, -1).sum(axis=1) + rng.normal(size=60)


def assert_compressed(few: Compressed, x: Array, y: Array) -> None:
    for w in (0.0, 1.0, -7.0):
        assert_same_loss(few, x, y, np.full(x.shape[1:], w))


@ON_A_CLUSTER
@pytest.mark.parametrize("d", [None, 3])
@pytest.mark.parametrize("chunk", [7, 60])
@pytest.mark.usefixtures("client")
def test_a_cluster_changes_nothing(d: int | None, chunk: int) -> None:
    x, y = data(d)
    columns = chunk if d is None else (chunk, 2)  # columns may be cut too
    few = distributed.compress(
        da.from_array(x, chunks=columns), da.from_array(y, chunks=13)
    )
    assert_compressed(few, x, y)


def _kill(file: Path) -> None:
    """Kill the process that writes its number into the file."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if file.exists() and (text := file.read_text()):
            os.kill(int(text), signal.SIGKILL)
            return
        time.sleep(0.05)


@ON_A_CLUSTER
@pytest.mark.usefixtures("client")
def test_a_killed_worker_changes_nothing(tmp_path: Path) -> None:
    x, y = data()
    once = tmp_path / "pid"

    def slowly(block: Array) -> Array:  # inside: the workers cannot import this file
        """Wait, in the one worker that comes first, until it is killed."""
        try:
            with once.open("x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            return block
        time.sleep(SECONDS)
        return block

    slow = da.from_array(x, chunks=5).map_blocks(slowly, meta=x[:0])
    killer = threading.Thread(target=_kill, args=(once,))
    killer.start()
    few = distributed.compress(slow, da.from_array(y, chunks=5))
    killer.join()
    assert_compressed(few, x, y)


@ON_A_CLUSTER
@pytest.mark.usefixtures("client")
def test_what_a_worker_refuses_is_raised_here() -> None:
    x, y = data()
    x[17] = np.nan
    with pytest.raises(ValueError, match=r"^partition 3: x must be finite, got nan"):
        distributed.compress(da.from_array(x, chunks=5), da.from_array(y, chunks=5))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (17, np.nan, r"^partition 3: x must be finite, got nan at x\[2\]$"),
        (59, -np.inf, r"^partition 11: x must be finite, got -inf at x\[4\]$"),
    ],
)
def test_a_partition_that_is_not_finite_is_named(
    place: int, value: float, message: str
) -> None:
    x, y = data()
    x[place] = value
    with pytest.raises(ValueError, match=message):
        distributed.compress(da.from_array(x, chunks=5), da.from_array(y, chunks=5))


@pytest.mark.usefixtures("alone")
def test_a_partition_of_other_columns_is_named() -> None:
    x, y = data(2)

    def wider(block: Array, block_info: Any = None) -> Array:
        number = block_info[0]["chunk-location"][0]
        return np.column_stack([block, block[:, 0]]) if number == 2 else block

    wrong = da.from_array(x, chunks=(20, 2)).map_blocks(wider, meta=x[:0])
    message = r"^partition 2: x must have shape \(n, 2\) .*, got shape \(4, 3\)$"
    with pytest.raises(ValueError, match=message):
        distributed.compress(wrong, da.from_array(y, chunks=20))


@pytest.mark.usefixtures("alone")
def test_columns_of_a_data_frame() -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed: refgd[dev]")
    dd = pytest.importorskip("dask.dataframe", reason=REASON, exc_type=ImportError)
    x, y = data(2)
    frame = dd.from_pandas(
        pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y}), npartitions=4
    )
    assert_compressed(distributed.compress(frame[["a", "b"]], frame["y"]), x, y)
    some = frame[frame["a"] > frame["a"].max()]  # every partition is empty
    with pytest.raises(ValueError, match="there are no rows"):
        distributed.compress(some[["a", "b"]], some["y"])


def test_what_is_no_dask_collection_is_refused() -> None:
    x, y = data()
    with pytest.raises(TypeError, match="x must be a Dask array, Series or DataFrame"):
        distributed.compress(x, y)
    with pytest.raises(TypeError, match="y must be a Dask array"):
        distributed.compress(da.from_array(x), y)
    with pytest.raises(ValueError, match="y must have the rows of x"):
        distributed.compress(da.from_array(x), da.from_array(y[:-1]))
