r"""Numbers with a bound on what rounding may have done to them.

A running error analysis: beside each float64 value stands a bound on its distance from
what a program in another kind of float may have there. Each operation hands on the
bounds of its operands, exactly or from above, and adds `ROUNDINGS` of its own result,
since two right programs need not do the same operations in the same order.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

#: How many roundings of its own size each operation is given: b m + (1 - b) g has one
#: for each sign, m + (1 - b)(g - m) another one.
ROUNDINGS: Final = 2


class Units(NamedTuple):
    """The kinds of float that a program computes in.

    Attributes:
        scalar: That of hyperparameters, and of what is made of them alone.
        array: That of the weights, and of what is made with them.
        state: That in which it is kept what the next step reads.
    """

    scalar: Any
    array: Any
    state: Any


class Bounded:
    """A value and a bound on its error, both arrays or both numbers.

    Attributes:
        value: In float64.
        error: Not negative; inf where nothing is known.
        units: What its program computes in.
    """

    __slots__ = ("error", "units", "value")

    def __init__(self, value: Any, error: Any, units: Units) -> None:
        self.value = value
        self.error = error
        self.units = units

    @classmethod
    def enter(cls, value: Any, units: Units) -> "Bounded":
        """Return a number that is rounded when it enters the program."""
        value = np.asarray(value, dtype=np.float64)
        kept = value.astype(_kind(value, units)).astype(float)
        apart = np.abs(kept - value)
        # what the kind cannot hold, as ASGD's t0 in float16, is no number of that kind
        error = np.where(np.isfinite(kept), apart, 0.0)
        return cls(value, error, units)

    def rounded(self, kind: Any = None, times: int = ROUNDINGS) -> "Bounded":
        """Return the value as an operation in this kind leaves it."""
        kind = _kind(self.value, self.units) if kind is None else kind
        unit, least, largest = _limits(kind)
        size = np.abs(self.value) + self.error
        own = unit * size + least
        error = self.error + np.where(size > 0, times * own, 0.0)
        # beyond the largest number there is inf
        self.error = np.where(size < largest, error, np.inf)
        return self

    def _made(self, value: Any, error: Any) -> "Bounded":
        return Bounded(value, error, self.units).rounded()

    def _other(self, other: Any) -> "Bounded":
        if isinstance(other, Bounded):
            return other
        enter = _enter_int if isinstance(other, int) else Bounded.enter
        return enter(other, self.units)

    def __neg__(self) -> "Bounded":
        return Bounded(-self.value, self.error, self.units)

    def __add__(self, other: Any) -> "Bounded":
        b = self._other(other)
        return self._made(self.value + b.value, self.error + b.error)

    def __sub__(self, other: Any) -> "Bounded":
        b = self._other(other)
        return self._made(self.value - b.value, self.error + b.error)

    def __mul__(self, other: Any) -> "Bounded":
        b = self._other(other)
        error = _times(self.value, b.error) + _times(b.value, self.error)
        return self._made(self.value * b.value, error + _times(self.error, b.error))

    def __truediv__(self, other: Any) -> "Bounded":
        b = self._other(other)
        rest = (self.value == 0) & (self.error == 0)
        least = np.abs(b.value) - b.error
        q = np.where(rest, 0.0, self.value / np.where(b.value == 0, np.nan, b.value))
        error = (self.error + np.abs(q) * b.error) / np.where(least > 0, least, np.nan)
        error = np.where(rest, 0.0, np.where(np.isnan(error), np.inf, error))
        return self._made(q, error)

    def __pow__(self, other: Any) -> "Bounded":
        """Return the power, as a product of as many factors has it too."""
        b = self._other(other)
        value = self.value**b.value
        share = np.where(self.value == 0, 0.0, self.error / np.abs(self.value))
        unit = float(np.finfo(_kind(self.value, self.units)).eps) / 2
        times = np.abs(b.value)
        products = np.maximum(times - 1, 0)  # the first power is the number itself
        grown = np.expm1(times * np.log1p(share) + products * np.log1p(unit))
        log = np.log(np.where(self.value == 0, 1.0, np.abs(self.value)))
        error = np.abs(value) * (grown + np.expm1(np.abs(log) * b.error))
        made = self._made(value, error)
        itself = (b.value == 1) & (b.error == 0)
        made.error = np.where(itself, self.error, made.error)
        return made

    __radd__ = __add__

    def __rmul__(self, other: Any) -> "Bounded":
        return self._other(other) * self

    def __rsub__(self, other: Any) -> "Bounded":
        return self._other(other) - self

    def __rtruediv__(self, other: Any) -> "Bounded":
        return self._other(other) / self

    def __rpow__(self, other: Any) -> "Bounded":
        return self._other(other) ** self

    def __gt__(self, other: Any) -> "Bounded":
        """Return whether it is larger; its error is 1 where that is not sure."""
        b = self._other(other)
        apart = np.abs(self.value - b.value)
        unsure = (apart <= self.error + b.error) & (self.error + b.error > 0)
        return Bounded(self.value > b.value, np.where(unsure, 1.0, 0.0), self.units)


def _kind(value: Any, units: Units) -> Any:
    shape = np.shape(value)
    return units.array if shape and shape[-1] > 1 else units.scalar


@cache
def _limits(kind: Any) -> tuple[float, float, float]:
    """Return half a unit in the last place of 1, the least number and the largest."""
    info = np.finfo(kind)
    return float(info.eps) / 2, float(info.smallest_subnormal), float(info.max)


@cache
def _enter_int(value: int, units: Units) -> Bounded:
    """Return a number of the program's text."""
    return Bounded.enter(value, units)


