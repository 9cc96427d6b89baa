"""Least-squares problems of two weights whose axes and eigenvalues are rational."""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from refgd.testing import exact
from refgd.testing.strategies import numbers

sizes = st.integers(1, 9).map(Fraction)


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
