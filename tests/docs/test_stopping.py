"""The formulas of docs/learn/stopping.md: both sides, evaluated on drawn data."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import refgd
from docs.least_squares import (
    Turned,
    gradient,
    loss,
    small,
    square,
    turned,
)
from refgd import theory
from refgd.testing import exact
from refgd.testing.strategies import numbers, weights


@given(data=st.data(), tol=st.fractions(Fraction(1, 100), 1, max_denominator=100))
def test_tol_is_what_is_left_of_the_first_error(
    data: st.DataObject, tol: Fraction
) -> None:
    """|∇L(w_t)| / |∇L(w_0)| = |w_t − w*| / |w_0 − w*|, and `fit` stops by it."""
    x, y = data.draw(small())
    best = exact.optimum(x, y)
    w0 = data.draw(weights(kind=Fraction).filter(lambda w: w != best))
    share = data.draw(st.fractions(Fraction(1, 4), 1, max_denominator=8))
    run = refgd.fit(x, y, w0, lr=share * theory.best_lr(x), tol=tol, n_iters=50)
    left = [abs(w - best) / abs(w0 - best) for w in run.history.w]
    slopes = [abs(gradient(w, x, y)) / abs(gradient(w0, x, y)) for w in run.history.w]
    assert left == slopes
    assert run.converged
    assert left[-1] <= tol
    assert all(before > tol for before in left[:-1])


@given(problem=turned(), data=st.data())
def test_what_a_small_gradient_proves(problem: Turned, data: st.DataObject) -> None:
    """|w − w*| ≤ |∇L|/λmin and L(w) − L(w*) ≤ |∇L|²/(2·λmin), tight."""
    x, y, axes, eigenvalues = problem
    low = min(eigenvalues)
    flat = axes[eigenvalues.index(low)]
    drawn = data.draw(weights(kind=Fraction, d=2))
    for w in (drawn, problem.best + data.draw(numbers(kind=Fraction)) * flat):
        g, error = gradient(w, x, y), w - problem.best
        above = loss(w, x, y) - loss(problem.best, x, y)
        assert square(error) <= square(g) / low**2
        assert above <= square(g) / (2 * low)
        assert w is drawn or square(error) == square(g) / low**2
        assert w is drawn or above == square(g) / (2 * low)
