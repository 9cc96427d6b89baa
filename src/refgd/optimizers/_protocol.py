"""What every optimizer is."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from refgd._types import Weights

#: What an update returns: the next weight, and the state to give back with it.
Step: TypeAlias = tuple[Weights, Any]


class Optimizer(NamedTuple):
    """Two pure functions; nothing is remembered but in the state that they return.

    Attributes:
        init: ``w -> state``, the state before the first step.
        update: ``(w, dw, state) -> (w, state)``, one step, against the gradient dw.
    """

    init: Callable[[Weights], Any]
    update: Callable[[Weights, Weights, Any], Step]
