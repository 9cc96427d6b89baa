r"""Adagrad: each weight's rate falls with the gradients that it has seen."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import over
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class AdagradState(NamedTuple):
    """The number of steps taken, and the sum of the squared gradients."""

    t: int
    v: Weights


def adagrad(
    lr: Number | Schedule,
    *,
    eps: Number = 0.0,
    eps_inside: bool = False,
    initial_accumulator: Number = 0.0,
) -> Optimizer:
    r"""Step by the gradient over the root of the sum of all squares so far."""
    _checks.rate(lr)
    _checks.none_negative(eps=eps, initial_accumulator=initial_accumulator)
    _checks.flags(eps_inside=eps_inside)

    def init(w: Weights) -> AdagradState:
        _checks.not_exact("adagrad", w)
        zeros = _checks.zeros_like(w)
        return AdagradState(0, zeros + _checks.in_kind_of(zeros, initial_accumulator))

    def update(
        w: Weights, dw: Weights, state: AdagradState
    ) -> tuple[Weights, AdagradState]:
        e = _checks.in_kind_of(w, eps)
        v = state.v + dw * dw
        scale = np.sqrt(v + e) if eps_inside else np.sqrt(v) + e
        w = w - value_at(lr, state.t, w) * over(dw, scale)
        return w, AdagradState(state.t + 1, v)

    return Optimizer(init, update)
