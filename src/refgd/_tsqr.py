"""The triangle R of many rows, block by block: TSQR."""

from typing import NamedTuple

import numpy as np

from refgd._blocks import LINE, RUN, blocks, over, spans, tasks
from refgd._types import Array

AT_ONCE = 8  # runs in one call of NumPy: with y 1 MB
PANEL = 32  # columns that LAPACK takes at once, column by column
KEPT = 2.0**-8  # of a square must be left of a difference, or it is not taken
SAFE = 2.0**400  # a column's norm between 1/SAFE and SAFE has squares without a loss
TINY = 2.0**-1000  # squares below have no right digits; next to SAFE they are nothing
NOTHING = -5000  # a column of zeros has no exponent: less than any


class NotFiniteError(ArithmeticError):
    """Raised for NaN or inf in a block; the caller adds the position."""


class Triangle(NamedTuple):
    """At most d + 1 rows with the same products of columns as the data, or their stack.

    Attributes:
        rows: The rows, in float64.
        exponents: One per column: column j is ``rows[:, j] * 2**exponents[j]``.
    """

    rows: Array
    exponents: Array


def triangle(x: Array, y: Array | None = None) -> Triangle:
    r"""Return R of [x y] = QR in one stable pass; with y None, R of x.

    x is (n,) or (n, d), in float32 or float64. Up to d + 1 rows stay as they are.

    Raises:
        NotFiniteError: If x or y hold NaN or inf.

    References:
        J. Demmel, L. Grigori, M. Hoemmen and J. Langou, Communication-optimal parallel
        and sequential QR and LU factorizations, SIAM J. Sci. Comput. 34 (2012) A206:
        the QR of blocks, stacked, and of their stack again.
    """
    width = x[:1].size + (y is not None)
    line = x.ndim == 1 and y is not None

    def reduced(task: slice) -> Triangle:
        cut = [task] if line else blocks(task, width)
        return stacked([_block(x[b], None if y is None else y[b]) for b in cut])

    return stacked(over(reduced, tasks(len(x), width)))


def stacked(parts: list[Triangle]) -> Triangle:
    """Return the triangle of some triangles, one below the other."""
    top = np.max([part.exponents for part in parts], axis=0)
    rows = [np.ldexp(part.rows, part.exponents - top) for part in parts]
    return Triangle(_qr(np.concatenate(rows)), top)


def scaled(columns: Array) -> tuple[Array, Array]:
    """Return columns in units of powers of two, the largest 1/2 to 1; and the powers.

    Raises:
        NotFiniteError: If they hold NaN or inf.
    """
    largest = np.maximum(columns.max(axis=0), -columns.min(axis=0))
    if not np.isfinite(largest).all():
        raise NotFiniteError
    _, exponents = np.frexp(largest)
    exponents = np.where(largest == 0, NOTHING, exponents)
    return np.ldexp(columns, -exponents), np.atleast_1d(exponents)


def _block(x: Array, y: Array | None) -> Triangle:
    """Return the triangle of a block; where squares do not fit, scaled."""
    parts = [a for a in (x, y) if a is not None]
    with np.errstate(all="ignore"):
        rows = _reduced(*parts)
        norms = np.sqrt(np.square(rows).sum(axis=0))
        if ((norms > 1 / SAFE) & (norms < SAFE)).all():
            return Triangle(rows, np.zeros(len(norms), dtype=int))
        units, exponents = zip(*map(scaled, parts), strict=True)
        return Triangle(_reduced(*units), np.concatenate(exponents))


def _reduced(x: Array, y: Array | None = None) -> Array:
    """Return few rows with the same products: by Gram-Schmidt for x (n,) and y."""
    if y is None:
        return _qr(x.reshape(len(x), -1))
    if x.ndim > 1 or len(x) <= LINE:
        return _qr(np.column_stack([x, y]))
    whole = len(x) - len(x) % RUN
    runs = [a[:whole].reshape(-1, RUN) for a in (x, y)]
    rest = [a[None, whole:] for a in (x, y)]
    return np.concatenate(
        [_gram_schmidt(*each) for each in (runs, rest) if each[0].size]
    )


def _gram_schmidt(x: Array, y: Array) -> Array:
    r"""Return the triangles of runs of [x y], one below the other.

    **Definition**
    $$R = \begin{pmatrix} |x| & |x| c \\ 0 & |y - c x| \end{pmatrix},
      \qquad c = x \cdot y / x \cdot x$$

    |r|² is |y|² − c x·y where that keeps all but eight bits, and four of its root,
    which is within `compressed_bound`; else the residual is formed. x and y are (runs,
    rows of a run). Where x·x has no digits left, x is as good as zero.
    """
    xx, xy, yy, c = np.zeros((4, len(x)))
    for rows in spans(0, len(x), AT_ONCE):
        a, b = (each[rows].astype(np.float64, copy=False) for each in (x, y))
        np.vecdot(a, a, out=xx[rows])
        np.vecdot(a, b, out=xy[rows])
        np.vecdot(b, b, out=yy[rows])
    np.divide(xy, xx, out=c, where=xx > TINY)
    rr = yy - c * xy
    lost = np.flatnonzero(~(rr >= KEPT * yy))
    space = np.empty((AT_ONCE, x.shape[1]))  # one residual, over and over
    for part in spans(0, len(lost), AT_ONCE):
        runs = lost[part]
        residual = np.multiply(x[runs], c[runs, None], out=space[: len(runs)])
        np.subtract(y[runs], residual, out=residual)
        rr[runs] = np.vecdot(residual, residual)
    triangles = np.zeros((len(x), LINE, LINE))
    triangles[:, 0, 0] = np.sqrt(xx)
    triangles[:, 0, 1] = np.sqrt(xx) * c
    triangles[:, 1, 1] = np.sqrt(rr)
    return triangles.reshape(-1, LINE)


def _qr(columns: Array) -> Array:
    """Return R of QR, by Householder; rows that are no more than columns stay.

    Each piece is put under the last R, so small that BLAS starts no threads for it.
    """
    n, width = columns.shape
    columns = columns.astype(np.float64, copy=False)
    if n <= width:
        return columns
    r: Array = columns[:0]
    for rows in spans(0, n, max(RUN // min(width, PANEL) - width, width)):
        r = np.asarray(np.linalg.qr(np.concatenate([r, columns[rows]]), mode="r"))
    return r
