"""The formulas of the section on scale, both sides evaluated on drawn data, exactly."""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import forward, grad, mse, theory
from refgd._types import Array
from refgd.testing import bounds, exact
from refgd.testing.strategies import arrays, datasets, numbers, weights


def rotated(data: st.DataObject, n: int, d: int) -> tuple[Array, Array]:
    """Draw [x y] = QR and R, on Fractions: Q is the first columns of a reflection.

    I − 2vvᵀ/v·v is orthogonal exactly, for every v but 0.
    """
    v = data.draw(arrays((n,), kind=Fraction).filter(np.any))
    reflection = np.eye(n, dtype=int) - 2 * np.outer(v, v) / np.dot(v, v)
    triangle = data.draw(arrays((d + 1, d + 1), kind=Fraction))
    triangle = triangle * (np.tri(d + 1, dtype=int).T)
    q = reflection[:, : d + 1]
    assert np.array_equal(np.dot(q.T, q), np.eye(d + 1, dtype=int))
    return np.dot(q, triangle), triangle


def square(a: Any) -> Any:
    return np.dot(a, a)


def beside(w: Array) -> Array:
    """[w; −1]."""
    return np.array([*w, Fraction(-1)])


@given(data=st.data(), n=st.integers(3, 7))
def test_the_triangle_has_the_same_squares(data: st.DataObject, n: int) -> None:
    """|xw − y|² = |R·[w; −1]|² where [x y] = QR, for every w."""
    rows, triangle = rotated(data, n, 2)
    w = data.draw(weights(kind=Fraction, d=2))
    x, y = rows[:, :-1], rows[:, -1]
    assert square(np.dot(x, w) - y) == square(np.dot(rows, beside(w)))
    assert square(np.dot(rows, beside(w))) == square(np.dot(triangle, beside(w)))


@given(data=st.data(), half=st.sampled_from([1, 2]))
def test_the_rows_of_the_triangle_are_a_data_set(
    data: st.DataObject, half: int
) -> None:
    """√(k/n)·R has the loss and the gradient of all n rows; n = k or 4k: a root."""
    k = 2
    n = k * half**2
    rows, triangle = rotated(data, n, 1)
    w = data.draw(weights(kind=Fraction, d=1))
    few = triangle / half
    x, y, few_x, few_y = rows[:, :-1], rows[:, -1], few[:, :-1], few[:, -1]
    assert len(few_y) == k
    assert mse(few_y, forward(w, few_x)) == mse(y, forward(w, x))
    here, there = grad(few_x, few_y, forward(w, few_x)), grad(x, y, forward(w, x))
    assert np.array_equal(here, there)


@given(data=st.data(), sizes=st.lists(st.integers(3, 4), min_size=2, max_size=2))
def test_blocks_have_the_squares_of_the_whole(
    data: st.DataObject, sizes: list[int]
) -> None:
    """|xw − y|² is the sum over the blocks of |R_b·[w; −1]|²: their stack's."""
    parts = [rotated(data, n, 2) for n in sizes]
    rows = np.concatenate([block for block, _ in parts])
    stack = np.concatenate([triangle for _, triangle in parts])
    w = data.draw(weights(kind=Fraction, d=2))
    whole = square(np.dot(rows[:, :-1], w) - rows[:, -1])
    assert whole == sum(square(np.dot(r, beside(w))) for _, r in parts)
    assert whole == square(np.dot(stack, beside(w)))


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


@given(data=st.data(), kind=st.sampled_from([np.float32, np.float64]))
def test_a_dot_product_stays_within_gamma(data: st.DataObject, kind: type) -> None:
    """|fl(a·b) − a·b| ≤ γ_n Σ|a_i b_i| + 2nη: in whatever order it is summed."""
    n = data.draw(st.integers(1, 40))
    a, b = (data.draw(arrays((n,), kind=kind)) for _ in range(2))
    fa, fb = exact.fractions(a), exact.fractions(b)
    error = abs(exact.fractions(np.dot(a, b)) - np.dot(fa, fb))
    size = np.dot(abs(fa), abs(fb))
    eta = bounds.smallest_subnormal(kind)
    assert error <= bounds.gamma(n, kind) * size + 2 * n * eta


@given(data=st.data(), kind=st.sampled_from([np.float32, np.float64]))
def test_a_product_that_underflows_loses_eta(data: st.DataObject, kind: type) -> None:
    """fl(ab) = ab(1 + δ) + e, |δ| ≤ u and |e| ≤ η; e is what subnormal results lose."""
    tiny = float(np.sqrt(np.finfo(kind).smallest_subnormal))
    a, b = (data.draw(numbers(kind=kind, scale=tiny)) for _ in range(2))
    got, wanted = exact.fractions(a * b), exact.fractions(a) * exact.fractions(b)
    u, eta = bounds.unit_roundoff(kind), bounds.smallest_subnormal(kind)
    assert abs(got - wanted) <= u * abs(wanted) + eta


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


@given(data=st.data(), t=st.integers(0, 5))
def test_the_error_has_a_closed_form(data: st.DataObject, t: int) -> None:
    """w_t − w* = (I − η·H)^t (w_0 − w*) for any learning rate η, and two weights."""
    x, y = data.draw(datasets(kind=Fraction, d=2, min_n=2, max_n=4))
    x = np.concatenate([x, np.eye(2, dtype=int)])  # of rank 2: one optimum
    y = np.append(y, [Fraction(1), Fraction(2)])
    start, lr = (
        data.draw(weights(kind=Fraction, d=2)),
        data.draw(numbers(kind=Fraction)),
    )
    hessian = Fraction(2, len(y)) * np.dot(x.T, x)
    factor = np.linalg.matrix_power(np.eye(2, dtype=int) - abs(lr) * hessian, t)
    w, best = start, exact.optimum(x, y)
    for _ in range(t):
        w = refgd.step(w, grad(x, y, forward(w, x)), abs(lr))
    assert np.array_equal(w - best, np.dot(factor, start - best))
    assert np.array_equal(theory.trajectory(x, y, start, abs(lr), t), w)
