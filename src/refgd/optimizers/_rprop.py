r"""Rprop: a step size of each weight's own, by whether its gradient keeps its sign."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class RpropState(NamedTuple):
    """The steps taken, the step sizes, the last gradient and the last step."""

    t: int
    size: Weights
    g: Weights
    step: Weights


@rule
def rprop(
    lr: Number | Schedule = 0.1,
    *,
    shrink: Number = 0.5,
    grow: Number = 1.2,
    least: Number = 1e-6,
    most: Number = 50,
    backtrack: bool = True,
    lag: bool = False,
) -> Optimizer:
    r"""Step by a size that grows while the gradient keeps its sign, and else shrinks.

    **Definition**, with s_t = g_t g̃_{t−1}, and Δ_0 the learning rate η_0
    $$\Delta_t = \begin{cases}
        \min(\eta^+ \Delta_{t-1}, \Delta_{max}) & s_t > 0 \\
        \max(\eta^- \Delta_{t-1}, \Delta_{min}) & s_t < 0 \\
        \Delta_{t-1} & s_t = 0 \end{cases} \qquad
      u_t = \begin{cases} -u_{t-1} & s_t < 0 \\
        \Delta_t \operatorname{sign} g_t & \text{else} \end{cases} \qquad
      w_t = w_{t-1} - u_t$$

    and g̃_t = 0 where s_t < 0, else g_t: after a change of sign the size rests once.
    The gradients are meant to be of all data: between batches signs change by chance.

    - backtrack=False: u_t = 0 where s_t < 0. The last step is not taken back.
    - lag: the step taken is u_{t−1}, or 0 where s_t < 0.

    The frameworks: torch and optax have backtrack=False. optax 0.2.8 lags: the first
    step is 0, and each gradient moves the weight one step late.

    Args:
        lr: The first step size; of a function of t only its value at 0 counts.
        shrink: The factor η⁻ after a change of sign, in [0, 1).
        grow: The factor η⁺ while the sign stays, at least 1.
        least: The least step size Δ_min.
        most: The greatest step size Δ_max.
        backtrack: Whether a change of sign takes the last step back.
        lag: Whether each step is taken one gradient late.

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is out of its range, lr beyond [least, most], or backtrack
            and lag are both True.

    Guarantee:
        The path is the same for gradients times any c > 0 (tight):
        tests/optimizers/test_contract.py,
        test_exact_scale_free_optimizers_take_any_scale.

    Example:
        >>> from refgd.optimizers import rprop
        >>> optimizer = rprop(0.5, grow=2)
        >>> w, state = optimizer.update(0.0, 30.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, 0.1, state)
        >>> float(w), float(state.size)  # −½ − 2·½
        (-1.5, 1.0)

    References:
        M. Riedmiller, H. Braun, A Direct Adaptive Method for Faster Backpropagation
        Learning: The RPROP Algorithm (ICNN 1993), with these five numbers; not read
        itself. Without the way back it is C. Igel, M. Hüsken's iRprop− (2000), as
        torch/optim/rprop.py, read, has it.
    """
    _checks.rate(lr)
    _checks.below_one(shrink=shrink)
    _checks.at_least("grow", grow, 1)
    _checks.not_negative("least", least)
    _checks.at_least("most", most, least)
    _checks.flags(backtrack=backtrack, lag=lag)
    if not callable(lr) and not least <= lr <= most:
        msg = f"lr must be in [{least}, {most}], the bounds of a step, got {lr}"
        raise ValueError(msg)
    if backtrack and lag:
        raise ValueError("lag needs backtrack=False, got True")

    def init(w: Weights) -> RpropState:
        zeros = _checks.zeros_like(w)
        return RpropState(0, zeros, zeros, zeros)

    def update(w: Weights, dw: Weights, state: RpropState) -> Step:
        down, up, low, high = (
            _checks.in_kind_of(w, number) for number in (shrink, grow, least, most)
        )
        size = state.size if state.t else state.size + value_at(lr, 0, w)
        s = np.sign(dw) * np.sign(state.g)
        turned, kept = s < 0, s >= 0
        factor = up * (s > 0) + down * turned + (s == 0)
        size = np.minimum(np.maximum(size * factor, low), high)
        step = size * np.sign(dw) * kept
        if backtrack:
            step = step - state.step * turned
        w = w - (state.step * kept if lag else step)
        return w, RpropState(state.t + 1, size, dw * kept, step)

    return Optimizer(init, update)
