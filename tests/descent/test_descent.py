"""The loop: what it yields, where it stops, and that it can be taken up again."""

import math
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import Diverged, Iterate, LeastSquares, Reason, descend, fit, theory
from refgd.optimizers import Optimizer, sgd
from refgd.testing import exact
from refgd.testing.strategies import datasets, problems

X, Y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 4.0, 6.0, 8.0])


def _same(a: Iterate, b: Iterate) -> bool:
    """Whether two iterates hold the same bits."""
    pairs = zip(a, b, strict=True)
    return all(np.asarray(p).tobytes() == np.asarray(q).tobytes() for p, q in pairs)


def test_the_tutorials_run() -> None:
    run = fit(X, Y, lr=0.01, n_iters=20)
    table = list(zip(run.history.w[1:], run.history.loss, strict=False))[::2]
    digits = [(f"{w:.3f}", f"{loss:.8f}") for w, loss in table]
    assert digits[:2] == [("0.300", "30.00000000"), ("0.772", "15.66018750")]
    assert digits[-1] == ("1.909", "0.08633812")
    assert f"{refgd.forward(run.w, 5):.3f}" == "9.612"


def test_fit_is_exact_on_fractions() -> None:
    x, y = exact.fractions(X), exact.fractions(Y)
    run = fit(x, y, lr=0.25, n_iters=0)
    assert run.lr == 0.25
    run = fit(x, y, lr=Fraction(1, 100), n_iters=20)
    assert run.w == 2 * (1 - Fraction(17, 20) ** 20)
    assert run.loss == 30 * Fraction(17, 20) ** 40


def test_fit_returns_the_loss_at_w_and_a_row_for_every_step() -> None:
    run = fit(X, Y, lr=0.01, n_iters=7)
    assert run.n_iters == 7
    assert run.history.t.tolist() == list(range(8))
    assert run.history.w.shape == run.history.loss.shape == (8,)
    assert run.history.w[0] == 0
    assert run.history.w[-1] == run.w
    assert run.loss == run.history.loss[-1] == LeastSquares(X, Y)(run.w)[0]
    assert fit(np.eye(2), [1, 2], n_iters=3).history.w.shape == (4, 2)


@pytest.mark.parametrize(("every", "rows"), [(1, 8), (2, [0, 2, 4, 6, 7]), (9, [0, 7])])
def test_every_thins_the_history(every: int, rows: Any) -> None:
    run = fit(X, Y, lr=0.01, n_iters=7, every=every)
    rows = list(range(rows)) if isinstance(rows, int) else rows
    assert run.history.t.tolist() == rows
    assert run.history.w[-1] == run.w


@given(data=st.data(), d=st.sampled_from([None, 2]))
def test_the_default_lr_never_rises_and_does_not_diverge(
    data: st.DataObject, d: int | None
) -> None:
    x, y, w = data.draw(problems(d=d))
    run = fit(x, y, w, n_iters=50)
    assert run.lr == theory.max_lr(x) / 4
    assert math.isfinite(run.loss)


@given(data=st.data())
def test_a_start_at_the_optimum_is_not_called_divergence(data: st.DataObject) -> None:
    """Rounding alone may carry the loss above its start when lr is within the bound."""
    x, y = data.draw(datasets())
    best = float(exact.optimum(x, y))
    run = fit(x, y, best, lr=theory.max_lr(x), n_iters=20)
    assert run.reason in {Reason.N_ITERS, Reason.GRADIENT}


@pytest.mark.parametrize("d", [None, 3])
@given(data=st.data(), t=st.integers(0, 6))
def test_any_iterate_resumes_bit_for_bit(
    d: int | None, data: st.DataObject, t: int
) -> None:
    x, y, w = data.draw(problems(d=d))
    objective, optimizer = LeastSquares(x, y), sgd(lambda s: 0.01 / (1 + s))
    with np.errstate(all="ignore"):
        whole = list(islice(descend(objective, w, optimizer), 10))
        resumed = islice(descend(objective, whole[t], optimizer), 10 - t)
        assert all(_same(a, b) for a, b in zip(whole[t:], resumed, strict=True))


@given(data=st.data())
def test_the_same_call_gives_the_same_bits(data: st.DataObject) -> None:
    x, y = data.draw(datasets(d=2))
    first, second = fit(x, y, n_iters=20), fit(x, y, n_iters=20)
    assert _same(first.last, second.last)
    assert first.history.w.tobytes() == second.history.w.tobytes()


