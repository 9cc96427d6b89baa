"""The formulas of docs/learn/not-a-bowl.md: both sides, in rationals."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refgd import step, theory
from refgd.testing import check_derivative
from refgd.testing.strategies import numbers

pytest.importorskip("matplotlib", reason="needs refgd[docs]")

from docs._ext.pictures.not_a_bowl import hollows, kink, saddle

weights = numbers(kind=Fraction)
rates = st.fractions(Fraction(1, 100), 1, max_denominator=100)


def loss(w: Any) -> Any:
    return hollows(w)[0]


def curvature(w: Any) -> Any:
    return 3 * w**2 - 2 * w - 2


@given(w=weights)
def test_the_slope_of_the_hollows(w: Any) -> None:
    """The slope w (w + 1) (w − 2) is the derivative of the loss, exactly."""
    report = check_derivative(loss, lambda w: hollows(w)[1], w)
    assert (report.answer, report.bound[0]) == ("right", 0)
    bends = check_derivative(lambda w: hollows(w)[1], curvature, w)
    assert (bends.answer, bends.bound[0]) == ("right", 0)


@given(w=weights, lr=rates)
def test_a_short_step_goes_down(w: Any, lr: Any) -> None:
    """The loss falls by η·g²·(1 − ½ηΛ) at least, Λ the largest curvature on the way."""
    g = hollows(w)[1]
    after = step(w, g, lr)
    # the curvature is a parabola that opens upwards: largest at one of the ends
    most = max(curvature(w), curvature(after))
    assert loss(after) <= loss(w) - lr * g**2 * (1 - lr * most / 2)


@given(e=weights, lr=rates)
def test_near_the_bottom_a_step_has_one_factor(e: Any, lr: Any) -> None:
    """The distance e from the deep hollow becomes (1 − 6η)·e − η·(5e² + e³)."""
    after = step(2 + e, hollows(2 + e)[1], lr) - 2
    assert after == (1 - 6 * lr) * e - lr * (5 * e**2 + e**3)


@given(w=weights, h=rates)
def test_the_difference_is_off_by_the_square_of_h(w: Any, h: Any) -> None:
    """The central difference of the hollows is off by h²·(w − 1/3)."""
    off = theory.central_difference(loss, w, h) - hollows(w)[1]
    assert off == h**2 * (w - Fraction(1, 3))


@given(u=weights, v=weights, lr=rates)
def test_sum_and_difference_have_their_own_factors(u: Any, v: Any, lr: Any) -> None:
    """A step multiplies u + v by 1 + 2η(1 − uv), and u − v by 1 − 2η(1 − uv)."""
    w = np.array([u, v])
    a, b = step(w, saddle(w)[1], lr)
    assert a + b == (1 + 2 * lr * (1 - u * v)) * (u + v)
    assert a - b == (1 - 2 * lr * (1 - u * v)) * (u - v)


@given(w=weights, lr=rates)
def test_a_step_at_a_kink_has_one_length(w: Any, lr: Any) -> None:
    """The distance from the kink changes by η, and by no less near it."""
    assume(w != 2)  # at the kink itself the slope is said to be 0
    slope = Fraction(int(kink(float(w))[1]))
    assert abs(step(w, slope, lr) - 2) == abs(abs(w - 2) - lr)
