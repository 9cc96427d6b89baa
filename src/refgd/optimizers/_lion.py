r"""Lion: only the sign of a momentum."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import ema
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class LionState(NamedTuple):
    """The number of steps taken, and the momentum."""

    t: int
    m: Weights


@rule
def lion(
    lr: Number | Schedule = 1e-4, *, beta1: Number = 0.9, beta2: Number = 0.99
) -> Optimizer:
    r"""Step by lr in each weight, against the sign of the momentum.

    **Definition**
    $$c_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
      w_t = w_{t-1} - \eta_{t-1} \operatorname{sign} c_t, \qquad
      m_t = \beta_2 m_{t-1} + (1 - \beta_2) g_t$$

    The default is the authors'. sign 0 = 0: a weight without a gradient rests. The
    paper's decay, η (sign c + λ w), is `weight_decay` of kind "lr".

    The frameworks: optax and Keras have this rule and these β, but not this lr: optax
    has no default for it, Keras 1e-3. optax adds a decay of 1e-3 unless told otherwise;
    torch has no Lion.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of the momentum in the direction, in [0, 1).
        beta2: The share β₂ of the momentum that is kept, in [0, 1).

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
        >>> from refgd.optimizers import lion
        >>> optimizer = lion(0.5)
        >>> w, state = optimizer.update(0.0, -30.0, optimizer.init(0.0))
        >>> float(w)
        0.5

    References:
        X. Chen et al., Symbolic Discovery of Optimization Algorithms (NeurIPS 2023),
        arXiv:2302.06675; read as the authors' code, google/automl,
        lion/lion_pytorch.py, with these defaults.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)

    def init(w: Weights) -> LionState:
        return LionState(0, _checks.zeros_like(w))

    def update(w: Weights, dw: Weights, state: LionState) -> Step:
        c = ema(beta1, state.m, dw)
        w = w - value_at(lr, state.t, w) * np.sign(c)
        return w, LionState(state.t + 1, ema(beta2, state.m, dw))

    return Optimizer(init, update)
