r"""Numbers with an error bound: what the sides of a law are where floats have rounded.

A ball is a rational middle and a radius. The sum and the product of two balls contain
every sum and product of what is in them (midpoint-radius arithmetic: F. Johansson,
Arb, IEEE Trans. Comput. 66 (2017) 1281). Balls that touch may mean the same number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from typing import Any

import numpy as np

Operation = Callable[[Any, Any], "Ball"]


def _entry_by_entry(operation: Operation) -> Operation:
    """Leave an array on the right to NumPy, which takes its entries one by one."""

    @wraps(operation)
    def apply(self: Any, other: Any) -> Any:
        return (
            NotImplemented if isinstance(other, np.ndarray) else operation(self, other)
        )

    return apply


@dataclass(frozen=True, slots=True, eq=False)
class Ball:
    """All numbers at most `radius` away from `middle`.

    Example:
        >>> from refgd.testing._ball import Ball
        >>> Ball(2, 1) * Ball(5) - 4 == Ball(0)  # 1 to 3, times 5, less 4: 1 to 11
        False
    """

    middle: Any  # an int or a Fraction
    radius: Any = 0

    @_entry_by_entry
    def __add__(self, other: Any) -> "Ball":
        b = as_ball(other)
        return Ball(self.middle + b.middle, self.radius + b.radius)

    @_entry_by_entry
    def __mul__(self, other: Any) -> "Ball":
        a, b = self, as_ball(other)
        spread = abs(a.middle) * b.radius + a.radius * abs(b.middle)
        return Ball(a.middle * b.middle, spread + a.radius * b.radius)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Ball":
        return Ball(-self.middle, self.radius)

    @_entry_by_entry
    def __sub__(self, other: Any) -> "Ball":
        b = as_ball(other)
        return Ball(self.middle - b.middle, self.radius + b.radius)

    def __rsub__(self, other: Any) -> "Ball":
        return as_ball(other) - self

    def __truediv__(self, other: int | Fraction) -> "Ball":
        return self * (1 / Fraction(other))

    def __pow__(self, power: int) -> "Ball":
        return self * self ** (power - 1) if power else Ball(1)

    def __eq__(self, other: object) -> bool:
        """Whether they touch."""
        apart = self - other
        return bool(abs(apart.middle) <= apart.radius)

    def __le__(self, other: Any) -> bool:
        """Whether something in self is at most something in the other."""
        apart = self - other
        return bool(apart.middle <= apart.radius)

    def __ge__(self, other: Any) -> bool:
        return as_ball(other) <= self

    __hash__ = None  # type: ignore[assignment] # touching is no equivalence


def as_ball(value: Any) -> Ball:
    """Return the value as a ball: a number's own has no radius."""
    return value if isinstance(value, Ball) else Ball(value)
