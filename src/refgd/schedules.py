"""Learning rates as functions of the step t; t = 0 is the first step.

Any function ``t -> number`` is a schedule.
"""

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights


def value_at(lr: Number | Schedule, t: int, w: Weights) -> Scalar:
    """Return the learning rate of step t, in w's arithmetic."""
    if callable(lr):
        lr = _checks.not_negative(f"lr at t = {t}", lr(t))
    return _checks.in_kind_of(w, lr)
