"""The dialects that are known, by name, as refgd's optimizers."""

from difflib import get_close_matches
from typing import Any, Final

from refgd.dialects._absent import ABSENT
from refgd.dialects._dialect import (
    Dialect,
    Recipe,
    read_recipe,
    with_dialect_names_in_errors,
)
from refgd.dialects._keras import KERAS
from refgd.dialects._optax import OPTAX
from refgd.dialects._sklearn import SKLEARN
from refgd.dialects._torch import TORCH
from refgd.optimizers import Optimizer

#: Every dialect, by the framework's own name for it.
DIALECTS: Final = {d.name: d for d in (*TORCH, *OPTAX, *KERAS, *SKLEARN)}


def names() -> list[str]:
    """Return the names that `get` knows.

    Example:
        >>> from refgd import dialects
        >>> [name for name in dialects.names() if name.endswith("Adagrad")]
        ['torch.optim.Adagrad', 'keras.optimizers.Adagrad']
    """
    return list(DIALECTS)


def dialect(name: str) -> Dialect:
    """Return the row of data of a framework's optimizer.

    Raises:
        ValueError: If there is none of that name, with the reason where it is known;
            else it lists near ones.
    """
    if name in DIALECTS:
        return DIALECTS[name]
    if name in ABSENT:
        msg = f"{name} has no dialect: {ABSENT[name]}"
        raise ValueError(msg)
    last = str(name).rpartition(".")[2].lower()
    same = [known for known in DIALECTS if known.rpartition(".")[2].lower() == last]
    near = same or get_close_matches(str(name), DIALECTS, cutoff=0.4)
    hint = f"near it: {', '.join(near)}" if near else "see refgd.dialects.names()"
    msg = f"no dialect is named {name!r}; {hint}"
    raise ValueError(msg)


def frameworks() -> list[str]:
    """Return the names of the frameworks.

    Example:
        >>> from refgd import dialects
        >>> dialects.frameworks()
        ['torch', 'optax', 'keras', 'sklearn']
    """
    return list(dict.fromkeys(d.framework for d in DIALECTS.values()))


def recipe(name: str, /, **arguments: Any) -> Recipe:
    """Return a framework's optimizer as refgd's rule and flags: data, not a function.

    Args:
        name: The framework's name for it, such as ``"torch.optim.Adam"``.
        **arguments: The framework's own arguments, its defaults where not given.

    Returns:
        The `Recipe`; its ``make()`` is what `get` returns.

    Raises:
        TypeError: As `get`.
        ValueError: As `get`.

    Example:
        >>> from refgd import dialects
        >>> adam = dialects.recipe("keras.optimizers.Adam", beta_1=0.8)
        >>> adam.rule, adam.flags["beta1"], adam.flags["eps_hat"]
        ('adam', 0.8, True)
    """
    return read_recipe(dialect(name), arguments)


def get(name: str, /, **arguments: Any) -> Optimizer:
    """Return the refgd optimizer that does what a framework's does.

    Args:
        name: The framework's name for it, such as ``"torch.optim.Adam"``.
        **arguments: The framework's own arguments, its defaults where not given. The
            learning rate, however the framework calls it, may be a function of t.

    Returns:
        The optimizer: gradients go in, weights come out, as in the framework.

    Raises:
        TypeError: If the framework has no such argument, or asks for one more.
        ValueError: If there is no such dialect; if the framework refuses these
            arguments together; or if refgd does not model a value, with the reason.

    Guarantee:
        Equal to the framework itself within a relative error of 1e-11 in float64:
        tests/frameworks/test_dialects.py, test_dialect_is_the_framework.

    Example:
        >>> from refgd import dialects
        >>> torch = dialects.get("torch.optim.RMSprop", lr=0.1)
        >>> keras = dialects.get("keras.optimizers.RMSprop", learning_rate=0.1)
        >>> for optimizer in torch, keras:  # from w = 0, with the gradient 1
        ...     w, _ = optimizer.update(0.0, 1.0, optimizer.init(0.0))
        ...     print(round(float(w), 6))
        -1.0
        -0.316228
    """
    made = recipe(name, **arguments)
    with with_dialect_names_in_errors(dialect(name)):
        return made.make()
