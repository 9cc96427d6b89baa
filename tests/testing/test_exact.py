"""Rational arithmetic: the same numbers, and the optimum of them."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import forward, grad
from refgd.testing import exact
from refgd.testing.strategies import datasets


@pytest.mark.parametrize(
    "value", [0.1, np.float32(0.1), np.longdouble(1) / 3, 3, np.int64(2**62 + 1), True]
)
def test_fractions_have_the_same_value(value: Any) -> None:
    fraction = exact.fractions(value)
    assert type(fraction) is Fraction
    assert type(value)(fraction.numerator) / type(value)(fraction.denominator) == value


@given(x=st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_a_fraction(x: float) -> None:
    assert exact.fractions(x) == Fraction(x)
    assert exact.fractions([x, x]).tolist() == [Fraction(x)] * 2


@pytest.mark.parametrize("value", [np.nan, np.inf, [1, -np.inf]])
def test_what_is_not_finite_is_no_fraction(value: Any) -> None:
    with pytest.raises(ValueError, match="values must be finite"):
        exact.fractions(value)


@given(data=datasets(kind=Fraction))
def test_the_gradient_at_the_optimum_is_zero(data: Any) -> None:
    x, y = data
    best = exact.optimum(x, y)
    assert grad(x, y, forward(best, x)) == 0


@given(data=datasets(kind=Fraction, d=2, min_n=2))
def test_the_gradient_at_the_optimum_is_zero_in_each_column(data: Any) -> None:
    """Or the columns are dependent, which a determinant of zero says."""
    x, y = data
    a, b, c = (np.dot(x[:, i], x[:, j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    if a * c == b * b:
        with pytest.raises(ValueError, match="x has dependent columns"):
            exact.optimum(x, y)
    else:
        best = exact.optimum(x, y)
        assert not np.any(grad(x, y, forward(best, x)))
