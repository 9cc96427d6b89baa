"""What every optimizer is."""

import inspect
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Any, NamedTuple, ParamSpec, Self, TypeAlias

import numpy as np

from refgd import _checks
from refgd._types import Array, Number, Schedule, Weights

P = ParamSpec("P")

#: What an update returns: the next weight, and the state to give back with it.
Step: TypeAlias = tuple[Weights, Any]

KEPT = frozenset(kind.char for kind in _checks.KINDS)  # the fastest to look up

Init: TypeAlias = Callable[[Weights], Any]
Update: TypeAlias = Callable[[Weights, Weights, Any], Step]


class _Parts(NamedTuple):
    init: Init
    update: Update
    lr: Number | Schedule | None


class Optimizer(_Parts):
    """Two pure functions; nothing is remembered but in the state that they return.

    `update` may be written without checks: it gets w and dw of one shape and one kind,
    w's. Another shape is refused, never broadcast, and another kind is cast.

    Attributes:
        init: ``w -> state``, the state before the first step.
        update: ``(w, dw, state) -> (w, state)``, one step, against the gradient dw.
        lr: The learning rate, if the rule is plain descent, w − lr dw, whose bound is
            known; None for every other rule.
    """

    __slots__ = ()

    def __new__(
        cls, init: Init, update: Update, lr: Number | Schedule | None = None
    ) -> Self:
        if _pair_of(update) is None:
            pair = _Pair(init, update)
            init, update = pair.init, pair.update
        return super().__new__(cls, init, update, lr)

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Self:  # type: ignore[override]  # mypy gives it a type that has no spelling
        """Make one of its three parts, as `_replace` does."""
        return cls(*iterable)

    def __repr__(self) -> str:
        pair = _pair_of(self.update)
        written = pair.call and pair is _pair_of(self.init)
        return repr(pair) if written else super().__repr__()


class _Pair:
    """The two functions of an optimizer, behind the check that w and dw match.

    The functions of a rule are closures, so that they read like its equations. A
    closure cannot be pickled, but the call that made it can.
    """

    __slots__ = ("_init", "_update", "call")

    def __init__(self, init: Init, update: Update) -> None:
        self._init, self._update = init, update
        self.call: partial[Optimizer] | None = None

    def init(self, w: Weights) -> Any:
        """Return the state before the first step."""
        return self._init(w)

    @property
    def unchecked(self) -> Update:
        """The update for a w and a dw that are known to match."""
        return self._update

    def update(self, w: Weights, dw: Weights, state: Any) -> Step:
        """Take one step, with a w and a dw that match."""
        kind: Any = getattr(w, "dtype", None)
        other: Any = getattr(dw, "dtype", 0)
        # in place, since every step comes here: do they match already?
        if kind is not other or w.shape != dw.shape or kind.char not in KEPT:
            w, dw = _checks.for_update(w, dw)
        return self._update(w, dw, state)

    def __reduce__(self) -> Any:
        if self.call is None:
            return _Pair, (self._init, self._update)
        return _pair_made_by, (self.call,)

    def __repr__(self) -> str:
        return super().__repr__() if self.call is None else _written(self.call)


def _pair_of(function: Any) -> Any:
    """Return the pair that a function is one of; None if it is of none."""
    owner = getattr(function, "__self__", None)
    return owner if isinstance(owner, _Pair) else None


def _pair_made_by(call: "partial[Optimizer]") -> Any:
    return _pair_of(call().update)


def _written(call: "partial[Optimizer]") -> str:
    """Return the call as it is written, with every argument by its name."""
    bound = inspect.signature(call.func).bind(*call.args, **call.keywords)
    bound.apply_defaults()
    named = (f"{name}={value!r}" for name, value in bound.arguments.items())
    return f"{call.func.__name__}({', '.join(named)})"


def follow(optimizer: Optimizer, gradients: Array, w: Array) -> Array:
    """Return the trajectory (T + 1, d) of an optimizer that knows its rates."""
    trajectory, state = [w], optimizer.init(w)
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        trajectory.append(w)
    return np.stack(trajectory)


def rule(make: Callable[P, Optimizer]) -> Callable[P, Optimizer]:
    """Let the optimizers that a function makes print, and be pickled, as its call."""

    @wraps(make)
    def called(*args: P.args, **kwargs: P.kwargs) -> Optimizer:
        optimizer = make(*args, **kwargs)
        _pair_of(optimizer.update).call = partial(called, *args, **kwargs)
        return optimizer

    return called
