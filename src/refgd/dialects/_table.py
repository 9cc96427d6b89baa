"""The whole comparison: each variant of each framework's optimizer."""

from typing import NamedTuple

from refgd.dialects._absent import ABSENT
from refgd.dialects._dialect import (
    REQUIRED,
    Dialect,
    Picks,
    Sets,
    Settings,
    Variant,
    read_recipe,
    wrappers_of,
)
from refgd.dialects._known import DIALECTS

#: What stands for a learning rate in the table, where the framework has no default.
LR = 1e-3


class Row(NamedTuple):
    """A row of the comparison.

    Attributes:
        rule: refgd's optimizer.
        framework: The package.
        name: The framework's optimizer.
        arguments: The framework's arguments that make it this variant.
        variant: What is particular about it, in words.
        defaults: The framework's own defaults of the arguments that matter; without
            those of wrappers, such as clipnorm, all of which are off.
        settings: refgd's flags, other than those that carry a number over.
    """

    rule: str
    framework: str
    name: str
    arguments: Settings
    variant: str
    defaults: Settings
    settings: Settings


def table(*, absent: bool = False) -> list[Row]:
    """Return the whole comparison: each variant of each framework's optimizer.

    Args:
        absent: Whether to return, in their place, the optimizers that have no dialect:
            their `rule` is empty, and their `variant` says why.

    Example:
        >>> from refgd import dialects
        >>> for row in dialects.table():
        ...     if row.rule == "nadam" and not row.arguments:
        ...         print(f"{row.name}: {row.variant}")
        torch.optim.NAdam: beta1 (1 - 0.96^(0.004 t) / 2)
        optax.nadam: mu is beta1 throughout: no schedule
        optax.nadamw: mu is beta1 throughout, decay times lr
        keras.optimizers.Nadam: beta1 (1 - 0.96^t / 2)
        >>> dialects.table(absent=True)[0].variant
        'a line search: it reads the loss at several points before it steps'
    """
    if absent:
        return [
            Row("", name.partition(".")[0], name, {}, why, {}, {})
            for name, why in ABSENT.items()
        ]
    return [_row(d, variant) for d in DIALECTS.values() for variant in d.variants]


def _row(d: Dialect, variant: Variant) -> Row:
    matter = [a for a in d.arguments if isinstance(a.role, Sets | Picks)]
    needed = {a.name: LR for a in matter if a.default is REQUIRED}
    made = read_recipe(d, needed | dict(variant.arguments))
    numbers = {
        flag for a in matter if isinstance(a.role, Sets) for flag in a.role.flags
    }
    settings = {key: made.flags[key] for key in made.flags if key not in numbers}
    if made.wd:
        settings["decay"] = made.decay
    defaults = {a.name: a.default for a in matter if not wrappers_of(a)}
    return Row(
        made.rule,
        d.framework,
        d.name,
        variant.arguments,
        variant.words,
        defaults,
        settings,
    )
