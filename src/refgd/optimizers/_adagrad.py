r"""Adagrad: each weight's rate falls with the gradients that it has seen."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdagradState(NamedTuple):
    """The number of steps taken, and the sum of the squared gradients."""

    t: int
    v: Weights


@rule
def adagrad(
    lr: Number | Schedule,
    *,
    eps: Number = 0.0,
    eps_inside: bool = False,
    initial_accumulator: Number = 0.0,
) -> Optimizer:
    r"""Step by the gradient over the root of the sum of all squares so far.

    **Definition**
    $$v_t = v_{t-1} + g_t^2, \qquad
      w_t = w_{t-1} - \eta_{t-1} \frac{g_t}{\sqrt{v_t} + \epsilon}$$

    The default is the paper's, with v_0 = 0 and ε = 0; its δ stands outside the root.

    - eps_inside: g_t / √(v_t + ε).
    - initial_accumulator: v_0.

    The frameworks: torch has ε = 1e-10 outside and v_0 = 0; optax and Keras have
    ε = 1e-7 inside and v_0 = 0.1, which differs by half after 30 steps.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0. The
    square of every gradient must be a normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, a number or a function of t.
        eps: The ε under the bar; the paper's δ.
        eps_inside: Whether ε stands inside the root.
        initial_accumulator: The v before the first step.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is negative, NaN or inf.

    Example:
        >>> from refgd.optimizers import adagrad
        >>> optimizer = adagrad(1.0)
        >>> w, state = optimizer.update(0.0, 3.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, 4.0, state)
        >>> float(w), float(state.v)  # 3/√9 + 4/√25
        (-1.8, 25.0)

    References:
        J. Duchi, E. Hazan, Y. Singer, JMLR 12 (2011) 2121, figure 1, the diagonal case
        with H_t = δ I + diag(√v_t). The paper could not be read for this docstring.
    """
    _checks.rate(lr)
    _checks.none_negative(eps=eps, initial_accumulator=initial_accumulator)
    _checks.flags(eps_inside=eps_inside)

    def init(w: Weights) -> AdagradState:
        zeros = _checks.float_zeros_like(w, "adagrad")
        return AdagradState(0, zeros + _checks.in_kind_of(zeros, initial_accumulator))

    def update(w: Weights, dw: Weights, state: AdagradState) -> Step:
        e = _checks.in_kind_of(w, eps)
        v = state.v + dw * dw
        scale = np.sqrt(v + e) if eps_inside else np.sqrt(v) + e
        w = w - value_at(lr, state.t, w) * over(dw, scale)
        return w, AdagradState(state.t + 1, v)

    return Optimizer(init, update)
