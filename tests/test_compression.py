"""Compressed data: the loss and the gradient of all of them, for every w."""

import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import _blocks, compress, datasets, forward, grad, mse, theory
from refgd._types import Array
from refgd.compression import Compressed, compress_batches, merge
from refgd.testing import bounds, exact
from refgd.testing import strategies as drawn

#: NIST certifies 15 digits; the condition number of Norris is 1e3, so that a backward
#: error of some ulp leaves 12.
NORRIS_DIGITS = 1e-12

#: γ of 10⁵ rows is 1e-9, which no mistake but a gross one exceeds. A block's roundings
#: are of either sign, and grow as √n: 8192 of them are 90 roundings, some 1e-14.
MANY_ROWS = 1e-14

#: Drawn entries are 2^±10 times the scale: squares of 1e±300 leave float64's range.
SCALES = (1e-290, 1e-160, 1e-5, 1.0, 1e5, 1e160, 1e290)


def loss(x: Any, y: Any, w: Any) -> Fraction:
    """n·L at w, exactly."""
    x, y, w = map(exact.fractions, (x, y, w))
    total: Fraction = len(y) * mse(y, forward(w, x))
    return total


def assert_same_loss(few: Compressed, x: Any, y: Any, w: Any) -> None:
    """|√(n·L_c) − √(n·L)| is within the bound; roots are rounded up by 2⁻¹²⁸."""
    kept = loss(few.x, few.y, w) * Fraction(len(y), len(few.y))
    slack = bounds.compressed_bound(w, x, y, few.x.dtype)
    ours, wanted = bounds.root(kept), bounds.root(loss(x, y, w))
    assert abs(ours - wanted) <= slack + (ours + wanted) / 2**128
    assert few.n == len(y)


def shapes(few: Compressed) -> tuple[tuple[int, ...], tuple[int, ...], Any]:
    return few.x.shape, few.y.shape, few.x.dtype


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("d", [None, 1, 2, 5])
@given(data=st.data())
def test_the_loss_is_kept(kind: type, d: int | None, data: st.DataObject) -> None:
    """For every w, however far from the data; n from 1, so d > n among them."""
    x, y = data.draw(drawn.datasets(kind=kind, d=d))
    few = compress(x, y)
    k = min(len(y), (d or 1) + 1)
    assert shapes(few) == ((k, *x.shape[1:]), (k,), np.dtype(kind))
    assert_same_loss(few, x, y, data.draw(drawn.weights(kind=kind, d=d)))


@pytest.mark.parametrize("d", [None, 2])
@given(data=st.data())
def test_the_optimum_is_kept(d: int | None, data: st.DataObject) -> None:
    """There the loss is least, and in exact data on a line it is zero."""
    x, y = data.draw(drawn.datasets(d=d, min_n=3, line=data.draw(st.booleans())))
    if d is not None and np.linalg.matrix_rank(x) < d:
        x = x + np.eye(len(x), d)
    try:
        w = exact.optimum(exact.fractions(x), exact.fractions(y))
    except ValueError:  # dependent columns: any minimiser will do
        w = exact.fractions(np.linalg.lstsq(x.reshape(len(x), -1), y)[0])
    assert_same_loss(compress(x, y), x, y, w)


@pytest.mark.parametrize("d", [None, 3])
@given(data=st.data())
def test_the_gradient_is_kept(d: int | None, data: st.DataObject) -> None:
    r"""With x + Δx and y + Δy, |Δ| ≤ γ|x_j|, in place of x and y: a product's error."""
    x, y = data.draw(drawn.datasets(d=d))
    w = data.draw(drawn.weights(d=d))
    few = compress(x, y)
    fx, fy, fw = map(exact.fractions, (x, y, w))
    cx, cy = map(exact.fractions, few[:2])
    error = abs(grad(cx, cy, forward(fw, cx)) - grad(fx, fy, forward(fw, fx)))
    e = bounds.compressed_bound(w, x, y, np.float64)
    g = bounds.compressed_bound(0 * w, x, y, np.float64)  # γ|y|; of x below
    residual = bounds.root(loss(x, y, w))
    for column, off in zip(fx.reshape(len(y), -1).T, np.atleast_1d(error), strict=True):
        size = bounds.root(np.dot(column, column))
        part = bounds.compressed_bound(0, column * 0, column, np.float64)  # γ|x_j|
        assert off <= 2 * (part * (residual + e) + size * e) / len(y)
    assert g <= e


