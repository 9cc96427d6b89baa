r"""FTRL: each weight anew from the sum of all its gradients, and 0 if that is small."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class FTRLState(NamedTuple):
    """The steps taken, the sum of the squared gradients, and that of the gradients."""

    t: int
    v: Weights
    z: Weights


@rule
def ftrl(
    lr: Number | Schedule,
    *,
    eps: Number = 0.0,
    l1: Number = 0.0,
    l2: Number = 0.0,
    l2_doubled: bool = False,
    shrinkage: Number = 0.0,
    rate_power: Number = -0.5,
    initial_accumulator: Number = 0.0,
) -> Optimizer:
    r"""Follow the regularized leader, with l1 and a rate of each weight's own.

    **Definition**, with p = −½
    $$\begin{aligned}
      v_t &= v_{t-1} + g_t^2, \qquad
      \sigma_t = \frac{v_t^{-p} - v_{t-1}^{-p}}{\eta_{t-1}}, \qquad
      z_t = z_{t-1} + g_t - \sigma_t w_{t-1} \\
      w_t &= \begin{cases} 0 & \text{if } |z_t| \le \lambda_1 \\
        \dfrac{\lambda_1 \operatorname{sign} z_t - z_t}
          {(\epsilon + v_t^{-p}) / \eta_{t-1} + \lambda_2} & \text{else} \end{cases}
    \end{aligned}$$

    The default is the paper's FTRL-Proximal, with v_0 = z_0 = 0, and ε for its β. Since
    z begins at 0, so should w. Without λ₁ and λ₂, from 0 with a constant η, it is
    `adagrad`. A weight rests at 0 until its gradients add up to more than λ₁.

    - l2_doubled: 2 λ₂, as where the penalty is λ₂ w² and not half of it.
    - shrinkage: g_t + 2 s w_{t−1} in z_t, but not in v_t.
    - rate_power: p; 0 is one rate for all weights.
    - initial_accumulator: v_0.

    The frameworks: Keras has l2_doubled and v_0 = 0.1, and each argument under a longer
    name; torch and optax have none.

    Args:
        lr: The learning rate η, the paper's α: a number or a function of t, above 0.
        eps: The ε beside the root; the paper's β.
        l1: The λ₁ up to which a weight is 0.
        l2: The λ₂ under the bar.
        l2_doubled: Whether λ₂ counts twice.
        shrinkage: The decay s through the gradient.
        rate_power: The power p of v by which the rate falls, at most 0.
        initial_accumulator: The v before the first step.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range; from update, if lr is 0.

    Example:
        >>> from refgd.optimizers import ftrl
        >>> optimizer = ftrl(1.0, l1=1)
        >>> w, state = optimizer.update(0.0, 3.0, optimizer.init(0.0))
        >>> round(float(w), 12)  # (1 − 3) / √9
        -0.666666666667

    References:
        H. B. McMahan et al., Ad Click Prediction: a View from the Trenches (KDD 2013),
        algorithm 1; not read itself, but as Keras has it, and says that it has it.
    """
    _checks.rate(lr)
    _checks.none_negative(eps=eps, l1=l1, l2=l2, shrinkage=shrinkage)
    _checks.none_negative(initial_accumulator=initial_accumulator)
    _checks.flags(l2_doubled=l2_doubled)
    if _checks.real("rate_power", rate_power) > 0:
        msg = f"rate_power must be at most 0, got {rate_power}"
        raise ValueError(msg)
    twice = 2 if l2_doubled else 1

    def init(w: Weights) -> FTRLState:
        zeros = _checks.float_zeros_like(w, "ftrl")
        return FTRLState(0, zeros + _checks.in_kind_of(w, initial_accumulator), zeros)

    def update(w: Weights, dw: Weights, state: FTRLState) -> Step:
        eta = _checks.above_zero("lr", value_at(lr, state.t, w))
        e, bound, decay, s, power = (
            _checks.in_kind_of(w, value)
            for value in (eps, l1, twice * l2, 2 * shrinkage, -rate_power)
        )
        v = state.v + dw * dw
        before, after = state.v**power, v**power
        z = state.z + dw + s * w - (after - before) / eta * w
        rest = np.maximum(-bound, np.minimum(z, bound)) - z
        return over(rest, (e + after) / eta + decay), FTRLState(state.t + 1, v, z)

    return Optimizer(init, update)
