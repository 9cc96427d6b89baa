r"""Yogi: Adam whose v moves towards g² by a step of fixed size."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import complement, correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class YogiState(NamedTuple):
    """The steps taken, the average of g, and v."""

    t: int
    m: Weights
    v: Weights


@rule
def yogi(
    lr: Number | Schedule = 1e-2,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-3,
    initial_accumulator: Number = 1e-6,
) -> Optimizer:
    r"""Step as Adam, with a v that grows and shrinks by (1 − β₂) g² alone.

    **Definition**, with m_0 = v_0, the initial accumulator
    $$\begin{aligned}
      m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
      v_t &= v_{t-1} - (1 - \beta_2) \operatorname{sign}(v_{t-1} - g_t^2) g_t^2 \\
      w_t &= w_{t-1} - \eta_{t-1}
        \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}
    \end{aligned}$$

    The frameworks: optax has this rule; the start is fixed there, at 1e-6 for m too, so
    that a weight without a gradient moves.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of m that is kept, in [0, 1).
        beta2: The share β₂ in v, in [0, 1).
        eps: The ε under the bar, outside the root.
        initial_accumulator: The m and the v before the first step.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import yogi
        >>> optimizer = yogi(1.0, eps=0, initial_accumulator=0)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> round(float(w), 12), round(float(state.v), 12)
        (-1.0, 0.004)

    References:
        M. Zaheer et al., Adaptive Methods for Nonconvex Optimization (NeurIPS 2018),
        algorithm 2; not read itself, but as optax has it.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, initial_accumulator=initial_accumulator)

    def init(w: Weights) -> YogiState:
        zeros = _checks.float_zeros_like(w, "yogi")
        start = zeros + _checks.in_kind_of(zeros, initial_accumulator)
        return YogiState(0, start, start)

    def update(w: Weights, dw: Weights, state: YogiState) -> Step:
        t, e, square = state.t + 1, _checks.in_kind_of(w, eps), dw * dw
        m = ema(beta1, state.m, dw)
        v = state.v - complement(beta2, w) * np.sign(state.v - square) * square
        m_hat, v_hat = m / correction(beta1, t, w), v / correction(beta2, t, w)
        w = w - value_at(lr, state.t, w) * over(m_hat, np.sqrt(v_hat) + e)
        return w, YogiState(t, m, v)

    return Optimizer(init, update)
