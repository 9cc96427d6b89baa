"""The check of somebody's optimizer: it names what is wrong, and passes the right."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd import optimizers
from refgd._rules import RULES
from refgd.testing import drivers
from refgd.testing.optimizer import WrongOptimizer, _check, check_optimizer
from testing.optimizer.wrong import WRONG, Wrong, adam, adam_uncorrected, sgd_clipped
from testing.optimizer.wrong_held_out import UNSEEN, Unseen

# --- what is wrong ---------------------------------------------------------------


@pytest.mark.parametrize("wrong", WRONG, ids=lambda w: f"{w}, for {w.like}")
def test_wrong_optimizer_is_rejected_with_its_mistake(wrong: Wrong) -> None:
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(wrong.update, wrong.like, **wrong.hyper)
    assert wrong.mistake in (caught.value.mistake or "")
    assert "first difference: step " in str(caught.value)
    assert f"likely: {caught.value.mistake}" in str(caught.value)


@pytest.mark.parametrize("unseen", UNSEEN, ids=str)
def test_unseen_mistake_is_rejected_at_its_first_step(
    unseen: Unseen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_check, "BUDGET", 1000)  # a few: in most of them one is enough
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(unseen.update, unseen.like, **dict(unseen.hyper))
    assert caught.value.t == unseen.t
    assert f"first difference: step {unseen.t}, of a weight" in str(caught.value)


def test_the_first_difference_is_worked_by_hand() -> None:
    """From 0, g = 7/16: m = 0.1 g, v = 0.001 g², so 0.1 / √0.001 of lr = 1/16."""
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(adam_uncorrected, "adam")
    assert (caught.value.t, caught.value.kind) == (1, "normal")
    assert caught.value.expected == pytest.approx(-1 / 16, abs=1e-8)
    assert caught.value.got == pytest.approx(-0.1 / math.sqrt(0.001) / 16, abs=1e-6)


def test_lr_inside_is_seen_where_lr_changes() -> None:
    wrong = optimizers.momentum
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(drivers.refgd(wrong), "torch.optim.SGD", momentum=0.9)
    assert caught.value.t == 11
    assert "agreed before: 10 of 20 steps" in str(caught.value)


def test_a_difference_that_no_mistake_explains_is_left_unexplained() -> None:
    def bent(w: Any, dw: Any, state: Any, lr: float) -> Any:
        return w - lr * np.tanh(dw), state

    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(bent, "sgd")
    assert caught.value.mistake is None
    assert "likely" not in str(caught.value)


def test_a_mistake_is_said_only_where_it_explains_every_run() -> None:
    """Clipped as a rule, but not where gradients are larger than 1000."""

    def seldom(w: Any, dw: Any, state: Any, lr: float) -> Any:
        clipped = np.where(np.abs(dw) > 1000, dw, np.clip(dw, -1, 1))
        return w - lr * clipped, state

    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(seldom, "sgd")
    assert caught.value.mistake is None
    with pytest.raises(WrongOptimizer, match="clipped to \\[-1, 1\\]"):
        check_optimizer(sgd_clipped, "sgd")


# --- what is right ---------------------------------------------------------------


def adam_of_single_numbers(w: Any, dw: Any, state: Any, lr: float) -> Any:
    """As in a first course: Python's floats, math.sqrt, a list that is changed."""
    if state is None:
        state = [0, 0.0, 0.0]
    state[0] += 1
    state[1] = 0.9 * state[1] + 0.1 * dw
    state[2] = 0.999 * state[2] + 0.001 * dw**2
    m_hat = state[1] / (1 - 0.9 ** state[0])
    v_hat = state[2] / (1 - 0.999 ** state[0])
    return w - lr * m_hat / (math.sqrt(v_hat) + 1e-8), state


def adam_in_a_dict(w: Any, dw: Any, state: Any, lr: float, eps: float = 1e-8) -> Any:
    """The state is a dict, all is done in place, and w alone is returned."""
    state["t"] = state.get("t", 0) + 1
    m, v = (state.setdefault(key, np.zeros_like(w)) for key in "mv")
    m *= 0.9
    m += 0.1 * dw
    v += 0.001 * (dw * dw - v)
    m_hat, v_hat = m / (1 - 0.9 ** state["t"]), v / (1 - 0.999 ** state["t"])
    w -= lr * m_hat / (np.sqrt(v_hat) + eps)
    return w


def adam_in_float32(w: Any, dw: Any, state: Any, lr: float) -> Any:
    return adam(w, dw, state, np.float32(lr))  # type: ignore[no-untyped-call]  # people's


