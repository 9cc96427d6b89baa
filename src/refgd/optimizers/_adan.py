r"""Adan: Nesterov's momentum by the differences of the gradients."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import complement, correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdanState(NamedTuple):
    """The steps taken, the averages of g, of its change, of the square; the last g."""

    t: int
    m: Weights
    u: Weights
    v: Weights
    g: Weights


@rule
def adan(
    lr: Number | Schedule = 1e-3,
    *,
    beta1: Number = 0.98,
    beta2: Number = 0.92,
    beta3: Number = 0.99,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    share_kept: bool = True,
) -> Optimizer:
    r"""Step by the averages of the gradient and of its change, over a root of squares.

    **Definition**, with d_t = g_t − g_{t−1}, and d_1 = 0
    $$\begin{aligned}
      m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
      u_t &= \beta_2 u_{t-1} + (1 - \beta_2) d_t \\
      v_t &= \beta_3 v_{t-1} + (1 - \beta_3) (g_t + \beta_2 d_t)^2 \\
      w_t &= w_{t-1} - \eta_{t-1} \frac{\hat m_t + \beta_2 \hat u_t}
        {\sqrt{\hat v_t + \epsilon_r} + \epsilon}
    \end{aligned}$$

    where a hat divides by 1 − βᵗ. Each β is what is kept, and 1 − β the paper's own.

    - share_kept=False: 1 − β₂ in place of the two β₂ that multiply d and û.

    The frameworks: optax has share_kept=False, although the equations in its docstring,
    whose β are what is new, have 1 − β₂ there, that is the share that is kept. It has
    ε_r = 1e-8, and a decay times lr.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of m that is kept, in [0, 1).
        beta2: The share β₂ of u that is kept, in [0, 1).
        beta3: The share β₃ of v that is kept, in [0, 1).
        eps: The ε under the bar, outside the root.
        eps_root: The ε_r inside the root.
        share_kept: Whether the change counts by what is kept of it.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import adan
        >>> optimizer = adan(1.0, eps=0)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> round(float(w), 12)
        -1.0

    References:
        X. Xie et al., Adan: Adaptive Nesterov Momentum Algorithm, arXiv:2208.06677,
        algorithm 1; not read itself, but as optax, which cites version 4, has it.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2, beta3=beta3)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(share_kept=share_kept)

    def init(w: Weights) -> AdanState:
        zeros = _checks.float_zeros_like(w, "adan")
        return AdanState(0, zeros, zeros, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AdanState) -> Step:
        t = state.t + 1
        share = _checks.in_kind_of(w, beta2) if share_kept else complement(beta2, w)
        e, e_r = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, eps_root)
        d = dw - state.g if state.t else 0 * dw
        m, u = ema(beta1, state.m, dw), ema(beta2, state.u, d)
        v = ema(beta3, state.v, (dw + share * d) ** 2)
        m_hat, u_hat = m / correction(beta1, t, w), u / correction(beta2, t, w)
        scale = np.sqrt(v / correction(beta3, t, w) + e_r) + e
        w = w - value_at(lr, state.t, w) * over(m_hat + share * u_hat, scale)
        return w, AdanState(t, m, u, v, dw)

    return Optimizer(init, update)
