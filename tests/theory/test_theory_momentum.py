"""Heavy ball and Nesterov: the best settings, the rates, and when they hold."""

from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import theory
from refgd._types import Array

UNIT = 2.0**-53  # the unit roundoff of float64
# A few roundings each in λ, its root, and the rule.
TEN_ROUNDINGS = 10 * UNIT
# A root of r² − p r + q moves by the square root of a change of p or q, at the worst.
DOUBLE_ROOT = np.sqrt(32 * UNIT)

sizes = st.lists(st.integers(1, 60), min_size=2, max_size=4, unique=True)
betas = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 0.99]) | st.floats(0, 0.99)


def diagonal(sigma: list[int]) -> Array:
    """A diagonal x of Fractions: its eigenvectors are the axes, and √κ is rational."""
    return np.asarray(np.diag(sigma) * Fraction(1))


def best(sigma: list[int]) -> tuple[Fraction, Fraction, Fraction]:
    """The heavy ball's best (lr, beta, rate), exactly: √λ = σ √(2/n)."""
    low, high = min(sigma), max(sigma)
    rate = Fraction(high - low, high + low)
    return Fraction(4 * len(sigma), 2 * (high + low) ** 2), rate**2, rate


def walk(x: Array, w: Any, optimizer: refgd.optimizers.Optimizer, t: int) -> list[Any]:
    """The weights of steps 0 to t towards w* = 0."""
    zeros = np.zeros(len(x), dtype=int)
    run = refgd.descend(refgd.LeastSquares(x, zeros), w, optimizer)
    return [iterate.w for iterate in islice(run, t + 1)]


@given(sizes, st.data())
def test_best_momentum_is_accelerated(sigma: list[int], data: st.DataObject) -> None:
    """|w_t − w*| ≤ (1 + 2t) ρᵗ |w_0 − w*|, exactly, with ρ = (√κ − 1)/(√κ + 1)."""
    start = data.draw(
        st.lists(st.integers(-9, 9), min_size=len(sigma), max_size=len(sigma))
    )
    lr, beta, rate = best(sigma)
    ball = refgd.optimizers.momentum(lr, beta=beta)
    w0 = np.array(start) * Fraction(1)
    for t, w in enumerate(walk(diagonal(sigma), w0, ball, 12)):
        assert w @ w <= ((1 + 2 * t) * rate**t) ** 2 * (w0 @ w0)


@given(sizes)
def test_best_momentum_is_tight_at_both_ends(sigma: list[int]) -> None:
    """Along μ and L the error is (1 + t(1 ∓ ρ)) (±ρ)ᵗ, exactly: ρ cannot be less."""
    lr, beta, rate = best(sigma)
    ball = refgd.optimizers.momentum(lr, beta=beta)
    slow, fast = int(np.argmin(sigma)), int(np.argmax(sigma))
    w0 = np.ones(len(sigma), dtype=int) * Fraction(1)
    for t, w in enumerate(walk(diagonal(sigma), w0, ball, 12)):
        assert w[slow] == (1 + t * (1 - rate)) * rate**t
        assert w[fast] == (1 + t * (1 + rate)) * (-rate) ** t


@given(sizes)
def test_best_momentum_is_the_formula(sigma: list[int]) -> None:
    got = theory.best_momentum(diagonal(sigma))
    lr, beta, rate = map(float, best(sigma))
    assert got.lr == pytest.approx(lr, rel=TEN_ROUNDINGS, abs=0)
    # the difference of two roots of size √L has their roundings
    assert got.rate == pytest.approx(rate, rel=0, abs=TEN_ROUNDINGS)
    assert got.beta == pytest.approx(beta, rel=0, abs=TEN_ROUNDINGS)


@given(sizes, st.floats(0, 1), betas)
def test_no_momentum_is_better(sigma: list[int], share: float, beta: float) -> None:
    """No heavy ball has a smaller spectral radius than the best one."""
    x = np.diag(sigma).astype(float)
    lr = share * 4 / theory.eigenvalues(x)[-1]
    least = theory.best_momentum(x).rate
    assert theory.momentum_rate(x, lr, beta) >= least - TEN_ROUNDINGS


@given(sizes)
def test_best_momentum_reaches_its_rate(sigma: list[int]) -> None:
    x = np.diag(sigma).astype(float)
    lr, beta, rate = theory.best_momentum(x)
    got = theory.momentum_rate(x, lr, beta)
    assert rate - TEN_ROUNDINGS <= got <= rate + DOUBLE_ROOT


@given(sizes, betas, st.floats(1e-3, 1 - 1e-6))
def test_momentum_stretches_the_bound(
    sigma: list[int], beta: float, inside: float
) -> None:
    """The heavy ball converges if and only if 0 < lr < 2(1 + β)/λmax."""
    x = np.diag(sigma).astype(float)
    bound = (1 + beta) * float(theory.max_lr(x))
    assert theory.momentum_rate(x, inside * bound, beta) < 1
    assert theory.momentum_rate(x, bound / inside, beta) > 1


