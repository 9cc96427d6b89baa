r"""Adadelta: Adagrad with a memory that fades, and no learning rate to choose."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import ema, over
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class AdadeltaState(NamedTuple):
    """The steps taken, and the averages of g² and of the squared steps."""

    t: int
    v: Weights
    u: Weights


def adadelta(
    lr: Number | Schedule = 1.0, *, rho: Number = 0.95, eps: Number = 1e-6
) -> Optimizer:
    r"""Step by the gradient times the ratio of the recent steps' size to its own."""
    _checks.rate(lr)
    _checks.below_one(rho=rho)
    _checks.none_negative(eps=eps)

    def init(w: Weights) -> AdadeltaState:
        _checks.not_exact("adadelta", w)
        zeros = _checks.zeros_like(w)
        return AdadeltaState(0, zeros, zeros)

    def update(
        w: Weights, dw: Weights, state: AdadeltaState
    ) -> tuple[Weights, AdadeltaState]:
        e = _checks.in_kind_of(w, eps)
        v = ema(rho, state.v, dw * dw)
        down = over(np.sqrt(state.u + e), np.sqrt(v + e)) * dw
        u = ema(rho, state.u, down * down)
        w = w - value_at(lr, state.t, w) * down
        return w, AdadeltaState(state.t + 1, v, u)

    return Optimizer(init, update)
