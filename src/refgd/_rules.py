"""Rules and their hyperparameters by name: refgd's own and the frameworks'."""

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from refgd import dialects, optimizers
from refgd._types import Schedule, Settings
from refgd.dialects import DIALECTS, REQUIRED, Dialect, Picks, Sets
from refgd.optimizers import Optimizer


def _is_rule(value: Any) -> bool:
    """Whether it makes an optimizer from lr and flags; weight_decay wraps another."""
    return inspect.isfunction(value) and next(iter(_parameters(value))) == "lr"


def _parameters(factory: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(factory).parameters


#: refgd's own: the functions of a learning rate and flags in `refgd.optimizers`.
RULES: Final[dict[str, Callable[..., Optimizer]]] = {
    name: getattr(optimizers, name)
    for name in sorted(optimizers.__all__)
    if _is_rule(getattr(optimizers, name))
}


#: The rules that do something else with a matrix than with a vector of its entries.
MATRICES: Final = ("adafactor", "muon", "sm3")


def rule_of(rule: Any) -> str | None:
    """Return the name of refgd's rule that a dialect, or a rule, is; None of others.

    Example:
        >>> from refgd._rules import rule_of
        >>> rule_of("torch.optim.AdamW"), rule_of("adam"), rule_of(lambda lr: None)
        ('adam', 'adam', None)
    """
    if isinstance(rule, str):
        known = DIALECTS.get(rule)
        return str(known.settings["rule"]) if known else rule
    return next((name for name, made in RULES.items() if made is rule), None)


class NamedRule(NamedTuple):
    """What makes an optimizer.

    Attributes:
        make: Takes its arguments by name.
        defaults: Every argument's default; REQUIRED where it has none.
        lr: The name of the argument that is its learning rate.
    """

    make: Callable[..., Optimizer]
    defaults: dict[str, Any]
    lr: str


def find_rule(rule: str | Callable[..., Optimizer]) -> NamedRule:
    """Return a rule by its name, a dialect's if it has a dot; or by what makes it.

    Raises:
        ValueError: If there is none of that name; it says which there are.
    """
    if callable(rule):
        return _of_factory(rule)
    if "." in rule:
        return _of_dialect(dialects.dialect(rule))
    if rule not in RULES:
        msg = f"no rule is named {rule!r}; there are {', '.join(RULES)}"
        raise ValueError(msg)
    return _of_factory(RULES[rule])


def _of_factory(factory: Callable[..., Optimizer]) -> NamedRule:
    signature = inspect.signature(factory)

    def make(**arguments: Any) -> Optimizer:
        try:
            signature.bind(**arguments)
        except TypeError as error:
            msg = f"{error}; its settings are {', '.join(signature.parameters)}"
            raise TypeError(msg) from None
        return factory(**arguments)

    every = dict.fromkeys(signature.parameters, REQUIRED) | defaults(factory)
    return NamedRule(make, every, "lr")


def _of_dialect(dialect: Dialect) -> NamedRule:
    def make(**arguments: Any) -> Optimizer:
        return dialects.get(dialect.name, **arguments)

    lr = next(
        argument.name
        for argument in dialect.arguments
        if isinstance(argument.role, Sets) and argument.role.flags == ("lr",)
    )
    return NamedRule(make, dialect.defaults, lr)


def defaults(factory: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments of a factory that have a default, with their defaults."""
    try:
        parameters = _parameters(factory).values()
    except (TypeError, ValueError):  # a class written in C says nothing
        return {}
    return {p.name: p.default for p in parameters if p.default is not p.empty}


# --- hyperparameters: between refgd's names and the frameworks' -------------------

#: Flags of refgd that are numbers, by refgd's names and by every framework's. Where two
#: disagree the earlier framework wins: alpha is torch's, as in RMSprop.
NUMBERS: Final[dict[str, tuple[str, ...]]] = {}
_ARGUMENTS = [a for dialect in DIALECTS.values() for a in dialect.arguments]
_SETS = [(a.name, a.role.flags) for a in _ARGUMENTS if isinstance(a.role, Sets)]
NUMBERS.update({flag: (flag,) for _, flags in _SETS for flag in flags})
for _name, _flags in _SETS:
    NUMBERS.setdefault(_name, _flags)

#: The flags of an argument that is several numbers, by how many they are: Adafactor's
#: eps is two.
SEVERAL: Final = {(name, len(flags)): flags for name, flags in _SETS if len(flags) > 1}

#: What a framework has the negative of.
NEGATIVE: Final = {
    a.name for a in _ARGUMENTS if isinstance(a.role, Sets) and a.role.sign < 0
}

#: Arguments that are words, which choose between rules.
WORDS: Final = {a.name for a in _ARGUMENTS if isinstance(a.role, Picks)} | {
    name
    for rule in RULES.values()
    for name, parameter in _parameters(rule).items()
    if name not in NUMBERS and parameter.kind is parameter.KEYWORD_ONLY
}

#: Flags whose None, in a framework, is none of it.
NONE_IS_ZERO: Final = ("beta", "wd", "dampening", "initial_accumulator")


def in_refgd_names(hyperparameters: Settings) -> dict[str, Any]:
    """Return the numbers among the hyperparameters in refgd's names, others left out.

    Example:
        >>> from refgd._rules import in_refgd_names
        >>> in_refgd_names({"betas": (0.9, 0.99), "epsilon": 1e-7, "amsgrad": True})
        {'beta1': 0.9, 'beta2': 0.99, 'eps': 1e-07}
    """
    numbers: dict[str, Any] = {}
    for name, value in hyperparameters.items():
        flags = () if isinstance(value, str) else NUMBERS.get(name, ())
        values = [value] * len(flags)
        if isinstance(value, tuple | list):
            flags = SEVERAL.get((name, len(value)), ())
            values = [*value] if flags else []
        for flag, number in zip(flags, values, strict=True):
            absent = number is None and flag in NONE_IS_ZERO
            turned = -number if name in NEGATIVE and number is not None else number
            numbers[flag] = 0.0 if absent else turned
    return numbers


def in_dialect_names(
    dialect: Dialect, numbers: Settings, lr: Schedule
) -> dict[str, Any]:
    """Return numbers in refgd's names as a dialect's arguments, those it has."""
    arguments: dict[str, Any] = {}
    for name, default, role in dialect.arguments:
        if not isinstance(role, Sets):
            continue
        if role.flags == ("lr",):
            arguments[name] = lr
        elif any(flag in numbers for flag in role.flags):
            fallback = default if len(role.flags) > 1 else [default]
            if any(
                numbers.get(f, 0) is None is not b
                for f, b in zip(role.flags, fallback, strict=True)
            ):
                continue  # torch alone has None for an eps
            values = [
                numbers.get(f, b) for f, b in zip(role.flags, fallback, strict=True)
            ]
            arguments[name] = tuple(values) if len(values) > 1 else values[0]
            if role.sign < 0:
                arguments[name] = -values[0]
    return arguments


def refuse_unknown(names: Any, known: Any, what: str) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, cutoff=0.5)
            hint = f"; near it: {', '.join(near)}" if near else ""
            msg = f"{what} has no hyperparameter {name!r}{hint}"
            raise TypeError(msg)