def test_fit_goes_on_from_its_last_iterate() -> None:
    half, whole = fit(X, Y, n_iters=5), fit(X, Y, n_iters=10)
    walk = descend(LeastSquares(X, Y), half.last, sgd(theory.default_lr(X)))
    assert _same(list(islice(walk, 6))[-1], whole.last)


def test_descend_yields_before_it_steps() -> None:
    first, second = islice(descend(LeastSquares(X, Y), 0.0, sgd(0.01)), 2)
    assert (first.t, first.w, first.loss, first.dw) == (0, 0, 30, -30)
    assert (second.t, second.w) == (1, 0.3)
    assert first.state == (0,)
    assert second.state == (1,)


def test_descend_takes_any_objective() -> None:
    walk = descend(lambda w: (w * w, 2 * w), 1, sgd(0.25))
    assert [float(it.w) for it in islice(walk, 3)] == [1, 0.5, 0.25]
    fractions = descend(lambda w: (w * w, 2 * w), Fraction(1), sgd(0.25))
    assert [it.w for it in islice(fractions, 3)] == [1, Fraction(1, 2), Fraction(1, 4)]


def test_descend_asks_an_objective_that_changes_for_each_step() -> None:
    class Changing:
        """L = t·w at step t."""

        def at(self, t: int) -> Any:
            return lambda w: (t * w, np.float64(t))

        def __call__(self, w: Any) -> Any:
            raise AssertionError(w)

    walk = descend(Changing(), 10.0, sgd(1.0))
    assert [float(it.w) for it in islice(walk, 4)] == [10, 10, 9, 7]


def test_descend_does_not_touch_its_start() -> None:
    start = np.array([1.0, 2.0])
    first = next(descend(lambda w: (w.sum(), w), start, sgd(1.0)))
    assert not np.shares_memory(first.w, start)


def test_descend_does_not_raise_for_divergence() -> None:
    with np.errstate(all="ignore"):
        last = list(islice(descend(LeastSquares(X, Y), 0.0, sgd(1.0)), 500))[-1]
    assert not math.isfinite(last.loss)


