r"""NAdam: Adam with Nesterov momentum."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import correction, ema, over, wide
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at


class NAdamState(NamedTuple):
    """The steps taken, the averages of g and g², and the product of all μ so far."""

    t: int
    m: Weights
    v: Weights
    mu_product: Scalar


def nadam(  # noqa: PLR0913 - one flag for each point where published rules differ
    lr: Number | Schedule = 2e-3,
    *,
    beta1: Number = 0.99,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    psi: Number | None = 0.004,
    decay_by_mu: bool = True,
    beta2_factor: bool = True,
) -> Optimizer:
    r"""Step by the average gradient as it will be, over the root of the squares'."""
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root, psi=psi or 0)
    _checks.flags(decay_by_mu=decay_by_mu, beta2_factor=beta2_factor)

    def init(w: Weights) -> NAdamState:
        _checks.not_exact("nadam", w)
        zeros = _checks.zeros_like(w)
        return NAdamState(0, zeros, zeros, wide(1, w))

    def momentum_at(t: int, w: Weights) -> Scalar:
        """Return μ_t: β₁ (1 − ½ 0.96^(ψ t)), or β₁ where there is no ψ."""
        share = 1 if psi is None else 1 - 0.5 * wide(0.96, w) ** (t * wide(psi, w))
        return wide(beta1, w) * share

    def update(
        w: Weights, dw: Weights, state: NAdamState
    ) -> tuple[Weights, NAdamState]:
        t = state.t + 1
        e, root = _checks.in_kind_of(w, eps), _checks.in_kind_of(w, eps_root)
        mu, mu_next = momentum_at(t, w), momentum_at(t + 1, w)
        product = state.mu_product * mu
        m = ema(mu if decay_by_mu else beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        m_hat = (
            _checks.in_kind_of(w, mu_next / (1 - product * mu_next)) * m
            + _checks.in_kind_of(w, (1 - mu) / (1 - product)) * dw
        )
        v_hat = v / correction(beta2, t, w)
        if beta2_factor:
            v_hat = _checks.in_kind_of(w, beta2) * v_hat
        w = w - value_at(lr, state.t, w) * over(m_hat, np.sqrt(v_hat + root) + e)
        return w, NAdamState(t, m, v, product)

    return Optimizer(init, update)
