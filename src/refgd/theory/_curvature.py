r"""Many steps of plain descent at once, and the error that a gradient reveals.

The loss is quadratic, so both are exact: with H = (2/n) xᵀx,

- w_{t+k} = w_t − S_k ∇L(w_t), with S_k = η Σ_{j<k} (I − ηH)^j;
- w − w* = H⁺ ∇L(w), where the optimum w* is the one nearest to w.
"""

from typing import NamedTuple

import numpy as np

from refgd import _tsqr
from refgd._types import Array
from refgd.theory._rates import nonzero
from refgd.theory._recurrence import Steps, covered


class Curvature(NamedTuple):
    """The nonzero part of H = V diag(values) Vᵀ.

    Attributes:
        values: The eigenvalues, (r,).
        vectors: Vᵀ, (r, d).
    """

    values: Array
    vectors: Array

    def times(self, values: Array, vector: Array) -> Array:
        """Return V diag(values) Vᵀ times a vector, (d,); no (d, d) array is made."""
        product: Array = np.dot(values * np.dot(self.vectors, vector), self.vectors)
        return product

    def sums(self, lr: float, k: int) -> Array:
        """Return the eigenvalues of S_k."""
        steps = Steps(np.array(float(k)), np.array(k % 2 == 1))
        with np.errstate(all="ignore"):
            share = covered(lr * self.values, steps, 0.0, nesterov=False)
        ratio: Array = share / self.values
        return ratio


def curvature(x: Array) -> Curvature:
    """Return that of x, (n,) or (n, d) in float32 or float64, from singular values."""
    rows, exponents = _tsqr.triangle(x)
    whole = np.ldexp(rows, exponents)
    _, sigma, vectors = np.linalg.svd(whole, full_matrices=False)
    keep = nonzero(sigma, (len(x), whole.shape[1]))
    return Curvature(2 * sigma[keep] ** 2 / len(x), vectors[keep])
