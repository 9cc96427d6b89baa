"""Learning rates as functions of the step t; t = 0 is the first step.

Any function ``t -> number`` is a schedule.
"""

from typing import Any

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights


def value_at(lr: Number | Schedule, t: int, w: Weights) -> Scalar:
    """Return the learning rate of step t, in w's arithmetic."""
    value: Any = _checks.not_negative(f"lr({t})", lr(t)) if callable(lr) else lr
    return _checks.in_kind_of(w, value)
