r"""RAdam: Adam that waits until its second moment can be trusted."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._adam import direction
from refgd.optimizers._arithmetic import correction, ema, wide
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class RAdamState(NamedTuple):
    """The steps taken, and the averages of g and of g²."""

    t: int
    m: Weights
    v: Weights


@rule
def radam(
    lr: Number | Schedule = 1e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 0.0,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
    threshold: Number = 4,
) -> Optimizer:
    r"""Step like Adam, scaled down while the average square rests on few gradients.

    **Definition**, t = 1, 2 …, with m_t, v_t and their corrections as in `adam`
    $$\rho_\infty = \frac{2}{1 - \beta_2} - 1, \qquad
      \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \qquad
      r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2) \rho_\infty}
                      {(\rho_\infty - 4)(\rho_\infty - 2) \rho_t}},$$
    $$w_t = w_{t-1} - \eta_{t-1} \begin{cases}
        r_t\, \hat m_t / \sqrt{\hat v_t} & \rho_t > 4 \\ \hat m_t & \text{else}
      \end{cases}$$

    The default is the paper's algorithm 2, without ε. ρ_t is the length of the average
    square, about t at first; with β₂ = 0.999 the fifth step is the first that divides.

    - threshold: the 4; not less, as r_t would be the root of a negative number.
    - eps, eps_root: √(v̂_t + ε_root) + ε.
    - eps_hat: both ε before the correction, as in `adam`.

    The frameworks: torch (with eps_hat) and optax have threshold = 5, as the authors'
    code, and ε = 1e-8; Keras has no RAdam.

    ρ_t is a difference of numbers of the size of ρ∞, so that r_t has lost some
    ρ∞ / (ρ_t − 4) units in the last place just beyond the threshold.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0. The
    square of every gradient must be a normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of the average gradient that is kept, in [0, 1).
        beta2: The share β₂ of the average square that is kept, in [0, 1).
        eps: The ε under the bar.
        eps_root: The ε inside the root.
        eps_hat: Whether the ε come before the correction.
        threshold: The ρ_t beyond which the step divides by √v̂, 4 or more.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import radam
        >>> optimizer = radam(0.5)
        >>> w, state = optimizer.update(0.0, -30.0, optimizer.init(0.0))
        >>> round(float(w), 12)  # too early to divide: lr·g
        15.0

    References:
        L. Liu et al., On the Variance of the Adaptive Learning Rate and Beyond (ICLR
        2020), arXiv:1908.03265, algorithm 2, as quoted by Papers with Code; the 4 and
        the code's 5 are compared in CyberZHG/keras-radam#24. Not read itself.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(eps_hat=eps_hat)
    _checks.at_least("threshold", threshold, 4)

    def init(w: Weights) -> RAdamState:
        zeros = _checks.float_zeros_like(w, "radam")
        return RAdamState(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: RAdamState) -> Step:
        t = state.t + 1
        c1, c2 = correction(beta1, t, w), correction(beta2, t, w)
        m = ema(beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        r = rectification(beta2, t, w, threshold)
        if r is None:
            down = m / c1
        else:
            down = r * direction(
                m, v, c1, c2, eps=eps, eps_root=eps_root, eps_hat=eps_hat
            )
        return w - value_at(lr, state.t, w) * down, RAdamState(t, m, v)

    return Optimizer(init, update)


def rectification(
    beta2: Number, t: int, w: Weights, threshold: Number
) -> Scalar | None:
    r"""Return r_t, or None while ρ_t, the average's length, is within the threshold."""
    b = wide(beta2, w)
    longest = 2 / (1 - b) - 1
    length = longest - 2 * t * b**t / correction(beta2, t, b)
    if not length > wide(threshold, w):
        return None
    r = np.sqrt(
        ((length - 4) * (length - 2) * longest)
        / ((longest - 4) * (longest - 2) * length)
    )
    return _checks.in_kind_of(w, r)
