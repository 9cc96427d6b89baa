"""The dialects as data; tests/frameworks/ holds them against the frameworks."""

import inspect
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import dialects, optimizers, schedules
from refgd.dialects import (
    DIALECTS,
    REQUIRED,
    Argument,
    Dialect,
    Inert,
    Picks,
    Sets,
)

EACH = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


def needed(dialect: Dialect) -> dict[str, Any]:
    """Return arguments with which a dialect that asks for some can be got."""
    chosen = dict(dialect.variants[0].arguments)
    return chosen | {a.name: 0.1 for a in dialect.arguments if a.default is REQUIRED}


def arguments_with(role: type) -> list[Any]:
    return [
        pytest.param(dialect, argument, id=f"{dialect.name}({argument.name})")
        for dialect in DIALECTS.values()
        for argument in dialect.arguments
        if isinstance(argument.role, role)
    ]


def lr_of(dialect: Dialect) -> str:
    (name,) = (
        a.name
        for a in dialect.arguments
        if isinstance(a.role, Sets) and a.role.flags == ("lr",)
    )
    return name


# --- what comes out --------------------------------------------------------------


@EACH
def test_get_returns_an_optimizer_that_steps(dialect: Dialect) -> None:
    optimizer = dialects.get(dialect.name, **needed(dialect))
    w, dw = np.array([[1.0, -1.0]]), np.array([[0.5, -0.5]])
    after, state = optimizer.update(w, dw, optimizer.init(w))
    after, _ = optimizer.update(after, dw, state)  # optax.rprop has not moved yet
    assert (np.abs(after) < np.abs(w)).all()


#: Of a schedule they read the first value alone.
INITIAL = {"torch.optim.Rprop", "optax.rprop"}

#: It divides by lr.
POSITIVE = {"keras.optimizers.Ftrl"}


@pytest.mark.parametrize(
    "dialect",
    [d for d in DIALECTS.values() if d.name not in INITIAL | POSITIVE],
    ids=lambda d: d.name,
)
def test_get_takes_a_schedule_for_its_learning_rate(dialect: Dialect) -> None:
    """A rate of zero at first: w stays, and moves by the third step."""
    chosen = needed(dialect) | {lr_of(dialect): lambda t: 0.1 * t}
    optimizer = dialects.get(dialect.name, **chosen)
    start, dw = np.array([[1.0, -1.0]]), np.array([[0.5, -0.5]])
    stayed, state = optimizer.update(start, dw, optimizer.init(start))
    moved, state = optimizer.update(stayed, dw, state)
    moved, _ = optimizer.update(moved, dw, state)
    assert (stayed == start).all()
    assert (moved != start).all()


@pytest.mark.parametrize(
    ("name", "arguments", "rule", "flags"),
    [
        ("torch.optim.SGD", {}, "sgd", {"lr": 1e-3}),
        (
            "torch.optim.SGD",
            {"momentum": 0.5, "nesterov": True},
            "momentum",
            {
                "lr": 1e-3,
                "beta": 0.5,
                "lr_inside": False,
                "damp_first": False,
                "dampening": 0,
                "nesterov": True,
            },
        ),
        (
            "keras.optimizers.Adam",
            {"epsilon": 0.5},
            "adam",
            {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 0.5, "eps_hat": True},
        ),
        (
            "optax.lion",
            {"learning_rate": 1},
            "lion",
            {"lr": 1, "beta1": 0.9, "beta2": 0.99},
        ),
        (
            "sklearn.neural_network.MLPRegressor",
            {"solver": "sgd", "nesterovs_momentum": False},
            "momentum",
            {"lr": 1e-3, "beta": 0.9, "lr_inside": True},
        ),
    ],
)
def test_recipe_is_the_rule_and_its_flags(
    name: str, arguments: dict[str, Any], rule: str, flags: dict[str, Any]
) -> None:
    recipe = dialects.recipe(name, **arguments)
    assert recipe.rule == rule
    assert dict(recipe.flags) == flags


