r"""NAdam: Adam with Nesterov momentum."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over, wide
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class NAdamState(NamedTuple):
    """The steps taken, the averages of g and g², and the product of all μ so far."""

    t: int
    m: Weights
    v: Weights
    mu_product: Scalar


@rule
def nadam(
    lr: Number | Schedule = 2e-3,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    psi: Number | None = 0.004,
    decay_by_mu: bool = True,
    beta2_factor: bool = True,
    correct_ahead: bool = True,
) -> Optimizer:
    r"""Step by the average gradient as it will be, over the root of the squares'.

    **Definition**, t = 1, 2 …
    $$\mu_t = \beta_1 (1 - \tfrac12\, 0.96^{\psi t}), \quad
      m_t = \mu_t m_{t-1} + (1 - \mu_t) g_t, \quad
      v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2,$$
    $$\hat m_t = \frac{\mu_{t+1} m_t}{1 - \prod_{i \le t+1} \mu_i}
        + \frac{(1 - \mu_t) g_t}{1 - \prod_{i \le t} \mu_i}, \qquad
      \hat v_t = \frac{\beta_2 v_t}{1 - \beta_2^t}, \qquad
      w_t = w_{t-1} - \eta_{t-1} \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}$$

    The default is the paper's algorithm 2. The β₂ (its ν) above the fraction of v̂ is
    printed there, and no code has it, not even the author's own.

    - psi: ψ = 1/250, or None for μ_t = β₁ at all times.
    - decay_by_mu=False: m_t = β₁ m_{t−1} + (1 − β₁) g_t.
    - beta2_factor=False: v̂_t = v_t / (1 − β₂ᵗ).
    - correct_ahead=False: the m that looks ahead over 1 − ∏ μ_i up to t, not t + 1.
    - eps_root: √(v̂_t + ε_root) + ε.

    Ruder's overview has psi=None, decay_by_mu=False, beta2_factor=False and
    correct_ahead=False: it has β₁ m̂_t, corrected as Adam's, where Dozat has m̂_{t+1}.

    The frameworks, all with decay_by_mu=False and beta2_factor=False: torch has
    ψ = 0.004; Keras has ψ = 1, a warm-up 250 times as fast; optax has ψ = None. They
    differ by 10 to 60 % after 30 steps.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0. The
    product of the μ is kept in float64 at least. The square of every gradient must be a
    normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The β₁ that μ_t rises to, in [0, 1).
        beta2: The share β₂ of the average square that is kept, in [0, 1).
        eps: The ε under the bar.
        eps_root: The ε inside the root.
        psi: The pace ψ of the warm-up of μ; None for none.
        decay_by_mu: Whether m decays by μ_t, or by β₁.
        beta2_factor: Whether v̂ has the paper's β₂ above the fraction.
        correct_ahead: Whether the m that looks ahead is corrected as in the next step.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> from refgd.optimizers import nadam
        >>> optimizer = nadam(1.0, beta1=0.5, beta2=0.75, psi=None, beta2_factor=False)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> round(float(w), 6)  # −(½·1/¾ + 1/½) / √4
        -1.333333

    References:
        T. Dozat, Incorporating Nesterov Momentum into Adam (ICLR 2016 workshop),
        algorithm 2. Not read itself: v̂ is quoted in tdozat/Optimization#3 and in the
        source of optax; that m decays by μ_t, η = 0.002 and β₁ = 0.9 are in his own
        tensorflow/nadam.py; 0.96 and ψ = 1/250 are those of torch and mlpack.
        S. Ruder, An overview of gradient descent optimization algorithms (2016),
        arXiv:1609.04747, section 4.9; not read itself.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root, psi=psi or 0)
    _checks.flags(decay_by_mu=decay_by_mu, beta2_factor=beta2_factor)
    _checks.flags(correct_ahead=correct_ahead)

    def init(w: Weights) -> NAdamState:
        zeros = _checks.float_zeros_like(w, "nadam")
        return NAdamState(0, zeros, zeros, wide(1, w))

    def update(w: Weights, dw: Weights, state: NAdamState) -> Step:
        t = state.t + 1
        e, root = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, eps_root)
        mu, mu_next = momentum_at(t, beta1, psi, w), momentum_at(t + 1, beta1, psi, w)
        product = state.mu_product * mu
        m = ema(mu if decay_by_mu else beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        bias = 1 - product * (mu_next if correct_ahead else 1)
        ahead = _checks.in_kind_of(w, mu_next / bias) * m
        m_hat = ahead + _checks.in_kind_of(w, (1 - mu) / (1 - product)) * dw
        factor = _checks.in_kind_of(w, beta2 if beta2_factor else 1)
        v_hat = factor * v / correction(beta2, t, w)
        w = w - value_at(lr, state.t, w) * over(m_hat, np.sqrt(v_hat + root) + e)
        return w, NAdamState(t, m, v, product)

    return Optimizer(init, update)


def momentum_at(t: int, beta1: Number, psi: Number | None, w: Weights) -> Scalar:
    r"""Return μ_t = β₁ (1 − ½ 0.96^(ψ t)), or β₁ where there is no ψ."""
    if psi is None:
        return wide(beta1, w)
    return wide(beta1, w) * (1 - 0.5 * wide(0.96, w) ** (t * wide(psi, w)))
