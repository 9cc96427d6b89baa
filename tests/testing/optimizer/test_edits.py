"""The cause by search: edits of every rule's lines, found again in a black box."""

import importlib
from typing import Any

import numpy as np
import pytest

from refgd import optimizers
from refgd._rules import RULES
from refgd._types import Array
from refgd.dialects import Recipe
from refgd.dialects._dialect import complete
from refgd.testing import WrongOptimizer, check_optimizer, drivers, identify
from refgd.testing.optimizer._edits import edits, late_edits
from refgd.testing.optimizer._equations import EQUATIONS, Line, equations
from refgd.testing.optimizer._probes import GRADIENTS, Probe
from refgd.testing.optimizer._program import inputs, run

LR = 1 / 16
OWN = {"beta": 0.5, "eps": 1e-3, "initial_accumulator": 0.5}


def recipe(rule: str, rates: Array) -> Recipe:
    known = complete(Recipe(rule, {"lr": LR}, 0.0, "coupled")).flags
    own = {name: OWN[name] for name in OWN if name in known}
    return complete(Recipe(rule, {**own, "lr": lambda t: float(rates[t])}, 0.125, "lr"))


def black_box(rule: str, lines: tuple[Line, ...]) -> drivers.Driver:
    """Return a driver of some lines, which says nothing of itself."""

    def walk(_: Any, gradients: Array, rates: Array, w: Array) -> Array:
        rows = gradients.reshape(len(gradients), -1)
        probe = Probe({}, rates, rows, w.ravel(), w.shape)
        path = run(lines, inputs([recipe(rule, rates)], [probe]))[:, 0]
        return path.reshape(-1, *w.shape)

    return drivers.Driver("mine", walk, lr=LR)


