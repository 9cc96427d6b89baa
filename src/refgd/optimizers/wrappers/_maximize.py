"""Maximize: around any optimizer, against the sign of the gradient."""

from typing import Any

from refgd._types import Weights
from refgd.optimizers._protocol import Optimizer, Step, rule


@rule
def maximize(optimizer: Optimizer) -> Optimizer:
    r"""Walk uphill: give the optimizer the negative gradient.

    **Definition**, with s_t the optimizer's own step
    $$w_{t+1} = w_t - s_t(-\nabla L(w_t))$$

    Around a weight decay, which then still goes to zero, it is ``maximize=True`` of
    torch: −∇L is taken first, and λ w added to that. Inside one of kind "coupled" the
    weights would grow.

    Args:
        optimizer: The optimizer inside.

    Returns:
        The optimizer, with the state of the one inside. Exact on Fractions where that
        is.

    Example:
        >>> from refgd.optimizers import maximize, sgd
        >>> optimizer = maximize(sgd(0.5))
        >>> w, state = optimizer.update(1.0, 2.0, optimizer.init(1.0))
        >>> float(w)  # 1 + ½·2
        2.0
    """

    def update(w: Weights, dw: Weights, state: Any) -> Step:
        return optimizer.update(w, -dw, state)

    return Optimizer(optimizer.init, update)
