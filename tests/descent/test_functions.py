"""The user's optimizers and objectives: what they change, and what they return."""

from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest

import refgd
from refgd import LeastSquares, descend, fit, optimizers
from refgd.optimizers import Optimizer, momentum, sgd

X, Y = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]]), np.array([1.0, 2.0, 3.0])


def _without_state(update: Any) -> Optimizer:
    return Optimizer(lambda _: (), lambda w, dw, state: (update(w, dw), state))


def _in_place(w: Any, dw: Any) -> Any:
    w -= 0.01 * dw
    return w


def _both_in_place(w: Any, dw: Any) -> Any:
    dw *= 0.01
    w -= dw
    return w


BUFFER = np.zeros(2)


def _into_a_buffer(w: Any, dw: Any) -> Any:
    BUFFER[:] = w - 0.01 * dw
    return BUFFER


@pytest.mark.parametrize("update", [_in_place, _both_in_place, _into_a_buffer])
def test_an_update_in_place_changes_no_row(update: Any) -> None:
    """The history is that of the pure rule, to the last bit."""
    run = fit(X, Y, optimizer=_without_state(update), n_iters=9)
    pure = fit(X, Y, lr=0.01, n_iters=9)
    np.testing.assert_equal(run.history, pure.history)
    np.testing.assert_equal(run.so_far.first.dw, pure.so_far.first.dw)


def _momentum_in_place(w: Any, dw: Any, state: Any) -> Any:
    v, seen = state
    v *= 0.5
    v += dw
    seen.append(len(seen))
    w -= 0.01 * v
    return w, state


def test_a_state_changed_in_place_changes_no_iterate() -> None:
    """Each iterate resumes to the same bits, whatever was done after it."""
    optimizer = Optimizer(lambda w: (np.zeros_like(w), []), _momentum_in_place)
    walk = list(islice(descend(LeastSquares(X, Y), [0, 0], optimizer), 6))
    again = list(islice(descend(LeastSquares(X, Y), walk[2], optimizer), 4))
    np.testing.assert_equal(walk[2:], again)
    heavy = momentum(0.01, beta=0.5)
    pure = islice(descend(LeastSquares(X, Y), [0, 0], heavy), 6)
    np.testing.assert_allclose([it.w for it in walk], [it.w for it in pure], rtol=1e-12)


def _later_in_place(w: Any, dw: Any, state: Any) -> Any:
    v, t = state
    v += dw
    return w - 0.01 * v, (v, t + 1)


def test_a_state_changed_from_the_second_step_on_changes_no_iterate() -> None:
    """The first gradient is zero, so that the first step changes nothing."""

    class Late:
        def at(self, t: int) -> Any:
            return lambda w: (0.0, np.full_like(w, min(t, 1)))

    optimizer = Optimizer(lambda w: (np.zeros_like(w), 0), _later_in_place)
    walk = list(islice(descend(Late(), [0.0, 0.0], optimizer), 5))  # type: ignore[arg-type]  # at is enough
    assert [it.state[0].tolist() for it in walk] == [[v, v] for v in (0, 0, 1, 2, 3)]


def test_an_optimizer_in_another_is_called_with_copies_too() -> None:
    decayed = optimizers.weight_decay(_without_state(_in_place), 0.0, kind="coupled")
    run = fit(X, Y, optimizer=decayed, n_iters=9)
    assert len(np.unique(run.history.w, axis=0)) == 10


@pytest.mark.parametrize(
    ("new", "error", "got"),
    [
        (lambda w: w.astype(np.float32), TypeError, r"float32 and shape \(2,\)"),
        (lambda w: w.astype("i2"), TypeError, r"int16 and shape \(2,\)"),
        (lambda _: [0, 1], TypeError, r"int64 and shape \(2,\)"),
        (lambda w: w[:1], ValueError, r"float64 and shape \(1,\)"),
        (lambda w: w[:, None], ValueError, r"float64 and shape \(2, 1\)"),
        (lambda _: 0.5, ValueError, r"float64 and shape \(\)"),
    ],
)
def test_a_w_of_another_kind_or_shape_is_refused(
    new: Any, error: type[Exception], got: str
) -> None:
    with pytest.raises(error, match=rf"float64 and shape \(2,\), as w is; got {got}"):
        fit(X, Y, optimizer=_without_state(lambda w, _: new(w)))


