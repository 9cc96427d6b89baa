r"""Accumulation: around any optimizer, one step for several gradients."""

from typing import Any, NamedTuple

from refgd import _checks
from refgd._types import Weights
from refgd.optimizers._protocol import Optimizer, Step, rule


class AccumulateState(NamedTuple):
    """The number and the sum of the gradients kept, and the state inside."""

    n: int
    total: Weights
    inner: Any


@rule
def accumulate(optimizer: Optimizer, k: int, *, mean: bool = True) -> Optimizer:
    r"""Take a step after every k gradients, with their mean.

    **Definition**, with s the optimizer's own step
    $$w_t = w_{t-1} - s\Bigl(\frac{1}{k} \sum_{i=0}^{k-1} g_{t-i}\Bigr)
        \ \text{ if } k \mid t, \qquad w_t = w_{t-1} \ \text{ else}$$

    A mini-batch that is too large for the memory may be given in k parts of one size.

    - mean: False leaves 1/k out, as a loop does that adds up and does not divide.

    The optimizer inside counts its own steps, and a learning rate that is a function of
    t is of those, as in optax.MultiSteps. In Keras's gradient_accumulation_steps it is
    of the gradients, of which the last counts. torch adds up: divide the loss by k.

    Args:
        optimizer: The optimizer inside. What clips or decays inside it sees the mean.
        k: The number of gradients of each step.
        mean: Whether the sum is divided by k.

    Returns:
        The optimizer. Exact on Fractions where the one inside is.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If k is below 1.

    Example:
        >>> from refgd.optimizers import accumulate, sgd
        >>> optimizer = accumulate(sgd(1), 2)
        >>> w, state = optimizer.update(0.0, -3.0, optimizer.init(0.0))
        >>> float(w)
        0.0
        >>> w, state = optimizer.update(w, -5.0, state)
        >>> float(w)  # the mean of 3 and 5
        4.0
    """
    _checks.count("k", k, least=1)
    _checks.flags(mean=mean)

    def init(w: Weights) -> AccumulateState:
        return AccumulateState(0, _checks.zeros_like(w), optimizer.init(w))

    def update(w: Weights, dw: Weights, state: AccumulateState) -> Step:
        n, total = state.n + 1, state.total + dw
        if n < k:
            return w, AccumulateState(n, total, state.inner)
        dw = total / _checks.in_kind_of(w, k) if mean else total
        w, inner = optimizer.update(w, dw, state.inner)
        return w, AccumulateState(0, 0 * total, inner)

    return Optimizer(init, update)
