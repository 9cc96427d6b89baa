"""Rational examples from Hypothesis: the same ones in every run."""

import functools
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from refgd.testing import strategies

MAX_D = 4

Problem = tuple[Any, Any, Any]


@functools.cache
def draw(count: int) -> tuple[Problem, ...]:
    """Draw x (n, d), y, and d + 1 weights: every kind of model takes its part."""
    drawn: list[Problem] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_problems())
    def keep(problem: Problem) -> None:
        drawn.append(problem)

    keep()
    return tuple(drawn)


def part(model: Any, x: Any, y: Any, w: Any) -> Problem:
    """Return what a kind of model takes of a problem."""
    d = 1 if model.d is None else x.shape[1]
    weights = w[: d + model.intercept]
    one = model.d is None
    return x[:, 0] if one else x, y, weights[0] if model.weights is None else weights


@st.composite
def _problems(draw: st.DrawFn) -> Problem:
    d = draw(st.integers(1, MAX_D))
    x, y = draw(strategies.datasets(kind=Fraction, d=d, max_n=8))
    return x, y, draw(strategies.weights(kind=Fraction, d=d + 1))