@pytest.mark.parametrize(
    ("name", "arguments", "wd", "decay"),
    [
        ("torch.optim.Adam", {"weight_decay": 0.5}, 0.5, "coupled"),
        (
            "torch.optim.Adam",
            {"weight_decay": 0.5, "decoupled_weight_decay": True},
            0.5,
            "lr",
        ),
        ("torch.optim.AdamW", {}, 1e-2, "lr"),
        ("optax.adamw", {"learning_rate": 1.0}, 1e-4, "lr"),
        ("optax.adadelta", {"learning_rate": 1.0, "weight_decay": 0.5}, 0.5, "coupled"),
        ("keras.optimizers.AdamW", {}, 4e-3, "lr"),
        ("keras.optimizers.SGD", {"weight_decay": 0.5}, 0.5, "lr"),
        (
            "sklearn.linear_model.SGDRegressor",
            {"fit_intercept": False, "l1_ratio": 0.5},
            1e-4,
            "clipped",
        ),
    ],
)
def test_recipe_has_the_frameworks_weight_decay(
    name: str, arguments: dict[str, Any], wd: float, decay: str
) -> None:
    recipe = dialects.recipe(name, **arguments)
    assert (recipe.wd, recipe.decay) == (wd, decay)


def test_recipe_has_what_keras_puts_around() -> None:
    """Clipped is the mean of the gradients; averaged are the weights, at each gradient.

    What is None, or 0, is not there.
    """
    recipe = dialects.recipe(
        "keras.optimizers.SGD",
        clipnorm=0.5,
        gradient_accumulation_steps=3,
        use_ema=True,
        clipvalue=None,
        learning_rate=lambda t: t,
    )
    assert {**recipe.around} == {
        "clip_by_norm": {"max_norm": 0.5},
        "accumulate": {"k": 3},
        "weight_ema": {"start": "first", "beta": 0.99, "per_step": 3},
    }
    assert [*recipe.around] == ["clip_by_norm", "accumulate", "weight_ema"]
    assert [recipe.flags["lr"](t) for t in range(2)] == [2, 5]  # of the last gradient
    for off in ({"clipnorm": 0}, {"ema_momentum": 0.5}, {"use_ema": False}):
        assert not dialects.recipe("keras.optimizers.SGD", **off).around


def test_torch_adagrad_lets_its_rate_fall() -> None:
    """By its own lr_decay, whether lr is a number or a schedule."""
    for lr in 0.5, schedules.constant(0.5):
        recipe = dialects.recipe("torch.optim.Adagrad", lr=lr, lr_decay=0.25)
        assert [recipe.flags["lr"](t) for t in range(5)] == [
            0.5 / (1 + 0.25 * t) for t in range(5)
        ]


def test_sgd_regressor_lets_its_rate_fall() -> None:
    """By default as eta0 / t^(1/4), counted from 1."""
    recipe = dialects.recipe("sklearn.linear_model.SGDRegressor", penalty=None)
    assert recipe.flags["lr"](15) == 0.01 / 2


def test_sgd_regressor_with_a_constant_rate_keeps_it() -> None:
    recipe = dialects.recipe(
        "sklearn.linear_model.SGDRegressor", penalty=None, learning_rate="constant"
    )
    assert recipe.flags["lr"] == 0.01
    assert recipe.wd == 0


def test_sgd_regressor_clips_where_the_shrinkage_exceeds_one() -> None:
    """With lr alpha = 2: w goes to 0, not beyond, and then the step is taken."""
    optimizer = dialects.get(
        "sklearn.linear_model.SGDRegressor",
        fit_intercept=False,
        learning_rate="constant",
        eta0=0.5,
        alpha=4.0,
    )
    w, _ = optimizer.update(3.0, 1.0, optimizer.init(3.0))
    assert float(w) == -0.5


def test_torch_ignores_dampening_without_momentum() -> None:
    assert dialects.recipe("torch.optim.SGD", dampening=0.5).rule == "sgd"


@pytest.mark.parametrize("name", ["optax.sgd", "keras.optimizers.SGD"])
def test_nesterov_without_momentum_is_plain_in_optax_and_keras(name: str) -> None:
    recipe = dialects.recipe(name, learning_rate=0.1, nesterov=True)
    assert (recipe.rule, dict(recipe.flags)) == ("sgd", {"lr": 0.1})