def _times(a: Any, b: Any) -> Any:
    """Return |a| b, where 0 times inf is inf: nothing is known."""
    product = np.abs(a) * b
    return np.where(np.isnan(product), np.inf, product)


def _sqrt(a: Bounded) -> Bounded:
    """Return the root; of what only rounding takes below 0, that of 0."""
    inside = np.where(a.value >= -a.error, np.maximum(a.value, 0), np.nan)
    root = np.sqrt(inside)
    below = root - np.sqrt(np.maximum(a.value - a.error, 0))
    above = np.sqrt(np.maximum(a.value + a.error, 0)) - root
    error = np.maximum(below, above)
    error = np.where(np.isnan(error), np.inf, error)
    return Bounded(root, error, a.units).rounded()


def _sign(a: Bounded) -> Bounded:
    unsure = (np.abs(a.value) <= a.error) & (a.error > 0)
    sign = np.sign(a.value)
    return Bounded(sign, np.where(unsure, 1 + np.abs(sign), 0.0), a.units)


def _absolute(a: Bounded) -> Bounded:
    return Bounded(np.abs(a.value), a.error, a.units)


def _larger(a: Any, b: Any, choose: Callable[..., Any] = np.maximum) -> Bounded:
    a, b = _pair(a, b)
    error = np.maximum(a.error, b.error)
    return Bounded(choose(a.value, b.value), error, a.units)


def _equal(a: Any, b: Any) -> Any:
    if not isinstance(a, Bounded):  # two numbers of the program's text
        return a == b
    return Bounded(a.value == _value(b), 0.0 * a.value, a.units)


def _where(condition: Any, a: Any, b: Any) -> Any:
    if not isinstance(condition, Bounded):
        return a if condition else b
    a, b = _pair(a, b, condition.units)
    error = np.where(condition.value, a.error, b.error)
    apart = np.abs(a.value - b.value) + a.error + b.error
    error = np.where(condition.error > 0, apart, error)
    return Bounded(np.where(condition.value, a.value, b.value), error, condition.units)


def _pair(a: Any, b: Any, units: Any = None) -> tuple[Bounded, Bounded]:
    units = units or (a if isinstance(a, Bounded) else b).units
    both = (x if isinstance(x, Bounded) else Bounded.enter(x, units) for x in (a, b))
    first, second = both
    return first, second


def _value(a: Any) -> Any:
    return a.value if isinstance(a, Bounded) else a


def is_last(a: Any) -> Any:
    """Return which entry of the last axis is the last: a bool for each."""
    size = np.shape(np.atleast_1d(a))[-1]
    return np.arange(size) == size - 1


def _over_weights(a: Bounded, reduce: Callable[..., Any]) -> Bounded:
    """Return a mean, maximum or sum over the weights, which is below D of them."""
    each = np.atleast_1d(a.value)
    errors = np.broadcast_to(a.error, each.shape)
    value, error = (reduce(x, axis=-1, keepdims=True) for x in (each, errors))
    unit = float(np.finfo(a.units.array).eps) / 2
    size = np.sum(np.abs(each), axis=-1, keepdims=True)
    return Bounded(value, error + each.shape[-1] * unit * size, a.units)


def _surely(choose: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same choice, taken as sure."""

    def chosen(a: Any, *others: Any) -> Any:
        sure = Bounded(a.value, 0.0 * a.error, a.units) if isinstance(a, Bounded) else a
        return choose(sure, *others)

    return chosen


#: What the functions in a rule's lines are, for numbers with a bound.
BOUNDED: Final[dict[str, Callable[..., Any]]] = {
    "over": lambda a, b: a / b,
    "sqrt": _sqrt,
    "abs": _absolute,
    "sign": _sign,
    "maximum": _larger,
    "minimum": lambda a, b: _larger(a, b, np.minimum),
    "where": _where,
    "equal": _equal,
    "ceil": lambda a: Bounded(np.ceil(a.value), 0.0 * a.value, a.units),
    "mean": lambda a: _over_weights(a, np.mean),
    "largest": lambda a: _over_weights(a, np.max),
    "last": lambda a: Bounded(is_last(a.value), 0.0 * a.value, a.units),
    "count": lambda a: Bounded.enter(np.shape(a.value)[-1], a.units),
    "norm": lambda a: _sqrt(_over_weights(a * a, np.sum)),
    "single": lambda a: a.rounded(np.float32, 1),
    "half": lambda a: a.rounded(np.float16, 1),
}

#: The same where rounding never decides which way a choice goes.
DECIDED: Final[dict[str, Callable[..., Any]]] = {
    **BOUNDED,
    "where": _surely(_where),
    "sign": _surely(_sign),
}
