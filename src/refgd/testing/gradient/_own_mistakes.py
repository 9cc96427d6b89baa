"""Mistakes in the gradient of the user's own loss, of which no term is known.

The loss of a sample is a function of its prediction z and its target y. So a wrong
gradient may be that of another function of them, or have a factor of one of them that
a single sample shows.
"""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.gradient._mistakes import Mistake, Prediction, Terms, sigmoid

#: Up to so many samples the gradient of each is asked for alone.
FEW = 3


def _sign(value: float) -> float:
    return (value > 0) - (value < 0)


#: In words, and the derivative of a sample's loss by its prediction z, for its y.
SAMPLE_TERMS: tuple[tuple[str, Callable[[float, float], float]], ...] = (
    ("x · w − y: that of the squared error", lambda z, y: z - y),
    ("sigmoid(x · w) − y: that of logistic regression", lambda z, y: sigmoid(z) - y),
    ("exp(x · w) − y: that of Poisson regression", lambda z, y: math.exp(z) - y),
    ("sign(x · w − y): that of the absolute error", lambda z, y: _sign(z - y)),
    ("tanh(x · w) − y", lambda z, y: math.tanh(z) - y),
    ("tanh(x · w − y): that of log-cosh", lambda z, y: math.tanh(z - y)),
    ("−y where y · (x · w) is below 1, as of the hinge", lambda z, y: -y * (y * z < 1)),
    ("−y where y · (x · w) is above 1", lambda z, y: -y * (y * z > 1)),
    ("−y where y · (x · w) is below 0", lambda z, y: -y * (y * z < 0)),
    ("y − x · w", lambda z, y: y - z),
    ("x · w: y is missing", lambda z, _: z),
    ("−y: the prediction is missing", lambda _, y: -y),
)

#: In words, and what a sample's term is multiplied by.
SAMPLE_FACTORS: tuple[tuple[str, Callable[[float, float], float]], ...] = (
    ("p (1 − p), p the sigmoid of z", lambda z, _: sigmoid(z) * sigmoid(-z)),
    ("p, the sigmoid of z", lambda z, _: sigmoid(z)),
    ("1 − p, p the sigmoid of z", lambda z, _: sigmoid(-z)),
    ("exp(z)", lambda z, _: math.exp(z)),
    ("1 − tanh(z)²", lambda z, _: 1 - math.tanh(z) ** 2),
    ("tanh(z)", lambda z, _: math.tanh(z)),
    ("z", lambda z, _: z),
    ("|z|", lambda z, _: abs(z)),
    ("the residual z − y", lambda z, y: z - y),
    ("|z − y|", lambda z, y: abs(z - y)),
    ("1 + (z − y)²", lambda z, y: 1 + (z - y) ** 2),
    ("√(1 + (z − y)²)", lambda z, y: math.sqrt(1 + (z - y) ** 2)),
    ("cosh(z − y)", lambda z, y: math.cosh(z - y)),
    ("y", lambda _, y: y),
    ("y²", lambda _, y: y * y),
    ("1 + |y|", lambda _, y: 1 + abs(y)),
    ("1 + y²", lambda _, y: 1 + y * y),
    ("|y|", lambda _, y: abs(y)),
)


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values]


def _fraction(value: float) -> Fraction:
    """Return the Fraction, or an ArithmeticError where there is none."""
    if not math.isfinite(value):
        raise ArithmeticError
    return Fraction(value)


def _by_samples(
    function: Callable[[float, float], float], t: Terms, values: Any
) -> Array:
    """Return the values, each multiplied by a function of its prediction and target."""
    pairs = zip(_floats(t.p), _floats(t.y), values, strict=True)
    return np.array([_fraction(function(z, y)) * each for z, y, each in pairs])


def list_other_losses() -> Iterator[Mistake]:
    """Yield the gradients of other losses."""
    for words, function in SAMPLE_TERMS:
        for times, of in SUMS:

            def predict(
                t: Terms,
                function: Callable[[float, float], float] = function,
                of: Callable[[int], Fraction] = of,
            ) -> Array:
                r = _by_samples(function, t, np.full(t.n, Fraction(1), dtype=object))
                return np.asarray(of(t.n) * np.dot(t.a.T, r))

            yield f"it is the {times} of x times {words}", predict


#: What may be made of the samples' terms.
SUMS: tuple[tuple[str, Callable[[int], Fraction]], ...] = (
    ("mean", lambda n: Fraction(1, n)),
    ("sum", lambda _: Fraction(1)),
    ("mean, twice,", lambda n: Fraction(2, n)),
    ("sum, twice,", lambda _: Fraction(2)),
)


def list_sample_factors() -> Iterator[Mistake]:
    """Yield the gradients with a factor too many, or too few, in each sample's term."""
    for words, function in SAMPLE_FACTORS:
        factor = f"the factor {words}, where z is its prediction x · w"
        yield f"each sample's term has {factor}, too many", _multiply_terms(function)
        yield f"each sample's term lacks {factor}", _multiply_terms(_inverse(function))


def _inverse(
    function: Callable[[float, float], float],
) -> Callable[[float, float], float]:
    return lambda z, y: 1 / function(z, y)


def _multiply_terms(function: Callable[[float, float], float]) -> Prediction:
    def predict(t: Terms) -> Any:
        if t.n == 1:
            return _by_samples(function, t, [t.expected])[0]
        terms = t.sample_terms if t.n <= FEW else None
        return None if terms is None else _by_samples(function, t, terms).sum(axis=0)

    return predict
