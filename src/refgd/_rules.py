"""Rules by name: refgd's own, and the frameworks' by their dialects."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from refgd import dialects, optimizers
from refgd.dialects import REQUIRED, Dialect, Sets
from refgd.optimizers import Optimizer


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


def named(name: str) -> NamedRule:
    """Return the rule of a name: a dialect's if it has a dot.

    Raises:
        ValueError: If there is none; it says which there are.
    """
    if "." in name:
        return _of_dialect(dialects.dialect(name))
    if name not in OWN:
        msg = f"no rule is named {name!r}; there are {', '.join(OWN)}"
        raise ValueError(msg)
    return made_by(OWN[name])


def made_by(factory: Callable[..., Optimizer]) -> NamedRule:
    """Return the rule that a function of lr and flags makes."""
    signature = inspect.signature(factory)

    def make(**arguments: Any) -> Optimizer:
        try:
            signature.bind(**arguments)
        except TypeError as error:
            msg = f"{error}; its settings are {', '.join(signature.parameters)}"
            raise TypeError(msg) from None
        return factory(**arguments)

    defaults = {
        name: REQUIRED if each.default is each.empty else each.default
        for name, each in signature.parameters.items()
    }
    return NamedRule(make, defaults, "lr")


def _of_dialect(dialect: Dialect) -> NamedRule:
    def make(**arguments: Any) -> Optimizer:
        return dialects.get(dialect.name, **arguments)

    lr = next(
        argument.name
        for argument in dialect.arguments
        if isinstance(argument.role, Sets) and argument.role.flags == ("lr",)
    )
    return NamedRule(make, dialect.defaults, lr)


def _starts_with_lr(made: Any) -> bool:
    """Tell a rule from the types beside it, and from what wraps another rule."""
    if not inspect.isfunction(made):
        return False
    return next(iter(inspect.signature(made).parameters)) == "lr"


#: refgd's own: the functions of a learning rate and flags in `refgd.optimizers`.
OWN: dict[str, Callable[..., Optimizer]] = {
    name: getattr(optimizers, name)
    for name in sorted(optimizers.__all__)
    if _starts_with_lr(getattr(optimizers, name))
}
