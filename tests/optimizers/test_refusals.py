"""What the factories refuse, with name, rule and value, before the first step."""

import inspect
import math
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from optimizers.refused import assert_refused
from refgd import optimizers, schedules

LOWER = sorted({*optimizers.__all__} & {*map(str.lower, optimizers.__all__)})
FIRST = {
    name: next(iter(inspect.signature(getattr(optimizers, name)).parameters))
    for name in LOWER
}
RULES = [name for name in LOWER if FIRST[name] == "lr"]

SHARES = {"beta", "beta1", "beta2", "rho", "dampening", "shrink", "beta3"}
SIZES = {
    "eps",
    "eps_root",
    "initial_accumulator",
    "psi",
    "wd",
    "least",
    "lambd",
    "power",
    "t0",
    "share",
    "optimism",
    "eps_rms",
    "rms",
    "trust",
    "l1_share",
    "l1",
    "l2",
    "shrinkage",
}


def _make(rule: str, **hyperparameters: Any) -> Any:
    """The rule with lr = 0.1, unless said otherwise, and a decay where it needs one."""
    own = {"lr": 0.1, "wd": 0.1} if rule == "adamw" else {"lr": 0.1}
    return getattr(optimizers, rule)(**(own | hyperparameters))


def _takes(wanted: Any) -> list[tuple[str, str]]:
    """Every (rule, hyperparameter) that `wanted` holds for, from the signatures."""
    return [
        (rule, p.name)
        for rule in RULES
        for p in inspect.signature(getattr(optimizers, rule)).parameters.values()
        if wanted(p)
    ]


@pytest.mark.parametrize(
    ("lr", "error", "message"),
    [
        (-0.5, ValueError, "lr must not be negative, got -0.5"),
        (math.nan, ValueError, "lr must be finite, got nan"),
        (math.inf, ValueError, "lr must be finite, got inf"),
        ("0.1", TypeError, "lr must be a real number, got '0.1'"),
        (True, TypeError, "lr must be a real number, got True"),
    ],
)
def test_optimizers_refuse_a_learning_rate(
    lr: Any, error: type[Exception], message: str
) -> None:
    for rule in RULES:
        assert_refused(_make, error, f"^{re.escape(message)}$", rule, lr=lr)


@pytest.mark.parametrize("value", [-0.1, 1, 1.5, math.nan, Fraction(-1, 2)])
def test_optimizers_refuse_a_share_beyond_one(value: Any) -> None:
    text = "be finite" if value != value else r"be in \[0, 1\)"  # noqa: PLR0124 - NaN
    for rule, name in _takes(lambda p: p.name in SHARES):
        message = f"^{name} must {text}, got {value}$"
        assert_refused(_make, ValueError, message, rule, **{name: value})


@pytest.mark.parametrize("value", [-1e-8, math.inf, np.float32(-1)])
def test_optimizers_refuse_a_negative_size(value: Any) -> None:
    text = "be finite" if value > 0 else "not be negative"
    for rule, name in _takes(lambda p: p.name in SIZES):
        message = f"^{name} must {text}, got {value}$"
        assert_refused(_make, ValueError, message, rule, **{name: value})


@pytest.mark.parametrize("value", ["no", 0, None])
def test_optimizers_refuse_a_flag_that_is_none(value: Any) -> None:
    """The text "no" would be true."""
    for rule, name in _takes(lambda p: isinstance(p.default, bool)):
        message = f"^{name} must be True or False, got {value!r}$"
        assert_refused(_make, TypeError, message, rule, **{name: value})


def test_optimizers_check_every_hyperparameter() -> None:
    """What the three tests above do not know has its own test below."""
    known = {"lr", "kind", "correct_v", "threshold", "grow", "most", "average"}
    known |= {"rate_power", "clip", "min_size", "aspect"}
    known |= {"ns_a", "ns_b", "ns_c", "ns_steps", *SHARES, *SIZES}
    rest = _takes(lambda p: p.name not in known and not isinstance(p.default, bool))
    assert rest == []


CALLS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    (
        "momentum",
        {"nesterov": True, "dampening": 0.5},
        ValueError,
        "nesterov needs dampening = 0, got 0.5",
    ),
    (
        "amsgrad",
        {"correct_v": "after"},
        ValueError,
        "correct_v must be one of 'none', 'before_max', 'after_max', got 'after'",
    ),
    (
        "amsgrad",
        {"eps_hat": True, "correct_v": "before_max"},
        ValueError,
        "eps_hat needs correct_v='after_max', got 'before_max'",
    ),
    (
        "adam",
        {"eps_hat": True, "bias_correction": False},
        ValueError,
        "eps_hat needs bias_correction=True, got False",
    ),
    ("radam", {"threshold": 3.5}, ValueError, "threshold must be at least 4, got 3.5"),
    ("penalized", {"l1_share": 2}, ValueError, "l1_share must be in [0, 1], got 2"),
    (
        "penalized",
        {"average": 0.5},
        TypeError,
        "average must be a whole number, got 0.5",
    ),
    ("ftrl", {"rate_power": 1}, ValueError, "rate_power must be at most 0, got 1"),
    ("rprop", {"grow": 0.5}, ValueError, "grow must be at least 1, got 0.5"),
    (
        "rprop",
        {"least": 1, "most": 0.5},
        ValueError,
        "most must be at least 1, got 0.5",
    ),
    ("muon", {"ns_b": math.nan}, ValueError, "ns_b must be finite, got nan"),
    ("muon", {"ns_steps": 2.5}, TypeError, "ns_steps must be a whole number, got 2.5"),
    (
        "muon",
        {"aspect": "long"},
        ValueError,
        "aspect must be one of 'rows', 'columns', 'larger', 'none', got 'long'",
    ),
    (
        "muon",
        {"bias_correction": True},
        ValueError,
        "bias_correction needs ema=True, got False",
    ),
    ("adafactor", {"clip": 0}, ValueError, "clip must be above 0, got 0"),
    ("adafactor", {"min_size": -1}, ValueError, "min_size must be above 0, got -1"),
    ("rprop", {"lag": True}, ValueError, "lag needs backtrack=False, got True"),
    (
        "rprop",
        {"lr": 60},
        ValueError,
        "lr must be in [1e-06, 50], the bounds of a step, got 60",
    ),
    (
        "adamw",
        {"kind": "coupled"},
        ValueError,
        (
            "adamw is decoupled: Adam with coupled decay is "
            "weight_decay(adam(lr), wd, kind='coupled')"
        ),
    ),
    (
        "adamw",
        {"kind": "l2"},
        ValueError,
        "kind must be one of 'coupled', 'lr', 'schedule', 'clipped', got 'l2'",
    ),
]


