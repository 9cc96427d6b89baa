r"""NovoGrad: momentum of gradients that are divided by their own length, averaged."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class NovoGradState(NamedTuple):
    """The steps taken, the sum of scaled gradients, and the average of ‖g‖²."""

    t: int
    m: Weights
    v: Scalar


@rule
def novograd(
    lr: Number | Schedule,
    *,
    beta1: Number = 0.95,
    beta2: Number = 0.98,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    lambd: Number = 0.0,
) -> Optimizer:
    r"""Step by a velocity of gradients over the root of their average squared length.

    **Definition**, with v_1 = ‖g_1‖²
    $$v_t = \beta_2 v_{t-1} + (1 - \beta_2) \|g_t\|^2, \quad
      m_t = \beta_1 m_{t-1} + \frac{g_t}{\sqrt{v_t + \epsilon_r} + \epsilon}
        + \lambda w_{t-1}, \quad
      w_t = w_{t-1} - \eta_{t-1} m_t$$

    The norm is Euclid's, over the whole array: one array is one layer, and v one
    number. m is a sum, not an average: nothing is corrected for its start at 0.

    The frameworks: optax has this rule, with β₁ = 0.9, β₂ = 0.25 and ε = 1e-6.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of m that is kept, in [0, 1).
        beta2: The share β₂ of v that is kept, in [0, 1).
        eps: The ε under the bar, outside the root.
        eps_root: The ε_r inside the root.
        lambd: The decay λ, which enters m.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import novograd
        >>> optimizer, w = novograd(0.5, eps=0), np.array([1.0, 1.0])
        >>> w, state = optimizer.update(w, np.array([3.0, 4.0]), optimizer.init(w))
        >>> w  # 1 − ½·3/5 and 1 − ½·4/5
        array([0.7, 0.6])

    References:
        B. Ginsburg et al., Stochastic Gradient Methods with Layer-wise Adaptive Moments
        for Training of Deep Networks, arXiv:1905.11286, algorithm 1; not read itself,
        but as optax has it.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root, lambd=lambd)

    def init(w: Weights) -> NovoGradState:
        zeros = _checks.float_zeros_like(w, "novograd")
        return NovoGradState(0, zeros, np.sum(zeros))

    def update(w: Weights, dw: Weights, state: NovoGradState) -> Step:
        kept, decay, e, e_r = (
            _checks.in_kind_of(w, number) for number in (beta1, lambd, eps, eps_root)
        )
        square = np.sum(dw * dw)
        v = ema(beta2, state.v, square) if state.t else square
        m = kept * state.m + over(dw, np.sqrt(v + e_r) + e) + decay * w
        return w - value_at(lr, state.t, w) * m, NovoGradState(state.t + 1, m, v)

    return Optimizer(init, update)
