r"""What a function should return, exactly, and what rounding may do to it.

With rows a_i of the data (a 1 at the end for an intercept) and residuals r = p − y:

- forward: $p_i = a_i \cdot w$
- loss: $c \sum_i r_i^2$
- grad: $2c \sum_i a_i r_i$

c is the convention's. Each comes with its magnitude, the same sum over absolute values.
Any order of summation, expanded squares and two passes stay within
$\gamma_k \cdot \text{magnitude}$ with k of a few times n + d.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import exact
from refgd.testing.conventions import Convention
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._signature import UserFunction


class Oracle(NamedTuple):
    """What one of the user's functions should return for an example.

    Attributes:
        kind: "gradient", "loss" or "predictions".
        function: The user's.
        expected: The exact answer; None where it is not known.
        magnitude: The same sum over absolute values.
        shape: The answer's.
        slack: How far the expected answer itself may be off.
        applies_to: Whether an example is suitable.
        cancellation: The magnitude of a detour over squares of all numbers, such as
            (x + r)² − (x − r)².
        loss: The user's own, where it is the reference.
    """

    kind: str
    function: UserFunction
    expected: Callable[[Example], Array | None]
    magnitude: Callable[[Example], Array]
    shape: Callable[[Example], tuple[int, ...]]
    slack: Callable[[Example], Any] = lambda _: 0
    applies_to: Callable[[Example], bool] = lambda _: True
    cancellation: Callable[[Example], Array] | None = None
    loss: UserFunction | None = None


def residuals(example: Example, function: UserFunction) -> tuple[Array, Array]:
    """Return r and |p| + |y|, exactly, for the predictions that the function is given.

    Both are integers, in units of 1 / unit².
    """
    if function.takes_weights:
        return example.from_weights
    return example.from_predictions


def gradient_oracle(function: UserFunction, convention: Convention) -> Oracle:
    def times(example: Example, x: Array, r: Array) -> Array:
        factor = convention.grad(example.n) / example.whole.unit**3
        return np.asarray(factor * np.dot(x.T, r))

    def expected(example: Example) -> Array:
        return times(example, example.whole.x, residuals(example, function)[0])

    def magnitude(example: Example) -> Array:
        terms = times(example, abs(example.whole.x), residuals(example, function)[1])
        more = function.rounding(example.inputs())
        return np.asarray(terms + exact.fractions(more) if np.any(more) else terms)

    def cancellation(example: Example) -> Array:
        s = residuals(example, function)[1][:, None]
        sides = abs(example.whole.x) * example.whole.unit + s
        factor = convention.grad(example.n) / example.whole.unit**4
        return np.asarray(factor * (sides * sides).sum(axis=0))

    def shape(example: Example) -> tuple[int, ...]:
        of_weights = np.shape(example.w)
        return (*of_weights, 1) if example.column else of_weights

    return Oracle(
        "gradient", function, expected, magnitude, shape, cancellation=cancellation
    )


def loss_oracle(function: UserFunction, convention: Convention) -> Oracle:
    def squares(example: Example, r: Array) -> Array:
        factor = convention.loss(example.n) / example.whole.unit**4
        return one_entry(factor * np.dot(r, r))

    def expected(example: Example) -> Array:
        return squares(example, residuals(example, function)[0])

    def magnitude(example: Example) -> Array:
        return squares(example, residuals(example, function)[1])

    return Oracle("loss", function, expected, magnitude, lambda _: ())


def forward_oracle(function: UserFunction) -> Oracle:
    def expected(example: Example) -> Array:
        unit, x, w, _, _ = example.whole
        return np.asarray(Fraction(1, unit**2) * np.dot(x, w))

    def magnitude(example: Example) -> Array:
        unit, x, w, _, _ = example.whole
        return np.asarray(Fraction(1, unit**2) * np.dot(abs(x), abs(w)))

    def shape(example: Example) -> tuple[int, ...]:
        return (example.n, 1) if example.column else (example.n,)

    return Oracle("predictions", function, expected, magnitude, shape)


def one_entry(value: Fraction) -> Array:
    return np.array([value], dtype=object)
