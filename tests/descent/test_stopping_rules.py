"""Loss change, patience, a time budget: what they answer, and when."""

from collections.abc import Callable
from fractions import Fraction
from itertools import count, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import refgd
from refgd import stopping
from refgd._types import Array
from refgd.stopping import Reason
from refgd.testing.strategies import datasets

Data = tuple[Array, Array]

X, Y = np.arange(1.0, 5.0), 2 * np.arange(1.0, 5.0)
HELD = ([1.0], [1.0])  # wants w = 1, on the way from 0 to the optimum, 2


def ticking(*times: float) -> Callable[[], float]:
    """Return a clock that reads these times, one a call."""
    return iter(times).__next__


@given(
    data=datasets(kind=Fraction, max_n=3),
    tol=st.fractions(0, 1, max_denominator=64),
    share=st.fractions(Fraction(1, 64), 1, max_denominator=64),
)
def test_loss_change_is_its_definition(
    data: Data, tol: Fraction, share: Fraction
) -> None:
    """Exactly: it stops at the first t with |L(t-1) - L(t)| <= tol L(0)."""
    x, y = data
    lr = refgd.theory.max_lr(x) * share
    run = refgd.fit(x, y, lr=lr, n_iters=6, stop=stopping.loss_change(tol))
    loss = run.history.loss
    met = [abs(a - b) <= tol * loss[0] for a, b in pairwise(loss)]
    assert met[:-1] == [False] * len(met[:-1])
    if run.reason is Reason.LOSS_CHANGE:
        assert met[-1]
        assert not run.converged
    elif run.reason is Reason.N_ITERS:
        assert not any(met)


def test_loss_change_by_hand() -> None:
    """The losses are 30 (17/20)^(2t): the fall from t = 1 to 2 is 0.2005 of 30."""
    stop = stopping.loss_change(0.201)
    run = refgd.fit(X, Y, lr=0.01, stop=stop)
    assert (run.n_iters, run.reason) == (2, Reason.LOSS_CHANGE)
    assert refgd.fit(X, Y, lr=0.01, stop=stopping.loss_change(0.2)).n_iters == 3


def test_loss_change_is_not_asked_of_a_batch() -> None:
    """Two batches of one epoch may have one loss; the epochs' losses are compared."""
    x, y = np.ones(4), np.full(4, 2.0)
    stop = stopping.loss_change(0.5)
    run = refgd.fit(x, y, lr=0.1, batch_size=1, stop=stop)
    assert run.n_iters == 8  # the first epoch takes 1 - 0.8^8 = 0.83 of the loss away


@given(
    data=datasets(min_n=2, max_n=6),
    share=st.floats(0.1, 0.9),
    epochs=st.integers(1, 4),
    batch=st.none() | st.integers(1, 4),
    n_iters=st.integers(0, 20),
)
@example((X, Y), 0.5, 1, None, 0)
@example((X, Y), 0.5, 1, 3, 1)
def test_patience_returns_the_best(
    data: Data, share: float, epochs: int, batch: int | None, n_iters: int
) -> None:
    """The first w of least validation loss, whatever ended the run."""
    run = refgd.fit(
        *data,
        validation=share,
        batch_size=batch,
        n_iters=n_iters,
        stop=stopping.patience(epochs),
    )
    losses = run.history.validation
    assert losses is not None
    assert run.validation == losses.min()
    best = losses.argmin()
    assert (run.w, run.loss) == (run.history.w[best], run.history.loss[best])
    if run.reason is Reason.PATIENCE:
        assert len(losses) - 1 - best == epochs
    else:
        assert len(losses) - 1 - best <= epochs


