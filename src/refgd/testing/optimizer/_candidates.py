"""Every rule that an optimizer may turn out to be, with the hyperparameters stated."""

from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

from refgd._rules import RULES, complete, defaults, in_dialect_names
from refgd._types import Schedule, Settings
from refgd.dialects import DIALECTS, Argument, Dialect, Picks, Recipe, Sets, Variant
from refgd.dialects._dialect import read_recipe
from refgd.testing.optimizer._mistakes import DECAYS, FLAGS, is_defined

#: The values of a number that turn it off.
OFF: Final = (None, 0)


class Candidate(NamedTuple):
    """A rule, and the dialect that has it; None where no framework does.

    Attributes:
        recipe: The rule with all its flags.
        dialect: The framework's name for it.
        call: The same with the arguments that make it so.
    """

    recipe: Recipe
    dialect: str | None
    call: str | None


def candidates(numbers: Settings, lr: Schedule) -> Iterator[Candidate]:
    """Yield the dialects' variants, then refgd's rules with all their flags.

    Where a number is not stated, each candidate has its own default.
    """
    for dialect in DIALECTS.values():
        for variant in dialect.variants:
            yield from _of_variant(dialect, variant, numbers, lr)
    for rule in RULES:
        if rule != "adamw":  # that is adam and a kind of weight decay
            yield from _of_rule(rule, numbers, lr)


def _of_variant(
    dialect: Dialect, variant: Variant, numbers: Settings, lr: Schedule
) -> Iterator[Candidate]:
    """Yield what a framework calls by this name; nothing if it refuses the numbers."""
    arguments = {**variant.arguments, **in_dialect_names(dialect, numbers, lr)}
    try:
        made = complete(read_recipe(dialect, arguments))
    except (TypeError, ValueError):
        return
    values = dialect.defaults | arguments
    shown = [
        f"{argument.name}={values[argument.name]!r}"
        for argument in dialect.arguments
        if _matters(argument, values, told=argument.name in variant.arguments)
    ]
    yield Candidate(made, dialect.name, f"{dialect.name}({', '.join(shown)})")


def _matters(argument: Argument, values: Settings, *, told: bool) -> bool:
    """Whether an argument makes another algorithm than its default does."""
    role, value, default = argument.role, values[argument.name], argument.default
    if isinstance(role, Picks):
        return bool(value != default) and all(c.holds(values) for c in role.when)
    if isinstance(role, Sets):
        idle = default in OFF and value in OFF
        idle = idle or not all(c.holds(values) for c in role.when)
        return role.flags != ("lr",) and not idle and bool(value != default)
    return told


def _of_rule(rule: str, numbers: Settings, lr: Schedule) -> Iterator[Candidate]:
    """Yield a rule with each value of each flag, and each kind of weight decay."""
    own = {key: numbers.get(key, value) for key, value in defaults(RULES[rule]).items()}
    plain = Recipe(rule, {**own, "lr": lr}, numbers.get("wd", 0.0), "coupled")
    flags = [name for name in FLAGS if name in plain.flags and name not in numbers]
    for values in product(*(FLAGS[name] for name in flags)):
        chosen = {**plain.flags, **dict(zip(flags, values, strict=True))}
        if is_defined(chosen):
            for decay in DECAYS if plain.wd else ["coupled"]:
                yield Candidate(plain._replace(flags=chosen, decay=decay), None, None)
