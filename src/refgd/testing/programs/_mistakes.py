"""What an update of the weights may do wrong, beside what its gradient may."""

from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.exact import fractions
from refgd.testing.gradient._mistakes import Mistake, Terms


def rate_of(t: Terms) -> Any:
    """Return the rate with which the update was made."""
    update: Any = t.oracle.function
    return fractions(update.rate(t.verdict.example.inputs()))


def _move(t: Terms, w: Any) -> Array:
    """Return the gradient for another w than that of the example."""
    return t.sum(t.a, np.dot(t.a, w) - t.y)


def _slopes_first(t: Terms) -> Array | None:
    """Return what an update gives whose intercept sees the new slopes."""
    if not t.intercept:
        return None
    moved = t.w - rate_of(t) * t.expected
    moved[-1] = t.w[-1]
    return np.append(t.expected[:-1], _move(t, moved)[-1:])


def _intercept_first(t: Terms) -> Array | None:
    """Return what an update gives whose slopes see the new intercept."""
    if not t.intercept:
        return None
    moved = t.w.copy()
    moved[-1] -= rate_of(t) * t.expected[-1]
    return np.append(_move(t, moved)[:-1], t.expected[-1:])


def _one_by_one(t: Terms) -> Array | None:
    """Return what an update gives that sees the new weights entry by entry."""
    if t.d > FEW:
        return None
    lr, w = rate_of(t), t.w.copy()
    for j in range(t.d):
        w[j] -= lr * _move(t, w)[j]
    return np.asarray((t.w - w) / lr)


def step_by_samples(t: Terms, lr: Any) -> Array | None:
    """Return what an update gives that steps after every sample."""
    if t.n > FEW:
        return None
    w, c = t.w.copy(), t.c * t.n if t.convention.mean else t.c
    for row, target in zip(t.a, t.y, strict=True):
        w = w - lr * c * row * (np.dot(row, w) - target)
    return np.asarray((t.w - w) / rate_of(t))


#: Rules that go from sample to sample are followed so far: their Fractions grow.
FEW = 9

ONE_BY_ONE = (
    "each weight's update sees the new weights before it: all must be updated from the "
    "same residuals"
)

SEQUENTIAL = "sees the new {}: both must be updated from the same residuals"

#: What an update does wrong that a gradient cannot.
UPDATES: tuple[Mistake, ...] = (
    ("it climbs: the sign is turned around", lambda t: -t.expected),
    ("the learning rate is not used", lambda t: t.expected / rate_of(t)),
    (
        "the learning rate is not used, and the sign is turned around",
        lambda t: -t.expected / rate_of(t),
    ),
    ("the learning rate is applied twice", lambda t: t.expected * rate_of(t)),
    ("it divides by n twice", lambda t: t.expected / t.n if t.n else None),
    ("it does not move", lambda t: t.expected * 0),
    (f"the intercept's update {SEQUENTIAL.format('slopes')}", _slopes_first),
    (f"the slopes' update {SEQUENTIAL.format('intercept')}", _intercept_first),
    (ONE_BY_ONE, _one_by_one),
)
