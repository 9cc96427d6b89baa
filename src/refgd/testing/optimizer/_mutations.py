"""The path that a rule takes when something of it is changed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refgd._types import Array, Weights
from refgd.optimizers import Optimizer, weight_decay
from refgd.optimizers._weight_decay import WeightDecayState
from refgd.testing.drivers import follow
from refgd.testing.optimizer._probes import GRADIENTS, START, Probe

#: ``(rule, probe) -> path``; the rule is a Recipe, or where no flag is needed a Made.
Walk = Callable[[Any, Probe], Array]


def decay_of_kind(kind: str) -> Walk:
    return lambda rule, probe: probe.follow(rule._replace(decay=kind))


def fed(change: Callable[[Array], Array]) -> Walk:
    return lambda rule, _: path_of(rule.make(), change)


def with_flags(**changed: Any) -> Walk:
    def walk(rule: Any, probe: Probe) -> Array:
        return probe.follow(rule._replace(flags={**rule.flags, **changed}))

    return walk


def path_of(
    optimizer: Optimizer, change: Callable[[Array], Array] = lambda dw: dw
) -> Array:
    with np.errstate(all="ignore"):
        gradients = np.stack([change(dw) for dw in GRADIENTS])
        return follow(optimizer, gradients, START)


def bare(rule: Any, **changed: Any) -> Optimizer:
    """Return the optimizer without its weight decay."""
    made: Optimizer = rule._replace(wd=0.0, flags={**rule.flags, **changed}).make()
    return made


def decaying(rule: Any, inner: Optimizer, probe: Probe) -> Optimizer:
    """Put the rule's weight decay around another optimizer."""
    if rule.wd == 0:
        return inner
    lr = None if rule.decay == "coupled" else probe.lr
    return weight_decay(inner, rule.wd, kind=rule.decay, lr=lr)


def decayed_after(inner: Optimizer, share: Callable[[int], float]) -> Optimizer:
    def update(w: Weights, dw: Weights, state: Any) -> Any:
        w, made = inner.update(w, dw, state.inner)
        return w - share(state.t) * w, WeightDecayState(state.t + 1, made)

    return Optimizer(lambda w: WeightDecayState(0, inner.init(w)), update)


def coupled_too(inner: Optimizer, wd: Any) -> Optimizer:
    return inner._replace(
        update=lambda w, dw, state: inner.update(w, dw + float(wd) * w, state)
    )


def signs_decayed(inner: Optimizer, share: Callable[[int], float]) -> Optimizer:
    def update(w: Weights, dw: Weights, state: Any) -> Any:
        t, made = state
        w, made = inner.update(w - share(t) * np.sign(w), dw, made)
        return w, (t + 1, made)

    return Optimizer(lambda w: (0, inner.init(w)), update)


def advanced(state: Any) -> Any:
    return state._replace(t=state.t + 1)


def scaled(
    factor: Callable[[float], float],
) -> Walk:
    """Each step times a factor, which may depend on lr."""

    def walk(rule: Any, probe: Probe) -> Array:
        right = rule.make()

        def update(w: Weights, dw: Weights, state: Any) -> Any:
            t, inner = state
            after, inner = right.update(w, dw, inner)
            return w + factor(probe.lr(t)) * (after - w), (t + 1, inner)

        return path_of(Optimizer(lambda w: (0, right.init(w)), update))

    return walk


def forgets(rule: Any, probe: Probe) -> Array:
    """Begin anew in each step, but for the learning rate."""
    path = [START]
    for t, dw in enumerate(GRADIENTS):
        lr = probe.lr(t)
        once = rule._replace(flags={**rule.flags, "lr": lambda _, lr=lr: lr}).make()
        with np.errstate(all="ignore"):
            path.append(once.update(path[-1], dw, once.init(START))[0])
    return np.stack(path)


def stale(rule: Any, _: Probe) -> Array:
    late = np.vstack([0 * GRADIENTS[:1], GRADIENTS[:-1]])
    with np.errstate(all="ignore"):
        return follow(rule.make(), late, START)


def sparse(rule: Any, _: Probe) -> Array:
    """Leave alone each weight, and its state, whose gradient is zero."""
    right = rule.make()

    def update(w: Weights, dw: Weights, state: Any) -> Any:
        after, new = right.update(w, dw, state)
        kept = _leaves(lambda a, b: np.where(dw != 0, a, b), new, state)
        return np.where(dw != 0, after, w), kept

    return path_of(Optimizer(right.init, update))


def state_in(kind: type) -> Walk:
    """Round each average to another dtype after each step."""

    def walk(rule: Any, _: Probe) -> Array:
        right = rule.make()

        def update(w: Weights, dw: Weights, state: Any) -> Any:
            after, new = right.update(w, dw, state)
            return after, _leaves(lambda a, _: a.astype(kind).astype(a.dtype), new, new)

        return path_of(Optimizer(right.init, update))

    return walk


def _leaves(change: Callable[[Array, Array], Array], new: Any, old: Any) -> Any:
    """Change the arrays of a state, however deep they stand."""
    if isinstance(new, tuple):
        each = (_leaves(change, a, b) for a, b in zip(new, old, strict=True))
        return type(new)._make(each) if hasattr(new, "_make") else tuple(each)
    return change(new, old) if isinstance(new, np.ndarray) else new
