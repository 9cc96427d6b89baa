r"""RAdam: Adam that waits until its second moment can be trusted."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over, wide
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class RAdamState(NamedTuple):
    """The steps taken, and the averages of g and of g²."""

    t: int
    m: Weights
    v: Weights


def radam(  # noqa: PLR0913 - one flag for each point where published rules differ
    lr: Number | Schedule = 1e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 0.0,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
    threshold: Number = 4,
) -> Optimizer:
    r"""Step like Adam, scaled down while the average square rests on few gradients."""
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(eps_hat=eps_hat)
    _checks.at_least("threshold", threshold, 4)

    def init(w: Weights) -> RAdamState:
        _checks.not_exact("radam", w)
        zeros = _checks.zeros_like(w)
        return RAdamState(0, zeros, zeros)

    def update(
        w: Weights, dw: Weights, state: RAdamState
    ) -> tuple[Weights, RAdamState]:
        t = state.t + 1
        e, root = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, eps_root)
        c1, c2 = correction(beta1, t, w), correction(beta2, t, w)
        m = ema(beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        r = rectification(beta2, t, w, threshold)
        if r is None:
            down = m / c1
        elif eps_hat:
            down = r * np.sqrt(c2) / c1 * over(m, np.sqrt(v + root) + e)
        else:
            down = r * over(m / c1, np.sqrt(v / c2 + root) + e)
        return w - value_at(lr, state.t, w) * down, RAdamState(t, m, v)

    return Optimizer(init, update)


def rectification(
    beta2: Number, t: int, w: Weights, threshold: Number
) -> Scalar | None:
    r"""Return r_t, or None while ρ_t, the average's length, is within the threshold."""
    b = wide(beta2, w)
    longest = 2 / (1 - b) - 1
    length = longest - 2 * t * b**t / correction(beta2, t, b)
    if not length > wide(threshold, w):
        return None
    r = np.sqrt(
        ((length - 4) * (length - 2) * longest)
        / ((longest - 4) * (longest - 2) * length)
    )
    return _checks.in_kind_of(w, r)