@pytest.mark.parametrize("x_scale", SCALES)
@pytest.mark.parametrize("y_scale", SCALES)
@pytest.mark.parametrize("d", [None, 2])
def test_scales_do_not_matter(x_scale: float, y_scale: float, d: int | None) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=20 if d is None else (20, d)) * x_scale
    y = rng.normal(size=20) * y_scale
    few = compress(x, y)
    w = Fraction(y_scale) / Fraction(x_scale) * exact.fractions(np.ones(x.shape[1:]))
    assert_same_loss(few, x, y, w)


def test_scales_may_differ_within_the_data() -> None:
    """Columns, and blocks of rows, of 1e-300 beside 1e300, and zeros."""
    rng = np.random.default_rng(6)
    rows = 3 * _blocks.CACHED // 4
    x = rng.normal(size=(rows, 4)) * [1e300, 1.0, 1e-300, 0.0]
    x[rows // 2 :, 1] *= 1e-300
    few = compress(x, rng.normal(size=rows))
    again = compress(x[::-1], np.zeros(rows))
    for column in range(4):
        size = bounds.root(np.sum(exact.fractions(x[:, column]) ** 2) / rows)
        for kept in (few, again):
            sums = np.sum(exact.fractions(kept.x[:, column]) ** 2) / len(kept.y)
            error = abs(bounds.root(sums) - size)
            assert error <= bounds.gamma(40 * rows * 5, np.float64) * size


@pytest.mark.parametrize("condition", [1e3, 1e8, 1e12])
def test_ill_conditioned_columns(condition: float) -> None:
    """Nothing is squared: the optimum of the compressed data is the data's own."""
    t = np.linspace(0, 1, 40)
    x = np.column_stack([t, t + np.cos(9 * t) / condition])
    y = np.sin(3 * t)
    assert np.linalg.cond(x) > condition / 10
    few = compress(x, y)
    best = exact.optimum(x, y)
    for w in (best, best + 1, exact.fractions([condition, -condition])):
        assert_same_loss(few, x, y, w)
    assert_same_loss(few, x, y, exact.optimum(few.x, few.y))


@pytest.mark.parametrize(
    "x",
    [
        np.zeros(9),
        np.zeros((9, 2)),
        np.outer(np.arange(9.0), [1.0, -2.0]),
        np.column_stack([np.zeros(9), np.arange(9.0)]),
        np.eye(3, 7),
        np.array([5.0]),
        np.array([[5.0, 6.0]]),
    ],
    ids=["zeros", "zero columns", "rank 1", "a zero column", "d > n", "n = 1", "a row"],
)
def test_degenerate_data(x: Array) -> None:
    y = np.arange(1.0, len(x) + 1)
    few = compress(x, y)
    for w in (0.0, 1.0, -3.0):
        assert_same_loss(few, x, y, np.full(x.shape[1:], w))
    assert_same_loss(compress(x, 0 * y), x, 0 * y, np.ones(x.shape[1:]))


@given(data=st.data())
def test_few_rows_are_the_data(data: st.DataObject) -> None:
    """Up to d + 1 rows nothing is computed, so nothing is rounded."""
    x, y = data.draw(drawn.datasets(d=3, max_n=4))
    few = compress(x, y)
    assert np.array_equal(few.x, x)
    assert np.array_equal(few.y, y)


# --- blocks, batches and merges ---------------------------------------------------


def line(n: int, d: int | None = None, kind: type = np.float64) -> tuple[Array, Array]:
    """Small whole numbers, whose sums are exact: n rows near a plane."""
    rng = np.random.default_rng(n)
    x: Array = rng.integers(-9, 10, size=n if d is None else (n, d)).astype(kind)
    return x, (2 * x if d is None else x.sum(axis=1)) + rng.integers(-2, 3, size=n)


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


def test_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = line(3 * _blocks.TASK // 2 + 5)
    x = x + 1 / 3
    several = [compress(x, y) for _ in range(3)]
    monkeypatch.setattr(_blocks, "CORES", 1)
    alone = compress(x, y)
    for few in several:
        assert np.array_equal(few.x, alone.x)
        assert np.array_equal(few.y, alone.y)


@given(data=st.data())
def test_batches_do_not_matter(data: st.DataObject) -> None:
    """Batches of any length, empty ones among them, in any order of rows."""
    d = data.draw(st.sampled_from([None, 2]))
    x, y = data.draw(drawn.datasets(d=d))
    order = data.draw(st.permutations(range(len(y))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(y)), max_size=4)))
    edges = itertools.pairwise([0, *cuts, len(y)])
    rows = [order[i:j] for i, j in edges]
    few = compress_batches((x[part], y[part]) for part in rows)
    assert_same_loss(few, x, y, data.draw(drawn.weights(d=d)))


