"""Rational arithmetic: the same numbers, with nothing rounded.

A float IS a rational number, so every float data set has an exact loss, gradient and
optimum. `refgd`'s own functions compute them when they are given Fractions.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from refgd import _checks
from refgd._types import Array, Data


def fractions(values: Data) -> Any:
    """Return the same values as Fractions: one for a number, else an object array.

    Raises:
        TypeError: If values are not real numbers.
        ValueError: If one is NaN or inf.

    Example:
        >>> from refgd.testing.exact import fractions
        >>> fractions(0.5)
        Fraction(1, 2)
    """
    return _checks.like(np.array(Fraction(0)), "values", values)[()]


def optimum(x: Data, y: Data) -> Any:
    r"""Return the least-squares weight, exactly.

    **Definition**
    $$x^\top x\, w^\star = x^\top y, \qquad
      \text{for } x\ (n,):\quad w^\star = \sum_i x_i y_i \Big/ \sum_i x_i^2$$

    Args:
        x: The samples, (n,) or (n, d), of rank 1 or d.
        y: The targets, (n,).

    Returns:
        A Fraction, or an object array (d,) of them.

    Raises:
        TypeError: If x or y do not hold real numbers.
        ValueError: If they are no data set, or the optimum is not unique.

    Example:
        >>> from refgd.testing.exact import optimum
        >>> optimum([4, 5, 6], [3, 4, 4])  # NIST's NoInt2
        Fraction(8, 11)
    """
    x, y = _checks.for_data(fractions(x), fractions(y))
    columns = x.reshape(len(x), -1)
    solution = _solve(np.dot(columns.T, columns), np.dot(columns.T, y))
    return solution if x.ndim > 1 else solution[0]


def _solve(a: Array, b: Array) -> Array:
    """Solve a·w = b by Gauss-Jordan elimination, for a positive semidefinite."""
    table = np.column_stack([a, b])
    for k in range(len(a)):
        if table[k, k] == 0:
            raise ValueError("the optimum is not unique: x has dependent columns")
        table[k] = table[k] / table[k, k]
        others = np.arange(len(a)) != k
        table[others] -= np.outer(table[others, k], table[k])
    solution: Array = table[:, -1]
    return solution
