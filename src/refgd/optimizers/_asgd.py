r"""ASGD: descent with a rate that falls, and the average of its weights beside it."""

from typing import NamedTuple

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class ASGDState(NamedTuple):
    """The steps taken, the average of the weights, and the lr of the last step."""

    t: int
    average: Weights
    lr: Scalar


@rule
def asgd(
    lr: Number | Schedule,
    *,
    lambd: Number = 1e-4,
    power: Number = 0.75,
    t0: Number = 1e6,
    lr_lag: bool = False,
) -> Optimizer:
    r"""Step with a falling rate, and average the weights from step t₀ on.

    **Definition**
    $$\alpha_t = \frac{\eta_t}{(1 + \lambda \eta_t t)^p}, \qquad
      w_{t+1} = w_t - \alpha_t (g_t + \lambda w_t), \qquad
      a_{t+1} = a_t + \frac{w_{t+1} - a_t}{\max(1, t - t_0)}$$

    with t = 0 the first step. The weights are w; the average a, which is what one
    would use in the end, is in the state. Before t₀ it is w itself.

    - lr_lag: η_{t−1} in place of η_t, where t > 0.

    The frameworks: torch has these numbers and lr_lag, since it works the next rate
    out at the end of a step; for a constant lr that is the same.

    Args:
        lr: The learning rate η, a number or a function of t.
        lambd: The decay λ, in the step and in the rate.
        power: The power p by which the rate falls.
        t0: The step t₀ after which the average begins.
        lr_lag: Whether the rate is that of the step before.

    Returns:
        The optimizer. The rate has a root, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is negative, NaN or inf.

    Example:
        >>> from refgd.optimizers import asgd
        >>> optimizer = asgd(0.5, lambd=1, power=1, t0=0)
        >>> w, state = optimizer.update(4.0, 2.0, optimizer.init(4.0))
        >>> w, state = optimizer.update(w, 0.0, state)  # the rate is ½ / (1 + ½)
        >>> round(float(w), 12)  # 4 − ½(2 + 4) = 1, and 1 − ⅓
        0.666666666667

    References:
        L. Bottou, Stochastic Gradient Descent Tricks (2012), section 5.3, after
        B. Polyak, A. Juditsky (1992); not read itself. torch/optim/asgd.py, read, has
        these numbers.
    """
    _checks.rate(lr)
    _checks.none_negative(lambd=lambd, power=power, t0=t0)
    _checks.flags(lr_lag=lr_lag)

    def init(w: Weights) -> ASGDState:
        zeros = _checks.float_zeros_like(w, "asgd")
        return ASGDState(0, zeros + w, _checks.in_kind_of(zeros, 0))

    def update(w: Weights, dw: Weights, state: ASGDState) -> Step:
        t, decay = state.t, _checks.in_kind_of(w, lambd)
        now = value_at(lr, t, w)
        eta = state.lr if lr_lag and t else now
        p = _checks.in_kind_of(w, power)
        alpha = eta / (1 + decay * eta * _checks.in_kind_of(w, t)) ** p
        w = w - alpha * (dw + decay * w)
        share = _checks.in_kind_of(w, 1 / max(1, t - t0))
        average = state.average + (w - state.average) * share
        return w, ASGDState(t + 1, average, now)

    return Optimizer(init, update)
