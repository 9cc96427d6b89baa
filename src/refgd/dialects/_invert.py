"""A recipe in a framework's words: the rows of a dialect, read backwards."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from refgd import schedules
from refgd._types import Number
from refgd.dialects._call import Call
from refgd.dialects._chain import write_heads
from refgd.dialects._dialect import (
    Dialect,
    Picks,
    Recipe,
    Sets,
    around_settings,
    read_recipe,
)
from refgd.dialects._same_path import simplify
from refgd.schedules import Curve


def find_single(targets: list[Dialect], recipe: Recipe) -> tuple[Call, ...] | None:
    """Return the shortest call of one of the dialects that is this recipe."""
    found = [
        shorten(dialect, arguments, recipe)
        for dialect in targets
        for arguments, made in candidates(dialect, recipe)
        if made == recipe
    ]
    return (min(found, key=lambda call: len(call.arguments)),) if found else None


def candidates(
    dialect: Dialect, recipe: Recipe
) -> Iterator[tuple[dict[str, Any], Recipe]]:
    """Yield arguments with the recipe's numbers, in each way to set the rest."""
    values = {"beta": 0.0, "lambd": recipe.wd, **recipe.flags, "wd": recipe.wd}
    values |= {**_fall(dialect, recipe), **around_settings(recipe)}
    known = {flag for flag, value in values.items() if value is not None}
    base = dict(dialect.variants[0].arguments)
    for argument in dialect.arguments:
        role = argument.role
        if isinstance(role, Sets) and known.issuperset(role.flags):
            numbers = tuple(values[flag] for flag in role.flags)
            base[argument.name] = numbers if numbers[1:] else numbers[0]
            if role.sign < 0:
                base[argument.name] = -numbers[0]
    if dialect.framework != "optax" and any(map(callable, base.values())):
        return  # only optax takes a function of t
    picks = {
        a.name: a.role.cases for a in dialect.arguments if isinstance(a.role, Picks)
    }
    for cases in product(*picks.values()):
        arguments = base | dict(zip(picks, cases, strict=True))
        made = _read(dialect, arguments)
        if made is not None:
            yield arguments, made


class Falling(NamedTuple):
    """A learning rate that falls, as a function that any framework can call."""

    lr: Number
    power: Number
    decay: Number

    def __call__(self, t: Any) -> Any:
        """Return the learning rate of step t, which may be traced."""
        return self.lr / (1 + self.decay * t) ** self.power

    def __repr__(self) -> str:
        return f"lambda t: {self.lr!r} / (1 + {self.decay!r} * t) ** {self.power!r}"


def read_fall(lr: Any) -> Falling | None:
    """Return the numbers of a learning rate that falls as torch's Adagrad's does."""
    formula = lr.formula if isinstance(lr, Curve) else None
    if isinstance(formula, partial) and len(formula.args) == len(Falling._fields):
        found = Falling(*formula.args)
        if lr == schedules.inverse_scaling(
            found.lr, power=found.power, decay=found.decay
        ):
            return found
    return None


def _fall(dialect: Dialect, recipe: Recipe) -> dict[str, Number]:
    """Return the numbers of a falling rate, for a dialect that has arguments for it."""
    flags = {
        f for a in dialect.arguments if isinstance(a.role, Sets) for f in a.role.flags
    }
    fall = read_fall(recipe.flags["lr"])
    if fall is None or not flags & {"lr_power", "lr_decay"}:
        return {"lr_decay": 0}
    return {"lr": fall.lr, "lr_power": fall.power, "lr_decay": fall.decay}


def write_rates(call: Call) -> Call:
    """Write a falling learning rate as a function of t that needs no refgd."""
    said = {key: read_fall(value) or value for key, value in call.arguments.items()}
    return Call(call.name, said)


def _read(dialect: Dialect, arguments: Mapping[str, Any]) -> Recipe | None:
    try:
        return simplify(read_recipe(dialect, arguments))
    except (TypeError, ValueError):  # the framework does not allow it
        return None


