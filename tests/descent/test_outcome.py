"""Divergence is never silent, whichever way the rule came in, and says what it can."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import refgd
from refgd import Diverged, Reason, dialects, fit, optimizers, stopping, theory
from refgd.optimizers import Optimizer

X, Y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 4.0, 6.0, 8.0])
UP = Optimizer(lambda _: (), lambda w, dw, state: (w + 0.01 * dw, state))

PLAIN = {
    "lr": {"lr": 1.0},
    "sgd": {"optimizer": optimizers.sgd(1.0)},
    "a schedule": {"optimizer": optimizers.sgd(lambda _: 1.0)},
    "no momentum": {"optimizer": optimizers.momentum(1.0, beta=0)},
    "torch": {"optimizer": dialects.get("torch.optim.SGD", lr=1.0)},
    "optax": {"optimizer": dialects.get("optax.sgd", learning_rate=1.0)},
    "keras": {"optimizer": dialects.get("keras.optimizers.SGD", learning_rate=1.0)},
}


@pytest.mark.parametrize("arguments", PLAIN.values(), ids=PLAIN)
def test_plain_descent_diverges_however_it_is_passed(arguments: Any) -> None:
    with pytest.raises(Diverged, match="the largest lr this data allows") as caught:
        fit(X, Y, n_iters=20, **arguments)
    assert caught.value.max_lr == theory.max_lr(X)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.momentum(1.0),
        optimizers.momentum(1.0, beta=0, dampening=0.5),
        optimizers.weight_decay(optimizers.sgd(1.0), 0.1, kind="coupled"),
        optimizers.adam(1.0),
    ],
    ids=["momentum", "dampening", "decay", "adam"],
)
def test_other_rules_are_not_judged_by_the_bound_of_plain_descent(
    optimizer: Optimizer,
) -> None:
    assert optimizer.lr is None


@pytest.mark.parametrize(
    "stop",
    [
        lambda h: Reason.TIME_BUDGET if h.last.t == 3 else None,
        stopping.n_iters(3),
        stopping.loss_change(1.0),
    ],
    ids=["time", "n_iters", "loss_change"],
)
def test_a_run_above_its_start_says_so_whatever_stopped_it(stop: Any) -> None:
    run = fit(X, Y, optimizer=UP, stop=stop)
    assert run.reason is Reason.ABOVE_START
    assert str(run.reason) == "the loss ended above its start"


@pytest.mark.parametrize("reason", [Reason.GRADIENT, Reason.INTERRUPTED])
def test_some_reasons_stand_wherever_the_run_ended(reason: Reason) -> None:
    run = fit(X, Y, optimizer=UP, stop=lambda h: reason if h.last.t == 3 else None)
    assert run.reason is reason


@pytest.mark.parametrize(
    "arguments", [{"lr": 0.2}, {"optimizer": UP, "n_iters": 9000}], ids=["lr", "rule"]
)
def test_divergence_can_be_pickled(arguments: Any) -> None:
    """As a pool of processes does with the errors of its workers."""
    with pytest.raises(Diverged) as caught:
        fit(X, Y, **({"n_iters": 3} | arguments))
    error = caught.value
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), str(again)) == (Diverged, str(error))
    assert again.run.history.loss.tolist() == error.run.history.loss.tolist()
    assert again.max_lr == error.max_lr


def test_divergence_of_fractions_prints_what_no_float_holds() -> None:
    """|1 − 2·100| = 199: the loss ends at 199^1000."""
    with pytest.raises(Diverged, match=r"from 1 to 7\.\d{5}e\+2298 in 500 steps"):
        fit([Fraction(1)], [Fraction(1)], lr=100, n_iters=500)
    with pytest.raises(Diverged, match=r"got 1\.00000e\+400"):
        fit([Fraction(1)], [Fraction(1)], lr=10**400, n_iters=1)


SQUARES = [(np.float64, 1e100, 1e-8), (np.float64, 1e-100, 0), (np.float32, 1e15, 1e-8)]


@pytest.mark.parametrize(("kind", "size", "eps"), SQUARES)
def test_divergence_names_a_gradient_whose_square_is_no_number(
    kind: Any, size: float, eps: float
) -> None:
    x = np.array([size], dtype=kind)
    dtype = np.dtype(kind).name
    message = f"the square of the first gradient leaves {dtype}: scale the data$"
    with pytest.raises(Diverged, match=message):
        fit(x, x, optimizer=optimizers.adam(0.1, eps=eps), n_iters=5)


def test_divergence_does_not_blame_a_square_that_is_fine() -> None:
    with pytest.raises(Diverged, match=r"in \d+ steps$"):
        fit(X, Y, optimizer=UP, n_iters=10**4)


def test_the_result_is_not_the_run_so_far() -> None:
    """To change the one does not change what goes on."""
    x, y = np.eye(2), np.array([1.0, 2.0])
    whole, run = fit(x, y, n_iters=6), fit(x, y, n_iters=3)
    run.w[:] = 7
    run.history.w[:] = 7
    assert fit(x, y, run.so_far, n_iters=6).w.tolist() == whole.w.tolist()


RESUMED = [
    (
        optimizers.momentum(0.1),
        {"optimizer": optimizers.adam()},
        "its state is MomentumState$",
    ),
    (optimizers.adam(), {"lr": 0.1}, "of another optimizer, its state is AdamState$"),
    (
        optimizers.weight_decay(optimizers.sgd(0.1), 0.1, kind="coupled"),
        {"optimizer": optimizers.weight_decay(optimizers.adam(), 0.1, kind="coupled")},
        "of another optimizer, its state is WeightDecayState$",
    ),
]


@pytest.mark.parametrize(("first", "then", "message"), RESUMED)
def test_a_run_goes_on_with_its_own_optimizer(
    first: Optimizer, then: Any, message: str
) -> None:
    run = fit(X, Y, optimizer=first, n_iters=3)
    with pytest.raises(ValueError, match=message):
        fit(X, Y, run.so_far, **then)


def test_a_run_goes_on_in_its_own_dtype() -> None:
    run = fit(X, Y, n_iters=3)
    with pytest.raises(ValueError, match="was of float64, now x is of float32"):
        fit(X.astype(np.float32), Y, run.so_far)


HUGE = 10**400


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"optimizer": optimizers.adam},
            TypeError,
            r"optimizer must be one, such as optimizers.adam\(\), got <function adam",
        ),
        ({"optimizer": "adam"}, TypeError, "optimizer must be one, .* got 'adam'"),
        ({"stop": "x"}, TypeError, "stop must be a function, got 'x'"),
        ({"lr": HUGE}, ValueError, "a hyperparameter is too large for float64"),
        ({"tol": HUGE}, ValueError, "a hyperparameter is too large for float64"),
        ({"w": Fraction(HUGE)}, ValueError, "w is too large for float64"),
    ],
    ids=["factory", "name", "stop", "lr", "tol", "w"],
)
def test_fit_says_what_is_wrong(
    arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fit(X, Y, **arguments)


def test_numbers_that_leave_the_dtype_are_refused() -> None:
    with pytest.raises(ValueError, match="a hyperparameter is too large for float64"):
        refgd.step(0.0, 1.0, HUGE)
    with pytest.raises(ValueError, match="a hyperparameter is too large for float64"):
        theory.rate(X, HUGE)
    with pytest.raises(ValueError, match=r"^y is too large for float32"):
        fit(np.ones(1, dtype=np.float32), [1e300])
    with pytest.raises(ValueError, match=r"^y must be finite, got inf"):
        fit(np.ones(1, dtype=np.float32), [np.inf])
