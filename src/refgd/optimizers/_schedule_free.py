r"""Schedule-free descent: an average of the weights in place of a falling rate."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class ScheduleFreeState(NamedTuple):
    """The steps taken, z, the average x, the average of g², the largest lr, Σ of c."""

    t: int
    z: Weights
    x: Weights
    v: Weights
    top: Scalar
    total: Scalar


@rule
def schedule_free(
    lr: Number | Schedule,
    *,
    beta1: Number = 0.9,
    beta2: Number | None = None,
    eps: Number = 1e-8,
    lambd: Number = 0.0,
    power: Number = 2,
    lr_ahead: bool = False,
) -> Optimizer:
    r"""Step z by gradients that are taken between it and its average x.

    **Definition**, with c_t the share of the newest, by the largest rate so far
    $$\begin{aligned}
      z_t &= z_{t-1} - \eta_{t-1} (d_t + \lambda w_{t-1}), &
      d_t &= g_t \text{ or } \frac{g_t}{\sqrt{\hat v_t} + \epsilon} \\
      x_t &= (1 - c_t) x_{t-1} + c_t z_t, &
      c_t &= \frac{\gamma_t^p}{\sum_{i \le t} \gamma_i^p}, \quad
      \gamma_t = \max_{i < t} \eta_i \\
      w_t &= \beta_1 x_t + (1 - \beta_1) z_t
    \end{aligned}$$

    z_0 = x_0 = w_0, and v̂ is that of `adam`. **w is the point where the gradient is
    taken, and not the result**: that is the average x, which stands in the state. x is
    found again from w in each step, so that what changes w from outside changes it.

    - beta2=None: d is the gradient; with a β₂ it is AdamW's direction without momentum.
    - lr_ahead: γ_t goes by η_t, the rate of the next step.

    The frameworks: optax's contrib.schedule_free_sgd and schedule_free_adamw have
    lr_ahead, as the weight counts its schedule from 1 and the step from 0; a rate that
    never rises makes no difference. Keras's ScheduleFreeAdamW has p = 0, c_t = 1/t,
    and its weight_decay shrinks w itself before the step, times lr: through w it
    shrinks x, and z not at all.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of the average in w, in (0, 1).
        beta2: The share β₂ of the average square that is kept, in [0, 1); or None.
        eps: The ε under the bar.
        lambd: The decay λ, of w in the step of z, times lr.
        power: The power p of the rate by which a point counts.
        lr_ahead: Whether a point counts by the rate of the next step.

    Returns:
        The optimizer. Its weights have powers, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import schedule_free
        >>> optimizer = schedule_free(1.0, beta1=0.5)
        >>> w, state = optimizer.update(0.0, 4.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, -2.0, state)
        >>> float(state.z), float(state.x), float(w)  # −4 + 2, the mean of −4 and −2
        (-2.0, -3.0, -2.5)

    References:
        A. Defazio et al., The Road Less Scheduled (NeurIPS 2024), arXiv:2405.15682,
        algorithm 1; not read itself, but as optax 0.2.8 and Keras 3.15 have it.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2 or 0)
    _checks.above_zero("beta1", beta1)
    _checks.none_negative(eps=eps, lambd=lambd, power=power)
    _checks.flags(lr_ahead=lr_ahead)

    def init(w: Weights) -> ScheduleFreeState:
        zeros = _checks.float_zeros_like(w, "schedule_free")
        zero = _checks.in_kind_of(zeros, 0)
        return ScheduleFreeState(0, zeros + w, zeros + w, zeros, zero, zero)

    def update(w: Weights, dw: Weights, state: ScheduleFreeState) -> Step:
        t, share = state.t + 1, _checks.in_kind_of(w, beta1)
        eta, e = value_at(lr, state.t, w), _checks.in_kind_of(w, eps)
        v, d = state.v, dw
        if beta2 is not None:
            v = ema(beta2, state.v, dw * dw)
            d = over(dw, np.sqrt(v / correction(beta2, t, w)) + e)
        z = state.z - eta * (d + _checks.in_kind_of(w, lambd) * w)
        top = np.maximum(state.top, value_at(lr, t, w) if lr_ahead else eta)
        weight = top ** _checks.in_kind_of(w, power)
        total = state.total + weight
        c = over(weight, total)
        moved = w - _between(state.x, state.z, share)  # from outside
        x = state.x + moved / share
        x = x + c * (z - x)
        return _between(x, z, share), ScheduleFreeState(t, z, x, v, top, total)

    return Optimizer(init, update)


def _between(x: Weights, z: Weights, share: Scalar) -> Weights:
    """Return β x + (1 − β) z, which is z itself where x is."""
    return z + share * (x - z)
