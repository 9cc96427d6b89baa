"""Run a rule on gradients that never change."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from refgd import _checks, _rules
from refgd._rules import NamedRule
from refgd._types import Array
from refgd.optimizers import Optimizer
from refgd.optimizers._protocol import follow

#: What a file of vectors says that it is.
FORMAT = "refgd-vectors"

#: Of the format, as its files say it.
VERSION = 1

#: What each coordinate of w and of the gradients is like.
COORDINATES = ("normal", "tiny", "large", "zero", "intermittent", "constant")

_LR = 1 / 16  # where the settings say none

_SIXTEENTHS = np.array(
    [7, -21, 13, 30, -4, -17, 2, 25, -9, -33, 18, 5, -12, 28, -1, 11, -26, 3, 20, -14]
)
_STEPS = len(_SIXTEENTHS)
_NORMAL = _SIXTEENTHS / 16
#: T rows, one number for each coordinate.
GRADIENTS = np.column_stack(
    [
        _NORMAL,
        _NORMAL[::-1] * 2.0**-27,  # about 1e-8
        np.roll(_NORMAL, 7) * 2.0**10,  # about 1e3
        0 * _NORMAL,
        np.where(np.arange(_STEPS) % 5 == 2, np.roll(_NORMAL, 3), 0),  # noqa: PLR2004 - zero at first, then every fifth
        np.ones(_STEPS),
    ]
)

#: The weights before the first step; 0 for the tiny gradients, which would be lost in
#: any other.
START = np.array([1.0, 0.0, -0.5, 0.75, 0.25, 2.0])

#: That of w: the start and each step, by the coordinates.
SHAPE = (_STEPS + 1, len(COORDINATES))


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
    found = _rules.find_rule(rule)
    chosen = dict(settings or {})
    first = float(_checks.not_negative(found.lr, chosen.pop(found.lr, _LR)))
    lr = np.where(np.arange(_STEPS) < _STEPS // 2, first, first / 2)
    try:
        optimizer = found.make(**{found.lr: lambda t: float(lr[t])}, **chosen)
    except TypeError as error:
        msg = f"{_name(rule)}: {error}"
        raise TypeError(msg) from None
    named = chosen | ({found.lr: first} if first != _LR else {})
    return {
        "format": FORMAT,
        "version": VERSION,
        "rule": _name(rule),
        "settings": {name: _json_value(value) for name, value in named.items()},
        "defaults": _defaults(found, chosen),
        "coordinates": list(COORDINATES),
        "lr": _numbers(lr),
        "gradients": _numbers(GRADIENTS),
        "w": _numbers(follow(optimizer, GRADIENTS, START)),
    }


def _defaults(rule: NamedRule, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults left, as far as JSON can say them; lr is not one of them."""
    kinds = (bool, int, float, str, tuple, type(None))
    return {
        name: _json_value(value)
        for name, value in rule.defaults.items()
        if name not in {rule.lr, *chosen} and isinstance(value, kinds)
    }


def _json_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


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
