"""Compressed data: the loss and the gradient of all of them, for every w."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import _blocks, compress, datasets, forward, grad, theory
from refgd._types import Array
from refgd.compression import Compressed, compress_batches, merge
from refgd.testing import bounds, exact
from refgd.testing import strategies as drawn
from scale.same_loss import assert_same_loss, line, loss

#: NIST certifies 15 digits; the condition number of Norris is 1e3, so that a backward
#: error of some ulp leaves 12.
NORRIS_DIGITS = 1e-12

#: Drawn entries are 2^±10 times the scale: squares of 1e±300 leave float64's range.
SCALES = (1e-290, 1e-160, 1e-5, 1.0, 1e5, 1e160, 1e290)


def shapes(few: Compressed) -> tuple[tuple[int, ...], tuple[int, ...], Any]:
    return few.x.shape, few.y.shape, few.x.dtype


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("d", [None, 1, 2, 5])
@given(data=st.data())
def test_the_loss_is_kept(kind: type, d: int | None, data: st.DataObject) -> None:
    """For every w, however far from the data; n from 1, so d > n among them."""
    x, y, w = data.draw(drawn.problems(kind=kind, d=d, seeded=True))
    few = compress(x, y)
    k = min(len(y), (d or 1) + 1)
    assert shapes(few) == ((k, *x.shape[1:]), (k,), np.dtype(kind))
    assert_same_loss(few, x, y, w)


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


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("noise", [0, 1e-12, 1e-3, 1 / 17, 1 / 15, 1, 1e9])
def test_the_least_loss_is_kept_whatever_its_share(noise: float, kind: type) -> None:
    """A sixteenth is where the residual is no longer formed; two runs have each."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=_blocks.RUN + 808)
    y: Array = (3 * x + 3 * noise * rng.normal(size=len(x))).astype(kind)
    x = x.astype(kind)
    y[-808:] = 3 * x[-808:]
    w = exact.optimum(exact.fractions(x), exact.fractions(y))
    assert_same_loss(compress(x, y), x, y, w)


@pytest.mark.parametrize("d", [None, 3])
@given(data=st.data())
def test_the_gradient_is_kept(d: int | None, data: st.DataObject) -> None:
    r"""With x + Δx and y + Δy, |Δ| ≤ γ|x_j|, in place of x and y: a product's error."""
    x, y, w = data.draw(drawn.problems(d=d, seeded=True))
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
    x, y = data.draw(drawn.datasets(d=3, max_n=4, seeded=True))
    few = compress(x, y)
    assert np.array_equal(few.x, x)
    assert np.array_equal(few.y, y)


@pytest.mark.parametrize("copies", [1, 2000])
def test_norris_to_twelve_digits(copies: int) -> None:
    """In closed form: plain iteration would need some 10⁷ steps for them."""
    norris = datasets.norris()
    few = compress(np.tile(norris.samples, (copies, 1)), np.tile(norris.y, copies))
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


@pytest.mark.parametrize("kind", [int, np.int8, np.uint64, bool, np.float16])
def test_whole_numbers_are_welcome(kind: type) -> None:
    """As everywhere they become float64: a list of them is data like any other."""
    x: Array = np.array([1, 0, 1, 1, 0, 1]).astype(kind)
    y = [3, 1, 2, 5, 0, 1]
    few = compress(x, y)
    assert shapes(few) == ((2,), (2,), np.dtype(np.float64))
    for same in (compress(x.tolist(), y), compress(x.astype(float), y)):
        assert np.array_equal(same.x, few.x)
        assert np.array_equal(same.y, few.y)


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
        "complex": (
            lambda: compress(x + 0j, y),
            TypeError,
            "x must hold real numbers, got dtype complex128",
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
