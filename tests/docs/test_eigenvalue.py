"""The formulas of docs/learn/eigenvalue.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docs.least_squares import HALF, Turned, hessian, loss, sizes, square, turned
from refgd.testing.exact import fractions
from refgd.testing.strategies import numbers, weights

X, Y, BEST = (
    fractions([[2, 1], [1, 2], [2, 1], [1, 2]]),
    fractions([5, 1, 3, 3]),
    [2, 0],
)


@given(h1=numbers(kind=Fraction), h2=numbers(kind=Fraction))
def test_the_loss_of_the_page_is_a_valley(h1: Fraction, h2: Fraction) -> None:
    """L = 1 + ½·(5h₁² + 8h₁h₂ + 5h₂²), (h₁, h₂) from the lowest point."""
    at = np.array([2 + h1, h2])
    assert loss(at, X, Y) == 1 + HALF * (5 * h1**2 + 8 * h1 * h2 + 5 * h2**2)


def test_the_valley_of_the_page_has_two_axes() -> None:
    """H·(1, 1) = 9·(1, 1), and H·(1, −1) = 1·(1, −1)."""
    assert hessian(X).tolist() == [[5, 4], [4, 5]]
    assert np.dot(hessian(X), [1, 1]).tolist() == [9, 9]
    assert np.dot(hessian(X), [1, -1]).tolist() == [1, -1]


@given(problem=turned(), data=st.data())
def test_the_rise_is_a_sum_over_the_axes(problem: Turned, data: st.DataObject) -> None:
    """L(w) = L(w*) + ½·Σ λ·c², with c = v·(w − w*)."""
    x, y, axes, eigenvalues = problem
    w = data.draw(weights(kind=Fraction, d=2))
    shares = np.dot(axes, w - problem.best)
    rise = HALF * np.dot(np.array(eigenvalues), shares**2)
    assert loss(w, x, y) == loss(problem.best, x, y) + rise


@given(problem=turned())
def test_an_eigenvalue_is_a_mean_of_squares(problem: Turned) -> None:
    """λ = (2/n)·|x·v|², where v has the length 1."""
    for v, eigenvalue in zip(problem.axes, problem.eigenvalues, strict=True):
        n = len(problem.x)
        assert Fraction(2, n) * square(np.dot(problem.x, v)) == eigenvalue


@given(problem=turned())
def test_the_eigenvalues_of_four_numbers(problem: Turned) -> None:
    """λ = (p + r)/2 ± root(((p − r)/2)² + q²): the sum is p + r, the root is exact."""
    (p, q), (_, r) = hessian(problem.x)
    low, high = sorted(problem.eigenvalues)
    assert low + high == p + r
    assert ((high - low) / 2) ** 2 == ((p - r) / 2) ** 2 + q**2


@given(low=sizes, high=sizes, lr=st.fractions(0, 2, max_denominator=64))
def test_the_larger_eigenvalue_sets_the_rate(
    low: Fraction, high: Fraction, lr: Fraction
) -> None:
    """|1 − ηλ| ≤ 1 for both exactly if η ≤ 2/λmax."""
    stays = all(abs(1 - lr * each) <= 1 for each in (low, high))
    assert stays == (lr <= 2 / max(low, high))
