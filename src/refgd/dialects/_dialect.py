"""What a dialect is, data alone; and the recipe of refgd's that its arguments make."""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from refgd import _checks, optimizers, schedules
from refgd._types import Number, Schedule
from refgd.optimizers import Optimizer, weight_decay

#: Settings of refgd: ``rule`` names the optimizer, ``wd`` and ``decay`` are its weight
#: decay and the kind of it; by ``lr_power`` and ``lr_decay`` the learning rate falls
#: (`refgd.schedules.inverse_scaling`); ``maximize``, and what has a dot, such as
#: ``clip_by_norm.max_norm``, is of `WRAPPERS`; the rest are the optimizer's flags.
Settings: TypeAlias = Mapping[str, Any]

#: What may be put around a rule and its decay, by its name in `refgd.optimizers`; each
#: goes around those before it.
WRAPPERS: Final = (
    "maximize",
    "clip_by_value",
    "clip_by_norm",
    "clip_by_global_norm",
    "accumulate",
    "lookahead",
    "weight_average",
    "weight_ema",
)


class Required:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "required"


#: The default of an argument that has none: it must be given.
REQUIRED: Final = Required()


class Condition(NamedTuple):
    """Whether an argument's value is among some values; or, if not `among`, is not."""

    argument: str
    values: tuple[Any, ...]
    among: bool = True

    def holds(self, arguments: Mapping[str, Any]) -> bool:
        """Whether it is so, given all the arguments in the framework's own names."""
        return (arguments[self.argument] in self.values) == self.among


class Sets(NamedTuple):
    """The value is that of a flag of refgd; a pair is that of two flags.

    Attributes:
        flags: The flags, in refgd's names.
        also: The settings that come with it.
        none: What the framework takes None for.
        when: Where one of these does not hold, the framework ignores the argument.
        sign: What the framework's number is times to be refgd's, 1 or -1.
    """

    flags: tuple[str, ...]
    also: Settings = {}  # noqa: RUF012 - a NamedTuple's default, and never written to
    none: Any = None
    when: tuple[Condition, ...] = ()
    sign: int = 1


class Picks(NamedTuple):
    """Each value that the argument may have stands for some settings.

    Attributes:
        cases: The settings of each value.
        when: Where one of these does not hold, the framework ignores the argument.
        others: Why other values of the framework's are not modelled.
    """

    cases: Mapping[Any, Settings]
    when: tuple[Condition, ...] = ()
    others: str = ""


class Inert(NamedTuple):
    """Without effect on the mathematics, and why."""

    why: str


class Unmodelled(NamedTuple):
    """Not modelled but at its default, and why."""

    why: str


Role: TypeAlias = Sets | Picks | Inert | Unmodelled


class Argument(NamedTuple):
    """An argument of a framework's optimizer: its name and default there, its role."""

    name: str
    default: Any
    role: Role


def wrappers_of(argument: Argument) -> set[str]:
    """Return which of `WRAPPERS` an argument sets; none if it is of the rule."""
    role = argument.role
    names: Iterable[str] = ()
    if isinstance(role, Sets):
        names = role.flags
    elif isinstance(role, Picks):
        names = chain.from_iterable(role.cases.values())
    return {*WRAPPERS} & {name.partition(".")[0] for name in names}


def switch(
    name: str, on: Settings, *, when: tuple[Condition, ...] = (), default: bool = False
) -> Argument:
    """Return an argument that is True or False, and nothing to refgd where False."""
    return Argument(name, default, Picks({False: {}, True: on}, when=when))


class Refusal(NamedTuple):
    """What the framework itself refuses: all of the conditions at once."""

    when: tuple[Condition, ...]
    why: str


class Variant(NamedTuple):
    """One algorithm that a framework's optimizer can be: arguments, and in words."""

    arguments: Mapping[str, Any]
    words: str


class Dialect(NamedTuple):
    """A framework's optimizer, in the framework's words and in refgd's.

    Attributes:
        name: Where the framework has it.
        settings: refgd's settings that hold whatever the arguments are.
        arguments: All of its arguments but the weights themselves, in order.
        variants: The algorithms that it can be, the default first.
        refusals: The combinations that the framework refuses.
        needs: What its gradients must be, and the test that says so; none is the
            translation of another's call.
    """

    name: str
    settings: Settings
    arguments: tuple[Argument, ...]
    variants: tuple[Variant, ...]
    refusals: tuple[Refusal, ...] = ()
    needs: Mapping[str, str] = {}

    @property
    def framework(self) -> str:
        """The package that has it."""
        return self.name.partition(".")[0]

    @property
    def defaults(self) -> dict[str, Any]:
        """Every argument's default, in the framework's names."""
        return {argument.name: argument.default for argument in self.arguments}


