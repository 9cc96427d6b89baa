"""Stop rules: frozen, printable, combined with |."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import refgd
from refgd import Reason, stopping
from refgd.history import Epochs, Iterate, Recorder


def _at(t: int, dw: Any = 1.0, loss: float = 1.0) -> Recorder:
    """A run of one epoch, in which the validation loss did not fall."""
    start = Iterate(0, 0.0, 1.0, np.float64(1), None)
    recorder = Recorder(start, epochs=Epochs(validation=abs))
    recorder.add(Iterate(t, 0.0, loss, np.float64(dw), None))
    return recorder


@pytest.mark.parametrize(("t", "reason"), [(4, None), (5, Reason.N_ITERS)])
def test_n_iters(t: int, reason: Reason | None) -> None:
    assert stopping.n_iters(5)(_at(t)) is reason


@pytest.mark.parametrize(("dw", "stops"), [(0.25, True), (-0.25, True), (0.26, False)])
def test_gradient(dw: float, stops: object) -> None:
    assert (stopping.gradient(0.25)(_at(1, dw)) is Reason.GRADIENT) is stops


@pytest.mark.parametrize("loss", [np.inf, -np.inf, np.nan])
def test_not_finite(loss: float) -> None:
    assert stopping.not_finite()(_at(1, loss=loss)) is Reason.NOT_FINITE
    assert stopping.not_finite()(_at(1)) is None


def test_the_first_rule_that_answers_decides() -> None:
    early, late = stopping.n_iters(3), stopping.gradient(0.5)
    assert (early | late)(_at(3, 0.1)) is Reason.N_ITERS
    assert (late | early)(_at(3, 0.1)) is Reason.GRADIENT
    assert (late | early)(_at(3)) is Reason.N_ITERS
    assert (late | early)(_at(2)) is None
    assert (early | (lambda _: Reason.INTERRUPTED))(_at(1)) is Reason.INTERRUPTED


def test_a_rule_is_frozen_and_prints_itself() -> None:
    rule = stopping.n_iters(3) | stopping.gradient(0.5)
    assert repr(rule) == "n_iters(3) | gradient(0.5)"
    with pytest.raises(FrozenInstanceError):
        rule.name = "other"  # type: ignore[misc]  # that it is frozen is the test


RULES = [
    stopping.n_iters(3),
    stopping.gradient(0.5),
    stopping.loss_change(0.25),
    stopping.patience(1),
    stopping.time_budget(0),
    stopping.time_budget(3600),
    stopping.not_finite(),
    stopping.n_iters(3) | stopping.gradient(0.5),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_rule_survives_a_copy(rule: stopping.Rule) -> None:
    """Pickled, as for another process, or copied, it gives the same answers."""
    histories = [_at(1), _at(3), _at(1, 0.1), _at(1, loss=np.inf), _at(2, loss=1.25)]
    for again in (pickle.loads(pickle.dumps(rule)), copy.deepcopy(rule)):  # noqa: S301 - our own
        assert repr(again) == repr(rule)
        assert again.keeps_best is rule.keeps_best
        assert [again(each) for each in histories] == [*map(rule, histories)]


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_is_a_sentence(reason: Reason) -> None:
    assert str(reason) == reason.value
    assert len(str(reason).split()) > 2


def test_the_recorder_knows_the_first_the_previous_and_the_last() -> None:
    first, second, third = (
        Iterate(t, float(t), 2.0 * t, np.array([t, -2.0 * t]), None) for t in (1, 2, 3)
    )
    recorder = Recorder(first, every=2)
    assert recorder.first is recorder.previous is recorder.last is first
    assert recorder.first_size == 2
    recorder.add(second)
    recorder.add(third)
    assert recorder.previous is second
    assert recorder.last is third
    t, w, loss, _ = recorder.history()
    assert (t.tolist(), w.tolist(), loss.tolist()) == ([1, 2, 3], [1, 2, 3], [2, 4, 6])


def test_any_function_joins_a_rule_from_either_side() -> None:
    def interrupted(history: Recorder) -> Reason | None:
        return Reason.INTERRUPTED if history.last.t >= 2 else None

    rule = stopping.n_iters(2)
    assert (interrupted | rule)(_at(2)) is Reason.INTERRUPTED
    assert (rule | interrupted)(_at(2)) is Reason.N_ITERS
    assert (interrupted | rule)(_at(1)) is None
    assert (interrupted | stopping.patience(3)).keeps_best
    assert repr(interrupted | rule).endswith(" | n_iters(2)")


@pytest.mark.parametrize("other", [None, 3, "n_iters(3)"])
def test_what_is_no_rule_does_not_join_one(other: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = stopping.n_iters(3) | other
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = other | stopping.n_iters(3)


def _at_rest(history: Recorder) -> Any:
    return history.last.t >= 3


@pytest.mark.parametrize("kind", [bool, np.bool_], ids=repr)
@pytest.mark.parametrize("never", [None, False, np.False_], ids=repr)
def test_a_condition_is_a_rule(kind: type, never: Any) -> None:
    """False goes on as None does, True stops; alone, and on either side of a rule."""
    rules: list[Any] = [
        lambda history: kind(_at_rest(history)),
        stopping.n_iters(9) | (lambda history: kind(_at_rest(history))),
        (lambda history: kind(_at_rest(history))) | stopping.n_iters(9),
        stopping.not_finite() | (lambda _: never) | _at_rest,
        stopping.Rule(_at_rest, "at rest"),
    ]
    for rule in rules:
        run = refgd.fit([1.0, 2.0], [3.0, 6.0], stop=rule)
        assert (run.n_iters, run.reason) == (3, Reason.CONDITION)


def test_a_condition_on_the_loss_stops_where_it_holds() -> None:
    run = refgd.fit([1.0, 2.0], [3.0, 6.0], stop=lambda h: h.last.loss < 1e-6)
    assert run.history.loss[-1] < 1e-6 <= run.history.loss[-2]


ANSWERS = [0, 1, "small", 0.5, np.float64(1), np.array([True]), (), Reason]


@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
def test_another_answer_of_a_rule_is_refused(answer: Any) -> None:
    """Alone, on either side of another rule, and in a Rule; with what it returned."""
    alone: Any = lambda _: answer  # noqa: E731 - one answer for each way to join it
    both = [alone | stopping.n_iters(9), stopping.n_iters(9) | alone]
    for rule in (alone, *both, stopping.Rule(alone, "mine")):
        with pytest.raises(TypeError, match="stop rule must return None or False to"):
            refgd.fit([1.0, 2.0], [3.0, 6.0], stop=rule)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble, Fraction])
def test_the_gradient_s_largest_component_decides(kind: Any) -> None:
    """One after another of them is the largest; fit stops where the last one is met."""
    x = np.array([[4, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0]]) * kind(1)
    y = np.array([7, -3, 2, 1]) * kind(1)
    run = refgd.fit(x, y, lr=kind(1) / 16, n_iters=40, tol=kind(1) / 4)
    sizes = [np.abs(refgd.LeastSquares(x, y)(w)[1]).max() for w in run.history.w]
    assert run.converged
    assert [size <= sizes[0] / 4 for size in sizes] == [*(run.n_iters * [False]), True]