@pytest.mark.parametrize("new", [None, "a", 1j, np.ma.array([1.0, 2.0])])
def test_a_w_that_is_no_numbers_is_refused(new: Any) -> None:
    with pytest.raises(TypeError, match="w that an update returns must"):
        fit(X, Y, optimizer=_without_state(lambda *_: new))


@pytest.mark.parametrize("result", [None, 1.0, np.zeros(2), (1.0,), (1.0, (), ())])
def test_an_update_without_a_state_is_refused(result: Any) -> None:
    optimizer = Optimizer(lambda _: (), lambda *_: result)
    with pytest.raises(TypeError, match=r"update must return \(w, state\), got"):
        fit(X, Y, optimizer=optimizer)


@pytest.mark.parametrize("kind", [np.float32, np.float64, Fraction])
def test_a_w_of_the_same_kind_passes(kind: Any) -> None:
    """A list of Python's floats too, where they are of w's kind."""
    x, y = ([kind(each) for each in (1, 2)] for _ in "xy")
    run = fit(x, y, optimizer=_without_state(lambda w, dw: w - kind(0.125) * dw))
    assert type(run.w) is kind
    as_list = _without_state(lambda w, dw: (w - 0.01 * dw).tolist())
    np.testing.assert_equal(
        fit(X, Y, optimizer=as_list, n_iters=5).history,
        fit(X, Y, lr=0.01, n_iters=5).history,
    )


@pytest.mark.parametrize("result", [None, 1.0, (1.0,), (1.0, 2.0, 3.0), "ab", [1.0]])
def test_an_objective_without_loss_and_gradient_is_refused(result: Any) -> None:
    with pytest.raises(TypeError, match=r"objective must return \(loss, dw\), got"):
        next(descend(lambda _: result, 1.0, sgd(0.1)))


@pytest.mark.parametrize("loss", [None, "a", True, 1j, np.ones(2), np.ones((1, 1))])
@pytest.mark.parametrize("late", [False, True])
def test_a_loss_that_is_no_number_is_refused(loss: Any, *, late: bool) -> None:
    losses = iter([1.0, loss] if late else [loss])
    walk = descend(lambda w: (next(losses), w), 1.0, sgd(0.1))
    with pytest.raises(TypeError, match="the loss that an objective returns must be"):
        list(islice(walk, 2))


def test_an_objective_may_return_a_list() -> None:
    def objective(w: Any) -> Any:
        return [w * w, 2 * w]

    walk = descend(objective, 1.0, sgd(0.25))
    assert [float(it.w) for it in islice(walk, 3)] == [1, 0.5, 0.25]


def test_an_objective_in_place_changes_no_iterate() -> None:
    """One that returns its own buffer for the gradient, and overwrites w."""
    buffer = np.zeros(2)

    def objective(w: Any) -> Any:
        buffer[:] = 2 * w
        loss = w @ w
        w[:] = 0
        return loss, buffer

    def pure(w: Any) -> Any:
        return w @ w, 2 * w

    walk, other = (
        islice(descend(f, [1.0, 3.0], sgd(0.1)), 5) for f in (objective, pure)
    )
    np.testing.assert_equal(list(walk), list(other))


def test_an_objective_that_changes_is_checked_at_each_step() -> None:
    class Changing:
        def at(self, t: int) -> Any:
            return lambda _: (1.0, np.zeros(2 + t))

    walk = descend(Changing(), [1.0, 2.0], sgd(0.1))  # type: ignore[arg-type]  # at is enough
    next(walk)
    with pytest.raises(ValueError, match="dw must have the shape of w"):
        next(walk)


@pytest.mark.parametrize("rate", [None, True, "0.1", [0.1], 1j, np.ones(1)])
def test_a_schedule_that_returns_no_number_is_refused(rate: Any) -> None:
    with pytest.raises(TypeError, match=r"lr\(3\) must be a real number, got"):
        refgd.fit(X, Y, lr=lambda t: rate if t == 3 else 0.01)
