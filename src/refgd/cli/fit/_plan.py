"""How far a run goes: how many steps, how many at once, and when it is near enough."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from refgd import theory
from refgd._outcome import Fit
from refgd._types import Array, Scalar
from refgd.cli.fit._options import Options
from refgd.cli.fit._problem import Problem, plural
from refgd.history import Recorder, size
from refgd.stopping import Reason, Rule
from refgd.theory._curvature import curvature

N_ITERS = 10_000  # ten times fit's own, where the theory has no number of steps
MOST_SINGLE = 10_000  # steps of plain descent; beyond, k are taken at once
MOST_KEPT = 100_000  # rows of history, about 50 MB; beyond, every k-th one is kept
TOL = 1e-12  # times the first gradient
NEAR = 1e-10  # of its size, a weight may be off; rounding leaves some 1e-12
SMALL = 1e-3  # of the largest: a weight that is less need not have digits of its own
MOST = 10**15  # steps; beyond, rounding of the rate is more than it
LEFT = 1e-16  # of the first error: with so many steps what is left is rounding


class Plan(NamedTuple):
    """How far a run goes.

    Attributes:
        n_iters: The most steps.
        every: Every so many steps a row of the history is kept.
        leaps: Whether the steps between are taken at once.
    """

    n_iters: int
    every: int
    leaps: bool

    @property
    def about(self) -> list[str]:
        if not self.leaps:
            return []
        return [f"{plural(self.every, 'step')} at once, in closed form"]

    def counted(self, run: Fit, lr: float | None) -> Fit:
        """Return a run of leaps with its steps counted one by one."""
        if not self.leaps:
            return run
        t = np.minimum(run.history.t * self.every, self.n_iters)
        history = run.history._replace(t=t)
        return replace(run, n_iters=int(t[-1]), history=history, lr=lr)


def choose_plan(options: Options, problem: Problem, lr: float | None) -> Plan:
    """Return how far to go: plain descent as far as the theory says, and no further.

    A run with batches, rows held out or a checkpoint takes its steps one by one.

    Args:
        options: What was asked for.
        problem: What is fitted.
        lr: The learning rate of plain descent; None for another rule.
    """
    single = (options.batch_size, options.validation, options.checkpoint)
    needed = math.inf
    if lr is not None and all(option is None for option in single):
        needed = _steps_needed(options.tol, problem.x, lr)
    n_iters = options.n_iters
    if n_iters is None:
        n_iters = N_ITERS if needed == math.inf else int(needed)
    if needed < math.inf and min(n_iters, needed) > MOST_SINGLE:
        every = stride(int(min(n_iters, needed)), MOST_SINGLE)
        return Plan(n_iters, every, leaps=True)
    if n_iters > MOST_KEPT:
        return Plan(n_iters, options.every or stride(n_iters, MOST_KEPT), leaps=False)
    return Plan(n_iters, 1, leaps=False)


def _steps_needed(tol: float | None, x: Array, lr: float) -> float:
    """Return the steps that are enough for tol, at the worst; inf where none are."""
    if tol == 0:
        return math.inf
    # |∇L(w_t)| ≤ ρᵗ |∇L(w_0)|, in the norm that is at most √d times the largest
    left = LEFT if tol is None else tol / math.sqrt(x[:1].size)
    steps = theory.steps_to(x, lr, left)
    return steps if steps <= MOST else math.inf


def stride(steps: int, most: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50 ... that makes at most `most` strides.

    Example:
        >>> stride(40, 20), stride(41, 20), stride(10_000, 20)
        (2, 5, 500)
    """
    power = 1
    while True:
        for digit in (1, 2, 5):
            if steps <= most * digit * power:
                return digit * power
        power *= 10


def near(problem: Problem) -> Rule:
    r"""Return the rule that stops, converged, when every weight is right.

    That is when the gradient is `TOL` times the first one, and no weight is farther
    than `NEAR` of its size from the optimum, as the gradient itself reveals:

    **Definition**
    $$w - w^* = H^{+}\, \nabla L(w)$$
    """
    x, units = problem.x.reshape(len(problem.y), -1), problem.units
    h = curvature(x)
    lengths = np.sqrt(np.mean(x * x, axis=0))

    def answer(history: Recorder) -> Reason | None:
        if size(history.epoch.dw) > TOL * history.first_size:
            return None
        w, dw = map(np.atleast_1d, (history.epoch.w, history.epoch.dw))
        error = h.times(1 / h.values, dw)
        sizes = np.abs(w) * lengths
        is_near = _is_near(error * lengths, sizes, sizes.max())
        if units is not None and units.intercept:
            # the user's intercept: of large terms it may be the small difference
            parts = np.append(-units.mean / units.scale, 1)
            terms = np.append(parts * w, units.y_mean)
            off, whole = np.dot(parts, error), np.abs(terms.sum())
            is_near = is_near and _is_near(off, whole, np.abs(terms).sum())
        return Reason.GRADIENT if is_near else None

    return Rule(answer, "near()")


def _is_near(error: Array, sizes: Array, largest: Scalar) -> bool:
    return bool(np.all(np.abs(error) <= NEAR * np.maximum(sizes, SMALL * largest)))
