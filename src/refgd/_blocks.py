"""Many rows, in blocks that stay in the cache, on all cores; the same bits each time.

How the rows are cut depends on nothing but their number, and results are put together
in order: threads change the time, and nothing else.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from refgd._types import Array, Scalar, Weights

T = TypeVar("T")

CACHED = 2**15  # numbers of a block: 256 kB, and the residual takes no more
LINE = 2  # the columns x and y of a line
RUN = 2**13  # numbers for BLAS at once: from 9,216 on OpenBLAS would start its threads
TASK = 2**20  # numbers of a thread's task: some thirty blocks

#: What the threads run on: the cores that this process may use.
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def spans(start: int, stop: int, step: int) -> list[slice]:
    """Cut start:stop into slices of step rows; the last may be shorter."""
    return [slice(i, min(i + step, stop)) for i in range(start, stop, step)]


def tasks(n: int, width: int) -> list[slice]:
    """Cut n rows of `width` numbers into the tasks of the threads."""
    return spans(0, n, max(TASK // width, 1))


def blocks(task: slice, width: int) -> list[slice]:
    """Cut a task into blocks that stay in the cache, of at least 4 × width rows."""
    return spans(task.start, task.stop, max(CACHED // width, 4 * width))


def over(function: Callable[[slice], T], cut: list[slice]) -> list[T]:
    """Return the function of each slice, in order, from as many threads as cores."""
    workers = min(CORES, len(cut))
    if workers == 1:
        return [function(part) for part in cut]
    errors = np.geterr()  # a thread starts with NumPy's own

    def quiet(part: slice) -> T:
        with np.errstate(**errors):
            return function(part)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(quiet, cut))


# --- the direct path --------------------------------------------------------------


def sums(x: Array, y: Array, w: Weights) -> tuple[float, Weights]:
    r"""Return |r|² and xᵀr for r = xw − y, in blocks; no array as long as y is made.

    Sums over blocks are taken in float64. For x (n, d) BLAS has threads of its own.
    """
    if x.ndim > 1:
        cut = spans(0, len(y), max(TASK // x.shape[1], 1))
        parts = [_plane(x[rows], y[rows], w) for rows in cut]
    else:
        parts = over(lambda rows: _line(x[rows], y[rows], w), tasks(len(y), LINE))
    squares, products = zip(*parts, strict=True)
    return sum(squares), np.sum(products, axis=0)


def _plane(x: Array, y: Array, w: Array) -> tuple[float, Weights]:
    residual = np.dot(x, w)
    residual -= y
    return float(np.dot(residual, residual)), np.dot(residual, x).astype(np.float64)


def _line(x: Array, y: Array, w: Scalar) -> tuple[float, Scalar]:
    square = product = 0.0
    space = np.empty(CACHED, dtype=x.dtype)  # one residual, over and over
    for rows in spans(0, len(y), CACHED):
        residual = np.multiply(x[rows], w, out=space[: rows.stop - rows.start])
        residual -= y[rows]
        square += _dot(residual, residual)
        product += _dot(x[rows], residual)
    return square, product


def _dot(a: Array, b: Array) -> float:
    """Return a · b in runs for which BLAS starts no threads, added in float64."""
    whole = len(a) - len(a) % RUN
    runs = np.vecdot(a[:whole].reshape(-1, RUN), b[:whole].reshape(-1, RUN))
    return float(runs.sum(dtype=np.float64)) + float(np.dot(a[whole:], b[whole:]))