def edit_of(rule: str, k: int) -> tuple[str, tuple[Line, ...]]:
    """Return one of a sample of its edits; with k = 0, 1, 2, another for each rule."""
    lines = equations(recipe(rule, np.full(20, LR)))
    every = {e.lines: e.words for e in (*edits(lines), *late_edits(lines, 7))}
    sample = [*every.items()][:: len(every) // 6]
    made, words = sample[([*EQUATIONS].index(rule) + 3 * k) % len(sample)]
    return words, made


#: A weight that is NaN takes all others of these along.
WHOLE = {"adafactor", "lamb", "lars", "novograd", "sm3"}


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("rule", EQUATIONS)
def test_an_edit_of_any_rule_is_found_again(rule: str, k: int) -> None:
    """As itself, or as another edit that does the same; or it does nothing."""
    own = recipe(rule, np.full(20, LR))
    words, lines = edit_of(rule, k)
    hyper = {key: own.flags[key] for key in OWN if key in own.flags}
    mine = black_box(rule, lines)
    try:
        check_optimizer(mine, rule, weight_decay=0.125, decay="lr", **hyper)
        found = "it does nothing"
    except WrongOptimizer as wrong:
        turns = np.resize([[1.0], [-1.0]], (20, 12))
        dw = GRADIENTS if rule in WHOLE else turns
        path = mine.run(dw, np.full(20, LR), np.ones(12))
        found = wrong.mistake or ("" if np.isfinite(path).all() else "it is NaN")
    assert found, words


def test_every_rule_has_lines() -> None:
    assert {*EQUATIONS} == {*RULES} - {"adamw"}


B1, B2 = 0.9, 0.999


def uncorrected_inside(w: Any, g: Any, state: Any, lr: float, eps: float = 1e-8) -> Any:
    m, v = state or (0.0, 0.0)
    m, v = B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g * g
    return w - lr * m / np.sqrt(v + eps), (m, v)


def resumed(w: Any, g: Any, state: Any, lr: float) -> Any:
    t, m, v, n = state or (0, 0.0, 0.0, 0)
    t, n = t + 1 if n != 7 else 1, n + 1
    m, v = B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g * g
    root = np.sqrt(v / (1 - B2**t)) + 1e-8
    return w - lr * m / (1 - B1**t) / root, (t, m, v, n)


def without_eps(w: Any, g: Any, state: Any, lr: float) -> Any:
    t, m, v = state or (0, 0.0, 0.0)
    t, m, v = t + 1, B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g * g
    return w - lr * m / (1 - B1**t) / np.sqrt(v / (1 - B2**t)), (t, m, v)


def sharing(w: Any, g: Any, state: Any, lr: float) -> Any:
    t, m, v = state or (0, 0.0, 0.0)
    t, w = t + 1, w.copy()
    for i in range(len(w)):
        m, v = B1 * m + (1 - B1) * g[i], B2 * v + (1 - B2) * g[i] ** 2
        w[i] -= lr * m / (1 - B1**t) / (np.sqrt(v / (1 - B2**t)) + 1e-8)
    return w, (t, m, v)


def strided(w: Any, g: Any, state: Any, lr: float) -> Any:
    w = w.copy()
    w[::2] -= lr * g[::2]
    return w, state


def lion_of_the_new_average(w: Any, g: Any, m: Any, lr: float) -> Any:
    m = 0.99 * (0 * w if m is None else m) + 0.01 * g
    return w - lr * np.sign(0.9 * m + 0.1 * g), m


def lion_of_another_share(w: Any, g: Any, m: Any, lr: float) -> Any:
    m = 0 * w if m is None else m
    return w - lr * np.sign(0.95 * m + 0.05 * g), 0.99 * m + 0.01 * g


def scaled(w: Any, g: Any, v: Any, lr: float) -> Any:
    v = 0.9 * (0 * w if v is None else v) + g / 37
    return w - lr * v, v


CAUSES = [
    (uncorrected_inside, "adam", "no bias correction; and eps is inside the root"),
    (resumed, "adam", "t begins anew after step 7"),
    (without_eps, "adam", "so that weights become NaN"),
    (sharing, "adam", "weights share their states: each goes on from the last one's"),
    (strided, "sgd", "skipped by their places: those at 1, 3, 5, 7, 9, 11, from 0"),
    (lion_of_the_new_average, "lion", "m is computed before c"),
    (lion_of_another_share, "lion", "beta1 is 0.95"),
    (scaled, "torch.optim.SGD", "each step is 0.02703 times as long"),
]


@pytest.mark.parametrize(("update", "like", "words"), CAUSES)
def test_cause_is_said(update: Any, like: str, words: str) -> None:
    hyper = {"momentum": 0.9} if "SGD" in like else {}
    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(update, like, **hyper)
    assert words in (caught.value.mistake or "")


def test_a_rule_of_its_own_is_said() -> None:
    """AMSGrad without its maximum is Adam."""
    adam = drivers.refgd(optimizers.adam)
    with pytest.raises(WrongOptimizer, match=r"the maximum is missing.*, which is t"):
        check_optimizer(adam, "torch.optim.Adam", amsgrad=True)


def test_far_from_everything_nothing_is_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = importlib.import_module("refgd.testing.optimizer._identify")
    likely = vars(module)["_by_likelihood"]
    monkeypatch.setattr(module, "BUDGET", 0)
    monkeypatch.setattr(module, "_by_likelihood", lambda table: likely(table)[:5])
    text = str(identify(lambda w, g, s, lr: (w - lr * np.tanh(g) * w, s)))
    assert "none is near it: all differ by more than 0.001" in text
    assert "nearest" not in text


def test_a_velocity_of_which_only_the_gradient_is_kept() -> None:
    class Momentum:
        def __init__(self, lr: float = 0.1, momentum: float = 0.9) -> None:
            self.lr, self.momentum, self.v = lr, momentum, 0.0

        def step(self, w: Any, g: Any) -> Any:
            v = self.momentum * self.v + g
            self.v = g
            return w - self.lr * v

    with pytest.raises(WrongOptimizer) as caught:
        check_optimizer(Momentum, "torch.optim.SGD", momentum=0.9)
    assert caught.value.mistake == "what is kept of v is the gradient alone"
