r"""Lookahead: around any optimizer, some steps forward and one step back."""

from typing import Any, NamedTuple

from refgd import _checks
from refgd._types import Number, Weights
from refgd.optimizers._protocol import Optimizer, Step, rule


class LookaheadState(NamedTuple):
    """The steps taken, the slow weights, and the state of the optimizer inside."""

    t: int
    slow: Weights
    inner: Any


@rule
def lookahead(
    optimizer: Optimizer, *, k: int = 5, alpha: Number = 0.5, reset: bool = False
) -> Optimizer:
    r"""After every k steps, go back to a point on the way from where they began.

    **Definition**, with s_t the optimizer's own step, and φ_0 = w_0
    $$u_t = w_{t-1} - s_t, \qquad
      w_t = \varphi_t = \varphi_{t-1} + \alpha (u_t - \varphi_{t-1})
        \ \text{ if } k \mid t, \qquad
      w_t = u_t, \ \varphi_t = \varphi_{t-1} \ \text{ else}$$

    w are the fast weights, at which gradients are taken. The slow weights φ, which is
    what one would use in the end, are in the state.

    - reset: the optimizer inside begins anew after every k steps, and its t with it.

    The frameworks: optax.lookahead has this rule, with k as sync_period, α as
    slow_step_size and reset as reset_state; torch and Keras have none.

    Args:
        optimizer: The optimizer inside.
        k: After how many steps it goes back.
        alpha: How far from the slow weights to the fast it goes, in [0, 1].
        reset: Whether the state of the optimizer inside begins anew then.

    Returns:
        The optimizer. Exact on Fractions where the one inside is.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If k is below 1, or alpha not in [0, 1].

    Example:
        >>> from refgd.optimizers import lookahead, sgd
        >>> optimizer = lookahead(sgd(1), k=2)
        >>> w, state = optimizer.update(0.0, -3.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, -3.0, state)
        >>> float(w)  # half the way from 0 to 6
        3.0

    References:
        M. R. Zhang et al., Lookahead Optimizer: k steps forward, 1 step back (NeurIPS
        2019), arXiv:1907.08610, algorithm 1; not read itself, but as optax has it.
    """
    _checks.count("k", k, least=1)
    if not 0 <= _checks.real("alpha", alpha) <= 1:
        msg = f"alpha must be in [0, 1], got {alpha}"
        raise ValueError(msg)
    _checks.flags(reset=reset)

    def init(w: Weights) -> LookaheadState:
        return LookaheadState(0, _checks.zeros_like(w) + w, optimizer.init(w))

    def update(w: Weights, dw: Weights, state: LookaheadState) -> Step:
        w, inner = optimizer.update(w, dw, state.inner)
        t, slow = state.t + 1, state.slow
        if t % k == 0:
            w = slow = slow + _checks.in_kind_of(w, alpha) * (w - slow)
            inner = optimizer.init(w) if reset else inner
        return w, LookaheadState(t, slow, inner)

    return Optimizer(init, update)