@pytest.mark.parametrize(("rule", "hyperparameters", "error", "message"), CALLS)
def test_optimizers_refuse(
    rule: str, hyperparameters: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        _make(rule, **hyperparameters)


def test_ftrl_refuses_a_rate_of_zero() -> None:
    optimizer = optimizers.ftrl(schedules.warm_up(1, n_iters=2))
    with pytest.raises(ValueError, match=r"^lr must be above 0, got 0\.0$"):
        optimizer.update(0.0, 1.0, optimizer.init(0.0))


DECAYS: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"kind": "coupled", "lr": 0.1},
        ValueError,
        "coupled decay takes no lr: it goes through the gradient",
    ),
    (
        {"kind": "lr"},
        TypeError,
        "weight decay of kind 'lr' needs lr, the optimizer's own",
    ),
    (
        {"kind": "schedule", "lr": schedules.warm_up(1, n_iters=2)},
        ValueError,
        "lr at t = 0 must be positive, as decay goes by lr_t / lr_0, got 0.0",
    ),
    ({"kind": "clipped", "lr": -1}, ValueError, "lr must not be negative, got -1"),
    ({"wd": -1, "kind": "coupled"}, ValueError, "wd must not be negative, got -1"),
]


@pytest.mark.parametrize(("hyperparameters", "error", "message"), DECAYS)
def test_weight_decay_refuses(
    hyperparameters: Any, error: type[Exception], message: str
) -> None:
    arguments = {"optimizer": optimizers.sgd(0.1), "wd": 0.1} | hyperparameters
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        optimizers.weight_decay(**arguments)


#: A wrapper around sgd, its arguments, and why it refuses them.
WRAPPED: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("clip_by_value", {"max_value": 0}, ValueError, "max_value must be above 0, got 0"),
    ("clip_by_norm", {"max_norm": -1}, ValueError, "max_norm must be above 0, got -1"),
    (
        "clip_by_norm",
        {"max_norm": 1, "axis": 0.5},
        TypeError,
        "axis must be a whole number, got 0.5",
    ),
    (
        "clip_by_global_norm",
        {"max_norm": "1"},
        TypeError,
        "max_norm must be a real number, got '1'",
    ),
    (
        "clip_by_global_norm",
        {"max_norm": 1, "eps": -1},
        ValueError,
        "eps must not be negative, got -1",
    ),
    ("weight_ema", {"beta": 1}, ValueError, "beta must be in [0, 1), got 1"),
    (
        "weight_ema",
        {"start": "one"},
        ValueError,
        "start must be one of 'zero', 'first', 'initial', got 'one'",
    ),
    ("weight_ema", {"every": 0}, ValueError, "every must be at least 1, got 0"),
    ("weight_ema", {"per_step": 0}, ValueError, "per_step must be at least 1, got 0"),
    ("weight_average", {"start": -1}, ValueError, "start must be at least 0, got -1"),
    (
        "weight_average",
        {"every": 1.5},
        TypeError,
        "every must be a whole number, got 1.5",
    ),
    ("lookahead", {"k": 0}, ValueError, "k must be at least 1, got 0"),
    ("lookahead", {"alpha": 1.5}, ValueError, "alpha must be in [0, 1], got 1.5"),
    ("lookahead", {"reset": 1}, TypeError, "reset must be True or False, got 1"),
    ("accumulate", {"k": 0}, ValueError, "k must be at least 1, got 0"),
    (
        "accumulate",
        {"k": 2, "mean": None},
        TypeError,
        "mean must be True or False, got None",
    ),
]


@pytest.mark.parametrize(("name", "hyperparameters", "error", "message"), WRAPPED)
def test_wrappers_refuse(
    name: str, hyperparameters: Any, error: type[Exception], message: str
) -> None:
    inner = optimizers.sgd(0.1)
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        getattr(optimizers, name)(inner, **hyperparameters)


def test_wrappers_refuse_in_every_argument() -> None:
    """But for weight_decay, whose refusals stand above."""
    seen = {(name, key) for name, given, *_ in WRAPPED for key in given}
    assert seen == {
        (name, key)
        for name in LOWER
        if FIRST[name] == "optimizer" and name != "weight_decay"
        for key in inspect.signature(getattr(optimizers, name)).parameters
        if key != "optimizer"
    }


@pytest.mark.parametrize("w", ["text", 1j, [[1.0], [1.0, 2.0]]])
def test_optimizers_refuse_what_is_no_weight(w: Any) -> None:
    for rule in RULES:
        assert_refused(_make(rule).init, (TypeError, ValueError), r"^w must", w)
