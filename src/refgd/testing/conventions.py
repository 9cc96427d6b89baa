r"""What a squared loss may mean: mean or sum, with one-half or without.

| name | loss | gradient |
|---|---|---|
| mse | $\frac1n \sum_i r_i^2$ | $\frac2n x^\top r$ |
| half_mse | $\frac1{2n} \sum_i r_i^2$ | $\frac1n x^\top r$ |
| sse | $\sum_i r_i^2$ | $2 x^\top r$ |
| half_sse | $\frac12 \sum_i r_i^2$ | $x^\top r$ |

r is y_pred − y. All are right; a loss and its gradient must only mean the same one.
"""

from fractions import Fraction
from typing import NamedTuple

from refgd import _checks

HALF = Fraction(1, 2)


class Convention(NamedTuple):
    """A squared loss: what stands before the sum of squares."""

    name: str
    half: bool
    mean: bool
    words: str

    def loss(self, n: int) -> Fraction:
        """Return the factor of Σ r²."""
        return (HALF if self.half else Fraction(1)) / (n if self.mean else 1)

    def grad(self, n: int) -> Fraction:
        """Return the factor of Σ x·r."""
        return 2 * self.loss(n)


#: Every convention by its name.
CONVENTIONS = {
    name: Convention(name, half, mean, words)
    for name, half, mean, words in (
        ("mse", False, True, "the mean of the squared residuals"),
        ("half_mse", True, True, "half the mean of the squared residuals"),
        ("sse", False, False, "the sum of the squared residuals"),
        ("half_sse", True, False, "half the sum of the squared residuals"),
    )
}


def get(name: str) -> Convention:
    """Return the convention of that name.

    Raises:
        ValueError: If there is none.

    Example:
        >>> from refgd.testing import conventions
        >>> conventions.get("half_mse").grad(4)
        Fraction(1, 4)
    """
    _checks.choice("convention", name, tuple(CONVENTIONS))
    return CONVENTIONS[name]
