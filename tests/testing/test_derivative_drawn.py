"""check_derivative on drawn functions, whose derivatives are known: no wrong word.

Polynomials on Fractions must be decided, and exactly. In floats a sum of smooth parts
and of kinks at known places may be inconclusive, but not "right" of what is wrong, nor
"wrong" of what is right; and most of them must be decided.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from refgd.testing import check_derivative
from refgd.testing.derivative._point import AT_W

Function = Callable[[Any], Any]

RATIONALS = st.fractions(-4, 4, max_denominator=6)


def _judge(f: Function, df: Function, w: Any) -> str:
    try:
        return check_derivative(f, df, w).answer
    except AssertionError:
        return "wrong"


# --- polynomials on Fractions --------------------------------------------------------


def _polynomial(coefficients: list[Fraction]) -> tuple[Function, Function]:
    def f(w: Any) -> Any:
        value: Any = Fraction(0)
        for each in reversed(coefficients):
            value = value * w + each
        return value

    def df(w: Any) -> Any:
        powers = enumerate(coefficients[1:], start=1)
        return sum((k * each * w ** (k - 1) for k, each in powers), Fraction(0))

    return f, df


@given(st.lists(RATIONALS, max_size=20), RATIONALS, RATIONALS.filter(bool))
def test_a_polynomial_is_decided_exactly(
    coefficients: list[Fraction], w: Fraction, off: Fraction
) -> None:
    f, df = _polynomial(coefficients)
    assert _judge(f, df, w) == "right"
    assert _judge(f, lambda v: df(v) + off / 10**9, w) == "wrong"


@given(
    st.lists(RATIONALS, min_size=1, max_size=6, unique=True),
    RATIONALS,
    RATIONALS.filter(bool),
    st.integers(1, 3),
)
def test_a_polynomial_that_vanishes_at_the_steps_is_decided(
    places: list[Fraction], w: Fraction, off: Fraction, scale: int
) -> None:
    """What vanishes at w ± each place adds to the slope, and to no difference."""

    def bump(h: Any) -> Any:
        product: Any = h
        for each in (Fraction(1, 2**i) / scale for i in range(len(places))):
            product = product * (h**2 - each**2)
        return product

    slope = math.prod(-((Fraction(1, 2**i) / scale) ** 2) for i in range(len(places)))

    def f(v: Any) -> Any:
        return 3 * v + off * bump(v - w)

    assert _judge(f, lambda _: 3 + off * slope, w) == "right"
    assert _judge(f, lambda _: Fraction(3), w) == "wrong"


@given(RATIONALS, RATIONALS.filter(bool), st.integers(0, 30), RATIONALS)
def test_what_branches_is_never_exact(
    w: Fraction, jump: Fraction, far: int, slope: Fraction
) -> None:
    """A line whose slope changes at a place above w, however near."""
    kink = w + Fraction(1, 2**far)

    def f(v: Any) -> Any:
        return slope * v + (jump * (v - kink) if v > kink else 0)

    assert _judge(f, lambda _: slope, w) != "wrong"
    if abs(jump) > abs(slope) / 100:
        assert _judge(f, lambda _: slope + jump / 2, w) != "right"
        assert _judge(f, lambda _: slope + jump, w) != "right"


# --- compositions in floats ----------------------------------------------------------

#: Smooth parts: each with its derivative.
SMOOTH: tuple[tuple[Function, Function], ...] = (
    (np.sin, np.cos),
    (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
    (np.arctan, lambda v: 1 / (1 + v * v)),
    (lambda v: v * v, lambda v: 2 * v),
    (lambda v: np.logaddexp(0, v), lambda v: 1 / (1 + np.exp(-v))),
    (lambda v: np.exp(-v * v), lambda v: -2 * v * np.exp(-v * v)),
    (lambda v: v, lambda v: 1.0 + 0 * v),
)

#: Kinks at 0: with the slopes on both sides.
KINKS: tuple[tuple[Function, Function], ...] = (
    (abs, np.sign),
    (lambda v: max(v, 0.0), lambda v: float(v > 0)),
    (lambda v: min(v, 0.0), lambda v: float(v < 0)),
    (lambda v: max(v, 0.0) ** 2, lambda v: 2 * max(v, 0.0)),
    (lambda v: max(abs(v) - 1, 0.0), lambda v: np.sign(v) * (abs(v) > 1)),
    (lambda v: min(abs(v), 1.0), lambda v: np.sign(v) * (abs(v) < 1)),
    (lambda v: min(max(v, -1.0), 1.0), lambda v: float(abs(v) < 1)),
)


@dataclass(frozen=True)
class Drawn:
    """A sum of parts a·g(b·(w − c)); its derivative, and the places of its kinks."""

    parts: tuple[tuple[int, bool, float, float, float], ...]

    def f(self, w: Any) -> Any:
        """Return the sum."""
        return sum(
            a * self._of(i, kink)[0](b * (w - c)) for i, kink, a, b, c in self.parts
        )

    def df(self, w: Any) -> Any:
        """Return its derivative, where it has one."""
        return sum(
            a * b * self._of(i, kink)[1](b * (w - c)) for i, kink, a, b, c in self.parts
        )

    def distance(self, w: float) -> float:
        """Return how far the next kink is."""
        edges = (
            c + end / b for _, kink, _, b, c in self.parts if kink for end in (-1, 0, 1)
        )
        return min((abs(w - edge) for edge in edges), default=math.inf)

    @staticmethod
    def _of(i: int, kink: bool) -> tuple[Function, Function]:
        return (KINKS if kink else SMOOTH)[i]


FACTORS = st.builds(
    lambda sign, size: sign * size, st.sampled_from([-1, 1]), st.floats(0.1, 10)
)
PARTS = st.tuples(
    st.integers(0, len(SMOOTH) - 1), st.booleans(), FACTORS, FACTORS, st.floats(-3, 3)
)
DRAWN = st.builds(Drawn, st.lists(PARTS, min_size=1, max_size=4).map(tuple))
NEAR = st.one_of(
    st.floats(-3, 3),
    st.builds(lambda k, s: s * 10.0**-k, st.integers(0, 15), st.sampled_from([-1, 1])),
)


@given(DRAWN, NEAR)
def test_a_right_derivative_of_a_drawn_function_is_never_wrong(
    drawn: Drawn, w: float
) -> None:
    """Wherever the kinks are, a hair's breadth from w too."""
    _, kink, *_, place = drawn.parts[0]
    w += place if kink else 0
    assume(drawn.distance(w) > 0)
    assert _judge(drawn.f, drawn.df, w) != "wrong"


