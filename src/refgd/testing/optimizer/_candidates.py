"""Every rule that an optimizer may turn out to be, with the hyperparameters stated."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Final, NamedTuple

from refgd import dialects
from refgd._types import Schedule
from refgd.dialects import DIALECTS, Argument, Picks, Recipe, Row, Sets
from refgd.testing.optimizer._reference import RULES, complete, in_words_of, rule_recipe

#: What each flag of refgd's may be, in every rule that has it.
FLAGS: Final[Mapping[str, tuple[Any, ...]]] = {
    "nesterov": (False, True),
    "lr_inside": (True, False),
    "damp_first": (True, False),
    "eps_inside": (False, True),
    "eps_hat": (False, True),
    "centered": (False, True),
    "bias_correction": (False, True),
    "correct_m": (False, True),
    "correct_v": ("none", "before_max", "after_max"),
    "psi": (0.004, 1, None),
    "decay_by_mu": (True, False),
    "beta2_factor": (True, False),
    "threshold": (4.0, 5.0),
}
#: The values of a number that turn it off.
OFF: Final = (None, 0)

DECAYS: Final = ("coupled", "lr", "schedule", "clipped")


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


def candidates(numbers: Mapping[str, Any], lr: Schedule) -> Iterator[Candidate]:
    """Yield the dialects' variants, then refgd's rules with all their flags.

    Args:
        numbers: The hyperparameters stated, in refgd's names. Where one is missing,
            each candidate has its own default.
        lr: The learning rate.
    """
    for row in dialects.table():
        yield from _of_row(row, numbers, lr)
    for rule in RULES:
        if rule != "adamw":  # that is adam and a kind of weight decay
            yield from _of_rule(rule, numbers, lr)


def _of_row(row: Row, numbers: Mapping[str, Any], lr: Schedule) -> Iterator[Candidate]:
    """Yield what a framework calls by this name; nothing if it refuses the numbers."""
    dialect = DIALECTS[row.name]
    arguments = {**row.arguments, **in_words_of(dialect, numbers, lr)}
    try:
        made = complete(dialects.recipe(row.name, **arguments))
    except (TypeError, ValueError):
        return
    values = dialect.defaults | arguments
    shown = [
        f"{argument.name}={values[argument.name]!r}"
        for argument in dialect.arguments
        if _matters(argument, values, told=argument.name in row.arguments)
    ]
    yield Candidate(made, row.name, f"{row.name}({', '.join(shown)})")


def _matters(argument: Argument, values: Mapping[str, Any], *, told: bool) -> bool:
    """Whether an argument makes another algorithm than its default does."""
    role, value, default = argument.role, values[argument.name], argument.default
    if isinstance(role, Picks):
        return bool(value != default) and all(c.holds(values) for c in role.when)
    if isinstance(role, Sets):
        idle = default in OFF and value in OFF
        idle = idle or not all(c.holds(values) for c in role.when)
        return role.flags != ("lr",) and not idle and bool(value != default)
    return told


def _of_rule(
    rule: str, numbers: Mapping[str, Any], lr: Schedule
) -> Iterator[Candidate]:
    """Yield a rule with each value of each flag, and each kind of weight decay."""
    plain = rule_recipe(rule, {}, numbers, lr)
    flags = [name for name in FLAGS if name in plain.flags and name not in numbers]
    for values in product(*(FLAGS[name] for name in flags)):
        chosen = {**plain.flags, **dict(zip(flags, values, strict=True))}
        if is_defined(chosen):
            for decay in DECAYS if plain.wd else DECAYS[:1]:
                yield Candidate(plain._replace(flags=chosen, decay=decay), None, None)


def is_defined(flags: Mapping[str, Any]) -> bool:
    """Whether these flags go together, and leave more than rounding."""
    if flags.get("eps_hat") and flags.get("correct_v", "after_max") != "after_max":
        return False  # AMSGrad's eps before a correction that there is not
    if flags.get("nesterov") and flags.get("dampening"):
        return False  # nobody defines it
    if flags.get("beta") == 0 and (flags.get("nesterov") or "damp_first" in flags):
        return False  # plain descent, once more
    # v - m² is 0 in the first step, and only rounding and eps decide
    return not (flags.get("centered") and flags.get("bias_correction"))
