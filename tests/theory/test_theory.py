"""Bounds and rates, as theorems with their hypotheses."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import forward, grad, mse, step, theory
from refgd.testing import bounds, exact
from refgd.testing.strategies import datasets, learning_rates, weights

#: Eigenvalues from a singular value decomposition in float64: the backward error of
#: LAPACK is p(n, d)·u·σmax with a modest p (Golub and Van Loan 2013, 8.6.1); drawn
#: data has at most 12 × 3 entries, and p = 100 covers it. Squaring doubles it.
SPECTRUM = 200 * 2.0**-53

FEATURES = [theory.max_lr, theory.best_lr, theory.default_lr, theory.eigenvalues]


def _diagonal(*eigenvalues: int) -> Any:
    """Make x whose Hessian is diagonal with these squares times two over n."""
    return exact.fractions(np.diag(eigenvalues))


def _descend(x: Any, w: Any, lr: Any) -> Any:
    """One step on y = 0, whose optimum is w = 0."""
    return step(w, grad(x, [0] * len(x), forward(w, x)), lr)


def test_max_lr_of_the_tutorial() -> None:
    x = exact.fractions([1, 2, 3, 4])
    assert theory.max_lr(x) == Fraction(2, 15)
    assert theory.default_lr(x) == Fraction(1, 30)
    assert theory.best_lr(x) == Fraction(1, 15)
    assert theory.rate(x, Fraction(1, 100)) == Fraction(17, 20)


@given(x=datasets(kind=np.float64, d=3))
def test_max_lr_is_sharp(x: Any) -> None:
    """For x (n, d) some start is unmoved in loss at the bound, and rises beyond it.

    The start is the eigenvector of λmax; the loss there is multiplied by (1 − lr·λ)².
    """
    x, _ = x
    _, vectors = np.linalg.eigh(np.dot(x.T, x))
    fx, w = exact.fractions(x), exact.fractions(vectors[:, -1])
    zero, bound = [0] * len(x), Fraction(theory.max_lr(x))
    before = mse(zero, forward(w, fx))
    slack = Fraction(2.0**-20)  # beyond the rounding of the bound and the eigenvector
    assert mse(zero, forward(_descend(fx, w, bound * (1 - slack)), fx)) < before
    assert mse(zero, forward(_descend(fx, w, bound * (1 + slack)), fx)) > before


@given(x=datasets(kind=Fraction, d=2), w=weights(kind=Fraction, d=2))
def test_no_step_within_the_bound_rises(x: Any, w: Any) -> None:
    x, y = x
    lr = Fraction(theory.max_lr(x)) * (1 - Fraction(SPECTRUM))
    before = mse(y, forward(w, x))
    after = mse(y, forward(step(w, grad(x, y, forward(w, x)), lr), x))
    assert after <= before


def test_beyond_the_bound_some_starts_still_fall() -> None:
    """H = diag(100, 1), lr = 3/100: (1, 0) rises, (0, 1) falls."""
    x = _diagonal(10, 1)  # H = (2/2) diag(100, 1)
    zero, lr = [0, 0], Fraction(3, 100)
    losses = []
    for w in (exact.fractions([1, 0]), exact.fractions([0, 1])):
        after = mse(zero, forward(_descend(x, w, lr), x))
        losses.append((mse(zero, forward(w, x)), after))
    assert losses[0][1] > losses[0][0]
    assert losses[1][1] < losses[1][0]
    assert theory.max_lr(x) == pytest.approx(2 / 100, rel=SPECTRUM, abs=0)


@given(data=st.data())
def test_best_lr_has_the_best_rate(data: st.DataObject) -> None:
    x, _ = data.draw(datasets(d=2, min_n=2))
    best = theory.best_lr(x)
    spectrum = theory.eigenvalues(x)
    kappa = spectrum[-1] / spectrum[0]
    assert theory.rate(x, best) == pytest.approx(
        (kappa - 1) / (kappa + 1), abs=SPECTRUM
    )
    other = data.draw(learning_rates(upper=theory.max_lr(x)))
    assert theory.rate(x, other) >= theory.rate(x, best) - SPECTRUM


@given(data=st.data(), t=st.integers(1, 6))
def test_rate_is_tight(data: st.DataObject, t: int) -> None:
    """Equality along an axis of a diagonal Hessian; never more for any start."""
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=2, unique=True))
    x, lr = _diagonal(*sizes), data.draw(learning_rates(kind=Fraction))
    factors = [abs(1 - lr * size**2) for size in sizes]  # H = (2/2) diag(size²)
    rate = max(factors)
    assert theory.rate(x, lr) == pytest.approx(float(rate), rel=SPECTRUM, abs=SPECTRUM)
    start = data.draw(weights(kind=Fraction, d=2))
    worst = exact.fractions([int(factor == rate) for factor in factors])
    for w in (start, worst):
        moved = w
        for _ in range(t):
            moved = _descend(x, moved, lr)
        shrunk, whole = np.dot(moved, moved), rate ** (2 * t) * np.dot(w, w)
        assert shrunk <= whole
        assert w is start or shrunk == whole


@given(x=datasets(kind=Fraction))
def test_one_step_at_the_best_lr_lands_on_the_optimum(x: Any) -> None:
    x, y = x
    w = step(Fraction(3), grad(x, y, forward(Fraction(3), x)), theory.best_lr(x))
    assert w == exact.optimum(x, y)
    assert theory.rate(x, theory.best_lr(x)) == 0
    assert theory.rate(x, theory.default_lr(x)) == Fraction(1, 2)
    assert theory.rate(x, theory.max_lr(x)) == 1


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
@given(data=st.data())
def test_max_lr_is_the_rational_bound_but_for_rounding(
    kind: type, data: st.DataObject
) -> None:
    """Sums over float32 are taken in float64."""
    x, _ = data.draw(datasets(kind=kind))
    wanted = theory.max_lr(exact.fractions(x))
    wide = np.result_type(kind, np.float64)
    error = abs(exact.fractions(theory.max_lr(x)) - wanted)
    assert error <= bounds.gamma(len(x) + 2, wide) * wanted


@given(x=datasets(d=1))
def test_one_column_is_a_vector(x: Any) -> None:
    x, _ = x
    column = theory.max_lr(x[:, 0])
    assert theory.max_lr(x) == pytest.approx(column, rel=SPECTRUM, abs=0)
    assert theory.best_lr(x) == pytest.approx(
        theory.best_lr(x[:, 0]), rel=SPECTRUM, abs=0
    )


def test_dependent_columns_have_no_zero_eigenvalue() -> None:
    x = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    spectrum = theory.eigenvalues(x)
    assert spectrum == pytest.approx([2 * 70 / 3], rel=SPECTRUM, abs=0)  # 14 + 56 = 70
    assert theory.best_lr(x) == pytest.approx(1 / spectrum[0], rel=SPECTRUM, abs=0)


@pytest.mark.parametrize("x", [np.zeros(3), np.zeros((3, 2)), exact.fractions([0, 0])])
def test_zero_data_has_no_bound(x: Any) -> None:
    assert theory.max_lr(x) == theory.best_lr(x) == math.inf
    assert theory.default_lr(x) == 1
    assert theory.rate(x, 0.5) == 0
    assert len(theory.eigenvalues(x)) == 0


@given(w=st.floats(-10, 10), h=st.floats(0.1, 100))
def test_central_difference_of_a_parabola_needs_no_small_h(w: float, h: float) -> None:
    """(w+h)² − (w−h)² over 2h: ten roundings of numbers up to (|w| + h)², over 2h."""
    numeric = theory.central_difference(lambda v: v * v, w, h)
    assert abs(numeric - 2 * w) <= 10 * 2.0**-53 * (abs(w) + h) ** 2 / h


def test_central_difference_of_a_cubic_has_its_truncation_error() -> None:
    """(L(w+h) − L(w−h))/2h = 3w² + h² for L = w³."""
    w, h = Fraction(2), Fraction(1, 3)
    assert theory.central_difference(lambda v: v**3, w, h) == 12 + h**2


def test_central_difference_goes_one_coordinate_at_a_time() -> None:
    w = exact.fractions([1, 2, 3])
    got = theory.central_difference(lambda v: v[0] * v[1] * v[2], w, Fraction(5))
    assert list(got) == [6, 3, 2]
    plain = theory.central_difference(lambda v: v[0] * v[1], [4.0, 5.0], 1)
    assert plain.tolist() == [5, 4]


@pytest.mark.parametrize("h", [0, 0.0, Fraction(0)])
def test_central_difference_needs_a_step(h: Any) -> None:
    with pytest.raises(ValueError, match="h must not be zero"):
        theory.central_difference(lambda v: v, 1.0, h)


@pytest.mark.parametrize("function", FEATURES, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([], ValueError, "x must not be empty"),
        ([[[1]]], ValueError, r"x must be \(n,\) or \(n, d\), got shape \(1, 1, 1\)"),
        ([1, math.nan], ValueError, r"x must be finite, got nan at x\[1\]"),
        (["a"], TypeError, "x must hold real numbers"),
        ([1e200], ValueError, "x is too large for the squares of float64"),
        ([[1e-200, 0]], ValueError, "x is too small for the squares of float64"),
    ],
)
def test_features_are_checked(
    function: Any, x: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        function(x)


@pytest.mark.parametrize("x", [[1.0], [[1.0, 2.0]], [0.0]])
def test_rate_refuses_a_negative_lr(x: Any) -> None:
    with pytest.raises(ValueError, match="lr must not be negative"):
        theory.rate(x, -1)


@pytest.mark.parametrize("tol", [0.5, 1e-3, 1e-9])
def test_steps_to_is_the_least_number(tol: float) -> None:
    t = theory.steps_to([1, 2, 3, 4], 0.01, tol)
    assert 0.85**t <= tol < 0.85 ** (t - 1)


@pytest.mark.parametrize(
    ("lr", "tol", "steps"),
    [
        (Fraction(1, 15), 1e-9, 1),  # best_lr
        (0.2, 1e-9, np.inf),  # beyond the bound
        (0.0, 1e-9, np.inf),
        (0.01, 1.0, 0),
        (0.01, 3, 0),
    ],
)
def test_steps_to_at_its_ends(lr: Any, tol: float, steps: float) -> None:
    x = np.array([1, 2, 3, 4]) * Fraction(1)
    assert theory.steps_to(x, lr, tol) == steps


def test_steps_to_refuses_a_tol_of_zero() -> None:
    with pytest.raises(ValueError, match="tol must be above 0"):
        theory.steps_to([1, 2], 0.1, 0)


@pytest.mark.parametrize(
    ("x", "lr", "steps"),
    [
        ([1.0, 2.0], 1e-16, math.log(1000) / 5e-16),  # H = 5, ρ = 1 − 5e-16
        ([1.0, 2.0], 1e-17, math.log(1000) / 5e-17),  # 1 − 5e-17 is 1 in float64
        ([[1.0, 0.0], [0.0, 1e-9]], 1.0, math.log(1000) / 1e-18),
    ],
    ids=str,
)
def test_steps_to_keeps_its_digits_near_a_rate_of_one(
    x: Any, lr: float, steps: float
) -> None:
    got = theory.steps_to(x, lr, Fraction(1, 1000))
    # ln(1 − ρ) is −(1 − ρ) but for its half: far below the rounding of the spectrum
    assert got == pytest.approx(steps, rel=SPECTRUM, abs=0)


def test_steps_to_takes_a_tol_beyond_floats() -> None:
    """0.5^t ≤ 10^-400 first at t = 400·log2(10) = 1328.77."""
    assert theory.steps_to([1.0], Fraction(1, 4), Fraction(1, 10**400)) == 1329


@pytest.mark.parametrize("kind", [np.float64, np.longdouble])
@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_the_spectrum_scales_with_the_data(kind: type, size: float) -> None:
    """By a power of two, so that no rounding differs."""
    x: Any = np.array([[1, 2], [3, 5], [2, 7]], dtype=kind)
    power = kind(2) ** round(math.log2(size))
    spectrum = theory.eigenvalues(x * power)
    assert (spectrum == theory.eigenvalues(x) * power**2).all()
    assert theory.max_lr(x * power) == theory.max_lr(x) / power**2


def test_a_longdouble_spectrum_reaches_beyond_float64() -> None:
    if np.finfo(np.longdouble).maxexp == np.finfo(np.float64).maxexp:
        pytest.skip("longdouble is float64 on this platform")
    power = np.longdouble(2) ** 2000
    x: Any = np.array([[1, 2], [3, 5]], dtype=np.longdouble)
    for factor in (power, 1 / power):
        assert theory.max_lr(x * factor) == theory.max_lr(x) / factor**2


@pytest.mark.parametrize("exponent", [-400, 400])
def test_a_spectrum_of_fractions_beyond_floats_is_refused(exponent: int) -> None:
    x = exact.fractions([[1, 2], [3, 5]]) * Fraction(10) ** exponent
    with pytest.raises(ValueError, match="the eigenvalues of x leave float64"):
        theory.max_lr(x)


def test_the_bound_of_one_large_sample_among_zeros_is_finite_or_refused() -> None:
    assert theory.max_lr([1e-150] + [0.0] * 999) == pytest.approx(
        1e303, rel=1e-15, abs=0
    )
    with pytest.raises(ValueError, match="x is too small for the squares of float64"):
        theory.max_lr([1.6e-154] + [0.0] * 999)


def test_central_difference_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match=r"w must be a scalar or \(d,\), got shape"):
        theory.central_difference(lambda v: (v**2).sum(), np.ones((2, 2)), 1.0)
    with pytest.raises(ValueError, match="h must not be zero"):
        theory.central_difference(lambda v: v, np.float32(1), 1e-50)
