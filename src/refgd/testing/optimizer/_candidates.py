"""Every rule that an optimizer may turn out to be, with the hyperparameters stated."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from refgd._rules import MATRICES, RULES, defaults, in_dialect_names
from refgd._types import Schedule, Settings
from refgd.dialects import DIALECTS, Argument, Dialect, Picks, Recipe, Sets, Variant
from refgd.dialects._dialect import (
    around_settings,
    complete,
    read_recipe,
)
from refgd.testing.optimizer._equations import DECAY_LINES
from refgd.testing.optimizer._flags import FLAGS, is_defined
from refgd.testing.optimizer._probes import Probe
from refgd.testing.optimizer._reference import find_clips
from refgd.testing.optimizer._tolerance import Expected

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

    @property
    def title(self) -> str:
        """Its call in a framework, or in refgd."""
        flags = {k: v for k, v in self.recipe.flags.items() if k != "lr"}
        flags |= around_settings(self.recipe)
        said = ", ".join(f"{key}={value!r}" for key, value in flags.items())
        return self.call or f"{self.recipe.rule}({said})"


class Published(NamedTuple):
    """A candidate at every probe.

    Attributes:
        candidate: It, at the first probe.
        identity: The same for candidates that only flags without effect tell apart.
        expected: What it does, shared by all of one identity.
    """

    candidate: Candidate
    identity: Any
    expected: Expected


def published(probes: Sequence[Probe], numbers: Settings) -> list[Published]:
    """Return every candidate; one that is known by another name is run once."""
    known: dict[Any, Expected] = {}
    table = []
    vector = len(probes[0].shape) == 1  # which muon refuses
    decays = any(p.numbers.get("wd") for p in probes)
    columns = [
        candidates({**numbers, **p.numbers}, p.lr, decays=decays) for p in probes
    ]
    for each in zip(*columns, strict=True):
        recipes = [candidate.recipe for candidate in each]
        if vector and recipes[0].rule == "muon":
            continue
        key = tuple(map(_identity, recipes))
        expected = known.setdefault(key, Expected(recipes, probes))
        table.append(Published(each[0], key, expected))
    return table


def _identity(recipe: Recipe) -> Any:
    """Return a key that ignores flags without effect."""
    flags = dict(recipe.flags)
    if not flags.get("lambd"):
        flags.pop("lambd_lr", None)
    if not flags.get("dampening"):
        flags.pop("damp_first", None)
    if not flags.get("l2"):
        flags.pop("l2_doubled", None)
    if not flags.get("beta", True):
        flags = {k: flags[k] for k in flags if k not in ("lr_inside", "nesterov")}
    decay = recipe.decay if recipe.wd else None
    return recipe.rule, frozenset(flags.items()), recipe.wd, decay, str(recipe.around)


def candidates(
    numbers: Settings, lr: Schedule, *, decays: bool = False
) -> Iterator[Candidate]:
    """Yield the dialects' variants, then refgd's rules with all their flags.

    Where a number is not stated, each candidate has its own default. Each rule has
    every kind of weight decay if `decays`, even if that is 0.
    """
    for dialect in DIALECTS.values():
        for variant in dialect.variants:
            yield from _of_variant(dialect, variant, numbers, lr)
            beta = numbers.get("beta", variant.arguments.get("momentum"))
            if beta and "dampening" in {*variant.arguments} - {*numbers}:
                average = {**numbers, "dampening": beta}  # the velocity is one
                yield from _of_variant(dialect, variant, average, lr)
    for rule in RULES:
        if rule != "adamw":  # that is adam and a kind of weight decay
            yield from _of_rule(rule, numbers, lr, decays=decays)


def _of_variant(
    dialect: Dialect, variant: Variant, numbers: Settings, lr: Schedule
) -> Iterator[Candidate]:
    """Yield what a framework calls by this name; nothing if it refuses the numbers."""
    arguments = {**variant.arguments, **in_dialect_names(dialect, numbers, lr)}
    arguments |= {k: v for k, v in variant.arguments.items() if v is None}  # it is off
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


def _of_rule(
    rule: str, numbers: Settings, lr: Schedule, *, decays: bool
) -> Iterator[Candidate]:
    """Yield a rule with each value of each flag, and each kind of weight decay."""
    own = {key: numbers.get(key, value) for key, value in defaults(RULES[rule]).items()}
    plain = Recipe(
        rule,
        {**own, "lr": lr},
        numbers.get("wd", 0.0),
        "coupled",
        find_clips(numbers),
    )
    flags = [name for name in FLAGS if name in plain.flags and name not in numbers]
    if rule in MATRICES:  # whose flags are many, and whose steps are slow
        flags = []
    for values in product(*(FLAGS[name] for name in flags)):
        chosen = {**plain.flags, **dict(zip(flags, values, strict=True))}
        if is_defined(chosen):
            for decay in DECAY_LINES if plain.wd or decays else ["coupled"]:
                yield Candidate(plain._replace(flags=chosen, decay=decay), None, None)
