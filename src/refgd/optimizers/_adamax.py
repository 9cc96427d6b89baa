r"""AdaMax: Adam with the largest gradient of the recent past below the bar."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class AdamaxState(NamedTuple):
    """The steps taken, the average of g, and the decaying maximum of |g|."""

    t: int
    m: Weights
    u: Weights


def adamax(
    lr: Number | Schedule = 2e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 0.0,
    eps_inside: bool = False,
) -> Optimizer:
    r"""Step by the average gradient over the largest recent one."""
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps)
    _checks.flags(eps_inside=eps_inside)

    def init(w: Weights) -> AdamaxState:
        zeros = _checks.zeros_like(w)
        return AdamaxState(0, zeros, zeros)

    def update(
        w: Weights, dw: Weights, state: AdamaxState
    ) -> tuple[Weights, AdamaxState]:
        t = state.t + 1
        e, b2 = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, beta2)
        within, after = (e, 0 * e) if eps_inside else (0 * e, e)
        m = ema(beta1, state.m, dw)
        u = np.maximum(b2 * state.u, np.abs(dw) + within)
        down = over(m / correction(beta1, t, w), u + after)
        return w - value_at(lr, state.t, w) * down, AdamaxState(t, m, u)

    return Optimizer(init, update)
