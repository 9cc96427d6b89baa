"""The formulas of docs/learn/adaptive.md: both sides, evaluated on drawn data."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from refgd import optimizers
from refgd.optimizers._arithmetic import correction, ema
from refgd.testing.strategies import numbers

shares = st.fractions(0, Fraction(63, 64), max_denominator=64)
UNIT = 2.0**-53  # the unit roundoff of float64


@given(
    g=numbers(kind=Fraction),
    beta=shares,
    t=st.integers(1, 8),
)
def test_an_average_from_zero_is_short_by_its_correction(
    g: Any, beta: Any, t: int
) -> None:
    """For a gradient that stays, m_t = (1 − βᵗ) g, and m̂_t = g."""
    m = Fraction(0)
    for _ in range(t):
        m = ema(beta, m, g)
    assert m == (1 - beta**t) * g
    assert m / correction(beta, t, m) == g


@given(
    g=st.floats(0.01, 100),
    beta1=st.floats(0.1, 0.999),
    beta2=st.floats(0.1, 0.9999),
    t=st.integers(1, 40),
)
def test_without_correction_adam_starts_too_long(
    g: float, beta1: float, beta2: float, t: int
) -> None:
    """m_t/√v_t = (1 − β₁ᵗ)/√(1 − β₂ᵗ) for a gradient that stays; corrected, it is 1."""
    # AMSGrad, which corrects nothing, is raw Adam while v only grows
    raw, adam = (
        optimizers.amsgrad(1.0, beta1=beta1, beta2=beta2),
        optimizers.adam(1.0, beta1=beta1, beta2=beta2, eps=0),
    )
    states = [raw.init(0.0), adam.init(0.0)]
    for _ in range(t):
        down = [
            rule.update(0.0, g, state)
            for rule, state in zip((raw, adam), states, strict=True)
        ]
        states = [state for _, state in down]
    above = float(1 - Fraction(beta1) ** t)
    below = float(1 - Fraction(beta2) ** t) ** 0.5
    # each step of an average rounds three times, that of v once more, halved by the
    # root; a dozen roundings are for the corrections and the quotients
    rounding = (6 * t + 12) * UNIT
    assert abs(-down[0][0] - above / below) <= rounding * above / below
    assert abs(-down[1][0] - 1) <= 2 * rounding
