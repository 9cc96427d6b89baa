r"""Adam: averages of the gradient and of its square, corrected for their start."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdamState(NamedTuple):
    """The steps taken, and the averages of g and of g²."""

    t: int
    m: Weights
    v: Weights


@rule
def adam(
    lr: Number | Schedule = 1e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
    bias_correction: bool = True,
) -> Optimizer:
    r"""Step by the average gradient over the root of the average square.

    **Definition**, t = 1, 2 …
    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
      v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2,$$
    $$w_t = w_{t-1} - \eta_{t-1} \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}, \qquad
      \hat m_t = \frac{m_t}{1 - \beta_1^t}, \quad
      \hat v_t = \frac{v_t}{1 - \beta_2^t}$$

    The default is the paper's algorithm 1: ε comes after the correction.

    - eps_hat: the form that the paper gives at the end of its section 2 as the more
      efficient one, with the ε (its ε̂) before the correction:
      η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m_t / (√v_t + ε).
    - bias_correction=False: m and v themselves in place of m̂ and v̂.
    - eps_root: one more ε, inside the root: √(v̂_t + ε_root), or √(v_t + ε_root).

    The frameworks: torch and optax as by default (eps_root is optax's); Keras, with
    ε = 1e-7, and scikit-learn's MLP have eps_hat. The two differ while √v is not much
    larger than ε: gradients of 1e-8 make a first step of lr/2 in torch, lr/300 in
    Keras. mlx by default corrects nothing: its first step is (1 − β₁) / √(1 − β₂) lr.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0. Without
    an ε, gradients times a power of two give the same path to the bit. The square of
    every gradient must be a normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, the paper's α: a number or a function of t.
        beta1: The share β₁ of the average gradient that is kept, in [0, 1).
        beta2: The share β₂ of the average square that is kept, in [0, 1).
        eps: The ε under the bar.
        eps_root: The ε inside the root.
        eps_hat: Whether the ε come before the correction.
        bias_correction: Whether the averages are corrected for their start at 0.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range, or eps_hat is given without the
            correction that it comes before.

    Example:
        >>> from refgd.optimizers import adam
        >>> optimizer = adam(0.25, eps=0)
        >>> w, state = optimizer.update(0.0, -30.0, optimizer.init(0.0))
        >>> round(float(w), 12), state.t  # the first step is lr, whatever the gradient
        (0.25, 1)

    References:
        D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization (ICLR 2015),
        arXiv:1412.6980, algorithm 1 and the end of section 2. Quoted in
        pytorch/pytorch#41477 and tensorflow/tensorflow#35102; not read itself.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(eps_hat=eps_hat, bias_correction=bias_correction)
    if eps_hat and not bias_correction:
        raise ValueError("eps_hat needs bias_correction=True, got False")

    def init(w: Weights) -> AdamState:
        zeros = _checks.float_zeros_like(w, "adam")
        return AdamState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AdamState) -> Step:
        t, one = state.t + 1, _checks.in_kind_of(w, 1)
        c1, c2 = (
            correction(beta, t, w) if bias_correction else one
            for beta in (beta1, beta2)
        )
        m = ema(beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        down = direction(m, v, c1, c2, eps=eps, eps_root=eps_root, eps_hat=eps_hat)
        return w - value_at(lr, state.t, w) * down, AdamState(t, m, v)

    return Optimizer(init, update)


def direction(
    m: Weights,
    v: Weights,
    c1: Scalar,
    c2: Scalar,
    *,
    eps: Number,
    eps_root: Number,
    eps_hat: bool,
) -> Weights:
    r"""Return m̂ / (√(v̂ + ε_root) + ε), with m̂ = m / c₁ and v̂ = v / c₂.

    With ε̂ the correction comes last: √c₂ / c₁ · m / (√(v + ε_root) + ε).
    """
    e, root = _checks.in_kind_of(m, eps), _checks.in_kind_of(m, eps_root)
    if eps_hat:
        return np.sqrt(c2) / c1 * over(m, np.sqrt(v + root) + e)
    return over(m / c1, np.sqrt(v / c2 + root) + e)
