"""From hyperparameters in anybody's names to the rule that has them."""

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, TypeAlias

from refgd import dialects, optimizers
from refgd._types import Schedule
from refgd.dialects import DIALECTS, Dialect, Picks, Recipe, Sets
from refgd.optimizers import Optimizer

#: refgd's rules: what makes an optimizer from a learning rate and flags.
RULES: Final[dict[str, Callable[..., Optimizer]]] = {
    name: made
    for name, made in vars(optimizers).items()
    if inspect.isfunction(made) and "lr" in inspect.signature(made).parameters
    if name != "weight_decay"
}

#: Flags of refgd that are numbers, by refgd's names and by every framework's. Where two
#: disagree the earlier framework wins: alpha is torch's, as in RMSprop.
NUMBERS: Final[dict[str, tuple[str, ...]]] = {}
for _dialect in DIALECTS.values():
    for _argument in _dialect.arguments:
        if isinstance(_argument.role, Sets):
            NUMBERS.update({flag: (flag,) for flag in _argument.role.flags})
for _dialect in DIALECTS.values():
    for _argument in _dialect.arguments:
        if isinstance(_argument.role, Sets):
            NUMBERS.setdefault(_argument.name, _argument.role.flags)

#: Arguments that are words, which choose between rules.
WORDS: Final = {
    argument.name
    for each in DIALECTS.values()
    for argument in each.arguments
    if isinstance(argument.role, Picks)
} | {
    name
    for rule in RULES.values()
    for name, p in inspect.signature(rule).parameters.items()
    if name not in NUMBERS and p.kind is p.KEYWORD_ONLY
}

#: Flags whose None, in a framework, is none of it.
NONE_IS_ZERO: Final = ("beta", "wd", "dampening", "initial_accumulator")

Like: TypeAlias = str | Optimizer | Callable[..., Optimizer]


class Made(NamedTuple):
    """Any other optimizer, by what makes it: a recipe whose flags are not known."""

    name: str
    factory: Callable[..., Optimizer]
    flags: Mapping[str, Any]

    def make(self) -> Optimizer:
        """Return the optimizer."""
        return self.factory(**self.flags)


def stated(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers among the hyperparameters in refgd's names, others left out.

    Example:
        >>> from refgd.testing.optimizer._reference import stated
        >>> stated({"betas": (0.9, 0.99), "epsilon": 1e-7, "amsgrad": True})
        {'beta1': 0.9, 'beta2': 0.99, 'eps': 1e-07}
    """
    numbers: dict[str, Any] = {}
    for name, value in hyperparameters.items():
        flags = () if isinstance(value, str) else NUMBERS.get(name, ())
        values = value if len(flags) > 1 else [value] * len(flags)
        for flag, number in zip(flags, values, strict=True):
            absent = number is None and flag in NONE_IS_ZERO
            numbers[flag] = 0.0 if absent else number
    return numbers


def refuse_unknown(names: Any, known: Any, what: str) -> None:
    """Refuse a name that is none of the known ones."""
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, cutoff=0.5)
            hint = f"; near it: {', '.join(near)}" if near else ""
            msg = f"{what} has no hyperparameter {name!r}{hint}"
            raise TypeError(msg)


def reference(
    like: Like, given: Mapping[str, Any], theirs: Mapping[str, Any], lr: Schedule
) -> Recipe | Made:
    """Return the rule that `like` means, with the hyperparameters given, else theirs.

    Args:
        like: The name of a rule or of a dialect, or an optimizer, or what makes one.
        given: Hyperparameters in the names of `like`, or in anybody's.
        theirs: Numbers in refgd's names, of the optimizer that is to be compared; what
            the rule does not have is left out.
        lr: The learning rate.

    Raises:
        TypeError: If the rule has no such hyperparameter.
        ValueError: If there is no such rule, or a value is out of its range.
    """
    if isinstance(like, Optimizer):
        refuse_unknown(given, (), "an optimizer that is made already")
        return Made("the optimizer", lambda: like, {})
    if callable(like):
        return _made(like, given, theirs, lr)
    if "." in like:
        return _dialect_recipe(dialects.dialect(like), given, theirs, lr)
    return rule_recipe(like, given, theirs, lr)


def _made(
    like: Callable[..., Optimizer],
    given: Mapping[str, Any],
    theirs: Mapping[str, Any],
    lr: Schedule,
) -> Recipe | Made:
    name = getattr(like, "__name__", repr(like))
    if RULES.get(name) is like:
        return rule_recipe(name, given, theirs, lr)
    known = inspect.signature(like).parameters
    shared = {key: theirs[key] for key in theirs if key in known}
    return Made(name, like, {"lr": lr, **shared, **given})


def rule_recipe(
    rule: str, given: Mapping[str, Any], theirs: Mapping[str, Any], lr: Schedule
) -> Recipe:
    """Return one of refgd's rules; its weight decay needs a word, decay="lr" say."""
    if rule not in RULES:
        near = get_close_matches(str(rule), [*RULES, *DIALECTS], cutoff=0.4)
        hint = (
            f"near it: {', '.join(near)}" if near else f"there are {', '.join(RULES)}"
        )
        msg = f"no rule is named {rule!r}; {hint}"
        raise ValueError(msg)
    known = inspect.signature(RULES[rule]).parameters
    refuse_unknown(given, {*known, *NUMBERS, "decay"}, rule)
    numbers = {**theirs, **stated(given)}
    refuse_unknown(stated(given), {*known, "wd"}, rule)
    words = {key: given[key] for key in given if key in known and key not in NUMBERS}
    flags = {key: numbers[key] for key in numbers if key in known} | words
    wd, kind = numbers.get("wd", 0.0), given.get("decay", "coupled")
    if rule == "adamw":
        rule, kind = "adam", flags.pop("kind", "schedule")
        flags.pop("wd", None)
    return Recipe(rule, {**_defaults(rule), **flags, "lr": lr}, wd, kind)


def _defaults(rule: str) -> dict[str, Any]:
    parameters = inspect.signature(RULES[rule]).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _dialect_recipe(
    dialect: Dialect,
    given: Mapping[str, Any],
    theirs: Mapping[str, Any],
    lr: Schedule,
) -> Recipe:
    own = dialect.defaults
    refuse_unknown(given, {*own, *NUMBERS}, dialect.name)
    others = {key: given[key] for key in given if key not in own}
    chosen = in_words_of(dialect, {**theirs, **stated(others)}, lr)
    chosen |= {key: given[key] for key in given if key in own}
    return complete(dialects.recipe(dialect.name, **chosen))


def complete(recipe: Recipe) -> Recipe:
    """Return the recipe with all of its rule's flags, the defaults among them."""
    return recipe._replace(flags={**_defaults(recipe.rule), **recipe.flags})


def in_words_of(
    dialect: Dialect, numbers: Mapping[str, Any], lr: Schedule
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
            values = [
                numbers.get(f, b) for f, b in zip(role.flags, fallback, strict=True)
            ]
            arguments[name] = tuple(values) if len(values) > 1 else values[0]
    return arguments
