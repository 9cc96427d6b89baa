"""Fractions that stay exact beside floats: a float is a rational number too."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np


class Mixed(Fraction):
    """A Fraction that takes a float for the Fraction of the same value.

    Example:
        >>> from refgd.testing._mixed import Mixed
        >>> Mixed(1, 3) * 0.5
        Mixed(1, 6)
    """

    def __pow__(self, power: Any, modulo: Any = None) -> Any:
        """Raise to a power: exact for a whole one."""
        whole = int(power) if power == int(power) else power
        return _mixed(Fraction(self) ** whole)


def _mixed(value: Any) -> Any:
    return Mixed(value) if isinstance(value, Fraction) else value


def _beside_floats(name: str) -> Callable[..., Any]:
    plain = getattr(Fraction, name)

    def operation(self: Mixed, *others: Any) -> Any:
        return _mixed(plain(self, *map(_exact, others)))

    return operation


def _exact(value: Any) -> Any:
    finite = isinstance(value, float) and math.isfinite(value)
    return Fraction(value) if finite else value


for _name in ("add", "sub", "mul", "truediv"):
    for _side in ("", "r"):
        _method = f"__{_side}{_name}__"
        setattr(Mixed, _method, _beside_floats(_method))
for _name in ("__neg__", "__pos__", "__abs__"):
    setattr(Mixed, _name, _beside_floats(_name))


def mixed(values: Any) -> Any:
    """Return the same values as Mixed ones: one for a number, else an array."""
    entries = np.asarray(values)
    found = np.empty(entries.shape, dtype=object)
    found.flat[:] = [Mixed(*entry.as_integer_ratio()) for entry in entries.flat]
    return found[()]
