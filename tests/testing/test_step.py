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


def _remembers(kind: str) -> Step:
    kept = [0.0]

    def step(w: Any, dw: Any, lr: Any) -> Any:
        before = kept[0]
        kept[0] = 0.9 * before + (lr if kind == "inside" else 1) * dw
        if kind == "stale":
            kept[0] = dw
            return w - lr * before
        if kind == "count":
            kept[0] = before + 1
            return w - lr * dw / kept[0]
        return w - (1 if kind == "inside" else lr) * kept[0]

    return step


def _without_last(w: Any, dw: Any, lr: Any) -> Any:
    new = np.array(w - lr * dw)
    new[-1] = w[-1]
    return new


def _return_nothing(w: Any, dw: Any, lr: Any) -> None:
    w = w - lr * dw


MISTAKES: dict[str, tuple[Step, str]] = {
    "sign": (lambda w, dw, lr: w + lr * dw, "the sign is turned around: it climbs"),
    "twice": (lambda w, dw, lr: w - lr * lr * dw, "the learning rate is applied twice"),
    "unused": (lambda w, dw, lr: w - dw + 0 * lr, "the learning rate is not used"),
    "literal": (lambda w, dw, lr: w - 0.01 * dw + 0 * lr, "it uses 0.01, whatever lr"),
    "change": (lambda w, dw, lr: -lr * dw + 0 * w, "it returns the change"),
    "still": (lambda w, dw, lr: w + 0 * dw * lr, "it does not move"),
    "doubled": (lambda w, dw, lr: w - 2 * lr * dw, "the step is doubled"),
    "third": (lambda w, dw, lr: w - lr * dw / 3, "the step is 1/3 times as long"),
    "swapped": (lambda w, dw, lr: dw - lr * w, "w and dw are exchanged"),
    "shrunk": (
        lambda w, dw, lr: (w - lr * dw) * (1 - 1e-5),
        "the new weight is multiplied by 0.99999",
    ),
    "decay": (
        lambda w, dw, lr: w * (1 - 0.01 * lr) - lr * dw,
        "the weight decays: it returns w·(1 − 0.01·lr) − lr·dw",
    ),
    "plain decay": (
        lambda w, dw, lr: 0.999 * w - lr * dw,
        "the weight decays, whatever lr is: it returns 0.999·w − lr·dw",
    ),
    "extra": (
        lambda w, dw, lr: w - lr * dw - 0.1 * dw,
        "it subtracts 0.1·dw too: it returns w − 0.1·dw − lr·dw",
    ),
    "sum": (lambda w, dw, lr: w - (lr + dw), "it returns w − dw − lr"),
    "quotient": (lambda w, dw, lr: w - dw / lr, "the learning rate divides"),
    "signs": (lambda w, dw, lr: w - lr * np.sign(dw), "dw is replaced by its sign"),
    "abs": (lambda w, dw, lr: w - lr * abs(dw), "dw is taken without its sign"),
    "norm": (
        lambda w, dw, lr: w - lr * dw / (np.linalg.norm(dw) + 1e-8),
        "dw is divided by its length (+ 1e-08)",
    ),
    "clip": (lambda w, dw, lr: w - lr * np.clip(dw, -5, 5), "dw is cut at ±5"),
    "clipped norm": (
        lambda w, dw, lr: w - lr * dw * min(1, 5 / (np.linalg.norm(dw) or 1)),
        "dw is shortened to a length of 5",
    ),
    "length": (
        lambda w, dw, lr: w - lr * dw / np.size(w),
        "dw is divided by the number of weights",
    ),
    "mean": (
        lambda w, dw, lr: w - lr * np.mean(dw),
        "dw is replaced by its mean over the weights",
    ),
    "reverse": (lambda w, dw, lr: w - lr * dw[::-1], "dw is in reverse order"),
    "last": (_without_last, "dw lacks its last entry, for which 0 is taken"),
    "float32": (
        lambda w, dw, lr: np.float32(w) - np.float32(lr) * np.float32(dw),
        "it computes in float32",
    ),
    "whole": (lambda w, dw, lr: int(w - lr * dw), "the new weight is cut to a whole"),
    "rounded": (
        lambda w, dw, lr: w - np.round(lr * dw, 6),
        "the step lr·dw is rounded to 6 decimals",
    ),
    "dead zone": (
        lambda w, dw, lr: w - np.where(abs(lr * dw) < 1e-6, 0, lr * dw),
        "the step lr·dw is taken for 0 where it is small, as at ",
    ),
    "small lr": (
        lambda w, dw, lr: w - max(lr, 1e-6) * dw,
        "lr is raised to 1e-06 at least",
    ),
    "no numbers": (lambda w, dw, lr: f"{w}{dw}{lr}", "it returns no numbers"),
    "no return": (_return_nothing, "it returns nothing: is the return missing?"),
    "one number": (
        lambda w, dw, lr: np.sum(w - lr * dw),
        "it returns one number for weights of shape (8,)",
    ),
    "too many": (
        lambda w, dw, lr: w - lr * np.reshape(dw, (-1, 1)),
        "it returns an array of shape (1, 1) for weights of shape ()",
    ),
    "in place": (_in_place, "it changes its input w\n"),
    "great lr": (
        lambda w, dw, lr: w - lr * dw * (1 + (lr > 1)),
        "it is wrong only where lr is 3, and right on every other example",
    ),
    "momentum": (_remembers("plain"), "twice gives two answers; a momentum, v = 0.9·v"),
    "with lr": (_remembers("inside"), "a momentum, v = 0.9·v + lr·dw, w − v"),
    "stale": (_remembers("stale"), "it takes the dw of the call before"),
    "count": (_remembers("count"), "it remembers an earlier call"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_step_is_named(name: str) -> None:
    step, words = MISTAKES[name]
    with np.errstate(all="ignore"), pytest.raises(StepError) as failed:
        check_step(step)
    line = next(t for t in str(failed.value).splitlines() if "likely mistake: " in t)
    assert words in line + "\n"


@pytest.mark.parametrize(
    "step",
    [
        lambda w, dw, lr: w - lr * dw * (1 + np.sin(w + dw)),
        lambda w, dw, lr: w - lr / (1 + np.sin(dw)) * dw,
    ],
    ids=["wave", "rate"],
)
def test_a_step_that_no_mistake_explains_is_wrong_without_a_name(step: Step) -> None:
    with np.errstate(all="ignore"), pytest.raises(StepError) as failed:
        check_step(step)
    assert "likely mistake" not in str(failed.value)


def test_a_step_that_remembers_is_shown_with_both_answers() -> None:
    with pytest.raises(StepError) as failed:
        check_step(_remembers("plain"))
    assert "(w=0.0, dw=-30.0, lr=0.01)  # expected 0.3, got 0.57" in str(failed.value)
    assert str(failed.value).endswith(" the second time")
