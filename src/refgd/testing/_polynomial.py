"""Polynomials in one unknown h, for a function to run on: its derivative, proved.

A function that only adds, subtracts, multiplies and divides by numbers is a polynomial,
and running it on w + h shows which one: the coefficient of h is its derivative at w. A
function that compares, rounds or takes a root cannot run on it: then nothing is proved.
"""

import itertools
import numbers
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, ClassVar, NoReturn

import numpy as np

#: What a function gets that branches.
BRANCHES = "the code compares an unknown: it branches, and is no polynomial"

#: No polynomial of a higher degree is followed: that could take forever.
DEGREE = 64

#: A function may see that it is given an unknown, and do something else: so its
#: polynomial must have its own values, at these changes of w too.
PROBES = (Fraction(0), Fraction(1, 7), Fraction(-2, 3))


class Unknown:
    """What code may do with an unknown beside arithmetic, and what it may not.

    It may not compare it, not even for equality, nor look it up: the answer No would
    let code through that is wrong at one number.
    """

    __slots__ = ()

    #: How often code has tried: an error may be caught by it.
    comparisons: ClassVar[int] = 0

    def __pos__(self) -> Any:
        return self

    def mean(self) -> Any:
        """Return itself, as NumPy's numbers do: the mean of one."""
        return self

    def conjugate(self) -> Any:
        """Return itself: it stands for real numbers."""
        return self

    def __bool__(self) -> bool:
        return self._refuse()

    def __lt__(self, other: object) -> bool:
        return self._refuse()

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        return self._refuse()

    def __hash__(self) -> int:
        return self._refuse()

    @staticmethod
    def _refuse() -> NoReturn:
        Unknown.comparisons += 1
        raise TypeError(BRANCHES)


class Polynomial(Unknown):
    """A polynomial in h with rational coefficients, exact.

    Attributes:
        coefficients: That of 1, of h, of h² …
        has_floats: Whether a float took part, as the Fraction of the same value.
    """

    __slots__ = ("coefficients", "has_floats")

    def __init__(
        self, coefficients: Iterable[Fraction | int], *, has_floats: bool = False
    ) -> None:
        """Take the coefficients; TypeError if there are too many."""
        found = list(coefficients)
        while len(found) > 1 and not found[-1]:
            found.pop()
        if len(found) > DEGREE + 1:
            msg = f"a polynomial of degree {len(found) - 1}, where {DEGREE} is the most"
            raise TypeError(msg)
        self.coefficients = tuple(found)
        self.has_floats = has_floats

    def __add__(self, other: Any) -> Any:
        return self._combine(_add, other)

    def __mul__(self, other: Any) -> Any:
        return self._combine(_multiply, other)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Any:
        return self * -1

    def __sub__(self, other: Any) -> Any:
        return self._combine(_subtract, other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __truediv__(self, other: Any) -> Any:
        divisor = _read(other)
        if divisor is None or len(divisor.coefficients) > 1:
            return NotImplemented
        return self * Polynomial(
            [1 / Fraction(divisor.coefficients[0])], has_floats=divisor.has_floats
        )

    def __pow__(self, power: Any) -> Any:
        if power != int(power) or not 0 <= power <= DEGREE:
            msg = f"a power that is not a whole number from 0 to {DEGREE}: {power}"
            raise TypeError(msg)
        result: Any = Polynomial([1])
        for _ in range(int(power)):
            result = result * self
        return result

    def __call__(self, h: Fraction) -> Fraction:
        """Return the value at h."""
        value = Fraction(0)
        for each in reversed(self.coefficients):
            value = value * h + each
        return value

    def _combine(self, operation: Callable[..., Any], other: Any) -> Any:
        right = _read(other)
        if right is None:
            return NotImplemented
        found = operation(self.coefficients, right.coefficients)
        return Polynomial(found, has_floats=self.has_floats or right.has_floats)


#: The unknown itself.
UNKNOWN = Polynomial([0, 1])


def _read(value: Any) -> Polynomial | None:
    """Return a polynomial or a finite number as a polynomial; None for all else."""
    if isinstance(value, Polynomial):
        return value
    if isinstance(value, numbers.Rational):  # an int of NumPy too
        return Polynomial([Fraction(int(value.numerator), int(value.denominator))])
    if isinstance(value, float | np.floating):
        return Polynomial([Fraction(*value.as_integer_ratio())], has_floats=True)
    return None


def _add(left: Any, right: Any) -> list[Any]:
    return [a + b for a, b in itertools.zip_longest(left, right, fillvalue=0)]


def _subtract(left: Any, right: Any) -> list[Any]:
    return [a - b for a, b in itertools.zip_longest(left, right, fillvalue=0)]


def _multiply(left: Any, right: Any) -> list[Any]:
    product = [Fraction(0)] * (len(left) + len(right) - 1)
    for (i, a), (k, b) in itertools.product(enumerate(left), enumerate(right)):
        product[i + k] += a * b
    return product


def find_derivative(
    f: Callable[[Any], Any], *, floats: bool = False
) -> Fraction | None:
    """Return the derivative at 0 of a function of a change h, or None.

    Args:
        f: The function: it is given the unknown, and a few Fractions.
        floats: Whether a float in it may stand for the Fraction of the same value.

    Returns:
        The derivative, exactly; None where f does not show that it is a polynomial.
    """
    try:
        found = _read(_take_one(f(UNKNOWN)))
        values = [_read(_take_one(f(h))) for h in PROBES]
    except Exception:  # noqa: BLE001 - many a function cannot take the unknown
        return None
    if found is None or (found.has_floats and not floats):
        return None
    for h, value in zip(PROBES, values, strict=True):
        if value is None or value.coefficients != (found(h),):
            return None
    return Fraction((*found.coefficients, 0)[1])


def _take_one(answer: Any) -> Any:
    """Return what a function returned, or the only entry of it."""
    entries = np.asarray(answer, dtype=object)
    return entries.ravel()[0] if entries.size == 1 else None