def _is_off_the_kinks(drawn: Drawn, w: float) -> bool:
    """Whether no kink is so near to w that it counts as one at w."""
    return drawn.distance(w) > AT_W * (abs(w) or 1)


@example(Drawn(((0, False, -1.0, -1.0, 0.0),)), 2.225073858507e-311, -1.0)
@given(DRAWN, NEAR, st.sampled_from([-1.0, 0.0, 0.5, 0.99, 1.01, 2.0, 30.0]))
def test_a_wrong_derivative_of_a_drawn_function_is_never_right(
    drawn: Drawn, w: float, factor: float
) -> None:
    _, kink, *_, place = drawn.parts[0]
    w += place if kink else 0
    size = sum(abs(a * b) for _, _, a, b, _ in drawn.parts)
    assume(_is_off_the_kinks(drawn, w) and abs(drawn.df(w)) > size / 1000)
    assert _judge(drawn.f, lambda v: factor * drawn.df(v), w) != "right"


@given(DRAWN, NEAR, st.floats(0.01, 100))
def test_a_constant_too_much_is_never_right(
    drawn: Drawn, w: float, factor: float
) -> None:
    size = sum(abs(a * b) for _, _, a, b, _ in drawn.parts)
    assume(_is_off_the_kinks(drawn, w))
    assert _judge(drawn.f, lambda v: drawn.df(v) + factor * size, w) != "right"


@pytest.mark.parametrize("factor", [1.0, 0.0, 1.01])
def test_most_drawn_functions_are_decided(factor: float) -> None:
    """At least 9 of 10, where no kink is nearer than a thousandth."""
    generator = np.random.default_rng(5)
    answers: list[str] = []
    while len(answers) < 100:
        drawn = Drawn(tuple(_draw_part(generator) for _ in range(3)))
        w = generator.uniform(-3, 3)
        if drawn.distance(w) > 1e-3 and abs(drawn.df(w)) > 1e-2:
            answers.append(_judge(drawn.f, _times(factor, drawn.df), w))
    right, wrong = ("right", "wrong") if factor == 1 else ("wrong", "right")
    assert answers.count(wrong) == 0
    assert answers.count(right) >= 90


def _times(factor: float, df: Function) -> Function:
    return lambda v: factor * df(v)


def _draw_part(generator: np.random.Generator) -> Any:
    i, kink = int(generator.integers(len(SMOOTH))), bool(generator.integers(2))
    a, b = generator.choice([-1, 1], 2) * generator.uniform(0.1, 5, 2)
    return i, kink, float(a), float(b), float(generator.uniform(-3, 3))