@pytest.mark.parametrize(
    ("dw", "error", "message"),
    [
        (np.zeros(2), ValueError, r"dw must have the shape of w, \(3,\), got \(2,\)"),
        (np.zeros((3, 1)), ValueError, r"dw must have the shape of w, \(3,\), got \(3"),
        ("a", TypeError, "dw must hold real numbers"),
    ],
)
def test_descend_refuses_a_gradient_that_does_not_fit(
    dw: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        next(descend(lambda _: (1.0, dw), np.zeros(3), sgd(0.1)))


def test_descend_refuses_a_gradient_that_does_not_fit_later() -> None:
    shapes = iter([(3,), (3,), (3, 1)])
    walk = descend(lambda _: (1.0, np.zeros(next(shapes))), np.zeros(3), sgd(0.1))
    assert [it.t for it in islice(walk, 2)] == [0, 1]
    with pytest.raises(
        ValueError, match=r"dw must have the shape of w, \(3,\), got \(3"
    ):
        next(walk)


def test_tol_is_relative_to_the_first_gradient() -> None:
    """The gradient shrinks by 0.85 a step: 0.85^t ≤ 1/2 first at t = 5."""
    run = fit(X, Y, lr=0.01, tol=0.5)
    assert run.converged
    assert run.n_iters == 5
    assert run.reason is Reason.GRADIENT
    assert not fit(X, Y, lr=0.01, tol=0.5, n_iters=4).converged
    assert fit(X, Y, lr=0.01, tol=0.5, n_iters=5).converged


def test_tol_takes_the_largest_component() -> None:
    """H = diag(1, 1/9), lr 1/2: dw = (1, 3) shrinks by (1/2, 17/18) a step.

    Its largest component is at most 0.92 of the first after two steps, its length
    (3.16, 2.88) after one.
    """
    x = exact.fractions([[1, 0], [0, 1]]) * np.array([1, Fraction(1, 3)])
    run = fit(x, [0, 0], [1, 27], lr=Fraction(1, 2), tol=0.92)
    assert run.n_iters == 2
    assert fit(x, [0, 0], [0, 0]).n_iters == 0


def test_a_run_at_rest_has_converged() -> None:
    assert fit([0.0, 0.0], [1.0, 1.0]).reason is Reason.GRADIENT
    assert fit(X, Y, 2.0).n_iters == 0


def test_divergence_says_when_from_what_to_what_and_the_largest_lr() -> None:
    with pytest.raises(Diverged) as caught:
        fit(X, Y, lr=0.2, n_iters=3)
    error = caught.value
    assert str(error) == (
        "diverged: the loss went from 30 to 1920 in 3 steps; "
        "the largest lr this data allows is 0.133333, got 0.2"
    )
    assert isinstance(error, ArithmeticError)
    assert error.max_lr == theory.max_lr(X)
    assert error.run.history.loss.tolist() == [30, 120, 480, 1920]
    assert error.run.reason is Reason.N_ITERS


def test_a_loss_that_is_not_finite_ends_the_run_at_once() -> None:
    # |1 − lr·H| = 14, so the loss grows 196-fold: 30·196^t > 1.8e308 first at t = 134
    with pytest.raises(Diverged, match="to inf in 134 steps") as caught:
        fit(X, Y, lr=1.0, n_iters=10**9)
    assert caught.value.run.reason is Reason.NOT_FINITE
    with pytest.raises(Diverged, match="diverged: the loss at the start is inf: start"):
        fit(X, Y, 1e200)
    with pytest.raises(Diverged, match="got a schedule"):
        fit(X, Y, lr=lambda _: 0.2, n_iters=5)


def test_a_schedule_within_the_bound_is_not_divergence() -> None:
    run = fit(X, Y, lr=lambda t: 0.1 / (1 + t), n_iters=5)
    assert run.reason is Reason.N_ITERS


def test_another_rule_that_ends_above_its_start_says_so() -> None:
    up = Optimizer(lambda _: (), lambda w, dw, state: (w + 0.01 * dw, state))
    run = fit(X, Y, optimizer=up, n_iters=3)
    assert run.reason is Reason.ABOVE_START
    assert run.lr is None
    assert fit(X, Y, optimizer=sgd(0.01), n_iters=3).reason is Reason.N_ITERS
    with pytest.raises(Diverged, match=r"to inf in \d+ steps$") as caught:
        fit(X, Y, optimizer=up, n_iters=10**4)
    assert caught.value.max_lr is None


def test_a_stop_rule_joins_the_others() -> None:
    run = fit(X, Y, stop=lambda h: Reason.INTERRUPTED if h.last.t == 3 else None)
    assert run.n_iters == 3
    assert run.reason is Reason.INTERRUPTED
    assert not run.converged


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"lr": "a"}, TypeError, "lr must be a real number, got 'a'"),
        ({"lr": True}, TypeError, "lr must be a real number, got True"),
        ({"lr": 1j}, TypeError, "lr must be a real number, got 1j"),
        ({"lr": lambda _: -1}, ValueError, r"lr\(0\) must not be negative, got -1"),
        ({"lr": lambda _: math.nan}, ValueError, r"lr\(0\) must be finite, got nan"),
        ({"tol": -1}, ValueError, "tol must not be negative, got -1"),
        ({"every": 0}, ValueError, "every must be at least 1, got 0"),
        ({"every": 1.0}, TypeError, "every must be a whole number, got 1.0"),
        (
            {"lr": 0.1, "optimizer": sgd(0.1)},
            ValueError,
            "give either lr or optimizer, not both",
        ),
        ({"w": [1]}, ValueError, "w must be a scalar"),
        ({"w": math.inf}, ValueError, "w must be finite, got inf"),
    ],
)
def test_bad_arguments_are_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fit(X, Y, **arguments)


def test_lr_may_be_a_zero_dimensional_array() -> None:
    lr: Any = np.array(0.01)
    assert fit(X, Y, lr=lr, n_iters=1).w == 0.3


def test_fit_leaves_the_error_state_alone() -> None:
    before = np.geterr()
    with pytest.raises(Diverged):
        fit(X, Y, lr=1.0)
    assert np.geterr() == before


@pytest.mark.parametrize("kind", [np.float32, np.longdouble])
def test_fit_keeps_the_dtype(kind: type) -> None:
    run = fit(X.astype(kind), Y, lr=0.01, n_iters=3)
    assert run.w.dtype == run.loss.dtype == run.history.w.dtype == kind
