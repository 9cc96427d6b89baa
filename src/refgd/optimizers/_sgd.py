r"""Plain gradient descent."""

from inspect import unwrap
from typing import Any, NamedTuple

from refgd import _checks, core
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at

_step = unwrap(core.step)


class SGDState(NamedTuple):
    """The number of steps taken."""

    t: int


@rule
def sgd(lr: Number | Schedule) -> Optimizer:
    r"""Step against the gradient, with nothing remembered but t.

    **Definition**
    $$w_{t+1} = w_t - \eta_t\, \nabla L(w_t)$$

    "Stochastic" is a matter of the gradient that comes in, not of the rule.

    Args:
        lr: The learning rate η, a number or a function of t.

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If lr is neither a real number nor callable.
        ValueError: If lr, or what it returns for some t, is negative, NaN or inf.

    Example:
        >>> from refgd.optimizers import sgd
        >>> optimizer = sgd(0.01)
        >>> w, state = optimizer.update(0.0, -30.0, optimizer.init(0.0))
        >>> float(w), state
        (0.3, SGDState(t=1))

    References:
        A.-L. Cauchy, C. R. Acad. Sci. Paris 25 (1847) 536; with noisy gradients:
        H. Robbins, S. Monro, Ann. Math. Stat. 22 (1951) 400, equation (8).
    """
    _checks.rate(lr)

    def init(w: Weights) -> SGDState:
        _checks.array("w", w)  # nothing of it is remembered
        return SGDState(t=0)

    fixed = float(lr) if isinstance(lr, float) else None
    float64 = _checks.FLOAT64
    new: Any = tuple.__new__  # half the time of SGDState(...), which calls it

    def update(w: Weights, dw: Weights, state: SGDState) -> Step:
        if fixed is None or getattr(w, "dtype", None) is not float64:
            return _step(w, dw, value_at(lr, state.t, w)), SGDState(state.t + 1)
        # the same in place, since every step of most runs comes here
        return w - fixed * dw, new(SGDState, (state[0] + 1,))

    return Optimizer(init, update, lr)
