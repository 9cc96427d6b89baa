r"""SIGNUM: the sign of the momentum that is kept; signSGD without one."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import ema
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class SignumState(NamedTuple):
    """The number of steps taken, and the average of the gradients."""

    t: int
    m: Weights


@rule
def signum(lr: Number | Schedule, *, beta: Number = 0.9) -> Optimizer:
    r"""Step by lr in each weight, against the sign of the average gradient.

    **Definition**
    $$m_t = \beta m_{t-1} + (1 - \beta) g_t, \qquad
      w_t = w_{t-1} - \eta_{t-1} \operatorname{sign} m_t$$

    With β = 0 it is the same paper's signSGD. sign 0 = 0: a weight without a gradient
    rests. `lion` with β₁ = β₂ = β is this rule.

    The frameworks: optax has both, as signum and sign_sgd; torch and Keras neither.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta: The share β of the average that is kept, in [0, 1).

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is out of its range.

    Guarantee:
        The path is the same for gradients times any c > 0 (tight):
        tests/optimizers/test_contract.py,
        test_exact_scale_free_optimizers_take_any_scale.

    Example:
        >>> from refgd.optimizers import signum
        >>> optimizer = signum(0.5)
        >>> w, state = optimizer.update(0.0, -30.0, optimizer.init(0.0))
        >>> float(w)
        0.5

    References:
        J. Bernstein et al., signSGD: Compressed Optimisation for Non-Convex Problems
        (ICML 2018), arXiv:1802.04434, algorithms 1 and 2; not read itself, but as
        optax has it.
    """
    _checks.rate(lr)
    _checks.below_one(beta=beta)

    def init(w: Weights) -> SignumState:
        return SignumState(0, _checks.zeros_like(w))

    def update(w: Weights, dw: Weights, state: SignumState) -> Step:
        m = ema(beta, state.m, dw)
        return w - value_at(lr, state.t, w) * np.sign(m), SignumState(state.t + 1, m)

    return Optimizer(init, update)
