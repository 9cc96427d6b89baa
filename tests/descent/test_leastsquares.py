"""The objective: core's numbers, on data that were checked once."""

import copy
import pickle
import tracemalloc
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import refgd
from refgd import LeastSquares, _blocks, forward, grad, leastsquares, mse, theory
from refgd.testing import bounds, exact
from refgd.testing.strategies import large_datasets, problems, weights

#: Of two threads: blocks of 256 kB, some four of them each, whatever n is.
WORKING_SPACE = 4_000_000


def _f32(values: Any) -> Any:
    return np.array(values, dtype=np.float32)


@pytest.mark.parametrize("kind", [Fraction, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("d", [None, 2])
@given(data=st.data())
def test_the_objective_is_core(kind: type, d: int | None, data: st.DataObject) -> None:
    x, y, w = data.draw(problems(kind=kind, d=d, seeded=kind is not Fraction))
    loss, dw = LeastSquares(x, y)(w)
    y_pred = forward(w, x)
    assert loss == mse(y, y_pred)
    np.testing.assert_array_equal(dw, grad(x, y, y_pred))
    assert type(loss) is type(mse(y, y_pred))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("d", [None, 3])
@pytest.mark.parametrize("n", [leastsquares.LARGE, leastsquares.LARGE + 8193])
def test_the_objective_in_blocks_is_core(kind: type, d: int | None, n: int) -> None:
    """Within the bound of the exact loss, for which whole numbers are enough."""
    rng = np.random.default_rng(n)
    x: Any = rng.integers(-9, 10, n if d is None else (n, d)).astype(kind)
    y: Any = rng.integers(-9, 10, n).astype(kind)
    w = np.ones(x.shape[1:], dtype=kind)[()] * kind(3)
    residual = np.dot(x, w).astype(int) - y.astype(int)
    loss, dw = LeastSquares(x, y)(w)
    # whole numbers below 2²⁴ n are exact, and so are their sums in float64
    assert loss == kind(np.dot(residual, residual) / n)
    np.testing.assert_array_equal(dw, kind(2 * np.dot(x.T.astype(int), residual) / n))
    assert LeastSquares(x, y).loss(w) == loss
    assert type(loss) is kind
    assert np.asarray(dw).dtype == kind


@settings(max_examples=10)  # of 65,541 rows each
@pytest.mark.parametrize("d", [None, 3])
@given(data=st.data())
def test_large_data_stay_within_the_bounds(d: int | None, data: st.DataObject) -> None:
    """Against core: two roundings of one number, each within the bound."""
    n = leastsquares.LARGE + 5
    x, y = data.draw(large_datasets(d=d, sizes=(n,)))
    w = data.draw(weights(d=d))
    loss, dw = LeastSquares(x, y)(w)
    plain = np.dot(x, w) - y
    gamma = float(bounds.gamma(n + 8, np.float64))
    s = np.dot(abs(x), abs(w)) + abs(y)
    assert abs(loss - np.dot(plain, plain) / n) <= 4 * gamma * np.dot(s, s) / n
    error = abs(dw - 2 * np.dot(x.T, plain) / n)
    assert np.all(error <= 4 * gamma * np.dot(abs(x).T, s) / n)


def test_the_same_call_returns_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads change the time and nothing else; a diverging loss is inf in them too."""
    x, y = np.random.default_rng(1).normal(size=(2, 3 * _blocks.TASK))
    objective = LeastSquares(x, y)
    several = [objective(0.1) for _ in range(3)]
    with np.errstate(over="ignore"):
        assert objective(1e200)[0] == np.inf
        assert objective(2e151)[0] == np.inf  # where no task's sum is
    monkeypatch.setattr(_blocks, "CORES", 1)
    assert {objective(0.1), *several} == {several[0]}


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("d", [None, 10])
def test_fit_copies_no_data(kind: type, d: int | None) -> None:
    """Less than a tenth of the data is allocated, for the checks and lr = None too."""
    n = 1_000_000 if d is None else 200_000
    x: Any = np.ones(n if d is None else (n, d), dtype=kind)
    y: Any = np.arange(n, dtype=kind) % 7
    tracemalloc.start()
    try:
        refgd.fit(x, y, n_iters=3)
        refgd.compress(x, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # what each thread works on is a constant: 10 million rows have a tenth of it
    assert peak < (x.nbytes + y.nbytes) / 10 + WORKING_SPACE


@pytest.mark.parametrize(
    "work",
    [
        refgd.compress,
        lambda x, y: refgd.fit(x, y, n_iters=2),
        lambda x, y: theory.trajectory(x, y, None, 0.1, 10**9),
    ],
    ids=["compress", "fit", "trajectory"],
)
def test_ten_million_rows_take_less_than_a_tenth(work: Any) -> None:
    """Of the 160 MB of the data; the checks are counted too."""
    x = np.linspace(-1, 1, 10_000_000)
    y = 2 * x
    tracemalloc.start()
    try:
        work(x, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (x.nbytes + y.nbytes) / 10


def test_w_is_cast_to_the_dtype_of_x() -> None:
    loss, dw = LeastSquares(_f32([1, 2]), [1, 2])(0.1)
    assert loss.dtype == dw.dtype == np.float32
    exact_loss, _ = LeastSquares(exact.fractions([1]), [1])(0.5)
    assert exact_loss == Fraction(1, 4)


def test_w_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="w must be a scalar"):
        LeastSquares([1, 2], [1, 2])(np.zeros(2))
    with pytest.raises(ValueError, match=r"w must have shape \(2,\)"):
        LeastSquares([[1, 2]], [1])(0.0)


def test_the_data_are_neither_copied_nor_writable() -> None:
    x, y = np.ones(3), np.ones(3)
    objective = LeastSquares(x, y)
    assert np.shares_memory(objective.x, x)
    assert x.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        objective.x[0] = 2
    with pytest.raises(FrozenInstanceError):
        objective.x = y  # type: ignore[misc]  # that it is frozen is the test


@pytest.mark.parametrize(
    "duplicate",
    [lambda data: pickle.loads(pickle.dumps(data)), copy.copy, copy.deepcopy],  # noqa: S301 - our own
    ids=["pickle", "copy", "deepcopy"],
)
@pytest.mark.parametrize("kind", [float, Fraction])
def test_a_copy_of_the_data_is_not_writable_either(duplicate: Any, kind: type) -> None:
    objective = LeastSquares([kind(1), kind(2)], [kind(3), kind(5)])
    again = duplicate(duplicate(objective))
    assert again(kind(2)) == objective(kind(2))
    for a in (again.x, again.y):
        with pytest.raises(ValueError, match="read-only"):
            a[0] = kind(2)


def test_weights_are_zeros_or_a_copy() -> None:
    objective = LeastSquares(_f32([[1, 2]]), [1])
    assert objective.weights().tolist() == [0, 0]
    w = _f32([3, 4])
    own = objective.weights(w)
    assert own.tolist() == [3, 4]
    assert not np.shares_memory(w, own)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1e200], [1], "x is too large for the squares of float64: .* 1e.200"),
        ([1], [-1e200], "y is too large for the squares of float64"),
        ([1e-150], [1e-180], "y is too small for the products of float64"),
        ([[9e153] * 10] * 2, [1, 1], "x is too large for the squares of float64"),
        (np.longdouble(1e-300) ** 9 * np.ones(2), [1, 1], "x is too small"),
        ([1e-200, 0], [1, 1], "x is too small for the squares of float64"),
        (_f32([1e30]), [1], "x is too large for the squares of float32"),
        (_f32([1]), [1e30], "y is too large for the squares of float32"),
        ([Fraction(1)], [np.inf], "y must be finite to be used with Fractions"),
        ([Fraction(1)], [np.nan], "y must be finite to be used with Fractions"),
        ([[1], [1, 2]], [1, 2], "x must be a rectangular array of numbers"),
        ([10**400], [1], "x holds an integer too large for float64; pass it as a Frac"),
        ([[[1]]], [1], r"x must be \(n,\) or \(n, d\), got shape \(1, 1, 1\)"),
        ([[1, 2], [np.inf, 3]], [1, 2], r"x must be finite, got inf at x\[1, 0\]"),
        (1, [1], r"y must have shape \(\) to match x \(\), got \(1,\)"),
    ],
)
def test_data_that_cannot_be_served_are_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LeastSquares(x, y)


@pytest.mark.parametrize(
    "x",
    [[1e150, -1e150], [1e-150], [0.0, 0.0], [1e-200, 1.0], [1e150] * 10_000],
    ids=["large", "small", "zero", "mixed", "many"],
)
def test_data_at_the_ends_of_the_range_are_served(x: Any) -> None:
    loss, _ = LeastSquares(x, np.zeros(len(x)))(1.0)
    assert 0 <= loss < np.inf


@pytest.mark.parametrize(
    "x", [[1 + 1j], ["1"], [None], [b"1"], [np.datetime64(0, "s")]]
)
def test_what_is_no_real_number_is_refused(x: Any) -> None:
    with pytest.raises(TypeError, match="x must hold real numbers, got"):
        LeastSquares(x, [1])


def test_fractions_beside_longdouble_and_long_integers_lose_nothing() -> None:
    third = np.longdouble(1) / 3
    objective = LeastSquares([Fraction(1), Fraction(1)], [third, third])
    assert objective.y[0] == Fraction(*third.as_integer_ratio())
    long = LeastSquares([Fraction(1)], np.array([2**62 + 1]))
    assert long.y[0] == 2**62 + 1


@pytest.mark.parametrize("kind", [Fraction, np.float32, np.float64])
def test_add_intercept_appends_ones(kind: type) -> None:
    x = np.array([kind(3), kind(5)])
    both = refgd.add_intercept(x)
    assert both.tolist() == [[3, 1], [5, 1]]
    assert both.dtype == x.dtype
    assert type(both[0, 1]) is type(x[0])
    assert refgd.add_intercept(both).tolist() == [[3, 1, 1], [5, 1, 1]]


def test_add_intercept_gives_the_line_its_height() -> None:
    x = exact.fractions([0, 1, 2])
    assert list(exact.optimum(refgd.add_intercept(x), 3 * x + 7)) == [3, 7]


def test_pandas_data_are_welcome() -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed: refgd[dev]")
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1, 1, 1], "y": [3.0, 5.0, 7.0]})
    assert refgd.LeastSquares(frame[["a", "b"]], frame["y"])([2, 1])[0] == 0
    frame.loc[1, "y"] = None
    with pytest.raises(ValueError, match=r"y must be finite, got nan at y\[1\]"):
        refgd.fit(frame["a"], frame["y"])
