"""What a dialect is made of: data alone, so that it can be read in both directions."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

#: Settings of refgd: ``rule`` names the optimizer, ``wd`` and ``decay`` are its weight
#: decay and the kind of it; by ``lr_power`` and ``lr_decay`` the learning rate falls
#: (`refgd.schedules.inverse_scaling`); the rest are the optimizer's flags.
Settings: TypeAlias = Mapping[str, Any]


class Required:
    """The default of an argument that has none."""

    def __repr__(self) -> str:
        return "required"


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
    """

    flags: tuple[str, ...]
    also: Settings = {}  # noqa: RUF012 - a NamedTuple's default, and never written to
    none: Any = None
    when: tuple[Condition, ...] = ()


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
    """

    name: str
    settings: Settings
    arguments: tuple[Argument, ...]
    variants: tuple[Variant, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def framework(self) -> str:
        """The package that has it."""
        return self.name.partition(".")[0]

    @property
    def defaults(self) -> dict[str, Any]:
        """Every argument's default, in the framework's names."""
        return {argument.name: argument.default for argument in self.arguments}
