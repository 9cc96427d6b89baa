"""Least squares in rationals, for the tests of the pages' formulas."""

from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from refgd import forward, grad, mse
from refgd.testing import exact
from refgd.testing.strategies import datasets, numbers

HALF = Fraction(1, 2)

small = partial(datasets, kind=Fraction, max_n=4)  # a formula needs no more rows
sizes = st.integers(1, 9).map(Fraction)


def loss(w: Any, x: Any, y: Any) -> Any:
    return mse(y, forward(w, x))


def gradient(w: Any, x: Any, y: Any) -> Any:
    return grad(x, y, forward(w, x))


def square(a: Any) -> Any:
    return np.dot(a, a)


def mean(a: Any) -> Any:
    return sum(a) / len(a)


def hessian(x: Any) -> Any:
    return Fraction(2, len(x)) * np.dot(x.T, x)


class Turned(NamedTuple):
    """Two samples of two columns whose Hessian has known axes and eigenvalues."""

    x: Any
    y: Any
    axes: Any  # the unit eigenvectors, one a row
    eigenvalues: tuple[Fraction, Fraction]

    @property
    def best(self) -> Any:
        """The optimum, where the loss is 0: x is square."""
        return exact.optimum(self.x, self.y)


@st.composite
def turned(draw: st.DrawFn) -> Turned:
    """Draw x = diag(a, b) · rotation: H = (2/2) xᵀx has the eigenvalues a², b²."""
    a, b, m = draw(sizes), draw(sizes), draw(numbers(kind=Fraction))
    # tan of half the angle is m: a rotation by rationals
    cosine, sine = (1 - m**2) / (1 + m**2), 2 * m / (1 + m**2)
    axes = np.array([[cosine, sine], [-sine, cosine]])
    y = np.array([draw(numbers(kind=Fraction)), draw(numbers(kind=Fraction))])
    return Turned(np.array([[a], [b]]) * axes, y, axes, (a**2, b**2))
