r"""AdaMax: Adam with the largest gradient of the recent past below the bar."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdamaxState(NamedTuple):
    """The steps taken, the average of g, and the decaying maximum of |g|."""

    t: int
    m: Weights
    u: Weights


@rule
def adamax(
    lr: Number | Schedule = 2e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 0.0,
    eps_inside: bool = False,
) -> Optimizer:
    r"""Step by the average gradient over the largest recent one.

    **Definition**, t = 1, 2 …
    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
      u_t = \max(\beta_2 u_{t-1}, |g_t|), \qquad
      w_t = w_{t-1} - \frac{\eta_{t-1}}{1 - \beta_1^t} \frac{m_t}{u_t}$$

    The default is the paper's, without ε.

    - eps: m_t / (u_t + ε).
    - eps_inside: inside the maximum, u_t = max(β₂ u_{t−1}, |g_t| + ε).

    The frameworks: torch and optax have ε = 1e-8 inside; Keras has ε = 1e-7 after.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of the average gradient that is kept, in [0, 1).
        beta2: The share β₂ of the maximum that is kept, in [0, 1).
        eps: The ε under the bar.
        eps_inside: Whether ε stands inside the maximum.

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import adamax
        >>> optimizer = adamax(1.0, beta1=0.5, beta2=0.75)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, 0.0, state)
        >>> round(float(w), 4), float(state.u)  # −1 − (½/¾)/1.5
        (-1.4444, 1.5)

    References:
        D. P. Kingma, J. Ba, Adam (ICLR 2015), arXiv:1412.6980, algorithm 2 (section
        7.1). Summaries quote it with η = 0.002, β₁ = 0.9, β₂ = 0.999; not read itself.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps)
    _checks.flags(eps_inside=eps_inside)

    def init(w: Weights) -> AdamaxState:
        zeros = _checks.zeros_like(w)
        return AdamaxState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AdamaxState) -> Step:
        t = state.t + 1
        e, b2 = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, beta2)
        within, after = (e, 0 * e) if eps_inside else (0 * e, e)
        m = ema(beta1, state.m, dw)
        u = np.maximum(b2 * state.u, np.abs(dw) + within)
        down = over(m / correction(beta1, t, w), u + after)
        return w - value_at(lr, state.t, w) * down, AdamaxState(t, m, u)

    return Optimizer(init, update)