# --- from a framework's words to refgd's ------------------------------------------

#: No weight decay, and a learning rate as it was given.
PLAIN: Settings = {"wd": 0.0, "decay": "coupled", "lr_power": 0, "lr_decay": 0}


class Recipe(NamedTuple):
    """A refgd optimizer, as data.

    Attributes:
        rule: Its name in `refgd.optimizers`.
        flags: Its arguments, lr among them.
        wd: The weight decay around it; none if 0.
        decay: The kind of weight decay, see `refgd.optimizers.weight_decay`.
        around: The wrappers around both, with their arguments, from inside out.
    """

    rule: str
    flags: Settings
    wd: Number
    decay: str
    around: Mapping[str, Settings] = {}

    def make(self) -> Optimizer:
        """Return the optimizer."""
        optimizer: Optimizer = getattr(optimizers, self.rule)(**self.flags)
        if self.wd != 0:
            lr = None if self.decay == "coupled" else self.flags["lr"]
            optimizer = weight_decay(optimizer, self.wd, kind=self.decay, lr=lr)
        for name, arguments in self.around.items():
            optimizer = wrap(name, optimizer, arguments)
        return optimizer


def wrap(name: str, optimizer: Optimizer, arguments: Settings) -> Optimizer:
    """Put a wrapper around an optimizer; an error names the setting, with its dot."""
    try:
        made: Optimizer = getattr(optimizers, name)(optimizer, **arguments)
    except (TypeError, ValueError) as error:
        own = "" if str(error).startswith(f"{name}()") else f"{name}."  # a call's
        msg = f"{own}{error}"
        raise type(error)(msg) from None
    return made


def around_settings(recipe: Recipe) -> Settings:
    """Return the wrappers of a recipe as settings."""
    around = recipe.around.items()
    numbers = {f"{w}.{key}": value for w, own in around for key, value in own.items()}
    return {name: True for name, own in around if not own} | numbers


def complete(recipe: Recipe) -> Recipe:
    """Return the recipe with all of its rule's flags, the defaults among them."""
    return recipe._replace(flags={**_defaults(recipe.rule), **recipe.flags})


@lru_cache(maxsize=64)
def _defaults(rule: str) -> Settings:
    parameters = inspect.signature(getattr(optimizers, rule)).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def read_recipe(dialect: Dialect, arguments: Mapping[str, Any]) -> Recipe:
    """Read a framework's arguments in its dialect."""
    values = _all_values(dialect, arguments)
    for refusal in dialect.refusals:
        if all(condition.holds(values) for condition in refusal.when):
            msg = f"{dialect.name} does not allow this: {refusal.why}"
            raise ValueError(msg)
    settings = {**PLAIN, **dialect.settings}
    for argument in dialect.arguments:
        settings |= _read_argument(dialect, argument, values)
    rule, wd, decay = (settings.pop(key) for key in ("rule", "wd", "decay"))
    fall = settings.pop("lr_power"), settings.pop("lr_decay")
    around = take_around(settings)
    with with_dialect_names_in_errors(dialect):
        settings["lr"] = _lower_rate(settings["lr"], *fall)
    if "accumulate" in around:  # keras alone has it, and means these two by it
        k = around["accumulate"]["k"]
        settings["lr"] = _last_rate(settings["lr"], k)
        if "weight_ema" in around:
            around["weight_ema"] = {**around["weight_ema"], "per_step": k}
    return _as_plain(Recipe(rule, settings, wd, decay, around))


def take_around(settings: dict[str, Any]) -> dict[str, Settings]:
    """Take the wrappers out of settings; what is None is not there."""
    around: dict[str, Settings] = {}
    dotted = [key for key in settings if "." in key]
    for name in WRAPPERS:
        own = [key for key in dotted if key.startswith(f"{name}.")]
        given = {key.removeprefix(f"{name}."): settings.pop(key) for key in own}
        given = {key: value for key, value in given.items() if value is not None}
        if given or settings.pop(name, False):
            around[name] = given
    return around


