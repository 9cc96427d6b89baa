"""The plain lines that the lessons show are the real rules, but for rounding."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs import plain_rules as plain
from refgd import cli, optimizers
from refgd.testing.strategies import numbers

EXERCISES = Path(__file__).parents[2] / "docs" / "learn" / "exercises"
#: 1 − β₂ᵗ by subtraction is off by 2⁻⁵³ / (1 − β₂) of itself, 1e-13; and 30 roundings.
TOLERANCE = 1e-12

BETAS = {"beta1": 0.9, "beta2": 0.999}
#: The plain rule, how many numbers it remembers, and what it is made with.
RULES: list[tuple[Callable[..., plain.Update], int, dict[str, float]]] = [
    (plain.adagrad, 1, {"lr": 0.5, "eps": 1e-10}),
    (plain.rmsprop, 1, {"lr": 0.1, "rho": 0.9}),
    (plain.adam, 2, {"lr": 0.1, **BETAS, "eps": 1e-8}),
    (plain.adamw, 2, {"lr": 0.1, **BETAS, "eps": 1e-8, "wd": 0.25}),
    (plain.adadelta, 2, {"rho": 0.95, "eps": 1e-6}),
    (plain.amsgrad, 3, {"lr": 0.1, **BETAS}),
]
sizes = st.floats(0.01, 100)


@pytest.mark.parametrize(
    ("rule", "memory", "options"), RULES, ids=[rule.__name__ for rule, *_ in RULES]
)
@given(gradients=st.lists(sizes | sizes.map(lambda g: -g), min_size=1, max_size=10))
def test_the_plain_lines_are_the_rule(
    rule: Callable[..., plain.Update],
    memory: int,
    options: dict[str, float],
    gradients: list[float],
) -> None:
    """The lines beside a formula, with no flag and no guard, give refgd's weights."""
    real, update = getattr(optimizers, rule.__name__)(**options), rule(**options)
    w, state, far = 0.0, real.init(0.0), 0.0
    mine, *kept = (0.0,) * (1 + memory)
    for t, g in enumerate(gradients, 1):
        after, state = real.update(w, g, state)
        count = [t] if rule in {plain.adam, plain.adamw} else []
        mine, *kept = update(mine, g, *kept, *count)
        far, w = far + abs(after - w), after
        assert abs(mine - w) <= TOLERANCE * far


@pytest.mark.parametrize("rule", [plain.momentum, plain.nesterov])
@given(
    gradients=st.lists(numbers(kind=Fraction), min_size=1, max_size=6),
    lr=st.fractions(0, 2, max_denominator=64),
    beta=st.fractions(0, Fraction(63, 64), max_denominator=64),
)
def test_the_plain_lines_are_momentum(
    rule: Callable[..., plain.Update], gradients: list[Any], lr: Any, beta: Any
) -> None:
    """The lines beside a formula give refgd's own weights, in rational numbers."""
    ahead = rule is plain.nesterov
    real = optimizers.momentum(lr, beta=beta, nesterov=ahead)
    w = mine = v = Fraction(0)
    state, update = real.init(w), rule(lr, beta)
    for g in gradients:
        w, state = real.update(w, g, state)
        mine, v = update(mine, g, v)
        assert mine == w


@pytest.mark.parametrize(
    ("answer", "said"),
    [("momentum_5", "keras.optimizers.SGD"), ("adaptive_5", "torch.optim.Adam()")],
)
def test_an_answer_is_the_rule_that_its_page_names(
    answer: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["identify", f"{EXERCISES / answer}.py:update"]) == 0
    assert said in capsys.readouterr().out.split("closest other rule")[0]