@given(data=st.data())
def test_merge_is_associative(data: st.DataObject) -> None:
    d = data.draw(st.sampled_from([None, 2]))
    parts = [data.draw(drawn.datasets(d=d)) for _ in range(3)]
    a, b, c = (compress(*part) for part in parts)
    x, y = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    w = data.draw(drawn.weights(d=d))
    for few in (merge(merge(a, b), c), merge(a, merge(b, c))):
        assert_same_loss(few, x, y, w)


@given(data=st.data())
def test_merge_is_commutative(data: st.DataObject) -> None:
    parts = [data.draw(drawn.datasets(d=2)) for _ in range(2)]
    a, b = (compress(*part) for part in parts)
    x, y = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    w = data.draw(drawn.weights(d=2))
    for few in (merge(a, b), merge(b, a)):
        assert_same_loss(few, x, y, w)


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


def test_norris_to_twelve_digits() -> None:
    """In closed form: plain iteration would need some 10⁷ steps for them."""
    norris = datasets.norris()
    few = compress(norris.samples, norris.y)
    lr = theory.best_lr(few.x)
    w = theory.trajectory(few.x, few.y, None, lr, 10**9)
    assert w == pytest.approx(np.array(norris.w), rel=NORRIS_DIGITS, abs=0)


def test_fit_of_the_compressed_is_fit() -> None:
    x, y = line(1000)
    few = compress(x, y)
    assert refgd.fit(few.x, few.y, n_iters=50).history.w == pytest.approx(
        refgd.fit(x, y, n_iters=50).history.w, rel=1e-12, abs=1e-12
    )


# --- what is refused --------------------------------------------------------------


def _bad(value: float, row: int, n: int = 70_000) -> tuple[Array, Array]:
    x, y = line(n, 2)
    x[row, 1] = value
    return x, y


def refusals() -> dict[str, tuple[Callable[[], Any], type[Exception], str]]:
    x, y = line(5)
    return {
        "nan": (lambda: compress(*_bad(np.nan, 69_999)), ValueError, r"at x\[69999, 1"),
        "inf": (lambda: compress(*_bad(-np.inf, 3)), ValueError, r"-inf at x\[3, 1\]"),
        "nan in y": (
            lambda: compress(x, [1, 2, np.nan, 3, 4]),
            ValueError,
            r"y must be finite, got nan at y\[2\]",
        ),
        "nan in two rows": (
            lambda: compress([1, np.nan], [1, 2]),
            ValueError,
            r"x\[1\]",
        ),
        "shapes": (lambda: compress(x, y[:, None]), ValueError, r"use y.ravel\(\)"),
        "empty": (lambda: compress([], []), ValueError, "x must not be empty"),
        "longdouble": (
            lambda: compress(x.astype(np.longdouble), y),
            TypeError,
            "compress takes float32 and float64, got",
        ),
        "Fractions": (
            lambda: compress(exact.fractions(x), y),
            TypeError,
            "compress takes float32 and float64, got Fractions",
        ),
        "strings": (
            lambda: compress(["1"], [1]),
            TypeError,
            "x must hold real numbers",
        ),
        "too large": (
            lambda: compress(np.full(9, 1.7e308), y[[0] * 9]),
            ValueError,
            "too large for their sums in float64",
        ),
        "no batches": (lambda: compress_batches([]), ValueError, "there are no rows"),
        "empty batches": (
            lambda: compress_batches([(x[:0], y[:0])]),
            ValueError,
            "there are no rows",
        ),
        "nan in a batch": (
            lambda: compress_batches([(x, y), (x, 0 * y / 1 + [0, np.nan, 0, 0, 0])]),
            ValueError,
            r"batch 1: y must be finite, got nan at y\[1\]",
        ),
        "another kind in a batch": (
            lambda: compress_batches([(x, y), (x, ["a"] * 5)]),
            TypeError,
            "batch 1: y must hold real numbers",
        ),
        "other columns in a batch": (
            lambda: compress_batches([(x, y), line(4, 2)]),
            ValueError,
            r"batch 1: x must have shape .* like the first batch, got shape \(4, 2\)",
        ),
        "other columns": (
            lambda: merge(compress(x, y), compress(*line(4, 2))),
            ValueError,
            r"like the other part, got shape \(3, 2\)",
        ),
        "n too small": (
            lambda: merge(compress(x, y), compress(x, y)._replace(n=1)),
            ValueError,
            "n must be at least 2",
        ),
        "nan merged": (
            lambda: merge(compress(x, y), Compressed(x * np.nan, y, 9)),
            ValueError,
            "x must be finite",
        ),
    }


@pytest.mark.parametrize("name", refusals())
def test_refusals(name: str) -> None:
    call, error, message = refusals()[name]
    with pytest.raises(error, match=message):
        call()


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
