r"""RMSprop: divide the gradient by a running average of its recent magnitude."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class RMSpropState(NamedTuple):
    """The steps taken, the averages of g and of g², and the velocity."""

    t: int
    m: Weights
    v: Weights
    u: Weights


def rmsprop(  # noqa: PLR0913 - one flag for each point where published rules differ
    lr: Number | Schedule,
    *,
    rho: Number = 0.9,
    eps: Number = 0.0,
    eps_inside: bool = True,
    centered: bool = False,
    beta: Number = 0.0,
    nesterov: bool = False,
    lr_inside: bool = True,
    bias_correction: bool = False,
    initial_accumulator: Number = 0.0,
) -> Optimizer:
    r"""Step by the gradient over the root of the average of its squares."""
    _checks.rate(lr)
    _checks.below_one(rho=rho, beta=beta)
    _checks.none_negative(eps=eps, initial_accumulator=initial_accumulator)
    _checks.flags(eps_inside=eps_inside, centered=centered, nesterov=nesterov)
    _checks.flags(lr_inside=lr_inside, bias_correction=bias_correction)

    def init(w: Weights) -> RMSpropState:
        _checks.not_exact("rmsprop", w)
        zeros = _checks.zeros_like(w)
        v = zeros + _checks.in_kind_of(zeros, initial_accumulator)
        return RMSpropState(0, zeros, v, zeros)

    def scaled(dw: Weights, m: Weights, v: Weights, t: int) -> Weights:
        """Return g over the root of the mean square, or of the variance."""
        e = _checks.in_kind_of(v, eps)
        if bias_correction:
            c = correction(rho, t, v)
            m, v = m / c, v / c
        if centered:
            v = np.maximum(v - m * m, 0)  # below 0 by rounding alone
        return over(dw, np.sqrt(v + e) if eps_inside else np.sqrt(v) + e)

    def update(
        w: Weights, dw: Weights, state: RMSpropState
    ) -> tuple[Weights, RMSpropState]:
        t = state.t + 1
        eta, one = value_at(lr, state.t, w), _checks.in_kind_of(w, 1)
        inside, outside = (eta, one) if lr_inside else (one, eta)
        mu = _checks.in_kind_of(w, beta)
        m = ema(rho, state.m, dw)
        v = ema(rho, state.v, dw * dw)
        g = scaled(dw, m, v, t)
        u = mu * state.u + inside * g
        down = mu * u + inside * g if nesterov else u
        return w - outside * down, RMSpropState(t, m, v, u)

    return Optimizer(init, update)
