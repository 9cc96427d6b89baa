r"""Descent with the penalties of scikit-learn: l2, l1, and an intercept without."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import complement
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class PenalizedState(NamedTuple):
    """The steps taken; the l1 penalty that is due and that was paid; the average."""

    t: int
    due: Scalar
    paid: Weights
    average: Weights


@rule
def penalized(
    lr: Number | Schedule,
    *,
    lambd: Number = 0.0,
    l1_share: Number = 0.0,
    intercept: bool = False,
    average: int = 0,
) -> Optimizer:
    r"""Step, shrink the weights by an l2 penalty, and cut them by an l1 penalty.

    **Definition**, with ρ the share of l1, and u and q from 0
    $$\begin{aligned}
      w'_{t+1} &= \max\bigl(0, 1 - (1 - \rho) \lambda \eta_t\bigr) w_t - \eta_t g_t \\
      u_{t+1} &= u_t + \rho \lambda \eta_t \\
      w_{t+1} &= \begin{cases}
        \max\bigl(0, w'_{t+1} - (u_{t+1} + q_t)\bigr) & w'_{t+1} > 0 \\
        \min\bigl(0, w'_{t+1} + (u_{t+1} - q_t)\bigr) & w'_{t+1} < 0
      \end{cases} \\
      q_{t+1} &= q_t + w_{t+1} - w'_{t+1}
    \end{aligned}$$

    u is the l1 penalty that each weight owes by now, and q what it has paid: a weight
    that stays at zero owes it still. ρ = 0 is the clipped `weight_decay` of `sgd`.

    - intercept: the last weight is neither shrunk nor cut.
    - average: from this step on, counted from 1, the mean of the w′ is in the state;
      before, and where it is 0, w′ itself.

    The frameworks: scikit-learn's SGDRegressor, with its l1_ratio as ρ; it returns the
    average in place of w. Where ρ > 0 too, what it returns is not that average: it adds
    a cut to all earlier points as well.

    Args:
        lr: The learning rate η, a number or a function of t.
        lambd: The penalty λ.
        l1_share: The share ρ of it that is l1, in [0, 1].
        intercept: Whether the last weight is spared.
        average: The step from which on the weights are averaged; 0 for never.

    Returns:
        The optimizer. Exact on Fractions.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If one is out of its range.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import penalized
        >>> optimizer = penalized(0.5, lambd=1, l1_share=1, intercept=True)
        >>> w = np.array([2.0, 0.25, 2.0])
        >>> w, state = optimizer.update(w, np.array([1.0, 0.0, 1.0]), optimizer.init(w))
        >>> w  # 2 − ½ − ½; 0; and 2 − ½, the intercept
        array([1. , 0. , 1.5])

    References:
        Y. Tsuruoka, J. Tsujii, S. Ananiadou, Stochastic Gradient Descent Training for
        L1-regularized Log-linear Models with Cumulative Penalty (ACL 2009), for u and
        q; not read itself, but as scikit-learn's _sgd_fast, read, has it.
    """
    _checks.rate(lr)
    _checks.none_negative(lambd=lambd, l1_share=l1_share)
    _checks.flags(intercept=intercept)
    start = _checks.count("average", average)
    if l1_share > 1:
        msg = f"l1_share must be in [0, 1], got {l1_share}"
        raise ValueError(msg)

    def init(w: Weights) -> PenalizedState:
        zeros = _checks.zeros_like(w)
        return PenalizedState(0, _checks.in_kind_of(zeros, 0), zeros, zeros + w)

    def update(w: Weights, dw: Weights, state: PenalizedState) -> Step:
        t, one, eta = state.t + 1, _checks.in_kind_of(w, 1), value_at(lr, state.t, w)
        penalty, share = _checks.in_kind_of(w, lambd), _checks.in_kind_of(w, l1_share)
        left = one - min(complement(l1_share, w) * penalty * eta, one)
        spare = _spare_last if intercept else _spare_none
        w = spare(left * w, w) - eta * dw
        due = state.due + share * penalty * eta
        cut = _cut(w, due, state.paid) if l1_share else w
        after = spare(cut, w)
        share = _checks.in_kind_of(w, t - start + 1 if start and t >= start else 1)
        average = state.average + (w - state.average) / share if share > 1 else w
        return after, PenalizedState(t, due, state.paid + (after - w), average)

    return Optimizer(init, update)


def _cut(w: Weights, due: Scalar, paid: Weights) -> Weights:
    """Return w less the penalty that it owes, but not beyond zero."""
    above, below = np.maximum(w - (due + paid), 0), np.minimum(w + (due - paid), 0)
    return above * (w > 0) + below * (w < 0)


def _spare_last(new: Weights, old: Weights) -> Weights:
    """Return the new weights, with the last of the old ones."""
    if np.ndim(new) == 0:
        return old
    new = new.copy()
    new.flat[-1] = old.flat[-1]
    return new


def _spare_none(new: Weights, _: Weights) -> Weights:
    return new
