r"""AMSGrad: Adam whose second moment never falls."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at

CORRECTIONS = ("none", "before_max", "after_max")


class AMSGradState(NamedTuple):
    """The steps taken, the averages of g and g², and the largest of the latter."""

    t: int
    m: Weights
    v: Weights
    v_max: Weights


def amsgrad(  # noqa: PLR0913 - one flag for each point where published rules differ
    lr: Number | Schedule,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 0.0,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
    correct_m: bool = False,
    correct_v: str = "none",
) -> Optimizer:
    r"""Step by the average gradient over the root of the largest average square."""
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(eps_hat=eps_hat, correct_m=correct_m)
    _checks.choice("correct_v", correct_v, CORRECTIONS)
    if eps_hat and correct_v != "after_max":
        msg = f"eps_hat asks for correct_v='after_max', got {correct_v!r}"
        raise ValueError(msg)

    def init(w: Weights) -> AMSGradState:
        _checks.not_exact("amsgrad", w)
        zeros = _checks.zeros_like(w)
        return AMSGradState(0, zeros, zeros, zeros)

    def update(
        w: Weights, dw: Weights, state: AMSGradState
    ) -> tuple[Weights, AMSGradState]:
        t, one = state.t + 1, _checks.in_kind_of(w, 1)
        e, root = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, eps_root)
        c1 = correction(beta1, t, w) if correct_m else one
        c2 = one if correct_v == "none" else correction(beta2, t, w)
        before, after = (c2, one) if correct_v == "before_max" else (one, c2)
        m = ema(beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        v_max = np.maximum(state.v_max, v / before)
        if eps_hat:
            down = np.sqrt(after) / c1 * over(m, np.sqrt(v_max + root) + e)
        else:
            down = over(m / c1, np.sqrt(v_max / after + root) + e)
        w = w - value_at(lr, state.t, w) * down
        return w, AMSGradState(t, m, v, v_max)

    return Optimizer(init, update)
