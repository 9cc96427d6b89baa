"""Standardized columns, the way back for weights, and what they do for Norris."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import datasets, theory
from refgd._types import Array
from refgd.testing.bounds import gamma
from refgd.testing.exact import fractions
from refgd.testing.strategies import arrays

SHAPES = [(1,), (5,), (6, 2)]
# Each step halves the error, so 50 steps leave 2⁻⁵⁰ of it; the intercept, −0.26, is the
# difference of two numbers of size 430 that carry the roundings of 36 samples.
NORRIS_STEPS, NORRIS_DIGITS = 50, 1e-11


def with_intercept(x: Array, w: Any) -> Any:
    """What w predicts from x and an intercept, in the arithmetic of x."""
    return np.dot(refgd.add_intercept(x), w)


def data(shape: tuple[int, ...], kind: type) -> st.SearchStrategy[tuple[Any, Any]]:
    """Columns that may be zero or constant, and weights with an intercept."""
    x = arrays(shape, kind=kind).filter(np.any)
    d = shape[1] if len(shape) > 1 else 1
    return st.tuples(x, arrays((d + 1,), kind=kind))


@pytest.mark.parametrize("shape", SHAPES)
@given(drawn=st.data())
def test_weights_predict_the_same(shape: tuple[int, ...], drawn: st.DataObject) -> None:
    """On Fractions, exactly."""
    x, w = drawn.draw(data(shape, Fraction))
    s = refgd.standardize(x)
    assert np.array_equal(with_intercept(s.x, w), with_intercept(x, s.weights(w)))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
@given(drawn=st.data())
def test_weights_in_floats_predict_the_same(
    shape: tuple[int, ...], kind: type, drawn: st.DataObject
) -> None:
    """The exact predictions of the rounded columns and weights, within (d + 4) u."""
    x, w = drawn.draw(data(shape, kind))
    s = refgd.standardize(x)
    back = fractions(s.weights(w))
    columns, mean = (fractions(a).reshape(len(x), -1) for a in (x, s.x * 0 + s.mean))
    there = with_intercept(fractions(s.x).reshape(len(x), -1), fractions(w))
    error = np.abs(with_intercept(columns, back) - there)
    size = np.abs(fractions(w)[-1]) + np.dot(
        np.abs(columns) + np.abs(mean), np.abs(back[:-1])
    )
    assert np.all(error <= gamma(len(back) + 3, kind) * size)


@pytest.mark.parametrize("kind", [Fraction, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", SHAPES)
@given(drawn=st.data())
def test_columns_have_mean_zero_and_mean_square_one(
    shape: tuple[int, ...], kind: type, drawn: st.DataObject
) -> None:
    x, _ = drawn.draw(data(shape, kind))
    s = refgd.standardize(x)
    z, n = fractions(s.x), shape[0]
    moves = fractions(np.ptp(x, axis=0)) != 0
    # a root within 2⁻⁶⁴, or the roundings of n squares; the mean's own, beside scale
    u = Fraction(1, 2**63) if kind is Fraction else gamma(2 * n + 6, kind)
    offset = 0 if kind is Fraction else u * fractions(np.abs(s.mean / s.scale) + 1)
    assert np.all(np.abs(z.sum(axis=0) / n) <= offset)
    assert np.all(np.abs((z * z).sum(axis=0) / n - moves) <= u + 4 * offset)
    assert s.x.shape == shape
    assert s.x.dtype == s.weights(np.zeros(z[:1].size + 1)).dtype == x.dtype


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("power", [-40, -1, 3, 40])
@given(x=arrays((5, 2)).filter(np.any))
def test_a_power_of_two_changes_no_bit(x: Array, kind: type, power: int) -> None:
    one = refgd.standardize(x.astype(kind))
    other = refgd.standardize(np.ldexp(x.astype(kind), power))
    moves = np.ptp(x.astype(kind), axis=0) > 0
    assert np.array_equal(other.x, one.x)
    assert np.array_equal(other.mean, np.ldexp(one.mean, power))
    assert np.array_equal(other.scale, np.ldexp(one.scale, power * moves))


@pytest.mark.parametrize("scale", [1e-150, 1e-15, 1.0, 1e15, 1e150])
def test_sizes_side_by_side_are_standardized(scale: float) -> None:
    """A column whose squares vanish stands beside one of size 1."""
    x = np.array([[1.0, scale], [3.0, 2 * scale], [5.0, 3 * scale]])
    s = refgd.standardize(x)
    root = math.sqrt(1.5)
    expected = [[-root, -root], [0, 0], [root, root]]
    assert s.x == pytest.approx(np.array(expected), rel=1e-15, abs=1e-15)


def test_a_subnormal_column_is_standardized() -> None:
    s = refgd.standardize([[1.0, 0.0], [3.0, 2e-320]])
    assert s.x == pytest.approx(np.array([[-1.0, -1], [1, 1]]), abs=1e-3)


@pytest.mark.parametrize("value", [0.1, 1e8, -3.7, 0.0, Fraction(1, 3)])
def test_a_constant_column_becomes_zero(value: Any) -> None:
    x = np.array([[value, 1], [value, 2], [value, 4]])
    s = refgd.standardize(x)
    assert np.all(s.x[:, 0] == 0)
    assert s.scale[0] == 1
    assert s.mean[0] == value


def test_the_scale_of_fractions_is_exact_where_it_is_rational() -> None:
    s = refgd.standardize(np.array([Fraction(1, 3), Fraction(7, 3)]))
    assert s.mean == Fraction(4, 3)
    assert s.scale == 1
    assert list(s.x) == [-1, 1]


def test_a_mean_far_from_the_data_is_right_to_an_ulp() -> None:
    """A plain float32 mean of these is off by more than the deviations."""
    x = (2.0**24 - np.arange(1000) % 3).astype(np.float32)
    s = refgd.standardize(x)
    mean = np.mean(x.astype(np.float64))
    assert abs(float(s.mean) - mean) <= 1


def test_weights_by_hand() -> None:
    """3 z_1 − 2 z_2 + 5 with z_1 = (x_1 − 2)/1 and z_2 = (x_2 − 10)/4."""
    s = refgd.standardize([[1.0, 6.0], [3.0, 14.0]])
    assert np.array_equal(s.weights([3, -2, 5]), [3, -0.5, 5 - 6 + 5])


def test_standardize_leaves_its_data_alone() -> None:
    x = np.array([[1.0, 2], [3, 4]])
    x.flags.writeable = False
    refgd.standardize(x)
    assert np.array_equal(x, [[1, 2], [3, 4]])


def test_norris_takes_fifty_steps_and_not_ten_million() -> None:
    """Standardized, plain descent reaches the certified digits; without, not soon."""
    norris = datasets.norris()
    s = refgd.standardize(norris.x)
    run = refgd.fit(refgd.add_intercept(s.x), norris.y, n_iters=NORRIS_STEPS)
    assert s.weights(run.w) == pytest.approx(
        np.array(norris.w), rel=NORRIS_DIGITS, abs=0
    )

    lr = theory.default_lr(norris.samples)
    plain = theory.steps_to(norris.samples, lr, tol=1e-3)
    assert plain > 10_000_000
    best = theory.best_lr(refgd.add_intercept(s.x))
    # H is twice the identity, to rounding: one step
    assert theory.rate(refgd.add_intercept(s.x), best) < 1e-14


@pytest.mark.parametrize(
    ("w", "error", "message"),
    [
        ([1.0, 2], ValueError, r"w must have shape \(3,\) .* got \(2,\)"),
        ([1.0, 2, np.nan], ValueError, "w must be finite"),
        (["a", "b", "c"], TypeError, "w must hold real numbers"),
    ],
)
def test_weights_refuses(w: Any, error: type[Exception], message: str) -> None:
    s = refgd.standardize([[1.0, 6.0], [3.0, 14.0]])
    with pytest.raises(error, match=message):
        s.weights(w)


@pytest.mark.parametrize("x", [[], [1.0, np.inf], [[[1.0]]]])
def test_standardize_refuses(x: Any) -> None:
    with pytest.raises(ValueError, match="x must"):
        refgd.standardize(x)
