r"""LARS: momentum, each layer with a rate that goes by the length of its weights."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import norm
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class LarsState(NamedTuple):
    """The number of steps taken, and the velocity, which points uphill."""

    t: int
    v: Weights


@rule
def lars(
    lr: Number | Schedule,
    *,
    trust: Number = 0.001,
    beta: Number = 0.9,
    lambd: Number = 0.0,
    eps: Number = 0.0,
    nesterov: bool = False,
) -> Optimizer:
    r"""Step with a velocity of gradients, each as long as the weights, times trust.

    **Definition**
    $$r_t = \frac{\|w_t\|}{\|g_t\| + \lambda \|w_t\| + \epsilon}, \quad
      v_{t+1} = \beta v_t + \eta_t\, \tau\, r_t (g_t + \lambda w_t), \quad
      w_{t+1} = w_t - v_{t+1}$$

    The norms are Euclid's, over the whole array: one array is one layer. Where ‖w‖ or
    the norm of g + λ w is 0, τ r counts as 1.

    - nesterov: w_{t+1} = w_t − (β v_{t+1} + η_t τ r_t (g_t + λ w_t)), as in `momentum`.

    The frameworks: optax has the norm of the sum, ‖g + λ w‖, under the bar, in place of
    the sum of the norms. That is λ = 0 here with a coupled `weight_decay` around it.

    Args:
        lr: The learning rate η, a number or a function of t.
        trust: The share τ of the length of w that a step may have at lr = 1.
        beta: The share β of the velocity that is kept, in [0, 1).
        lambd: The decay λ.
        eps: The ε under the bar.
        nesterov: Whether the step looks ahead.

    Returns:
        The optimizer. Its norms are roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import lars
        >>> optimizer, w = lars(0.5, trust=1), np.array([3.0, 4.0])
        >>> w, state = optimizer.update(w, np.array([0.0, -10.0]), optimizer.init(w))
        >>> w  # ‖w‖ / ‖g‖ is 5 / 10
        array([3. , 6.5])

    References:
        Y. You, I. Gitman, B. Ginsburg, Large Batch Training of Convolutional Networks,
        arXiv:1708.03888, algorithm 1, with η as its γ and τ as its η; not read itself.
        optax's docstring cites it.
    """
    _checks.rate(lr)
    _checks.below_one(beta=beta)
    _checks.none_negative(trust=trust, lambd=lambd, eps=eps)
    _checks.flags(nesterov=nesterov)

    def init(w: Weights) -> LarsState:
        return LarsState(0, _checks.float_zeros_like(w, "lars"))

    def update(w: Weights, dw: Weights, state: LarsState) -> Step:
        mu, tau, decay, e = (
            _checks.in_kind_of(w, number) for number in (beta, trust, lambd, eps)
        )
        g = dw + decay * w
        long, short = norm(w), norm(dw)
        moves = long > 0 and np.any(g != 0)
        ratio = tau * long / (short + decay * long + e) if moves else 1
        step = value_at(lr, state.t, w) * ratio * g
        v = mu * state.v + step
        down = mu * v + step if nesterov else v
        return w - down, LarsState(state.t + 1, v)

    return Optimizer(init, update)
