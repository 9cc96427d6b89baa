"""What is around a rule, as lines; and what is told of one that has it otherwise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refgd import dialects
from refgd._rules import MATRICES
from refgd.dialects import DIALECTS, Recipe
from refgd.dialects._dialect import complete
from refgd.optimizers._protocol import follow
from refgd.testing import check_optimizer, drivers, identify
from refgd.testing.optimizer import WrongOptimizer
from refgd.testing.optimizer._equations import EQUATIONS, equations
from refgd.testing.optimizer._probes import Probe
from refgd.testing.optimizer._program import inputs, run
from refgd.testing.optimizer._tolerance import Expected

#: Twenty steps of some ten roundings each, and a margin.
RELATIVE_ERROR = 1e-12

DW = np.random.default_rng(0).normal(size=(20, 12))
RATES = np.where(np.arange(20) < 8, 0.05, 0.025)
W = np.linspace(0.3, 0.9, 12)

AROUND: dict[str, dict[str, Any]] = {
    "clipvalue": {"clipvalue": 0.5},
    "clipnorm": {"clipnorm": 0.5},
    "global_clipnorm": {"global_clipnorm": 0.5},
    "use_ema": {"use_ema": True, "ema_overwrite_frequency": 3},
    "all": {
        "gradient_accumulation_steps": 3,
        "clipnorm": 0.5,
        "use_ema": True,
        "ema_overwrite_frequency": 2,
    },
}

#: Rules whose lines are of one array of weights.
LINES = EQUATIONS.keys() - {*MATRICES}

CASES = [
    *(
        (name, "learning_rate", given)
        for name, dialect in DIALECTS.items()
        if name.startswith("keras.") and dialect.settings["rule"] in LINES
        for given in AROUND.values()
    ),
    *(
        (name, "lr", {"maximize": True})
        for name, dialect in DIALECTS.items()
        if {"maximize", "weight_decay"} <= dialect.defaults.keys()
        and dialect.settings["rule"] in LINES
    ),
]


@pytest.mark.parametrize(("name", "lr", "given"), CASES, ids=str)
def test_lines_of_what_is_around_are_the_optimizer(
    name: str, lr: str, given: dict[str, Any]
) -> None:
    """With a decay inside, and a rate that falls."""
    rate: Any = RATES.tolist().__getitem__
    recipe = complete(dialects.recipe(name, **{lr: rate}, weight_decay=0.1, **given))
    made = run(equations(recipe), inputs([recipe], [Probe({}, RATES, DW, W)]))[:, 0]
    np.testing.assert_allclose(
        made, follow(recipe.make(), DW, W), rtol=RELATIVE_ERROR, atol=RELATIVE_ERROR
    )


def test_what_has_no_lines_is_run_itself() -> None:
    """Lookahead may begin its rule anew: no line says that."""
    around = {"lookahead": {"k": 3, "reset": True}}
    recipe = Recipe("momentum", {"lr": 0.05, "beta": 0.9}, 0.0, "coupled", around)
    expected = Expected([recipe], [Probe({}, np.full(20, 0.05), DW, W)])
    path = follow(recipe.make(), DW, W)
    np.testing.assert_allclose(expected.trajectories[:, 0], path, rtol=RELATIVE_ERROR)


def mine(change: Callable[[Any], Any]) -> drivers.Driver:
    """Adam, on gradients that are changed."""

    def update(w: Any, dw: Any, state: Any, lr: float) -> Any:
        t, m, v = state or (1, 0.0, 0.0)
        g = change(dw)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        root = np.sqrt(v / (1 - 0.99**t)) + 1e-3
        return w - lr * m / (1 - 0.9**t) / root, (t + 1, m, v)

    return drivers.update(update)


def shorten(g: Any) -> Any:
    return g * min(1, 0.5 / np.linalg.norm(g))


def direction(g: Any) -> Any:
    return 0.5 * g / np.linalg.norm(g)


ADAM = {"beta1": 0.9, "beta2": 0.99, "eps": 1e-3}
VALUE, NORM = {"clipvalue": 0.5}, {"global_clipnorm": 0.5}


@pytest.mark.parametrize(
    ("change", "stated", "words"),
    [
        (lambda g: np.clip(g, -0.5, 0.5), VALUE, None),
        (shorten, NORM, None),
        (lambda g: g, VALUE, "gradients are not clipped"),
        (lambda g: g, NORM, "gradients are not clipped"),
        (direction, NORM, "gradients are given a norm, also where their own is less"),
        (shorten, VALUE, "gradients are clipped to norm 0.5"),
    ],
)
def test_clip_is_checked(
    change: Callable[[Any], Any], stated: dict[str, Any], words: str | None
) -> None:
    """The rule has no such name in any framework, but Keras's own arguments."""
    numbers = ADAM | stated
    if words is None:
        check_optimizer(mine(change), "adam", **ADAM, **stated)
        assert [match.rule for match in identify(mine(change), **numbers).matches] == [
            "adam"
        ]
        return
    with pytest.raises(WrongOptimizer, match=words):
        check_optimizer(mine(change), "adam", **ADAM, **stated)


def test_maximize_is_checked() -> None:
    up = {"betas": (0.9, 0.99), "eps": 1e-3, "maximize": True}
    check_optimizer(mine(lambda g: -g), "torch.optim.Adam", **up)
    with pytest.raises(WrongOptimizer, match="it walks downhill: maximize is meant"):
        check_optimizer(mine(lambda g: g), "torch.optim.Adam", **up)