@pytest.mark.parametrize(("epochs", "steps"), [(1, 9), (2, 10), (5, 13)])
def test_patience_waits_for_so_many_epochs(epochs: int, steps: int) -> None:
    """w_t = 2 (1 - 0.925^t) is nearest to 1 at t = 9, where it is 1.0086."""
    run = refgd.fit(X, Y, lr=0.005, validation=HELD, stop=stopping.patience(epochs))
    assert (run.n_iters, run.reason) == (steps + 1, Reason.PATIENCE)
    assert run.w == run.history.w[9]
    assert run.last.w == run.history.w[-1]


def test_the_last_w_is_returned_without_patience() -> None:
    run = refgd.fit(X, Y, lr=0.005, n_iters=20, validation=HELD)
    assert run.w == run.history.w[-1]
    assert run.history.validation is not None
    assert run.validation == run.history.validation[-1] > run.history.validation.min()


@pytest.mark.parametrize(
    "rule",
    [
        stopping.patience(50) | stopping.n_iters(20),
        stopping.n_iters(20) | stopping.patience(50),
        stopping.patience(50) | (lambda _: None),
    ],
)
def test_patience_in_a_combination_returns_the_best(rule: stopping.Rule) -> None:
    run = refgd.fit(X, Y, lr=0.005, n_iters=20, validation=HELD, stop=rule)
    assert (run.w, run.n_iters) == (run.history.w[9], 20)
    assert rule.keeps_best
    assert not (stopping.n_iters(1) | stopping.gradient(0)).keeps_best


def test_patience_without_validation_is_refused_before_the_first_step() -> None:
    with pytest.raises(ValueError, match="patience needs validation data"):
        refgd.fit(X, Y, n_iters=0, stop=stopping.patience(3))


@pytest.mark.parametrize(("seconds", "steps"), [(0, 0), (0.5, 0), (1, 0), (3, 2)])
def test_time_budget_counts_from_its_making(seconds: float, steps: int) -> None:
    """The clock reads 10 at the making, then 11 at the start, 12 after one step."""
    stop = stopping.time_budget(seconds, ticking(*range(10, 20)))
    run = refgd.fit(X, Y, stop=stop)
    assert (run.n_iters, run.reason) == (steps, Reason.TIME_BUDGET)
    assert not run.converged


def test_time_budget_may_end_within_an_epoch() -> None:
    """The end is measured, wherever it is."""
    clock = count(1)
    stop = stopping.time_budget(4, lambda: next(clock))
    run = refgd.fit(X, Y, batch_size=1, stop=stop)
    assert run.n_iters == 3
    assert run.history.t.tolist() == [0, 3]
    assert run.loss == refgd.LeastSquares(X, Y)(run.w)[0] == run.history.loss[-1]


def test_time_budget_has_a_clock_of_its_own() -> None:
    assert refgd.fit(X, Y, stop=stopping.time_budget(0)).n_iters == 0
    assert refgd.fit(X, Y, n_iters=3, stop=stopping.time_budget(3600)).n_iters == 3


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (stopping.loss_change(1e-6), "loss_change(1e-06)"),
        (stopping.patience(5), "patience(5)"),
        (stopping.time_budget(60), "time_budget(60)"),
        (
            stopping.patience(5) | stopping.time_budget(1),
            "patience(5) | time_budget(1)",
        ),
    ],
)
def test_rules_print_as_they_are_written(rule: stopping.Rule, name: str) -> None:
    assert repr(rule) == name


@pytest.mark.parametrize(
    ("make", "value", "error", "message"),
    [
        (stopping.loss_change, -1, ValueError, "tol must not be negative"),
        (stopping.loss_change, np.nan, ValueError, "tol must be finite"),
        (stopping.loss_change, "1", TypeError, "tol must be a real number"),
        (stopping.patience, 0, ValueError, "patience must be at least 1"),
        (stopping.patience, 1.5, TypeError, "patience must be a whole number"),
        (stopping.time_budget, -1, ValueError, "seconds must not be negative"),
        (stopping.time_budget, None, TypeError, "seconds must be a real number"),
    ],
)
def test_bad_rules_are_refused(
    make: Callable[[Any], Any], value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(value)
