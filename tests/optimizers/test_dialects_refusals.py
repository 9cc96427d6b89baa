"""What the dialects refuse, and with which words."""

from typing import Any

import pytest

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
    return [
        pytest.param(dialect, argument, id=f"{dialect.name}({argument.name})")
        for dialect in DIALECTS.values()
        for argument in dialect.arguments
        if isinstance(argument.role, role)
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


@pytest.mark.parametrize(("dialect", "argument"), arguments_with(Unmodelled))
def test_unmodelled_value_is_refused_with_its_reason(
    dialect: Dialect, argument: Argument
) -> None:
    """Its default is not: the other tests get every dialect with it."""
    assert isinstance(argument.role, Unmodelled)
    other = True if argument.default is False else 0.125
    with pytest.raises(ValueError, match="is not modelled: ") as caught:
        dialects.get(dialect.name, **needed(dialect) | {argument.name: other})
    assert argument.role.why in str(caught.value)
    assert f"{dialect.name}({argument.name}=" in str(caught.value)


@pytest.mark.parametrize(("dialect", "argument"), arguments_with(Picks))
def test_word_that_no_case_knows_is_refused(
    dialect: Dialect, argument: Argument
) -> None:
    chosen = needed(dialect) | {"momentum": 0.5, argument.name: "maybe"}
    if "momentum" not in dialect.defaults:
        del chosen["momentum"]
    if dialect.name.endswith("MLPRegressor") and argument.name != "solver":
        chosen["solver"] = "sgd"
    with pytest.raises(ValueError, match=f"{argument.name} of .* must be one of"):
        dialects.get(dialect.name, **chosen)


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("torch.optim.SGD", {"nesterov": True}, "nesterov asks for a momentum"),
        (
            "torch.optim.SGD",
            {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
            "nesterov asks for zero dampening",
        ),
        ("optax.adadelta", {}, "walks uphill"),
        ("keras.optimizers.AdamW", {"weight_decay": None}, "must be a number"),
        ("keras.optimizers.Lion", {"beta_1": 0.0}, "must be above 0"),
        ("sklearn.linear_model.SGDRegressor", {}, "pass fit_intercept=False"),
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


@pytest.mark.parametrize("value", ["fast", -0.5], ids=repr)
@pytest.mark.parametrize(("dialect", "argument"), arguments_with(Sets))
def test_wrong_number_is_refused_by_the_framework_s_name_for_it(
    dialect: Dialect, argument: Argument, value: Any
) -> None:
    """Not by the name of refgd's flag, which the caller has never seen."""
    assert isinstance(argument.role, Sets)
    chosen = needed(dialect)
    for condition in argument.role.when:
        heeded = condition.values[0] if condition.among else 0.5
        chosen[condition.argument] = heeded
    pair = len(argument.role.flags) > 1
    wrong = {argument.name: (value, value) if pair else value}
    expected = rf"^{argument.name} of {dialect.name} must "
    with pytest.raises((TypeError, ValueError), match=expected):
        dialects.get(dialect.name, **chosen | wrong)


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
