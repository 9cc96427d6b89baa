r"""LAMB: Adam's step, as long as the weights are."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, norm, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class LambState(NamedTuple):
    """The steps taken, and the averages of g and of g²."""

    t: int
    m: Weights
    v: Weights


@rule
def lamb(
    lr: Number | Schedule,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-6,
    eps_root: Number = 0.0,
    lambd: Number = 0.0,
) -> Optimizer:
    r"""Step by Adam's direction, with the length of w itself times lr.

    **Definition**, with the averages m̂ and v̂ of `adam`
    $$r_t = \frac{\hat m_t}{\sqrt{\hat v_t + \epsilon_r} + \epsilon}
        + \lambda w_{t-1}, \qquad
      w_t = w_{t-1} - \eta_{t-1} \frac{\|w_{t-1}\|}{\|r_t\|} r_t$$

    The norms are Euclid's, over the whole array: one array is one layer. Where ‖w‖ or
    ‖r‖ is 0, their quotient counts as 1. The paper's φ(‖w‖) is ‖w‖ here.

    The frameworks: optax has this rule. Keras has ε = 1e-7 and no λ: its weight_decay
    is times lr, beside the step and so outside the norm.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of m that is kept, in [0, 1).
        beta2: The share β₂ of v that is kept, in [0, 1).
        eps: The ε under the bar, outside the root.
        eps_root: The ε_r inside the root.
        lambd: The decay λ, inside the norm.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import lamb
        >>> optimizer, w = lamb(0.5, eps=0), np.array([3.0, 4.0])
        >>> w, state = optimizer.update(w, np.array([7.0, 0.0]), optimizer.init(w))
        >>> w  # Adam's direction is (1, 0), and ‖w‖ is 5
        array([0.5, 4. ])

    References:
        Y. You et al., Large Batch Optimization for Deep Learning (ICLR 2020),
        arXiv:1904.00962, algorithm 2; not read itself, but as optax and Keras have it.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root, lambd=lambd)

    def init(w: Weights) -> LambState:
        zeros = _checks.float_zeros_like(w, "lamb")
        return LambState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: LambState) -> Step:
        t, e = state.t + 1, _checks.in_kind_of(w, eps)
        m, v = ema(beta1, state.m, dw), ema(beta2, state.v, dw * dw)
        m_hat, v_hat = m / correction(beta1, t, w), v / correction(beta2, t, w)
        r = over(m_hat, np.sqrt(v_hat + _checks.in_kind_of(w, eps_root)) + e)
        r = r + _checks.in_kind_of(w, lambd) * w
        long, step = norm(w), norm(r)
        ratio = long / step if long > 0 and step != 0 else 1  # NaN stays NaN
        return w - value_at(lr, state.t, w) * ratio * r, LambState(t, m, v)

    return Optimizer(init, update)
