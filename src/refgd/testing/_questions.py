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
from refgd.testing._examples import Example
from refgd.testing._subject import Subject
from refgd.testing.conventions import Convention


class Question(NamedTuple):
    """One of the user's functions, what it should return, and the size of its terms."""

    what: str
    subject: Subject
    truth: Callable[[Example], Array]
    size: Callable[[Example], Array]
    shape: Callable[[Example], tuple[int, ...]]


def residuals(example: Example, subject: Subject) -> tuple[Array, Array]:
    """Return r and |p| + |y|, exactly, for the predictions that the subject sees."""
    if subject.takes_weights:
        return example.from_weights
    return example.from_predictions


def of_grad(subject: Subject, convention: Convention) -> Question:
    """Ask for the gradient."""

    def truth(example: Example) -> Array:
        r, _ = residuals(example, subject)
        return np.asarray(convention.grad(example.n) * np.dot(example.rows.T, r))

    def size(example: Example) -> Array:
        _, s = residuals(example, subject)
        return np.asarray(convention.grad(example.n) * np.dot(abs(example.rows).T, s))

    return Question("gradient", subject, truth, size, lambda e: np.shape(e.w))


def of_loss(subject: Subject, convention: Convention) -> Question:
    """Ask for the loss."""

    def truth(example: Example) -> Array:
        r, _ = residuals(example, subject)
        return _one(convention.loss(example.n) * np.dot(r, r))

    def size(example: Example) -> Array:
        _, s = residuals(example, subject)
        return _one(convention.loss(example.n) * np.dot(s, s))

    return Question("loss", subject, truth, size, lambda _: ())


def of_forward(subject: Subject) -> Question:
    """Ask for the predictions."""

    def truth(example: Example) -> Array:
        return np.asarray(np.dot(example.rows, example.weights))

    def size(example: Example) -> Array:
        return np.asarray(np.dot(abs(example.rows), abs(example.weights)))

    return Question("predictions", subject, truth, size, lambda e: (e.n,))


def _one(value: Fraction) -> Array:
    column: Any = np.empty(1, dtype=object)
    column[0] = value
    return np.asarray(column)
