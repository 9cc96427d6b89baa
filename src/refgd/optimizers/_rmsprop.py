r"""RMSprop: divide the gradient by a running average of its recent magnitude."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class RMSpropState(NamedTuple):
    """The steps taken, the averages of g and of g², and the velocity."""

    t: int
    m: Weights
    v: Weights
    u: Weights


@rule
def rmsprop(
    lr: Number | Schedule,
    *,
    rho: Number = 0.9,
    eps: Number = 0.0,
    eps_inside: bool = True,
    centered: bool = False,
    beta: Number = 0.0,
    nesterov: bool = False,
    lr_inside: bool = True,
    bias_correction: bool = False,
    initial_accumulator: Number = 0.0,
) -> Optimizer:
    r"""Step by the gradient over the root of the average of its squares.

    **Definition**
    $$v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \qquad
      w_t = w_{t-1} - \eta_{t-1} \frac{g_t}{\sqrt{v_t}}$$

    The default is the slides' rule, ρ = 0.9, which has no ε and no momentum. Those, and
    the centering, are Graves's, and stand where he has them:

    $$m_t = \rho m_{t-1} + (1 - \rho) g_t, \quad
      u_t = \beta u_{t-1} + \eta_{t-1} \frac{g_t}{\sqrt{v_t - m_t^2 + \epsilon}}, \quad
      w_t = w_{t-1} - u_t$$

    that is rmsprop(1e-4, rho=0.95, eps=1e-4, centered=True, beta=0.9).

    - eps_inside=False: √· + ε.
    - centered: m² is taken from v; the difference is below 0 by rounding alone, and 0
      then. Gradients that hardly change leave few of its digits.
    - lr_inside=False: u sums without η, and the step is η u.
    - nesterov: the step is β u_t + η g/√·, as in `momentum`.
    - bias_correction: v / (1 − ρᵗ), and m in the same way, in place of v and m.
    - initial_accumulator: v_0.

    The frameworks: torch has ε = 1e-8 outside the root and lr_inside=False; optax and
    Keras have ε inside and lr inside. nesterov, bias_correction and v_0 are optax's.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0. The
    square of every gradient must be a normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, a number or a function of t.
        rho: The share ρ of the averages that is kept, in [0, 1).
        eps: The ε under the bar.
        eps_inside: Whether ε stands inside the root.
        centered: Whether to divide by the deviation in place of the mean square.
        beta: The share β of the velocity that is kept, in [0, 1).
        nesterov: Whether the step looks ahead.
        lr_inside: Whether the velocity sums with η.
        bias_correction: Whether the averages are corrected for their start at 0.
        initial_accumulator: The v before the first step.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import rmsprop
        >>> optimizer = rmsprop(0.5, rho=0.75)
        >>> w, state = optimizer.update(0.0, 4.0, optimizer.init(0.0))
        >>> float(w), float(state.v)  # v = ¼·16
        (-1.0, 4.0)

    References:
        G. Hinton, Neural Networks for Machine Learning (2012), lecture 6e: "MeanSquare
        = 0.9 MeanSquare + 0.1 g²", then divide by its root. A. Graves, Generating
        Sequences With Recurrent Neural Networks, arXiv:1308.0850, page 23, as quoted
        with these values in Chainer's RMSpropGraves. Neither could be read itself.
    """
    _checks.rate(lr)
    _checks.below_one(rho=rho, beta=beta)
    _checks.none_negative(eps=eps, initial_accumulator=initial_accumulator)
    _checks.flags(eps_inside=eps_inside, centered=centered, nesterov=nesterov)
    _checks.flags(lr_inside=lr_inside, bias_correction=bias_correction)

    def init(w: Weights) -> RMSpropState:
        zeros = _checks.float_zeros_like(w, "rmsprop")
        v = zeros + _checks.in_kind_of(zeros, initial_accumulator)
        return RMSpropState(0, zeros, v, zeros)

    def update(w: Weights, dw: Weights, state: RMSpropState) -> Step:
        t, one = state.t + 1, _checks.in_kind_of(w, 1)
        mu, e = _checks.in_kind_of(w, beta), _checks.in_kind_of(w, eps)
        eta = value_at(lr, state.t, w)
        inside, outside = (eta, one) if lr_inside else (one, eta)
        m, v = ema(rho, state.m, dw), ema(rho, state.v, dw * dw)
        c = correction(rho, t, w) if bias_correction else one
        mean = spread(m / c, v / c) if centered else v / c
        g = over(dw, np.sqrt(mean + e) if eps_inside else np.sqrt(mean) + e)
        u = mu * state.u + inside * g
        down = mu * u + inside * g if nesterov else u
        return w - outside * down, RMSpropState(t, m, v, u)

    return Optimizer(init, update)


def spread(m: Weights, v: Weights) -> Weights:
    """Return the variance v − m², which only rounding takes below 0."""
    return np.maximum(v - m * m, 0)
