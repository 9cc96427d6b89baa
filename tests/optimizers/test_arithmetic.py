"""The pieces that the optimizers share, against exact arithmetic."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd.optimizers import _arithmetic
from refgd.testing.strategies import numbers

KINDS = [np.float32, np.float64, np.longdouble]

any_kind = pytest.mark.parametrize("kind", KINDS)
shares = st.floats(2.0**-10, 1 - 2.0**-20)


def _apart(got: Any, exact: Fraction) -> float:
    """The relative error in units of the rounding of got's kind."""
    error = Fraction(*got.as_integer_ratio()) / exact - 1
    return abs(float(error)) / float(np.finfo(got.dtype).eps)


@any_kind
@given(beta=shares)
def test_complement_is_rounded_at_most_twice(kind: Any, beta: float) -> None:
    """In float32 the naive 1 − float32(0.999) is 108 units off."""
    assert _apart(_arithmetic.complement(beta, kind(0)), 1 - Fraction(beta)) <= 1


@any_kind
@given(beta=shares, t=st.integers(1, 60))
def test_correction_keeps_its_digits(kind: Any, beta: float, t: int) -> None:
    """Log and expm1 err by a unit or so; between them t log β is rounded.

    The condition number of x -> 1 − eˣ is below 1 for x < 0, so these add up: 4 units.
    """
    exact = 1 - Fraction(beta) ** t
    assert _apart(_arithmetic.correction(beta, t, kind(0)), exact) <= 4


@given(beta=st.fractions(0, Fraction(63, 64)), t=st.integers(1, 9))
def test_correction_is_exact_on_fractions(beta: Fraction, t: int) -> None:
    assert _arithmetic.correction(beta, t, Fraction(0)) == 1 - beta**t


@any_kind
def test_correction_without_memory_is_one(kind: Any) -> None:
    corrected = _arithmetic.correction(0, 3, kind(0))
    assert corrected == 1
    assert corrected.dtype == kind


@given(m=numbers(kind=Fraction), g=numbers(kind=Fraction), beta=st.fractions(0, 1))
def test_ema_is_a_weighted_mean(m: Fraction, g: Fraction, beta: Fraction) -> None:
    mean = _arithmetic.ema(beta, m, g)
    assert mean == m + (1 - beta) * (g - m)
    assert min(m, g) <= mean <= max(m, g)


@given(a=numbers(), b=numbers())
def test_over_divides_and_rests_at_zero(a: Any, b: Any) -> None:
    with np.errstate(divide="ignore"):
        got = _arithmetic.over(a, b)
        assert got == (0 if a == b == 0 else a / b)


@pytest.mark.parametrize(("a", "b"), [(1.0, np.inf), (np.nan, 0.0), (np.nan, 1.0)])
def test_over_hides_nothing(a: float, b: float) -> None:
    """Neither a square that has overflowed nor a NaN becomes a step of zero."""
    with np.errstate(invalid="ignore"):
        assert np.isnan(_arithmetic.over(np.float64(a), np.float64(b)))
