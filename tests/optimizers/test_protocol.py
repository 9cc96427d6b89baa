"""What every optimizer does with a w and a dw that do not match."""

import inspect
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd import optimizers, schedules
from refgd.optimizers import Optimizer

RULES = sorted({*optimizers.__all__} & {*map(str.lower, optimizers.__all__)})

NEEDED: dict[str, dict[str, Any]] = {
    "adamw": {"wd": 0.1},
    "weight_decay": {"wd": 0.1, "kind": "coupled"},
    "clip_by_value": {"max_value": 1},
    "clip_by_norm": {"max_norm": 1},
    "clip_by_global_norm": {"max_norm": 1},
    "accumulate": {"k": 1},
}

KINDS = [np.float32, np.float64, np.longdouble]

any_rule = pytest.mark.parametrize("name", RULES)


def _make(rule: str) -> Optimizer:
    """The rule with lr = 0.1, or the wrapper around one, with what it needs."""
    make: Any = getattr(optimizers, rule)
    first = {"lr": 0.1, "optimizer": optimizers.sgd(0.1)}
    name = next(iter(inspect.signature(make).parameters))
    made: Optimizer = make(**{name: first[name]}, **NEEDED.get(rule, {}))
    return made


def _shape(rule: str) -> tuple[int, ...]:
    return (2, 3) if rule == "muon" else (3,)


@any_rule
@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (1,), ()])
def test_optimizers_never_broadcast(name: str, shape: tuple[int, ...]) -> None:
    """A (3, 1) beside a (3,) is refused, not broadcast to (3, 3)."""
    optimizer, w = _make(name), np.zeros(_shape(name))
    with pytest.raises(ValueError, match="dw must have the shape of w"):
        optimizer.update(w, np.ones(shape), optimizer.init(w))


@any_rule
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", [*KINDS, np.float16, np.int64, int])
def test_optimizers_cast_the_gradient_to_the_weights_kind(
    name: str, kind: Any, other: Any
) -> None:
    w = np.ones(_shape(name), dtype=kind)
    optimizer = _make(name)
    state = optimizer.init(w)
    mixed = optimizer.update(w, np.full(w.shape, 2, dtype=other), state)
    same = optimizer.update(w, np.full(w.shape, 2, dtype=kind), state)
    assert repr(mixed) == repr(same)


@any_rule
def test_optimizers_take_whole_numbers_as_float64(name: str) -> None:
    """An integer learning rate would be 0."""
    optimizer = _make(name)
    ones = np.ones(_shape(name), dtype=int)
    twos = 2 * ones
    whole = optimizer.update(ones, twos, optimizer.init(ones))
    floats = optimizer.update(ones / 1, twos / 1, optimizer.init(ones / 1))
    assert repr(whole) == repr(floats)


def _no_state(_w: Any) -> tuple[()]:
    return ()


def _down(w: Any, dw: Any, state: Any) -> Any:
    return w - dw, state


OWN = Optimizer(_no_state, _down, 1.0)

#: Every way to have an optimizer with a function of one's own.
WAYS = {
    "made": OWN,
    "replaced": optimizers.sgd(1.0)._replace(update=_down),
    "from a list": Optimizer._make([_no_state, _down, 1.0]),
    "pickled": pickle.loads(pickle.dumps(OWN)),  # noqa: S301 - our own
}


@pytest.mark.parametrize("rule", WAYS.values(), ids=WAYS)
def test_a_rule_of_ones_own_gets_what_matches(rule: Optimizer) -> None:
    """An update may be written without a check."""
    assert rule.lr == 1
    w = rule.update(np.float32(1), 0.5, ())[0]
    assert w == 0.5
    assert w.dtype == np.float32
    with pytest.raises(ValueError, match="dw must have the shape of w"):
        rule.update(np.zeros(3), np.ones((3, 1)), ())


PRINTED = {
    "sgd(lr=0.1)": optimizers.sgd(0.1),
    "sgd(lr=Fraction(1, 3))": optimizers.sgd(lr=Fraction(1, 3)),
    "adam(lr=0.1, beta1=0.9, beta2=0.999, eps=1e-08, eps_root=0.0, eps_hat=False, "
    "bias_correction=True)": (optimizers.adam(0.1)),
    "lion(lr=step(1.0, every=2, gamma=0.1), beta1=0.5, beta2=0.99)": (
        optimizers.lion(schedules.step(1.0, every=2), beta1=0.5)
    ),
    "weight_decay(optimizer=sgd(lr=0.1), wd=0.5, kind='coupled', lr=None)": (
        optimizers.weight_decay(optimizers.sgd(0.1), 0.5, kind="coupled")
    ),
}


@pytest.mark.parametrize("text", PRINTED)
def test_optimizers_print_as_their_call(text: str) -> None:
    """With every argument by its name, the defaults too."""
    assert repr(PRINTED[text]) == text
    assert text in repr(PRINTED[text].update)


def test_a_changed_optimizer_does_not_print_as_its_call() -> None:
    right = optimizers.sgd(0.1)
    for changed in (right._replace(update=_down), right._replace(init=_no_state), OWN):
        assert repr(changed).startswith("Optimizer(init=")
