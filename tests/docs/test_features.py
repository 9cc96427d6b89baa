"""The formulas of docs/scale/features.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import refgd
from docs.least_squares import (
    square,
)
from refgd import forward, grad, theory
from refgd.testing import bounds, exact
from refgd.testing.strategies import arrays, datasets, numbers, weights


@given(data=st.data())
def test_columns_at_right_angles_have_their_squares_as_eigenvalues(
    data: st.DataObject,
) -> None:
    """H e_j = (2/n)|x_j|² e_j where x_1 · x_2 = 0, so that κ = |x_1|²/|x_2|²."""
    rows = arrays((4,), kind=Fraction).filter(np.any)
    a, b = data.draw(rows), data.draw(rows)
    b = b - np.dot(a, b) / np.dot(a, a) * a
    x = np.column_stack([a, b])
    for j, e in enumerate(np.eye(2, dtype=int)):
        hessian_e = grad(x, np.zeros(4, dtype=int), forward(e, x))
        assert np.array_equal(hessian_e, Fraction(2, 4) * square(x[:, j]) * e)
    sizes = sorted([square(a), square(b)])
    if 0 < sizes[1] < sizes[0] * 10**8:
        eigenvalues, kappa = theory.eigenvalues(x.astype(float)), sizes[1] / sizes[0]
        # each singular value is right to some dozen roundings of the largest
        rounding = 100 * bounds.unit_roundoff(float) * float(kappa) ** 1.5
        assert abs(max(eigenvalues) / min(eigenvalues) - float(kappa)) <= rounding


@given(data=st.data(), times=st.integers(1, 3))
def test_one_standardized_column_has_a_round_loss(
    data: st.DataObject, times: int
) -> None:
    """H = 2·I with an intercept: the gradient at w is 2(w − w*), whatever the unit."""
    middle = data.draw(numbers(kind=Fraction))
    spread = data.draw(numbers(kind=Fraction).filter(bool))
    x = np.array([middle - spread, middle + spread] * times)
    y = data.draw(arrays((len(x),), kind=Fraction))
    z = refgd.add_intercept(refgd.standardize(x).x)
    w = data.draw(weights(kind=Fraction, d=2))
    best = exact.optimum(z, y)
    assert np.array_equal(grad(z, y, forward(w, z)), 2 * (w - best))


@given(data=st.data())
def test_a_column_and_ones(data: st.DataObject) -> None:
    """H = 2 [[s² + m², m], [m, 1]], with m the mean and s² the mean square about it."""
    x, _ = data.draw(datasets(kind=Fraction))
    n = len(x)
    m = x.sum() / n
    s2 = square(x - m) / n
    hessian = 2 * np.array([[s2 + m**2, m], [m, Fraction(1)]])
    w = data.draw(weights(kind=Fraction, d=2))
    z = refgd.add_intercept(x)
    got = grad(z, np.zeros(n, dtype=int), forward(w, z))
    assert np.array_equal(got, np.dot(hessian, w))


def test_the_steps_of_a_condition_number() -> None:
    """At the best rate ρ = (κ − 1)/(κ + 1), and some κ/2 · ln(1/tol) steps."""
    for size in (1, 10, 100):
        x = np.diag([float(size), 1.0])
        kappa = size**2
        rho = Fraction(kappa - 1, kappa + 1)
        steps = theory.steps_to(x, theory.best_lr(x), Fraction(1, 10**6))
        assert isinstance(steps, int)
        assert rho**steps <= Fraction(1, 10**6)
        assert steps in {0, 1} or rho ** (steps - 2) > Fraction(1, 10**6)
        assert steps <= kappa / 2 * np.log(1e6) + 1
