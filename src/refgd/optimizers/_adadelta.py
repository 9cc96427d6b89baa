r"""Adadelta: Adagrad with a memory that fades, and no learning rate to choose."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdadeltaState(NamedTuple):
    """The steps taken, and the averages of g² and of the squared steps."""

    t: int
    v: Weights
    u: Weights


@rule
def adadelta(
    lr: Number | Schedule = 1.0, *, rho: Number = 0.95, eps: Number = 1e-6
) -> Optimizer:
    r"""Step by the gradient times the ratio of the recent steps' size to its own.

    **Definition**
    $$v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \qquad
      d_t = \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{v_t + \epsilon}}\, g_t,$$
    $$u_t = \rho u_{t-1} + (1 - \rho) d_t^2, \qquad
      w_t = w_{t-1} - \eta_{t-1} d_t$$

    The default, η = 1, ρ = 0.95, ε = 1e-6, is the paper's, which has no η. u averages
    the steps without it, in every framework too.

    The frameworks: torch has ρ = 0.9; Keras has η = 1e-3 and ε = 1e-7; optax's default
    learning rate, None, walks uphill.

    u starts at 0, so the first step is at most √(ε/(1 − ρ)), and with ε = 0 nothing
    ever moves.

    The square of every gradient must be a normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, a number or a function of t.
        rho: The share ρ of the averages that is kept, in [0, 1).
        eps: The ε inside both roots.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import adadelta
        >>> optimizer = adadelta(rho=0.25, eps=1)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> float(w), float(state.v), float(state.u)  # 2·√1/√(3 + 1)
        (-1.0, 3.0, 0.75)

    References:
        M. D. Zeiler, ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701,
        algorithm 1. Its text could not be read for this docstring; summaries quote RMS
        with ε inside the root, ρ = 0.95 and ε = 1e-6.
    """
    _checks.rate(lr)
    _checks.below_one(rho=rho)
    _checks.none_negative(eps=eps)

    def init(w: Weights) -> AdadeltaState:
        zeros = _checks.float_zeros_like(w, "adadelta")
        return AdadeltaState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AdadeltaState) -> Step:
        e = _checks.in_kind_of(w, eps)
        v = ema(rho, state.v, dw * dw)
        down = over(np.sqrt(state.u + e), np.sqrt(v + e)) * dw
        u = ema(rho, state.u, down * down)
        w = w - value_at(lr, state.t, w) * down
        return w, AdadeltaState(state.t + 1, v, u)

    return Optimizer(init, update)
