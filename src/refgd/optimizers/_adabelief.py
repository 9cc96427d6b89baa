r"""AdaBelief: divide by how far the gradient is from its average."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import complement, correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdaBeliefState(NamedTuple):
    """The steps taken, the average of g and that of (g − m)²."""

    t: int
    m: Weights
    s: Weights


@rule
def adabelief(
    lr: Number | Schedule = 1e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    eps_root: Number = 1e-8,
    nesterov: bool = False,
) -> Optimizer:
    r"""Step by the average gradient over the root of its average squared error.

    **Definition**
    $$\begin{aligned}
      m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
      s_t &= \beta_2 s_{t-1} + (1 - \beta_2) (g_t - m_t)^2 + \epsilon_r \\
      w_t &= w_{t-1} - \eta_{t-1}
        \frac{m_t / (1 - \beta_1^t)}{\sqrt{s_t / (1 - \beta_2^t)} + \epsilon}
    \end{aligned}$$

    ε_r is added in every step and stays in s: its sum tends to ε_r / (1 − β₂). The
    paper has one ε for both.

    - nesterov: β₁ m_t / (1 − β₁^{t+1}) + (1 − β₁) g_t / (1 − β₁^t) above the bar.

    The frameworks: optax has this rule, both ε 1e-16, and nesterov.

    Where gradients never change and β₁ = 0, s is made of ε_r alone.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of m that is kept, in [0, 1).
        beta2: The share β₂ of s that is kept, in [0, 1).
        eps: The ε under the bar, outside the root.
        eps_root: The ε_r that is added to s.
        nesterov: Whether the step looks ahead.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import adabelief
        >>> optimizer = adabelief(1.0, beta1=0.5, eps=0, eps_root=0)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> round(float(w), 12)  # m̂ = 2, and g − m = 1
        -2.0

    References:
        J. Zhuang et al., AdaBelief Optimizer (NeurIPS 2020), arXiv:2010.07468,
        algorithm 2; not read itself, but as optax has it.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(nesterov=nesterov)

    def init(w: Weights) -> AdaBeliefState:
        zeros = _checks.float_zeros_like(w, "adabelief")
        return AdaBeliefState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AdaBeliefState) -> Step:
        t, e = state.t + 1, _checks.in_kind_of(w, eps)
        m = ema(beta1, state.m, dw)
        s = ema(beta2, state.s, (dw - m) ** 2) + _checks.in_kind_of(w, eps_root)
        c1, c2 = correction(beta1, t, w), correction(beta2, t, w)
        m_hat = m / c1
        if nesterov:
            ahead = _checks.in_kind_of(w, beta1) * m / correction(beta1, t + 1, w)
            m_hat = ahead + complement(beta1, w) * dw / c1
        w = w - value_at(lr, state.t, w) * over(m_hat, np.sqrt(s / c2) + e)
        return w, AdaBeliefState(t, m, s)

    return Optimizer(init, update)
