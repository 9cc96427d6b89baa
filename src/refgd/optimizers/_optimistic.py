r"""Optimistic descent: expect of the next gradient what changed in this one."""

from typing import NamedTuple

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class OptimisticState(NamedTuple):
    """The number of steps taken, and the last gradient."""

    t: int
    g: Weights


@rule
def optimistic(
    lr: Number | Schedule, *, share: Number = 1, optimism: Number = 1
) -> Optimizer:
    r"""Step by the gradient and by its change since the last step.

    **Definition**, with g_0 = g_1
    $$w_t = w_{t-1} - \eta_{t-1} \bigl((\alpha + \beta) g_t - \beta g_{t-1}\bigr)$$

    α = β = 1 is the paper's 2 g_t − g_{t−1}, made for games; β = 0 is plain descent.

    The frameworks: optax has it, as optimistic_gradient_descent.

    Args:
        lr: The learning rate η, a number or a function of t.
        share: The share α of the gradient itself.
        optimism: The share β of its change.

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is negative, NaN or inf.

    Example:
        >>> from refgd.optimizers import optimistic
        >>> optimizer = optimistic(0.5)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, 4.0, state)
        >>> float(w)  # −½·2 − ½(2·4 − 2)
        -4.0

    References:
        C. Daskalakis et al., Training GANs with Optimism (ICLR 2018),
        arXiv:1711.00141; A. Mokhtari et al., arXiv:1901.08511, for α and β. Neither
        read itself: as optax has it.
    """
    _checks.rate(lr)
    _checks.none_negative(share=share, optimism=optimism)

    def init(w: Weights) -> OptimisticState:
        return OptimisticState(0, _checks.zeros_like(w))

    def update(w: Weights, dw: Weights, state: OptimisticState) -> Step:
        alpha, beta = _checks.in_kind_of(w, share), _checks.in_kind_of(w, optimism)
        last = state.g if state.t else dw
        ahead = (alpha + beta) * dw - beta * last
        return w - value_at(lr, state.t, w) * ahead, OptimisticState(state.t + 1, dw)

    return Optimizer(init, update)
