"""The identities on the pages about momentum, batches and adaptive rules."""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refgd import optimizers, step, theory
from refgd.batches import MiniBatches, default_lr
from refgd.optimizers._arithmetic import correction, ema
from refgd.testing import exact
from refgd.testing.strategies import datasets, numbers, weights

shares = st.fractions(0, Fraction(63, 64), max_denominator=64)
rates = st.fractions(0, 2, max_denominator=64)
UNIT = 2.0**-53  # the unit roundoff of float64

# --- momentum -----------------------------------------------------------------------


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


# --- mini-batches ---------------------------------------------------------------------


@given(data=st.data(), size=st.integers(1, 7), lr=rates)
def test_at_the_optimum_only_the_average_step_rests(
    data: st.DataObject, size: int, lr: Any
) -> None:
    """Σ |B|/n (w* − η g_B) = w*, and each batch alone goes η |g_B| away from it."""
    x, y = data.draw(datasets(kind=Fraction, max_n=7))
    best = exact.optimum(x, y)
    batches = MiniBatches(x, y, size)
    parts = [batches.at(t) for t in range(batches.steps)]
    steps = [(len(part.y), step(best, part(best)[1], lr)) for part in parts]
    assert sum(n * w for n, w in steps) / len(y) == best
    for part, (_, w) in zip(parts, steps, strict=True):
        residual = part.x * best - part.y
        assert best - w == lr * 2 * np.dot(part.x, residual) / len(part.y)


@given(data=st.data(), size=st.integers(1, 7))
def test_no_batch_is_steeper_than_the_longest_rows(
    data: st.DataObject, size: int
) -> None:
    """v·H_B v ≤ (2/|B|) Σ_B |x_i|² |v|² ≤ (2/|M|) Σ_M |x_i|² |v|², for any v."""
    x, y = data.draw(datasets(kind=Fraction, d=2, max_n=7))
    v = data.draw(weights(kind=Fraction, d=2))
    batches = MiniBatches(x, y, size)
    parts = [batches.at(t).x for t in range(batches.steps)]
    few = min(len(part) for part in parts)
    longest = sorted((np.dot(row, row) for row in x), reverse=True)[:few]
    bound = 2 * sum(longest) / few
    for part in parts:
        along = part @ v
        trace = 2 * np.sum(part * part) / len(part)
        assert 2 * np.dot(along, along) / len(part) <= trace * np.dot(v, v)
        assert trace <= bound
    assert default_lr(x, size) * 4 * bound == 2


# --- adaptive rules -------------------------------------------------------------------


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
