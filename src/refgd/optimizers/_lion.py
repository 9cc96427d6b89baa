r"""Lion: only the sign of a momentum."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import ema
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class LionState(NamedTuple):
    """The number of steps taken, and the momentum."""

    t: int
    m: Weights


def lion(
    lr: Number | Schedule = 1e-4, *, beta1: Number = 0.9, beta2: Number = 0.99
) -> Optimizer:
    r"""Step by lr in each weight, against the sign of the momentum."""
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)

    def init(w: Weights) -> LionState:
        return LionState(0, _checks.zeros_like(w))

    def update(w: Weights, dw: Weights, state: LionState) -> tuple[Weights, LionState]:
        c = ema(beta1, state.m, dw)
        w = w - value_at(lr, state.t, w) * np.sign(c)
        return w, LionState(state.t + 1, ema(beta2, state.m, dw))

    return Optimizer(init, update)