@given(st.fractions(0, 1), st.fractions(-2, 2), st.fractions(-2, 2))
def test_plain_descent_is_exact_in_every_framework_on_fractions(
    lr: Fraction, w: Fraction, dw: Fraction
) -> None:
    plain = [
        dialects.get("torch.optim.SGD", lr=lr),
        dialects.get("optax.sgd", learning_rate=lr),
        dialects.get("keras.optimizers.SGD", learning_rate=lr),
    ]
    after = {optimizer.update(w, dw, optimizer.init(w))[0] for optimizer in plain}
    assert after == {w - lr * dw}


@pytest.mark.parametrize(("dialect", "argument"), arguments_with(Inert))
def test_inert_argument_changes_nothing(dialect: Dialect, argument: Argument) -> None:
    chosen = needed(dialect)
    other = dialects.recipe(dialect.name, **chosen | {argument.name: "other"})
    assert _comparable(other) == _comparable(dialects.recipe(dialect.name, **chosen))


def _comparable(recipe: dialects.Recipe) -> tuple[Any, ...]:
    """Return a recipe whose falling rate is a list of its values."""
    flags = dict(recipe.flags)
    if callable(flags["lr"]):
        flags["lr"] = [flags["lr"](t) for t in range(3)]
    return recipe.rule, flags, recipe.wd, recipe.decay


def test_numpy_truth_is_truth() -> None:
    yes: Any = np.True_
    assert dialects.recipe("torch.optim.Adam", amsgrad=yes).rule == "amsgrad"


# --- the data themselves ---------------------------------------------------------


def test_names_are_unique_and_of_four_frameworks() -> None:
    names = dialects.names()
    assert len(set(names)) == len(names) == 59
    assert {dialects.dialect(name).framework for name in names} == {
        "torch",
        "optax",
        "keras",
        "sklearn",
    }


@EACH
def test_flags_that_a_dialect_sets_are_those_of_its_rule(dialect: Dialect) -> None:
    """For each variant: none is left over, and make() would refuse a stray one."""
    for variant in dialect.variants:
        recipe = dialects.recipe(
            dialect.name, **needed(dialect) | dict(variant.arguments)
        )
        known = inspect.signature(getattr(optimizers, recipe.rule)).parameters
        assert recipe.flags.keys() <= known.keys()


@EACH
def test_dialect_can_be_read_backwards(dialect: Dialect) -> None:
    """Each flag is one argument's, and each word has settings of its own."""
    flags = [
        flag
        for a in dialect.arguments
        if isinstance(a.role, Sets)
        for flag in a.role.flags
    ]
    assert len(set(flags)) == len(flags)
    for argument in dialect.arguments:
        if isinstance(argument.role, Picks):
            cases = [str(settings) for settings in argument.role.cases.values()]
            assert len(set(cases)) == len(cases)


def test_table_has_every_variant_of_every_dialect_once() -> None:
    table = dialects.table()
    assert len(table) == sum(len(d.variants) for d in DIALECTS.values())
    assert {row.name for row in table} == set(dialects.names())
    assert len({(row.name, str(row.arguments)) for row in table}) == len(table)


def test_rows_of_one_framework_and_rule_differ_in_words() -> None:
    table = dialects.table()
    assert len({(r.name, r.rule, r.variant) for r in table}) == len(table)


def test_row_says_rule_variant_defaults_and_settings() -> None:
    (row,) = (r for r in dialects.table() if r.name == "keras.optimizers.AdamW")
    assert row.rule == "adam"
    assert row.framework == "keras"
    assert row.variant == "decay times lr, eps before the bias correction"
    assert row.settings == {"eps_hat": True, "decay": "lr"}
    assert row.defaults == {
        "learning_rate": 1e-3,
        "weight_decay": 4e-3,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
    }
    assert repr(dialects.table()[-1])  # every row prints
    assert repr(REQUIRED) == "required"
