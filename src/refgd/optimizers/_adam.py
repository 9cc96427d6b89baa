r"""Adam: averages of the gradient and of its square, corrected for their start."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class AdamState(NamedTuple):
    """The steps taken, and the averages of g and of g²."""

    t: int
    m: Weights
    v: Weights


def adam(  # noqa: PLR0913 - one flag for each point where published rules differ
    lr: Number | Schedule = 1e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
) -> Optimizer:
    r"""Step by the average gradient over the root of the average square."""
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(eps_hat=eps_hat)

    def init(w: Weights) -> AdamState:
        _checks.not_exact("adam", w)
        zeros = _checks.zeros_like(w)
        return AdamState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AdamState) -> tuple[Weights, AdamState]:
        t = state.t + 1
        e, root = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, eps_root)
        c1, c2 = correction(beta1, t, w), correction(beta2, t, w)
        m = ema(beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        if eps_hat:
            down = np.sqrt(c2) / c1 * over(m, np.sqrt(v + root) + e)
        else:
            down = over(m / c1, np.sqrt(v / c2 + root) + e)
        return w - value_at(lr, state.t, w) * down, AdamState(t, m, v)

    return Optimizer(init, update)