RIGHT: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "adam": (adam, "adam", {}),
    "adam as torch's": (adam, "torch.optim.Adam", {"lr": 0.5}),
    "adam as optax's": (adam, "optax.adam", {}),
    "single numbers": (adam_of_single_numbers, "adam", {}),
    "a dict": (adam_in_a_dict, "adam", {}),
    "float32": (drivers.update(adam_in_float32, dtype=np.float32), "adam", {}),
    "an optimizer": (optimizers.adam(0.25), "adam", {"lr": 0.25}),
    "other names": (drivers.refgd(optimizers.adam), "adam", {"betas": (0.9, 0.999)}),
    "keras's names": (
        drivers.refgd(optimizers.adam, beta1=0.5, eps_hat=True),
        "keras.optimizers.Adam",
        {"beta_1": 0.5},
    ),
    "a rule and a word": (
        drivers.refgd(optimizers.adam, eps_hat=True),
        "adam",
        {"eps_hat": True},
    ),
    "the paper's adamw": (
        drivers.refgd(optimizers.adamw, wd=0.01),
        "adamw",
        {},
    ),
}


@pytest.mark.parametrize(("subject", "like", "hyper"), RIGHT.values(), ids=RIGHT)
def test_right_optimizer_passes(subject: Any, like: str, hyper: dict[str, Any]) -> None:
    check_optimizer(subject, like, **hyper)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_like_itself(rule: str) -> None:
    made: Callable[..., Any] = getattr(optimizers, rule)
    hyper: dict[str, Any] = {"wd": 0.125} if rule == "adamw" else {}
    check_optimizer(drivers.refgd(made, **hyper), rule)
    check_optimizer(drivers.refgd(made, dtype=np.float32, **hyper), rule)


def test_a_reference_may_be_an_optimizer_or_what_makes_one() -> None:
    check_optimizer(adam, optimizers.adam)
    check_optimizer(adam, lambda lr: optimizers.adam(lr, eps=1e-8))
    check_optimizer(optimizers.sgd(0.5), optimizers.sgd(0.5), lr=0.5)
    with pytest.raises(WrongOptimizer, match="likely: each step is half as long"):
        check_optimizer(optimizers.sgd(0.25), optimizers.sgd(0.5), lr=0.5)
    with pytest.raises(WrongOptimizer, match="likely: the sign"):
        check_optimizer(adam, lambda lr: uphill(optimizers.adam(lr)))


def uphill(optimizer: optimizers.Optimizer) -> optimizers.Optimizer:
    def update(w: Any, dw: Any, state: Any) -> Any:
        return optimizer.update(w, -dw, state)

    return optimizer._replace(update=update)


# --- what cannot be asked --------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "like", "hyper", "error", "message"),
    [
        (adam, "adma", {}, ValueError, "no rule is named 'adma'; near it: adam"),
        (adam, "torch.optim.Adma", {}, ValueError, "no dialect is named"),
        (adam, "adam", {"beta3": 1}, TypeError, "adam has no hyperparameter 'beta3'"),
        (adam, "adam", {"rho": 0.5}, TypeError, "adam has no hyperparameter 'rho'"),
        (adam, "torch.optim.Adam", {"amsgard": True}, TypeError, "near it: amsgrad"),
        (adam, optimizers.adam(0.1), {"eps": 0.1}, TypeError, "made already"),
        (3, "adam", {}, TypeError, "driver must be one of refgd.testing.drivers"),
        (lambda w, _dw, s: (w, s), "sgd", {}, TypeError, "state the rate that it has"),
        (lambda _w, _dw, _s: None, "sgd", {"lr": 1}, TypeError, "got None"),
        (lambda _w, _dw, _s: "w", "sgd", {"lr": 1}, TypeError, "must be floats"),
    ],
    ids=[
        "rule",
        "dialect",
        "hyperparameter",
        "not of adam",
        "near",
        "made already",
        "driver",
        "no rate",
        "None",
        "text",
    ],
)
def test_check_optimizer_refuses(
    subject: Any, like: Any, hyper: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        check_optimizer(subject, like, **hyper)


def test_what_an_update_raises_is_raised() -> None:
    def broken(_w: Any, _dw: Any, _state: Any) -> Any:
        raise RuntimeError("not written yet")

    with pytest.raises(RuntimeError, match="not written yet"):
        check_optimizer(broken, "sgd", lr=1)


def test_the_driver_says_what_its_optimizer_does_with_copies() -> None:
    """What is changed in place is the update's own."""
    dw, rates, w = np.ones((3, 2)), np.full(3, 0.5), np.ones(2)
    path = drivers.update(adam_in_a_dict).run(dw, rates, w)
    assert (w == 1).all()
    assert (dw == 1).all()
    assert (path[0] == 1).all()
    assert (path[1] != path[2]).all()
