r"""AMSGrad: Adam whose second moment never falls."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._adam import direction
from refgd.optimizers._arithmetic import correction, ema
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at

CORRECTIONS = ("none", "before_max", "after_max")


class AMSGradState(NamedTuple):
    """The steps taken, the averages of g and g², and the largest of the latter."""

    t: int
    m: Weights
    v: Weights
    v_max: Weights


@rule
def amsgrad(
    lr: Number | Schedule,
    *,
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 0.0,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
    correct_m: bool = False,
    correct_v: str = "none",
) -> Optimizer:
    r"""Step by the average gradient over the root of the largest average square.

    **Definition**
    $$m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
      v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2,$$
    $$\hat v_t = \max(\hat v_{t-1}, v_t), \qquad
      w_t = w_{t-1} - \eta_{t-1} \frac{m_t}{\sqrt{\hat v_t}}$$

    The default is the paper's algorithm 2: the largest of the raw v, no ε, and no
    correction for the start at 0. Its η_t = α/√t is schedules.inverse_scaling(α,
    power=1/2), and it lets β₁ fall with t, which is left out here.

    - correct_m: m_t / (1 − β₁ᵗ) above the bar.
    - correct_v="after_max": v̂_t / (1 − β₂ᵗ) under the root, the maximum being raw;
      "before_max": the maximum is of v_t / (1 − β₂ᵗ).
    - eps, eps_root: √(· + ε_root) + ε.
    - eps_hat: for "after_max", both ε before the correction, as in `adam`.

    The frameworks, all with correct_m: torch's Adam(amsgrad=True) has "after_max";
    Keras's has it with eps_hat; optax's amsgrad has "before_max", which differs by 40 %
    after 30 steps.

    Where ε = 0 a weight that has had no gradient yet rests: 0 / 0 counts as 0. The
    square of every gradient must be a normal number: see `refgd.optimizers`.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta1: The share β₁ of the average gradient that is kept, in [0, 1).
        beta2: The share β₂ of the average square that is kept, in [0, 1).
        eps: The ε under the bar.
        eps_root: The ε inside the root.
        eps_hat: Whether the ε come before the correction.
        correct_m: Whether m is corrected for its start at 0.
        correct_v: Whether v is, and when: "none", "before_max" or "after_max".

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range, or eps_hat is given without "after_max".

    Example:
        >>> from refgd.optimizers import amsgrad
        >>> optimizer = amsgrad(1.0, beta1=0.5, beta2=0.75)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, 0.0, state)
        >>> float(w), float(state.v), float(state.v_max)  # −1/√1 − ½/√1
        (-1.5, 0.75, 1.0)

    References:
        S. J. Reddi, S. Kale, S. Kumar, On the Convergence of Adam and Beyond (ICLR
        2018), arXiv:1904.09237, algorithm 2. Not read itself; that it corrects nothing
        is said in online-ml/river#185, the frameworks' ways in pytorch/pytorch#142323
        and google-deepmind/optax#1389.
    """
    _checks.rate(lr)
    _checks.below_one(beta1=beta1, beta2=beta2)
    _checks.none_negative(eps=eps, eps_root=eps_root)
    _checks.flags(eps_hat=eps_hat, correct_m=correct_m)
    _checks.choice("correct_v", correct_v, CORRECTIONS)
    if eps_hat and correct_v != "after_max":
        msg = f"eps_hat needs correct_v='after_max', got {correct_v!r}"
        raise ValueError(msg)

    def init(w: Weights) -> AMSGradState:
        zeros = _checks.float_zeros_like(w, "amsgrad")
        return AMSGradState(0, zeros, zeros, zeros)

    def update(w: Weights, dw: Weights, state: AMSGradState) -> Step:
        t, one = state.t + 1, _checks.in_kind_of(w, 1)
        c1 = correction(beta1, t, w) if correct_m else one
        c2 = correction(beta2, t, w)
        m = ema(beta1, state.m, dw)
        v = ema(beta2, state.v, dw * dw)
        v_max = np.maximum(state.v_max, v / c2 if correct_v == "before_max" else v)
        after = c2 if correct_v == "after_max" else one
        down = direction(
            m, v_max, c1, after, eps=eps, eps_root=eps_root, eps_hat=eps_hat
        )
        return w - value_at(lr, state.t, w) * down, AMSGradState(t, m, v, v_max)

    return Optimizer(init, update)
