r"""Momentum: the heavy ball, and Nesterov's."""

from typing import NamedTuple

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class MomentumState(NamedTuple):
    """The number of steps taken, and the velocity, which points uphill."""

    t: int
    v: Weights


def momentum(  # noqa: PLR0913 - one flag for each point where published rules differ
    lr: Number | Schedule,
    *,
    beta: Number = 0.9,
    nesterov: bool = False,
    lr_inside: bool = True,
    dampening: Number = 0.0,
    damp_first: bool = True,
) -> Optimizer:
    r"""Step with a velocity, which remembers the gradients before."""
    _checks.rate(lr)
    _checks.below_one(beta=beta, dampening=dampening)
    _checks.flags(nesterov=nesterov, lr_inside=lr_inside, damp_first=damp_first)
    if nesterov and dampening:
        msg = f"nesterov asks for dampening = 0, got {dampening}"
        raise ValueError(msg)

    def init(w: Weights) -> MomentumState:
        return MomentumState(0, _checks.zeros_like(w))

    def update(
        w: Weights, dw: Weights, state: MomentumState
    ) -> tuple[Weights, MomentumState]:
        eta, one = value_at(lr, state.t, w), _checks.in_kind_of(w, 1)
        mu = _checks.in_kind_of(w, beta)
        inside, outside = (eta, one) if lr_inside else (one, eta)
        damp = _checks.in_kind_of(w, dampening if state.t or damp_first else 0)
        v = mu * state.v + inside * (1 - damp) * dw
        down = mu * v + inside * dw if nesterov else v
        return w - outside * down, MomentumState(state.t + 1, v)

    return Optimizer(init, update)
