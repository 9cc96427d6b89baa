r"""Compress data on a Dask cluster: each partition where it lies.

Only triangles of d + 1 rows travel, and they merge in a tree. Any other engine needs
one line, as `merge` is associative and commutative but for rounding::

    functools.reduce(merge, map(compress, xs, ys))

and where it gives parts that may be empty, `compression.compress_batches` of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from refgd.compression import Compressed, merge
from refgd.compression import compress as _compress

if TYPE_CHECKING:
    from collections.abc import Sequence

FAN_IN = 8  # triangles that one task merges


def compress(x: Any, y: Any) -> Compressed:
    """Compress Dask arrays, or columns of a Dask DataFrame.

    A partition whose worker dies is compressed again by another one, as Dask does with
    every task; nothing else is lost.

    Args:
        x: A Dask array, (n,) or (n, d), or a Dask Series or DataFrame of columns.
        y: A Dask array (n,), or a Dask Series, of the same partitions; arrays are cut
            as x is.

    Returns:
        What `refgd.compress` would of all rows at once, but for rounding. Partitions
        without rows add nothing.

    Raises:
        ImportError: If Dask is not installed: ``pip install 'dask[dataframe]'``.
        TypeError: If x or y is no Dask collection, or a partition holds no float32,
            float64, integers or bool.
        ValueError: If a partition is not finite, not paired, or of other columns than
            the first: the message says which, the first being 0; or if there are no
            rows.

    Guarantee:
        As `refgd.compress`: tests/scale/test_distributed.py,
        test_a_cluster_changes_nothing.

    Example:
        A cluster's scheduler is the one that a `dask.distributed.Client` is open to.

        >>> import pytest
        >>> da = pytest.importorskip("dask.array")
        >>> from refgd import distributed
        >>> x = da.arange(1000, chunks=100, dtype=float)
        >>> few = distributed.compress(x, 2 * x)
        >>> few.n, few.x.shape
        (1000, (2,))
    """
    try:
        dask: Any = import_module("dask")
    except ImportError:
        msg = "refgd.distributed needs Dask: pip install 'dask[dataframe]'"
        raise ImportError(msg) from None
    xs, ys = _partitions("x", x), _partitions("y", y, like=x)
    if len(xs) != len(ys):
        msg = f"y must have the partitions of x, {len(xs)}, got {len(ys)}"
        raise ValueError(msg)
    part, join = dask.delayed(_part), dask.delayed(_join)
    parts = [part(*pair, i) for i, pair in enumerate(zip(xs, ys, strict=True))]
    while len(parts) > 1:
        parts = [join(parts[i : i + FAN_IN]) for i in range(0, len(parts), FAN_IN)]
    _, whole = dask.compute(*parts)[0] if parts else (0, None)
    if isinstance(whole, Exception):
        raise whole
    if whole is None:
        raise ValueError("there are no rows: every partition is empty")
    compressed: Compressed = whole
    return compressed


def _partitions(name: str, value: Any, like: Any = None) -> list[Any]:
    """Return the blocks of rows of a Dask collection as tasks, in order."""
    if hasattr(value, "rechunk"):
        rows = getattr(like, "chunks", value.chunks)[0]
        if sum(rows) != len(value):
            msg = f"y must have the rows of x, {sum(rows)}, got {len(value)}"
            raise ValueError(msg)
        whole = {0: rows, 1: -1} if value.ndim > 1 else {0: rows}
        return list(value.rechunk(whole).to_delayed().ravel())
    if hasattr(value, "to_delayed"):
        return list(value.to_delayed())
    msg = (
        f"{name} must be a Dask array, Series or DataFrame, got {type(value).__name__}"
    )
    raise TypeError(msg)


Part = tuple[int, Compressed | Exception | None]  # the partition, and what it became


def _part(x: Any, y: Any, number: int) -> Part:
    """Compress a partition; None of no rows. An error travels as a result.

    It is raised once, by name: a cluster would raise it out of the worker's own trace.
    """
    if len(y) == len(x) == 0:
        return number, None
    try:
        return number, _compress(x, y)
    except (TypeError, ValueError) as error:
        return number, type(error)(f"partition {number}: {error}")


def _join(parts: Sequence[Part]) -> Part:
    """Merge parts in order; of errors, the first."""
    number, whole = parts[0]
    for other, part in parts[1:]:
        if isinstance(whole, Exception):
            break
        if whole is None or isinstance(part, Exception):
            number, whole = other, part
        elif part is not None:
            try:
                whole = merge(whole, part)
            except ValueError as error:
                whole = ValueError(f"partition {other}: {error}")
    return number, whole
