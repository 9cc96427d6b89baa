"""Rational examples from Hypothesis: the same ones in every run."""

from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from refgd.testing import strategies

MAX_D = 4


def draw(model: Any, count: int) -> list[tuple[Any, Any, Any]]:
    """Draw data and weights for a kind of model."""
    drawn: list[tuple[Any, Any, Any]] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_problems(model))
    def keep(problem: tuple[Any, Any, Any]) -> None:
        drawn.append(problem)

    keep()
    return drawn


@st.composite
def _problems(draw: st.DrawFn, model: Any) -> tuple[Any, Any, Any]:
    d = None if model.d is None else draw(st.integers(1, MAX_D))
    x, y = draw(strategies.datasets(kind=Fraction, d=d, max_n=8))
    w = draw(strategies.weights(kind=Fraction, d=model._replace(d=d).weights))
    return x, y, w
