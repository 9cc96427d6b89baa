"""Penalties on the weights that nobody asked for, with any fixed coefficient."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing._verdict import Trial

Direction = Callable[[Trial], Any]


def _slopes(trial: Trial) -> Any:
    w = trial.example.weights.copy()
    w[-1] = w[-1] * (not trial.example.intercept)
    return w


#: What is added to the gradient, times a coefficient.
DIRECTIONS: tuple[tuple[str, Direction], ...] = (
    ("the weight", lambda t: t.example.weights),
    ("the weight without the intercept", _slopes),
    ("the weight divided by n", lambda t: t.example.weights / t.example.n),
    ("the weight's sign", lambda t: np.array([_sign(q) for q in t.example.weights])),
)


def _sign(q: Fraction) -> Fraction:
    return Fraction((q > 0) - (q < 0))


Predict = Callable[[Trial], Any]


def penalties(trials: Sequence[Trial]) -> Iterator[tuple[str, Predict]]:
    """Yield each penalty in words, its coefficient solved for, and what it predicts."""
    for words, direction in DIRECTIONS:
        c = _coefficient(trials, direction)
        if c:
            times = "" if c == 1 else f"{float(c):.6g} times "
            yield f"{times}{words} is added to it: a penalty", _with(c, direction)


def _with(c: Fraction, direction: Direction) -> Predict:
    return lambda t: t.truth + c * direction(t)


def _coefficient(trials: Sequence[Trial], direction: Direction) -> Fraction | None:
    """Solve for it exactly, or where it stands out most: beside the least gradient."""
    found: list[tuple[bool, Fraction, Fraction]] = []
    for trial in trials:
        along = direction(trial)
        i = int(np.argmax(abs(along)))
        if along[i]:
            c = (trial.got[i] - trial.truth[i]) / along[i]
            beside = abs(trial.truth[i] / along[i]) + trial.bound[i]
            found.append((not trial.exact, beside, c))
    return min(found)[-1] if found else None
