"""What the dialects refuse, and with which words."""

import itertools
import re
from typing import Any

import pytest

from optimizers.refused import assert_refused
from refgd import dialects
from refgd.dialects import (
    DIALECTS,
    REQUIRED,
    Argument,
    Dialect,
    Picks,
    Sets,
    Unmodelled,
)


def needed(dialect: Dialect) -> dict[str, Any]:
    """Return arguments with which a dialect that asks for some can be got."""
    chosen = dict(dialect.variants[0].arguments)
    return chosen | {a.name: 0.1 for a in dialect.arguments if a.default is REQUIRED}


def arguments_with(role: type) -> list[Any]:
    """Return the dialects that have arguments of this role, each with all of them."""
    found = {
        dialect.name: [a for a in dialect.arguments if isinstance(a.role, role)]
        for dialect in DIALECTS.values()
    }
    return [
        pytest.param(DIALECTS[name], arguments, id=name)
        for name, arguments in found.items()
        if arguments
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("torch.optim.Adm", "torch.optim.Adam"),
        ("keras.optimizers.Sgd", "keras.optimizers.SGD"),
        ("adagrad", "torch.optim.Adagrad, optax.adagrad, keras.optimizers.Adagrad"),
        ("torch.Adam", "torch.optim.Adam, optax.adam, keras.optimizers.Adam"),
        ("?", r"refgd.dialects.names\(\)"),
    ],
)
def test_unknown_name_lists_near_ones(name: str, near: str) -> None:
    with pytest.raises(ValueError, match=near):
        dialects.get(name)


def test_unknown_argument_names_itself_and_near_ones() -> None:
    with pytest.raises(TypeError, match="no argument 'beta'; near it: betas"):
        dialects.get("torch.optim.Adam", beta=0.9)
    with pytest.raises(TypeError, match=r"no argument 'xyz' \(it has lr, momentum"):
        dialects.get("torch.optim.SGD", xyz=0.9)


def test_argument_without_a_default_is_asked_for() -> None:
    with pytest.raises(TypeError, match=r"optax\.adam asks for learning_rate"):
        dialects.get("optax.adam")


@pytest.mark.parametrize(("dialect", "arguments"), arguments_with(Unmodelled))
def test_unmodelled_value_is_refused_with_its_reason(
    dialect: Dialect, arguments: list[Argument]
) -> None:
    """Its default is not: the other tests get every dialect with it."""
    for name, default, role in arguments:
        assert isinstance(role, Unmodelled)
        chosen = needed(dialect) | {name: True if default is False else 0.125}
        call = re.escape(f"{dialect.name}({name}=")
        message = f"{call}.*is not modelled: .*{re.escape(role.why)}"
        assert_refused(dialects.get, ValueError, message, dialect.name, **chosen)


#: It has a momentum, which is not modelled.
STILL = {"optax.adafactor"}


@pytest.mark.parametrize(("dialect", "arguments"), arguments_with(Picks))
def test_word_that_no_case_knows_is_refused(
    dialect: Dialect, arguments: list[Argument]
) -> None:
    for name, _, _ in arguments:
        chosen = needed(dialect) | {"momentum": 0.5, name: "maybe"}
        if "momentum" not in dialect.defaults or dialect.name in STILL:
            del chosen["momentum"]
        if dialect.name.startswith("sklearn.neural_network") and name != "solver":
            chosen["solver"] = "sgd"
        message = f"{name} of .* must be one of"
        assert_refused(dialects.get, ValueError, message, dialect.name, **chosen)


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        (
            "torch.optim.SGD",
            {"nesterov": True},
            "SGD does not allow this: nesterov needs a nonzero momentum",
        ),
        (
            "torch.optim.SGD",
            {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
            "nesterov needs zero dampening",
        ),
        ("optax.adadelta", {}, "walks uphill"),
        ("keras.optimizers.AdamW", {"weight_decay": None}, "must be a number"),
        ("keras.optimizers.Lion", {"beta_1": 0.0}, "must be above 0"),
        (
            "keras.optimizers.Adam",
            {"clipnorm": 1.0, "clipvalue": 1.0},
            "clipnorm and clipvalue: only one may clip",
        ),
        (
            "keras.optimizers.SGD",
            {"gradient_accumulation_steps": 1},
            "gradient_accumulation_steps must be at least 2",
        ),
        (
            "sklearn.linear_model.SGDRegressor",
            {"penalty": "l1", "average": True},
            "its average is not that of its weights",
        ),
    ],
)
def test_combination_that_the_framework_refuses_is_refused(
    name: str, arguments: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        dialects.get(name, **arguments)


@pytest.mark.parametrize("betas", [0.9, (0.9,), (0.9, 0.99, 0.999)])
def test_pair_that_is_none_is_refused(betas: Any) -> None:
    with pytest.raises(
        TypeError, match=r"betas of torch\.optim\.Adam must be 2 numbers"
    ):
        dialects.get("torch.optim.Adam", betas=betas)


#: They may be negative.
COEFFICIENTS = {"ns_a", "ns_b", "ns_c"}


@pytest.mark.parametrize(("dialect", "arguments"), arguments_with(Sets))
def test_wrong_number_is_refused_by_the_framework_s_name_for_it(
    dialect: Dialect, arguments: list[Argument]
) -> None:
    """Not by the name of refgd's flag, which the caller has never seen."""
    for (name, _, role), wrong in itertools.product(arguments, ["fast", -0.5]):
        assert isinstance(role, Sets)
        if wrong == -0.5 and {*role.flags} & COEFFICIENTS:
            continue
        value = -wrong if role.sign < 0 and isinstance(wrong, float) else wrong
        chosen = needed(dialect)
        for condition in role.when:
            heeded = condition.values[0] if condition.among else 0.5
            chosen[condition.argument] = heeded
        if role.flags == ("rate_power",) and value == -0.5:
            value = 0.5
        chosen[name] = (value, value) if len(role.flags) > 1 else value
        errors = TypeError, ValueError
        message = rf"^{name} of {re.escape(dialect.name)} must "
        assert_refused(dialects.get, errors, message, dialect.name, **chosen)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"lr": -1.0}, ValueError),
        ({"lr": "fast"}, TypeError),
        ({"betas": (1.0, 0.9)}, ValueError),
        ({"eps": -1e-8}, ValueError),
        ({"weight_decay": float("nan")}, ValueError),
        ({"weight_decay": None}, TypeError),
    ],
)
def test_number_out_of_its_range_is_refused(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        dialects.get("torch.optim.Adam", **arguments)
