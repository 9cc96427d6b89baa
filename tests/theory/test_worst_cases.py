"""Worst cases, exactly: data in the plane on which a rate of `theory` is attained.

The samples (1, 0) and (0, 3) with y = 0 have the Hessian diag(1, 9) and the optimum 0.
Along an axis, from a state that is an eigenvector of the step, the error is ρᵗ times
the first in every step, on Fractions and by ``==``: so no smaller rate holds for all
data with eigenvalues from 1 to 9 and for all states.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd import forward, grad, optimizers, theory
from refgd.testing.exact import fractions

X = fractions([[1, 0], [0, 3]])
STEPS = 12


def _errors(optimizer: optimizers.Optimizer, w: Any, state: Any) -> list[Any]:
    errors = [w]
    for _ in range(STEPS):
        w, state = optimizer.update(w, grad(X, 0 * w, forward(w, X)), state)
        errors.append(w)
    return errors


@pytest.mark.parametrize("lr", [Fraction(1, 5), Fraction(1, 10), Fraction(3, 14)])
def test_plain_descent_attains_its_rate(lr: Fraction) -> None:
    """By the axis whose |1 − η λ| is greatest; by both at the best rate, 1/5."""
    rate = max(abs(1 - lr), abs(1 - 9 * lr))
    axis = int(abs(1 - 9 * lr) == rate)
    start = fractions(np.eye(2, dtype=int)[axis])
    for t, w in enumerate(_errors(optimizers.sgd(lr), start, optimizers.SGDState(0))):
        assert np.sum(abs(w)) == rate**t
    assert theory.rate(X.astype(float), float(lr)) == pytest.approx(rate, rel=1e-14)


#: η and β, the eigenvalue λ, and the root r of its step: a double one.
HEAVY_BALL = (Fraction(1, 4), Fraction(1, 4))
NESTEROV = (Fraction(1, 9), Fraction(1, 2))


@pytest.mark.parametrize(
    ("settings", "nesterov", "axis", "root"),
    [
        (HEAVY_BALL, False, 0, Fraction(1, 2)),
        (HEAVY_BALL, False, 1, Fraction(-1, 2)),
        (NESTEROV, True, 0, Fraction(2, 3)),
    ],
)
def test_momentum_attains_its_rate(
    settings: tuple[Fraction, Fraction], axis: int, root: Fraction, *, nesterov: bool
) -> None:
    """Polyak's best η and β, and Nesterov's with η = 1/L, β = (√κ − 1)/(√κ + 1)."""
    lr, beta = settings
    start = fractions(np.eye(2, dtype=int)[axis])
    # the velocity that carries the first step to root · start
    pull = (1 + beta if nesterov else 1) * lr * X[axis, axis] ** 2
    velocity = start * (1 - pull - root) / (beta**2 if nesterov else beta)
    optimizer = optimizers.momentum(lr, beta=beta, nesterov=nesterov)
    errors = _errors(optimizer, start, optimizers.MomentumState(1, velocity))
    for t, w in enumerate(errors):
        assert np.all(w == root**t * start)
    told = theory.momentum_rate(X.astype(float), lr, beta, nesterov=nesterov)
    assert told == pytest.approx(abs(root), rel=1e-14)


def test_those_settings_are_the_best_for_these_data() -> None:
    best = theory.best_momentum(X.astype(float))
    assert (best.lr, best.beta) == pytest.approx(HEAVY_BALL, rel=1e-14)
    assert theory.best_lr(X.astype(float)) == pytest.approx(Fraction(1, 5), rel=1e-14)
