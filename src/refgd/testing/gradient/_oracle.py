r"""What is asked of a function: the exact answer, and what rounding may do to it.

With rows a_i of the data (a 1 at the end for an intercept) and residuals r = p − y:

- forward: $p_i = a_i \cdot w$
- loss: $c \sum_i r_i^2$
- grad: $2c \sum_i a_i r_i$

c is the convention's. Each comes with its size, the same sum over absolute values.
Any order of summation, expanded squares and two passes stay within
$\gamma_k \cdot \text{size}$ with k of a few times n + d.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing.conventions import Convention
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._signature import Subject


class Question(NamedTuple):
    """One of the user's functions, what it should return, and the size of its terms.

    The truth is None where it is not known; `spare` is how far it may be off. `joint`
    is the size of a detour over squares of all numbers, such as (x + r)² − (x − r)².
    """

    what: str
    subject: Subject
    truth: Callable[[Example], Array | None]
    size: Callable[[Example], Array]
    shape: Callable[[Example], tuple[int, ...]]
    spare: Callable[[Example], Any] = lambda _: 0
    suits: Callable[[Example], bool] = lambda _: True
    joint: Callable[[Example], Array] | None = None
    is_own: bool = False


def residuals(example: Example, subject: Subject) -> tuple[Array, Array]:
    """Return r and |p| + |y|, exactly, for the predictions that the subject sees.

    Both are integers, in units of 1 / unit².
    """
    if subject.takes_weights:
        return example.from_weights
    return example.from_predictions


def of_grad(subject: Subject, convention: Convention) -> Question:
    """Ask for the gradient."""

    def times(example: Example, x: Array, r: Array) -> Array:
        factor = convention.grad(example.n) / example.whole.unit**3
        return np.asarray(factor * np.dot(x.T, r))

    def truth(example: Example) -> Array:
        return times(example, example.whole.x, residuals(example, subject)[0])

    def size(example: Example) -> Array:
        return times(example, abs(example.whole.x), residuals(example, subject)[1])

    def joint(example: Example) -> Array:
        s = residuals(example, subject)[1][:, None]
        sides = abs(example.whole.x) * example.whole.unit + s
        factor = convention.grad(example.n) / example.whole.unit**4
        return np.asarray(factor * (sides * sides).sum(axis=0))

    return Question("gradient", subject, truth, size, _of_weights, joint=joint)


def _of_weights(example: Example) -> tuple[int, ...]:
    shape = np.shape(example.w)
    return (*shape, 1) if example.column else shape


def of_loss(subject: Subject, convention: Convention) -> Question:
    """Ask for the loss."""

    def squares(example: Example, r: Array) -> Array:
        factor = convention.loss(example.n) / example.whole.unit**4
        return _one(factor * np.dot(r, r))

    def truth(example: Example) -> Array:
        return squares(example, residuals(example, subject)[0])

    def size(example: Example) -> Array:
        return squares(example, residuals(example, subject)[1])

    return Question("loss", subject, truth, size, lambda _: ())


def of_forward(subject: Subject) -> Question:
    """Ask for the predictions."""

    def truth(example: Example) -> Array:
        unit, x, w, _, _ = example.whole
        return np.asarray(Fraction(1, unit**2) * np.dot(x, w))

    def size(example: Example) -> Array:
        unit, x, w, _, _ = example.whole
        return np.asarray(Fraction(1, unit**2) * np.dot(abs(x), abs(w)))

    def shape(example: Example) -> tuple[int, ...]:
        return (example.n, 1) if example.column else (example.n,)

    return Question("predictions", subject, truth, size, shape)


def _one(value: Fraction) -> Array:
    column: Any = np.empty(1, dtype=object)
    column[0] = value
    return np.asarray(column)