def shorten(dialect: Dialect, arguments: Mapping[str, Any], recipe: Recipe) -> Call:
    """Leave off what the framework's defaults say already, but for the rate."""
    kept = dict(arguments)
    for argument in dialect.arguments:
        role = argument.role
        if isinstance(role, Sets) and role.flags == ("lr",):
            continue
        fewer = {name: kept[name] for name in kept if name != argument.name}
        if fewer != kept and _read(dialect, fewer) == recipe:
            kept = fewer
    order = [argument.name for argument in dialect.arguments if argument.name in kept]
    return Call(dialect.name, {name: kept[name] for name in order})


# --- optax's chain ----------------------------------------------------------------

#: What is inside each of optax's optimizers, before it multiplies by the rate.
_SCALES = {
    "optax.rmsprop": "optax.scale_by_rms",
    "optax.adagrad": "optax.scale_by_rss",
    "optax.adadelta": "optax.scale_by_adadelta",
    "optax.adam": "optax.scale_by_adam",
    "optax.nadam": "optax.scale_by_adam",
    "optax.amsgrad": "optax.scale_by_amsgrad",
    "optax.adamax": "optax.scale_by_adamax",
    "optax.lion": "optax.scale_by_lion",
    "optax.radam": "optax.scale_by_radam",
}


def compose(targets: list[Dialect], recipe: Recipe) -> tuple[Call, ...] | None:
    """Return the calls of a chain that is this recipe, the shortest first."""
    if recipe.around:
        heads, bare = write_heads(recipe), recipe._replace(around={})
        rest = find_single(targets, bare) or compose(targets, bare)
        return (*heads, *rest) if heads and rest else None
    add = Call("optax.add_decayed_weights", {"weight_decay": recipe.wd})
    head = (add,) if recipe.wd and recipe.decay == "coupled" else ()
    if head:
        inner = find_single(targets, simplify(recipe._replace(wd=0.0)))
        if inner is not None:
            return *head, *inner
    if recipe.wd and recipe.decay not in {"coupled", "lr"}:
        return None
    flags, lr = recipe.flags, recipe.flags["lr"]
    trace: tuple[Call, ...] = ()
    core = simplify(recipe._replace(wd=0.0))
    if recipe.rule == "momentum" and not flags["dampening"]:
        core = core._replace(rule="sgd", flags={"lr": lr})
    elif recipe.rule == "rmsprop" and flags["beta"]:
        core = simplify(core._replace(flags={**flags, "beta": 0.0}))
    if core.rule != recipe.rule or flags.get("beta"):
        look = {"nesterov": True} if flags["nesterov"] else {}
        trace = (Call("optax.trace", {"decay": flags["beta"], **look}),)
    scale = _scale(targets, core)
    if scale is None:
        return None
    rate = (Call("optax.scale_by_learning_rate", {"learning_rate": lr}),)
    tail = (add,) if recipe.wd and not head else ()
    if trace and flags["lr_inside"]:
        return None if tail else (*head, *scale, *rate, *trace)
    return *head, *scale, *trace, *tail, *rate


def _scale(targets: list[Dialect], core: Recipe) -> tuple[Call, ...] | None:
    """Return what scales the gradient as this recipe does, without the rate."""
    if core.rule == "sgd":
        return ()
    found = find_single([d for d in targets if d.name in _SCALES], core)
    if found is None:
        return None
    ((name, arguments, _),) = found
    inside = _SCALES[name]
    kept = {
        key: value
        for key, value in arguments.items()
        if key not in {"learning_rate", "centered", "weight_decay", "nesterov"}
    }
    if arguments.get("centered"):
        inside = "optax.scale_by_stddev"
    if name == "optax.nadam" or arguments.get("nesterov"):
        kept["nesterov"] = True
    return (Call(inside, kept),)
