"""Single numbers and words: rates, counts, flags, choices."""

import math
import operator
from numbers import Real
from typing import Any

import numpy as np

from refgd._types import Number, Scalar, Schedule


def real(name: str, value: Any) -> Scalar:
    """A finite real number, as it came."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{name} must be a real number, got {value!r}"
        raise TypeError(msg)
    number: Any = value
    if not -math.inf < number < math.inf:
        msg = f"{name} must be finite, got {number}"
        raise ValueError(msg)
    return number


def not_negative(name: str, value: Any) -> Scalar:
    """A finite real number, zero or more."""
    number = real(name, value)
    if number < 0:
        msg = f"{name} must not be negative, got {number}"
        raise ValueError(msg)
    return number


def above_zero(name: str, value: Any) -> Scalar:
    """A finite real number above zero."""
    number = real(name, value)
    if number <= 0:
        msg = f"{name} must be above 0, got {number}"
        raise ValueError(msg)
    return number


def rate(lr: Number | Schedule) -> None:
    """A learning rate: a number that is not negative, or a function of t."""
    if not callable(lr):
        not_negative("lr", lr)


def below_one(**named: Any) -> None:
    """Each a real number in [0, 1): how much of the past an average keeps."""
    for name, value in named.items():
        number = real(name, value)
        if not 0 <= number < 1:
            msg = f"{name} must be in [0, 1), got {number}"
            raise ValueError(msg)


def none_negative(**named: Any) -> None:
    """Each a finite real number, zero or more."""
    for name, value in named.items():
        not_negative(name, value)


def at_least(name: str, value: Any, least: Number) -> None:
    """A finite real number, not less than `least`."""
    number = real(name, value)
    if number < least:
        msg = f"{name} must be at least {least}, got {number}"
        raise ValueError(msg)


def flags(**named: Any) -> None:
    """Each True or False: a text such as "no" would count as true."""
    for name, value in named.items():
        if not isinstance(value, bool | np.bool):
            msg = f"{name} must be True or False, got {value!r}"
            raise TypeError(msg)


def function(name: str, value: Any) -> Any:
    """What can be called."""
    if not callable(value):
        msg = f"{name} must be a function, got {value!r}"
        raise TypeError(msg)
    return value


def choice(name: str, value: Any, options: tuple[str, ...]) -> None:
    """One of a few words."""
    if value not in options:
        msg = f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}"
        raise ValueError(msg)


def count(name: str, value: Any, *, least: int = 0) -> int:
    """A whole number, not less than `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        msg = f"{name} must be a whole number, got {value!r}"
        raise TypeError(msg) from None
    if number < least:
        msg = f"{name} must be at least {least}, got {number}"
        raise ValueError(msg)
    return number
