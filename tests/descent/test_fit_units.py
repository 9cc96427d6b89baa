"""`fit` with an intercept, or on standardized columns: weights in the user's units."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import refgd
from refgd import optimizers, stopping

RNG = np.random.default_rng(0)
X = RNG.normal([2000.0, 0.01, 5.0], [10.0, 1e-4, 1.0], (40, 3))
Y = X @ [3.0, 500.0, -2.0] + RNG.normal(size=40)
BEST = np.linalg.lstsq(refgd.add_intercept(X), Y)[0]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": True},
        {"optimizer": optimizers.momentum(0.1, beta=0.5)},
        {"w": [1.0, 2.0, 3.0, 4.0]},
    ],
)
def test_an_intercept_is_the_last_weight(options: dict[str, Any]) -> None:
    run = refgd.fit(X, Y, intercept=True, tol=1e-13, **options)
    assert run.converged
    assert run.w == pytest.approx(BEST, rel=1e-8)
    assert np.array_equal(run.history.w[-1], run.w)
    loss = refgd.mse(Y, refgd.forward(run.w, refgd.add_intercept(X)))
    assert run.loss == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("shape", [(5,), (5, 2)])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("standardize", [False, True, None])
@pytest.mark.parametrize("kind", [np.float32, np.float64, Fraction])
def test_a_start_and_its_history_are_in_the_user_s_units(
    shape: tuple[int, ...], kind: Any, *, intercept: bool, standardize: bool | None
) -> None:
    """And the loss of each row is that of its w on the user's own data."""
    whole = (np.arange(np.prod(shape)) ** 2 % 7).reshape(shape) + 1
    one: Any = kind(1)
    x, y = whole * one, np.arange(5) * one
    w: Any = np.arange(1, 1 + np.size(whole[0]) + intercept)
    w = w if intercept or len(shape) > 1 else 1
    run = refgd.fit(
        x, y, w, n_iters=2, intercept=intercept, standardize=standardize, lr=one / 64
    )
    samples = refgd.add_intercept(x) if intercept else x
    close = 1e-4 if kind is np.float32 else 1e-12
    assert np.array(run.history.w[0], float) == pytest.approx(w, rel=close)
    assert np.asarray(run.w).dtype == samples.dtype
    for row, loss in zip(run.history.w, run.history.loss, strict=True):
        expected = float(refgd.mse(y, refgd.forward(row, samples)))
        assert float(loss) == pytest.approx(expected, rel=close)
    assert run.loss < run.history.loss[0]


def test_without_standardizing_it_is_a_column_of_ones() -> None:
    """The same bits."""
    plain = refgd.fit(refgd.add_intercept(X), Y, n_iters=5)
    run = refgd.fit(X, Y, n_iters=5, intercept=True, standardize=False)
    assert np.array_equal(run.history.w, plain.history.w)


def test_validation_is_measured_in_the_same_units() -> None:
    run = refgd.fit(X[:30], Y[:30], intercept=True, validation=(X[30:], Y[30:]))
    y_pred = refgd.forward(run.w, refgd.add_intercept(X[30:]))
    assert run.validation == pytest.approx(refgd.mse(Y[30:], y_pred))
    run = refgd.fit(X, Y, intercept=True, validation=0.25, batch_size=8, n_iters=99)
    assert run.history.validation is not None


def test_a_run_goes_on_as_if_it_had_not_stopped() -> None:
    half = refgd.fit(X, Y, intercept=True, n_iters=5)
    run = refgd.fit(X, Y, half.so_far, intercept=True, n_iters=10)
    whole = refgd.fit(X, Y, intercept=True, n_iters=10)
    assert np.array_equal(run.history.w, whole.history.w)


def test_a_run_that_diverges_is_in_the_user_s_units_too() -> None:
    with pytest.raises(refgd.Diverged) as caught:
        refgd.fit(X, Y, [1.0, 1.0, 1.0, 1.0], intercept=True, lr=1e9, n_iters=999)
    assert caught.value.run.history.w[0] == pytest.approx(np.ones(4))
    assert caught.value.run.reason is stopping.Reason.NOT_FINITE


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"intercept": 1}, TypeError, "intercept must be True or False, got 1"),
        ({"standardize": "no"}, TypeError, "standardize must be True or False"),
        ({"w": [1.0, 2.0, 3.0]}, ValueError, r"w must have shape \(4,\) to match the"),
        (
            {"validation": (X[:, :2], Y)},
            ValueError,
            r"validation: a row of x must have shape \(3,\) to match the training data",
        ),
        ({"validation": (X, Y[:3])}, ValueError, "validation: y must have shape"),
        ({"validation": (X, Y, Y)}, ValueError, "or .x, y., got 3 parts"),
    ],
)
def test_what_does_not_fit_is_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        refgd.fit(X, Y, **{"intercept": True} | arguments)


def test_without_an_intercept_w_has_a_weight_a_column() -> None:
    with pytest.raises(ValueError, match=r"w must have shape \(3,\) to match the col"):
        refgd.fit(X, Y, [1.0, 2.0], standardize=True)