@given(sizes, betas, st.floats(1e-3, 1 - 1e-6))
def test_nesterov_narrows_the_bound(
    sigma: list[int], beta: float, inside: float
) -> None:
    """Nesterov's converges if and only if 0 < lr < 2(1 + β)/(1 + 2β)/λmax."""
    x = np.diag(sigma).astype(float)
    bound = (1 + beta) / (1 + 2 * beta) * float(theory.max_lr(x))
    assert theory.momentum_rate(x, inside * bound, beta, nesterov=True) < 1
    assert theory.momentum_rate(x, bound / inside, beta, nesterov=True) > 1


@given(sizes, st.floats(0, 2))
def test_momentum_rate_without_momentum_is_rate(sigma: list[int], lr: float) -> None:
    x = np.diag(sigma).astype(float)
    expected = pytest.approx(theory.rate(x, lr), rel=TEN_ROUNDINGS, abs=TEN_ROUNDINGS)
    assert theory.momentum_rate(x, lr, 0) == expected
    assert theory.momentum_rate(x, lr, 0, nesterov=True) == expected


@pytest.mark.parametrize("nesterov", [False, True])
@given(st.floats(0, 4), betas)
def test_momentum_rate_is_the_companion_matrixs(
    nesterov: bool,
    h: float,
    beta: float,
) -> None:
    """ρ is the larger root of r² − p r + q, as NumPy finds it."""
    x = [np.sqrt(0.5)]  # λ = 1 to a rounding, so h = lr
    p, q = ((1 + beta) * (1 - h), beta * (1 - h)) if nesterov else (1 + beta - h, beta)
    roots = np.linalg.eigvals(np.array([[p, -q], [1, 0]]))
    got = theory.momentum_rate(x, h, beta, nesterov=nesterov)
    assert got == pytest.approx(np.abs(roots).max(), rel=DOUBLE_ROOT, abs=DOUBLE_ROOT)


@pytest.mark.parametrize(
    ("lr", "beta", "nesterov", "expected"),
    [
        (0.5, 0.25, False, 0.5),  # complex roots: √β
        (1.0, 0.5, False, np.sqrt(0.5)),
        (3.0, 0.25, False, (1.75 + np.sqrt(2.0625)) / 2),  # r² + 1.75 r + 0.25 = 0
        (0.5, 0.5, True, 0.5),  # complex roots: √(β (1 − h))
        (2.0, 0.5, True, (1.5 + np.sqrt(4.25)) / 2),  # r² + 1.5 r − 0.5 = 0
        (1.0, 0.5, True, 0.0),  # both roots are zero
    ],
)
def test_momentum_rate_by_hand(
    lr: float,
    beta: float,
    nesterov: bool,
    expected: float,
) -> None:
    x = [[1.0, 0.0], [0.0, 1.0]]  # λ = 1, twice
    got = theory.momentum_rate(x, lr, beta, nesterov=nesterov)
    assert got == pytest.approx(expected, rel=TEN_ROUNDINGS, abs=0)


def test_momentum_needs_fewer_steps_by_the_root_of_kappa() -> None:
    """κ = 10⁴: a hundredth of the steps."""
    x = np.diag([1.0, 100.0])
    plain = theory.rate(x, theory.best_lr(x))
    assert theory.best_momentum(x).rate == pytest.approx(99 / 101, rel=1e-14, abs=0)
    assert plain == pytest.approx(9999 / 10001, rel=1e-14, abs=0)


def test_best_momentum_of_one_column_is_one_step() -> None:
    x = np.array([1, 2, 3, 4]) * Fraction(1)
    assert theory.best_momentum(x) == (Fraction(1, 15), 0, 0)
    assert theory.best_momentum([1.0, 2, 3, 4]) == (theory.best_lr([1, 2, 3, 4]), 0, 0)


def test_best_momentum_looks_past_a_zero_eigenvalue() -> None:
    got = theory.best_momentum([[1, 0, 0], [0, 3, 0], [0, 0, 0]])
    assert got.rate == pytest.approx(0.5, rel=TEN_ROUNDINGS, abs=0)


@pytest.mark.parametrize("x", [[0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]]])
def test_zero_data_ask_for_no_momentum(x: Any) -> None:
    assert theory.best_momentum(x) == (np.inf, 0, 0)
    assert theory.momentum_rate(x, 0.1, 0.9) == 0


@pytest.mark.parametrize(
    ("lr", "beta", "nesterov", "error", "message"),
    [
        (-1, 0, False, ValueError, "lr must not be negative"),
        (np.nan, 0, False, ValueError, "lr must be finite"),
        (0.1, 1, False, ValueError, r"beta must be in \[0, 1\)"),
        (0.1, "0.9", False, TypeError, "beta must be a real number"),
        (0.1, 0.9, "no", TypeError, "nesterov must be True or False"),
    ],
)
def test_momentum_rate_refuses(
    lr: Any, beta: Any, nesterov: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        theory.momentum_rate([1, 2], lr, beta, nesterov=nesterov)
