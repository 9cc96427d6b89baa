"""What every optimizer does with a w and a dw that do not match."""

from typing import Any

import numpy as np
import pytest

from refgd import optimizers
from refgd.optimizers import Optimizer

RULES = sorted({*optimizers.__all__} & {*map(str.lower, optimizers.__all__)})

KINDS = [np.float32, np.float64, np.longdouble]

any_rule = pytest.mark.parametrize("name", RULES)


def _make(rule: str) -> Optimizer:
    """The rule with lr = 0.1, and a decay where it needs one."""
    if rule == "weight_decay":
        return optimizers.weight_decay(optimizers.sgd(0.1), 0.1, kind="coupled")
    decay = {"wd": 0.1} if rule == "adamw" else {}
    made: Optimizer = getattr(optimizers, rule)(lr=0.1, **decay)
    return made


@any_rule
@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (1,), ()])
def test_optimizers_never_broadcast(name: str, shape: tuple[int, ...]) -> None:
    """A (3, 1) beside a (3,) is refused, not broadcast to (3, 3)."""
    optimizer, w = _make(name), np.zeros(3)
    with pytest.raises(ValueError, match="dw must have the shape of w"):
        optimizer.update(w, np.ones(shape), optimizer.init(w))


@any_rule
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", [*KINDS, np.float16, np.int64, int])
def test_optimizers_cast_the_gradient_to_the_weights_kind(
    name: str, kind: Any, other: Any
) -> None:
    w = np.ones(3, dtype=kind)
    optimizer = _make(name)
    state = optimizer.init(w)
    mixed = optimizer.update(w, np.full(3, 2, dtype=other), state)
    assert repr(mixed) == repr(optimizer.update(w, np.full(3, 2, dtype=kind), state))


@any_rule
def test_optimizers_take_whole_numbers_as_float64(name: str) -> None:
    """An integer learning rate would be 0."""
    optimizer = _make(name)
    ones, twos = np.ones(3, dtype=int), np.full(3, 2)
    whole = optimizer.update(ones, twos, optimizer.init(ones))
    floats = optimizer.update(ones / 1, twos / 1, optimizer.init(ones / 1))
    assert repr(whole) == repr(floats)


def test_a_rule_of_ones_own_gets_what_matches() -> None:
    """Whoever writes an update need not check."""
    rule = Optimizer(lambda _: (), lambda w, dw, state: (w - dw, state))
    w = rule.update(np.float32(1), 0.5, ())[0]
    assert w == 0.5
    assert w.dtype == np.float32
    with pytest.raises(ValueError, match="dw must have the shape of w"):
        rule.update(np.zeros(3), np.ones((3, 1)), ())
