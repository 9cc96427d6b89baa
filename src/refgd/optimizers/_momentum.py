r"""Momentum: the heavy ball, and Nesterov's."""

from typing import NamedTuple

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class MomentumState(NamedTuple):
    """The number of steps taken, and the velocity, which points uphill."""

    t: int
    v: Weights


@rule
def momentum(
    lr: Number | Schedule,
    *,
    beta: Number = 0.9,
    nesterov: bool = False,
    lr_inside: bool = True,
    dampening: Number = 0.0,
    damp_first: bool = True,
) -> Optimizer:
    r"""Step with a velocity, which remembers the gradients before.

    **Definition**
    $$v_{t+1} = \beta v_t + \eta_t \nabla L(w_t), \qquad w_{t+1} = w_t - v_{t+1}$$

    This is Polyak's heavy ball, w_{t+1} = w_t − η_t ∇L(w_t) + β (w_t − w_{t−1}), also
    where η changes, and the default. v points uphill: Sutskever's velocity is −v.

    - nesterov: w_{t+1} = w_t − (β v_{t+1} + η_t ∇L(w_t)). The gradient is taken at
      the w that is returned, which is Sutskever's θ_t + μ v_t, looking ahead.
    - lr_inside=False: v_{t+1} = β v_t + ∇L(w_t), w_{t+1} = w_t − η_t v_{t+1}; with
      nesterov, w_t − η_t (∇L(w_t) + β v_{t+1}). The same for a constant η alone.
    - dampening d: the gradient enters v times 1 − d; with damp_first=False only from
      the second step on.

    The frameworks: Keras and scikit-learn's MLP as by default; torch and optax's sgd
    have lr_inside=False; torch's dampening has damp_first=False.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta: The share β of the velocity that is kept, in [0, 1).
        nesterov: Whether the step looks ahead.
        lr_inside: Whether the velocity sums η g, or g.
        dampening: The share d of the gradient that does not enter, in [0, 1).
        damp_first: Whether the first gradient is dampened too.

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is out of its range, or nesterov is given together with
            dampening, which no text defines.

    Guarantee:
        On a quadratic both are linear recurrences (tight), on Fractions with ==:
        tests/optimizers/test_exact.py, test_momentum_is_a_linear_recurrence and
        test_nesterov_is_a_linear_recurrence.

    Example:
        >>> from refgd.optimizers import momentum
        >>> optimizer = momentum(0.5, beta=0.5)
        >>> w, state = optimizer.update(0.0, 2.0, optimizer.init(0.0))
        >>> w, state = optimizer.update(w, 4.0, state)
        >>> float(w), float(state.v)  # v = ½·1 + ½·4
        (-3.5, 2.5)

    References:
        B. T. Polyak, USSR Comput. Math. Math. Phys. 4 (1964) 1. Y. Nesterov, Soviet
        Math. Dokl. 27 (1983) 372. I. Sutskever et al., On the importance of
        initialization and momentum in deep learning (ICML 2013), section 2. None could
        be read for this docstring: the equations are those that later texts quote.
    """
    _checks.rate(lr)
    _checks.below_one(beta=beta, dampening=dampening)
    _checks.flags(nesterov=nesterov, lr_inside=lr_inside, damp_first=damp_first)
    if nesterov and dampening:
        msg = f"nesterov needs dampening = 0, got {dampening}"
        raise ValueError(msg)

    def init(w: Weights) -> MomentumState:
        return MomentumState(0, _checks.zeros_like(w))

    def update(w: Weights, dw: Weights, state: MomentumState) -> Step:
        eta, one = value_at(lr, state.t, w), _checks.in_kind_of(w, 1)
        mu = _checks.in_kind_of(w, beta)
        inside, outside = (eta, one) if lr_inside else (one, eta)
        damp = _checks.in_kind_of(w, dampening if state.t or damp_first else 0)
        v = mu * state.v + inside * (1 - damp) * dw
        down = mu * v + inside * dw if nesterov else v
        return w - outside * down, MomentumState(state.t + 1, v)

    plain = not beta and not dampening
    return Optimizer(init, update, lr if plain else None)
