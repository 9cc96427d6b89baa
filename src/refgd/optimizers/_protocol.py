"""What every optimizer is."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, Self, TypeAlias

from refgd import _checks
from refgd._types import Number, Schedule, Weights

#: What an update returns: the next weight, and the state to give back with it.
Step: TypeAlias = tuple[Weights, Any]

KEPT = "fdgO"  # float32, float64, longdouble and Fractions, as NumPy calls them

Update: TypeAlias = Callable[[Weights, Weights, Any], Step]


class _Parts(NamedTuple):
    init: Callable[[Weights], Any]
    update: Update
    lr: Number | Schedule | None


class Optimizer(_Parts):
    """Two pure functions; nothing is remembered but in the state that they return.

    Whoever writes `update` gets w and dw of one shape and one kind, w's: another shape
    is refused, never broadcast, and another kind is cast.

    Attributes:
        init: ``w -> state``, the state before the first step.
        update: ``(w, dw, state) -> (w, state)``, one step, against the gradient dw.
        lr: The learning rate, if the rule is plain descent, w − lr dw, whose bound is
            known; None for every other rule.
    """

    __slots__ = ()

    def __new__(
        cls,
        init: Callable[[Weights], Any],
        update: Update,
        lr: Number | Schedule | None = None,
    ) -> Self:
        return super().__new__(cls, init, _matched(update), lr)


def _matched(update: Update) -> Update:
    """Let an update see only a w and a dw that match."""

    @wraps(update)
    def matched(w: Weights, dw: Weights, state: Any) -> Step:
        kind: Any = getattr(w, "dtype", None)
        other: Any = getattr(dw, "dtype", 0)
        # asked in every step, so in place: do they match already?
        if kind is not other or w.shape != dw.shape or kind.char not in KEPT:
            w, dw = _checks.for_update(w, dw)
        return update(w, dw, state)

    return matched
