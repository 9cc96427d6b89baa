r"""Few rows for many: at most d + 1, with the same loss and gradient for EVERY w.

The loss and the gradient know the data only through |xw − y|². With [x y] = QR that is
|R·[w; −1]|², and the k = min(n, d + 1) rows of √(k/n)·R are an ordinary data set. So a
thousand epochs over any amount of data cost one pass, and a thousand small steps.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from refgd import _checks, _tsqr
from refgd._tsqr import NotFiniteError, Triangle
from refgd._types import Array, Data


class Compressed(NamedTuple):
    """Few rows that stand for n: an ordinary data set for `fit`, `theory` and the core.

    Attributes:
        x: (k,), or (k, d), with k = min(n, d + 1).
        y: (k,).
        n: The number of rows they stand for: only `merge` reads it.
    """

    x: Array
    y: Array
    n: int


def compress(x: Data, y: Data) -> Compressed:
    r"""Replace n rows by at most d + 1 with the same loss and gradient for every w.

    **Definition**
    $$[x\;y] = QR, \qquad [x_c\;y_c] = \sqrt{k/n}\,R, \qquad
      \tfrac1k |x_c w - y_c|^2 = \tfrac1n |xw - y|^2$$

    R comes of the QR of blocks in cache, stacked, and of their stack again; for x (n,)
    a block takes one Gram-Schmidt step. No xᵀx is formed, so that no condition number
    is squared, and columns are scaled by powers of two where squares would not fit.
    Up to d + 1 rows stay as they are. Memory beyond the data is a constant.

    Args:
        x: The samples, (n,) or (n, d), in float32 or float64; a `numpy.memmap` is read
            once. Whole numbers, bool and float16 become float64, as everywhere: a list
            of whole numbers is data too, and float64 holds those up to 2⁵³ exactly.
        y: The targets, (n,).

    Returns:
        A `Compressed` in x's dtype, computed in float64.

    Raises:
        TypeError: If x or y do not hold real numbers; or hold Fractions or longdouble,
            which the rows, computed in float64, would not keep.
        ValueError: If they are empty, not paired, or not finite; or R is too large for
            the dtype.

    Guarantee:
        For every w, |√(n·L_c) − √(n·L)| ≤ γ·(Σ |x_j||w_j| + |y|) ≤ γ·‖[x y]‖·‖[w; −1]‖
        with the norms of the columns, however ill-conditioned they are and whatever
        their scales: `refgd.testing.bounds.compressed_bound` and
        tests/scale/test_compression.py, test_the_loss_is_kept and
        test_the_gradient_is_kept.
        The same call returns the same bits, whatever the number of threads:
        tests/scale/test_compression_parts.py, test_threads_change_no_bit.

    Example:
        >>> import numpy as np
        >>> import refgd
        >>> x = np.linspace(0, 1, 100_000)
        >>> few = refgd.compress(x, 2 * x)
        >>> few.x.shape, few.n, round(float(refgd.fit(few.x, few.y, tol=1e-12).w), 9)
        ((2,), 100000, 2.0)

    References:
        J. Demmel, L. Grigori, M. Hoemmen and J. Langou, Communication-optimal parallel
        and sequential QR and LU factorizations, SIAM J. Sci. Comput. 34 (2012) A206;
        N. J. Higham, Accuracy and Stability of Numerical Algorithms (2002), chapter 19.
    """
    x, y = _rows(x, y)
    return _finished(_triangle(x, y), len(y), x[:1])


def compress_batches(batches: Iterable[tuple[Data, Data]]) -> Compressed:
    """Compress batches as they come: data that no memory holds at once.

    Args:
        batches: (x, y) after (x, y): of a file in pieces, of memory-mapped arrays, of a
            generator. A batch may be of any length, and empty; its columns are those
            of the first. The batch is not needed after its turn.

    Returns:
        What `compress` would of all rows at once, but for rounding, in the dtype of
        the batches, of the widest one.

    Raises:
        TypeError: As `compress`.
        ValueError: As `compress`, with the batch that it is about, the first being 0;
            or if there are no rows.

    Guarantee:
        As `compress`: tests/scale/test_compression_parts.py,
        test_batches_do_not_matter.

    Example:
        >>> import numpy as np
        >>> from refgd.compression import compress_batches
        >>> x = np.arange(1.0, 7.0)
        >>> pieces = ((x[i : i + 2], 3 * x[i : i + 2]) for i in range(0, 6, 2))
        >>> few = compress_batches(pieces)
        >>> few.n, few.x.shape, abs(float(few.y[0] / few.x[0])).__round__(9)
        (6, (2,), 3.0)
    """
    whole: Triangle | None = None
    n, like = 0, np.empty(0, dtype=np.float32)
    for number, batch in enumerate(batches):
        try:
            if _checks.array("y", batch[1]).size == 0:
                continue
            x, y = _rows(*batch)
            _same_columns(x, like if n else x, "the first batch")
            part = _triangle(x, y)
        except (TypeError, ValueError) as error:
            msg = f"batch {number}: {error}"
            raise type(error)(msg) from None
        whole = part if whole is None else _tsqr.stacked([whole, part])
        n += len(y)
        like = x[:1].astype(np.promote_types(x.dtype, like.dtype))
    if whole is None:
        raise ValueError("there are no rows: every batch is empty")
    return _finished(whole, n, like)


def merge(a: Compressed, b: Compressed) -> Compressed:
    """Compress the rows of both: what parts of the data became, put together.

    Args:
        a: A part of the data, compressed.
        b: Another part.

    Returns:
        What `compress` would of all their rows, but for rounding; in the wider dtype.

    Raises:
        TypeError: If they do not hold float32 or float64.
        ValueError: If they have other columns, are not finite, or an n is not what
            their rows may stand for.

    Guarantee:
        Associative and commutative but for rounding, each merge within the bound of
        `compress`: tests/scale/test_compression_parts.py, test_merge_is_associative and
        test_merge_is_commutative.

    Example:
        >>> import refgd
        >>> from refgd.compression import merge
        >>> a, b = refgd.compress([1.0, 2.0], [2.0, 4.0]), refgd.compress([3.0], [6.0])
        >>> few = merge(a, b)
        >>> few.n, few.x.shape, round(float(few.y[0] / few.x[0]), 9)
        (3, (2,), 2.0)
    """
    first, second = (_rows(part.x, part.y) for part in (a, b))
    _same_columns(second[0], first[0], "the other part")
    parts = [_restored(*rows, n) for rows, n in ((first, a.n), (second, b.n))]
    like = first[0][:1].astype(np.promote_types(first[0].dtype, second[0].dtype))
    return _finished(_tsqr.stacked(parts), a.n + b.n, like)


def _rows(x: Data, y: Data) -> tuple[Array, Array]:
    """Check all but finiteness, which the triangle will tell."""
    x, y = _checks.for_pairs(x, y)
    if x.dtype not in _checks.SHORT:
        what = "Fractions" if x.dtype == object else x.dtype
        msg = f"compress takes float32 and float64, got {what}"
        raise TypeError(msg)
    return x, y


def _same_columns(x: Array, other: Array, whose: str) -> None:
    if x.shape[1:] != other.shape[1:]:
        wanted = ", ".join(map(str, other.shape[1:]))
        msg = f"x must have shape (n, {wanted}) like {whose}, got shape {x.shape}"
        raise ValueError(msg)


def _triangle(x: Array, y: Array) -> Triangle:
    """Return R of [x y] = QR, or say where the row is that is not finite."""
    try:
        return _tsqr.triangle(x, y)
    except NotFiniteError:
        _checks.finite("x", x)
        _checks.finite("y", y)
        raise


def _finished(triangle: Triangle, n: int, like: Array) -> Compressed:
    """Return √(k/n)·R with the columns of like (1,) or (1, d), and in its dtype."""
    k = len(triangle.rows)
    with np.errstate(all="ignore"):
        rows = np.ldexp(triangle.rows * math.sqrt(k / n), triangle.exponents)
        rows = rows.astype(like.dtype)
    if not np.isfinite(rows).all():
        msg = f"the data are too large for their sums in {like.dtype}; scale x or y"
        raise ValueError(msg)
    return Compressed(rows[:, :-1].reshape(k, *like.shape[1:]), rows[:, -1], n)


def _restored(x: Array, y: Array, n: int) -> Triangle:
    """Return √(n/k) times the rows: R again."""
    k, n = len(y), _checks.count("n", n, least=len(y))
    _checks.finite("x", x)
    _checks.finite("y", y)
    rows, exponents = _tsqr.scaled(np.column_stack([x, y]).astype(np.float64))
    return Triangle(math.sqrt(n / k) * rows, exponents)
