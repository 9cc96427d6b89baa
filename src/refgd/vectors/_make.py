"""Run a rule on gradients that never change."""

import inspect
import json
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from refgd import _checks, optimizers
from refgd._types import Array
from refgd.optimizers import Optimizer

FORMAT, VERSION = "refgd-vectors", 1

#: What each coordinate of w and of the gradients is like.
COORDINATES = ("normal", "tiny", "large", "zero", "intermittent", "constant")

_LR = 1 / 16  # where the settings say none
_LR_NAMES = ("lr", "learning_rate", "eta0", "learning_rate_init")

_SIXTEENTHS = np.array(
    [7, -21, 13, 30, -4, -17, 2, 25, -9, -33, 18, 5, -12, 28, -1, 11, -26, 3, 20, -14]
)
_STEPS = len(_SIXTEENTHS)
_NORMAL = _SIXTEENTHS / 16
_GRADIENTS = np.column_stack(
    [
        _NORMAL,
        _NORMAL[::-1] * 2.0**-27,  # about 1e-8
        np.roll(_NORMAL, 7) * 2.0**10,  # about 1e3
        0 * _NORMAL,
        np.where(np.arange(_STEPS) % 5 == 2, np.roll(_NORMAL, 3), 0),  # noqa: PLR2004 - zero at first, then every fifth
        np.ones(_STEPS),
    ]
)
# 0 for the tiny ones, which would be lost beside any other weight
_START = np.array([1.0, 0.0, -0.5, 0.75, 0.25, 2.0])


def make(
    rule: str | Callable[..., Optimizer], settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Run a rule on the fixed gradients.

    Args:
        rule: A name in `refgd.optimizers`, or in `refgd.dialects` if it has a dot; or
            a function that makes an optimizer.
        settings: Hyperparameters by the rule's own names. A learning rate among them
            is that of the first half of the steps.

    Returns:
        The object that the module describes; `write` makes it a text.

    Raises:
        TypeError: If a setting is not one of the rule's, or not of its kind.
        ValueError: If there is no such rule, or a value is out of its range.

    Example:
        >>> from refgd import vectors
        >>> golden = vectors.make("sgd", {"lr": 0.5})
        >>> # 1 − 0.5 · 7/16, and + 0.5 · 21/16
        >>> [row[0] for row in golden["w"]["decimal"][:3]]
        [1.0, 0.78125, 1.4375]
    """
    factory, defaults, lr_name = _lookup(rule)
    chosen = dict(settings or {})
    first = float(_checks.not_negative(lr_name, chosen.pop(lr_name, _LR)))
    lr = np.where(np.arange(_STEPS) < _STEPS // 2, first, first / 2)
    try:
        optimizer = factory(**{lr_name: lambda t: float(lr[t])}, **chosen)
    except TypeError as error:
        msg = f"{_name(rule)} with {chosen}: {error}"
        raise TypeError(msg) from None
    return {
        "format": FORMAT,
        "version": VERSION,
        "rule": _name(rule),
        "settings": chosen | ({lr_name: first} if first != _LR else {}),
        "defaults": {key: defaults[key] for key in defaults if key not in chosen},
        "coordinates": list(COORDINATES),
        "lr": _numbers(lr),
        "gradients": _numbers(_GRADIENTS),
        "w": _numbers(_walk(optimizer)),
    }


def _walk(optimizer: Optimizer) -> Array:
    """Return the weights at the start and after each step."""
    w, state = _START, optimizer.init(_START)
    rows = [w]
    for g in _GRADIENTS:
        w, state = optimizer.update(w, g, state)
        rows.append(w)
    return np.array(rows)


def _lookup(
    rule: str | Callable[..., Optimizer],
) -> tuple[Callable[..., Optimizer], dict[str, Any], str]:
    """Return what makes the optimizer, its defaults, and its learning rate's name."""
    if callable(rule):
        return rule, _defaults(rule), "lr"
    if "." in rule:
        dialects = import_module("refgd.dialects")
        arguments = {a.name: a.default for a in dialects.dialect(rule).arguments}
        lr_name = next(name for name in _LR_NAMES if name in arguments)
        return lambda **given: dialects.get(rule, **given), _plain(arguments), lr_name
    known = {name: getattr(optimizers, name) for name in optimizers.__all__}
    known = {name: made for name, made in known.items() if _takes_lr(made)}
    if rule not in known:
        msg = f"no rule is named {rule!r}; there are {', '.join(known)}"
        raise ValueError(msg)
    return known[rule], _defaults(known[rule]), "lr"


def _takes_lr(made: Any) -> bool:
    """Tell a rule from the types beside it, and from what wraps another rule."""
    if isinstance(made, type):
        return False
    parameters = inspect.signature(made).parameters
    return "lr" in parameters and "optimizer" not in parameters


def _defaults(factory: Callable[..., Optimizer]) -> dict[str, Any]:
    parameters = inspect.signature(factory).parameters.values()
    return _plain({each.name: each.default for each in parameters})


def _plain(defaults: dict[str, Any]) -> dict[str, Any]:
    """Keep the defaults that JSON can say, without the learning rate."""
    kinds = (bool, int, float, str, tuple, type(None))
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in defaults.items()
        if name not in _LR_NAMES and isinstance(value, kinds)
    }


def _name(rule: str | Callable[..., Optimizer]) -> str:
    return rule if isinstance(rule, str) else getattr(rule, "__name__", repr(rule))


def _numbers(a: Array) -> dict[str, Any]:
    """Return the numbers in hex and in decimal."""
    hexes = np.vectorize(float.hex, otypes=[object])(a)
    return {"hex": hexes.tolist(), "decimal": a.tolist()}


def write(golden: Mapping[str, Any]) -> str:
    """Return the vectors as JSON, a row of numbers on each line."""
    parts = [f'"{key}": {_value(value)}' for key, value in golden.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping) and "hex" in value:
        hexes, decimals = (
            ",\n".join(f"  {json.dumps(row)}" for row in value[kind])
            for kind in ("hex", "decimal")
        )
        return f'{{\n"hex": [\n{hexes}\n],\n"decimal": [\n{decimals}\n]}}'
    return json.dumps(value)
