"""Plain descent, many steps at once."""

from typing import NamedTuple

import numpy as np

from refgd._types import Array, Weights
from refgd.optimizers import Optimizer
from refgd.theory._curvature import curvature


class LeapState(NamedTuple):
    """The number of leaps taken."""

    t: int


def leaps(x: Array, lr: float, k: int, n: int) -> Optimizer:
    r"""Return the optimizer whose every update is k steps of plain descent.

    **Definition**
    $$w_{t+k} = w_t - S_k \nabla L(w_t), \qquad
      S_k = \eta \sum_{j<k} (I - \eta H)^j$$

    Args:
        x: The samples that the gradients are of: H is theirs.
        lr: The learning rate.
        k: How many steps.
        n: How many steps in all: the last leap may be shorter.

    Guarantee:
        In floats within rounding of the single steps:
        tests/cli/test_plan.py, test_leaps_are_their_steps.
    """
    h = curvature(x)
    many, rest = (h.sums(lr, steps) for steps in (k, n % k))

    def init(_: Weights) -> LeapState:
        return LeapState(0)

    def update(w: Weights, dw: Weights, state: LeapState) -> tuple[Weights, LeapState]:
        steps = h.times(many if state.t < n // k else rest, np.atleast_1d(dw))
        return w - steps.reshape(dw.shape)[()], LeapState(state.t + 1)

    return Optimizer(init, update)
