"""The formulas of docs/learn/momentum.md: both sides, evaluated on drawn data."""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docs import plain_rules
from refgd import optimizers, theory
from refgd.testing.strategies import numbers

shares = st.fractions(0, Fraction(63, 64), max_denominator=64)
rates = st.fractions(0, 2, max_denominator=64)
UNIT = 2.0**-53  # the unit roundoff of float64


@given(
    eigenvalue=numbers(kind=Fraction),
    start=numbers(kind=Fraction),
    lr=rates,
    beta=shares,
)
def test_momentum_is_a_two_by_two_matrix(
    eigenvalue: Any, start: Any, lr: Any, beta: Any
) -> None:
    """(e_{t+1}, e_t) = A (e_t, e_{t−1}), in each step of the heavy ball."""
    optimizer = optimizers.momentum(lr, beta=beta)
    e, state = [start, start], optimizer.init(start)
    for _ in range(4):
        w, state = optimizer.update(e[-1], eigenvalue * e[-1], state)
        e.append(w)
    matrix = np.array([[1 + beta - lr * eigenvalue, -beta], [1, 0]])
    for before, now, after in zip(e, e[1:], e[2:], strict=False):
        assert list(matrix @ [now, before]) == [after, now]


@given(root=shares.filter(bool), share=st.fractions(0, 1, max_denominator=64))
def test_inside_the_band_the_rate_is_the_root_of_beta(root: Any, share: Any) -> None:
    """From (1 − √β)² to (1 + √β)² the roots are √β·e^(±iθ): |r|² = β, exactly."""
    beta, low, high = root**2, (1 - root) ** 2, (1 + root) ** 2
    h = low + share * (high - low)
    p = 1 + beta - h
    assert p**2 <= 4 * beta  # a complex pair, or a double root, with the product β
    for beyond in (low * Fraction(99, 100), high * Fraction(101, 100)):
        assert (1 + beta - beyond) ** 2 > 4 * beta
    # 1/64 of the band away from a double root, which moves with √ of a rounding
    x, inner = np.array([np.sqrt(0.5)]), low + (high - low) * (1 + 62 * share) / 64
    got = theory.momentum_rate(x, float(inner), float(beta))
    assert abs(got - float(root)) <= 8 * UNIT


@given(
    sigma=st.lists(st.integers(1, 60), min_size=2, max_size=2, unique=True).map(sorted)
)
def test_the_best_pair_fills_the_band(sigma: list[int]) -> None:
    """ηλmin = (1 − √β)² and ηλmax = (1 + √β)², with √β = (√κ − 1)/(√κ + 1)."""
    low, high = map(Fraction, sigma)  # √λmin and √λmax
    kappa_root = high / low
    beta_root = (kappa_root - 1) / (kappa_root + 1)
    lr = (2 / (high + low)) ** 2
    assert lr * low**2 == (1 - beta_root) ** 2
    assert lr * high**2 == (1 + beta_root) ** 2
    # x with these eigenvalues of (2/n) xᵀx, n = 2
    got = theory.best_momentum(np.diag(sigma).astype(float))
    for value, formula in zip(got, (lr, beta_root**2, beta_root), strict=True):
        assert abs(value - float(formula)) <= 10 * UNIT


@given(g=numbers(kind=Fraction), lr=rates, beta=shares, t=st.integers(1, 6))
def test_what_a_velocity_sums(g: Any, lr: Any, beta: Any, t: int) -> None:
    """A slope that stays sums to (1 − βᵗ)/(1 − β), one that alternates less."""
    update = plain_rules.momentum(lr, beta)
    for sign in (1, -1):
        kept = sign * beta
        total = (1 - kept**t) / (1 - kept)
        w = v = Fraction(0)
        for step in range(t):
            w, v = update(w, sign**step * g, v)
        assert abs(v) == lr * abs(g) * total
        assert total == sum(kept**k for k in range(t))
