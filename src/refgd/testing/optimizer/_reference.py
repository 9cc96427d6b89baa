"""The rule that a name means, with hyperparameters in any framework's names."""

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import NamedTuple, TypeAlias

from refgd import dialects
from refgd._rules import (
    NUMBERS,
    RULES,
    in_dialect_names,
    in_refgd_names,
    refuse_unknown,
)
from refgd._types import Schedule, Settings
from refgd.dialects import DIALECTS, Dialect, Recipe, Unmodelled
from refgd.dialects._dialect import complete, take_around
from refgd.optimizers import Optimizer

Like: TypeAlias = str | Optimizer | Callable[..., Optimizer]


class CustomRule(NamedTuple):
    """Any other optimizer, by what makes it: a recipe whose flags are not known."""

    name: str
    factory: Callable[..., Optimizer]
    flags: Settings

    def make(self) -> Optimizer:
        return self.factory(**self.flags)


#: What an optimizer is compared with.
Rule: TypeAlias = Recipe | CustomRule


def reference(like: Like, given: Settings, theirs: Settings, lr: Schedule) -> Rule:
    """Return the rule that `like` means, with the hyperparameters given, else theirs.

    Args:
        like: The name of a rule or of a dialect, or an optimizer, or what makes one.
        given: Hyperparameters in the names of `like`, or in any framework's.
        theirs: Numbers in refgd's names, of the optimizer that is to be compared; what
            the rule does not have is left out.
        lr: The learning rate.

    Raises:
        TypeError: If the rule has no such hyperparameter.
        ValueError: If there is no such rule, or a value is out of its range.
    """
    if isinstance(like, Optimizer):
        refuse_unknown(given, (), "an optimizer that is made already")
        return CustomRule("the optimizer", lambda: like, {})
    if callable(like):
        return _of_factory(like, given, theirs, lr)
    if "." in like:
        return _of_dialect(dialects.dialect(like), given, theirs, lr)
    return _of_rule(like, given, theirs, lr)


def _of_factory(
    like: Callable[..., Optimizer], given: Settings, theirs: Settings, lr: Schedule
) -> Rule:
    name = getattr(like, "__name__", repr(like))
    if RULES.get(name) is like:
        return _of_rule(name, given, theirs, lr)
    known = inspect.signature(like).parameters
    shared = {key: theirs[key] for key in theirs if key in known}
    return CustomRule(name, like, {"lr": lr, **shared, **given})


def _of_rule(rule: str, given: Settings, theirs: Settings, lr: Schedule) -> Recipe:
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
    own = {key: value for key, value in in_refgd_names(given).items() if not _clip(key)}
    refuse_unknown(own, {*known, "wd"}, rule)
    numbers = {**theirs, **in_refgd_names(given)}
    words = {key: given[key] for key in given if key in known and key not in NUMBERS}
    flags = {key: numbers[key] for key in numbers if key in known} | words
    wd, kind = numbers.get("wd", 0.0), given.get("decay", "coupled")
    if rule == "adamw":
        rule, kind = "adam", flags.pop("kind", "schedule")
        flags.pop("wd", None)
    return complete(Recipe(rule, {**flags, "lr": lr}, wd, kind, find_clips(numbers)))


def _clip(flag: str) -> bool:
    return flag.startswith("clip_")


def find_clips(numbers: Settings) -> dict[str, Settings]:
    """Return what clips the gradients of any rule, where the numbers have one."""
    return take_around({key: numbers[key] for key in numbers if _clip(key)})


def _of_dialect(
    dialect: Dialect, given: Settings, theirs: Settings, lr: Schedule
) -> Recipe:
    own = dialect.defaults
    refuse_unknown(given, {*own, *NUMBERS}, dialect.name)
    others = {key: given[key] for key in given if key not in own}
    chosen = in_dialect_names(dialect, {**theirs, **in_refgd_names(others)}, lr)
    settable = {a.name for a in dialect.arguments if not isinstance(a.role, Unmodelled)}
    for name in settable - chosen.keys():  # weight_decay is not wd in LAMB's norm
        if len(NUMBERS.get(name, ())) == 1 and NUMBERS[name][0] in theirs:
            chosen[name] = theirs[NUMBERS[name][0]]
    chosen |= {key: given[key] for key in given if key in own}
    return complete(dialects.recipe(dialect.name, **chosen))