def _last_rate(lr: Number | Schedule, k: int) -> Number | Schedule:
    """Return the rate of each step of k gradients: that of the last of them."""
    if not callable(lr):
        return lr
    given: Any = lr
    return lambda t: given(k * (t + 1) - 1)


def _as_plain(recipe: Recipe) -> Recipe:
    """Return penalized descent with neither l1 nor an intercept as decay of sgd."""
    flags = {"l1_share": 0, "intercept": False, "average": 0, **recipe.flags}
    if recipe.rule != "penalized" or flags["average"]:
        return recipe
    if flags["lambd"] and (flags["l1_share"] or flags["intercept"]):
        return recipe
    return recipe._replace(rule="sgd", flags={"lr": flags["lr"]}, wd=flags["lambd"])


@contextmanager
def with_dialect_names_in_errors(dialect: Dialect) -> Iterator[None]:
    """Use the framework's argument names in error messages."""
    try:
        yield
    except (TypeError, ValueError) as error:
        flag, _, rule = str(error).partition(" ")
        for argument in dialect.arguments:
            role = argument.role
            if isinstance(role, Sets) and {flag, f"lr_{flag}"} & {*role.flags}:
                if role.sign < 0:
                    rule = rule.replace("negative, got -", "positive, got ")
                msg = f"{argument.name} of {dialect.name} {rule}"
                raise type(error)(msg) from None
        raise


def _all_values(dialect: Dialect, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return every argument's value, given or default."""
    defaults = dialect.defaults
    for name in arguments:
        if name not in defaults:
            near = get_close_matches(name, defaults, cutoff=0.5)
            hint = f"; near it: {', '.join(near)}" if near else ""
            known = ", ".join(defaults)
            msg = f"{dialect.name} has no argument {name!r}{hint} (it has {known})"
            raise TypeError(msg)
    values = defaults | dict(arguments)
    for name, value in values.items():
        if isinstance(value, Required):
            msg = f"{dialect.name} asks for {name}: it has no default"
            raise TypeError(msg)
    return values


def _read_argument(
    dialect: Dialect, argument: Argument, values: Mapping[str, Any]
) -> Settings:
    """Return what one argument's value means."""
    value, role = values[argument.name], argument.role
    if isinstance(role, Inert):
        return {}
    if isinstance(role, Unmodelled):
        if value == argument.default:
            return {}
        msg = f"{dialect.name}({argument.name}={value!r}) is not modelled: {role.why}"
        raise ValueError(msg)
    if not all(condition.holds(values) for condition in role.when):
        return {}
    name = f"{argument.name} of {dialect.name}"
    return (
        _read_case(name, role, value)
        if isinstance(role, Picks)
        else _read_number(name, role, value)
    )


def _read_case(name: str, role: Picks, value: Any) -> Settings:
    if isinstance(value, str | bool | np.bool_ | None) and value in role.cases:
        return role.cases[value]
    others = f" ({role.others})" if role.others else ""
    msg = f"{name} must be one of {list(role.cases)}{others}, got {value!r}"
    raise ValueError(msg)


def _read_number(name: str, role: Sets, value: Any) -> Settings:
    if value is None:
        value = role.none
    if len(role.flags) == 1:
        number = int(value) if isinstance(value, bool | np.bool) else value
        turned = -_checks.number(name, number) if role.sign < 0 else number
        return {role.flags[0]: turned, **role.also}
    if not isinstance(value, Sequence) or len(value) != len(role.flags):
        msg = f"{name} must be {len(role.flags)} numbers, got {value!r}"
        raise TypeError(msg)
    return {**dict(zip(role.flags, value, strict=True)), **role.also}


def _lower_rate(
    lr: Number | Schedule, power: Number, decay: Number
) -> Number | Schedule:
    """Return lr falling as lr_t / (1 + decay t)^power; lr itself where it does not."""
    fall = schedules.inverse_scaling(1, power=power, decay=decay)
    if power == 0 or decay == 0:
        return lr
    if not callable(lr):
        return schedules.inverse_scaling(lr, power=power, decay=decay)
    given: Any = lr
    return lambda t: given(t) * fall(t)
