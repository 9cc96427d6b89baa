"""check_step: right steps pass, wrong ones are named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refgd
from refgd.testing import StepError, check_step

Step = Callable[..., Any]


def _in_place_on_a_copy(w: Any, dw: Any, lr: Any) -> Any:
    new = np.array(w)
    new -= lr * dw
    return new


@pytest.mark.parametrize(
    "step",
    [
        refgd.step,
        lambda w, dw, lr: w - lr * dw,
        lambda w, dw, lr: w + (-lr) * dw,
        lambda w, dw, lr: np.subtract(w, np.multiply(dw, lr)),
        lambda w, dw, lr: float(w) - float(lr) * float(dw),
        _in_place_on_a_copy,
    ],
    ids=["refgd", "plain", "added", "ufuncs", "floats", "own-copy"],
)
def test_a_right_step_passes(step: Step) -> None:
    assert check_step(step) >= 60


@pytest.mark.parametrize(
    "step",
    [
        lambda lr, w, dw: w - lr * dw,
        lambda learning_rate, grads, params: params - learning_rate * grads,
        lambda theta, gradient, alpha=0.1: theta - alpha * gradient,
        lambda *, dw, w, eta: w - eta * dw,
        lambda w, dw, lr=0.5, momentum=0.0: w - lr * dw + momentum,
        lambda one, two, three: one - three * two,
    ],
    ids=["rate-first", "other-names", "default", "by-name", "more", "own-names"],
)
def test_a_step_is_called_by_the_names_of_its_parameters(step: Step) -> None:
    assert check_step(step) >= 60


def test_a_wrong_step_is_told_whatever_the_order() -> None:
    with pytest.raises(StepError, match="the sign is turned around"):
        check_step(lambda lr, w, dw: w + lr * dw)
    with pytest.raises(StepError, match="the sign is turned around"):
        check_step(lambda one, two, three: one + three * two)


def test_a_step_of_other_names_needs_a_signature() -> None:
    def step(one: Any, two: Any, three: Any) -> Any:
        return two - one * three

    with pytest.raises(TypeError, match="step: which parameter is w, dw or lr"):
        check_step(step)
    assert check_step(step, signature="lr, w, dw") >= 60
    with pytest.raises(StepError):
        check_step(step, signature="w, dw, lr")
    with pytest.raises(ValueError, match="signature must name w, dw, lr, once each"):
        check_step(step, signature="w, w, lr")


@pytest.mark.parametrize(
    "step",
    [
        lambda w, dw: w - dw,
        lambda w, dw, lr, more: w - lr * dw + more,
        lambda *, one, two, three: one - two * three,
        lambda w, dw, lr: w.no_such_method(dw, lr),
    ],
    ids=["two", "four", "unknown", "raises"],
)
def test_what_cannot_be_called_is_no_verdict(step: Step) -> None:
    with pytest.raises(TypeError, match=r"which parameter is|could not be called"):
        check_step(step)


def _in_place(w: Any, dw: Any, lr: Any) -> Any:
    w -= lr * dw
    return w


def _stale() -> Step:
    """Return a step that takes the gradient of the call before."""
    kept: list[Any] = []

    def step(w: Any, dw: Any, lr: Any) -> Any:
        kept.append(np.copy(dw)[()])
        old = kept[-2:][0] if np.shape(kept[-2:][0]) == np.shape(dw) else dw
        return w - lr * old

    return step


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda w, dw, lr: w + lr * dw, "the sign is turned around"),
        (lambda w, dw, lr: w - lr * lr * dw, "the learning rate is applied twice"),
        (lambda w, dw, lr: w - dw + 0 * lr, "the learning rate is not used"),
        (lambda w, dw, lr: -lr * dw + 0 * w, "it returns the change"),
        (lambda w, dw, lr: w + 0 * dw * lr, "it does not move"),
        (lambda w, dw, lr: w - 2 * lr * dw, "the step is doubled"),
        (lambda w, dw, lr: (w - lr * dw) * (1 - 1e-5), "expected"),
        (_in_place, "a changed input"),
        (lambda w, dw, lr: w - np.where(abs(lr * dw) < 1e-6, 0, lr * dw), "expected"),
        (lambda w, dw, lr: w - lr * np.where(abs(dw) < 1e-12, 0, dw), "expected"),
        (lambda w, dw, lr: w - max(lr, 1e-6) * dw, "expected"),
        (_stale(), "it remembers an earlier call"),
        (lambda w, dw, lr: w - 0.1 * dw + 0 * lr, "is not used: it is 0.1"),
        (lambda w, dw, lr: w - lr * np.sign(dw), "only the sign of dw counts"),
        (lambda w, dw, lr: w - lr * (dw + 0.01 * w), "lr · 0.01 · w is subtracted"),
        (lambda w, dw, lr: w - lr * dw - 0.01 * w, "  likely mistake: 0.01 · w is"),
        (lambda w, dw, lr: w - 3 * lr * dw, "the step is multiplied by 3"),
    ],
    ids=[
        *("sign", "twice", "unused", "change", "still", "doubled", "decay", "in-place"),
        *("dead-zone", "small-dw", "small-lr", "stale"),
        *("fixed", "sign-only", "decay-lr", "decay-w", "thrice"),
    ],
)
def test_a_wrong_step_is_named(step: Step, said: str) -> None:
    with pytest.raises(StepError, match=said):
        check_step(step)
