"""Mutants: any rule with one thing wrong, run on the gradients of every probe."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refgd._types import Array, Weights
from refgd.optimizers import Optimizer, weight_decay
from refgd.optimizers._weight_decay import WeightDecayState
from refgd.testing.drivers import follow
from refgd.testing.optimizer._probes import GRADIENTS, START, Probe

#: ``(rule, probe) -> trajectory``. The rule is a Recipe; a CustomRule will do where no
#: flag is needed.
Run = Callable[[Any, Probe], Array]


def change_gradients(change: Callable[[Array], Array]) -> Run:
    return lambda rule, _: trajectory_of(rule.make(), change)


def trajectory_of(
    optimizer: Optimizer, change: Callable[[Array], Array] = lambda dw: dw
) -> Array:
    with np.errstate(all="ignore"):
        gradients = np.stack([change(dw) for dw in GRADIENTS])
        return follow(optimizer, gradients, START)


def without_decay(rule: Any, **changed: Any) -> Optimizer:
    made: Optimizer = rule._replace(wd=0.0, flags={**rule.flags, **changed}).make()
    return made


def with_decay(rule: Any, inner: Optimizer, probe: Probe) -> Optimizer:
    """Put the rule's weight decay around another optimizer."""
    if rule.wd == 0:
        return inner
    lr = None if rule.decay == "coupled" else probe.lr
    return weight_decay(inner, rule.wd, kind=rule.decay, lr=lr)


def decay_after(inner: Optimizer, share: Callable[[int], float]) -> Optimizer:
    def update(w: Weights, dw: Weights, state: Any) -> Any:
        w, made = inner.update(w, dw, state.inner)
        return w - share(state.t) * w, WeightDecayState(state.t + 1, made)

    return Optimizer(lambda w: WeightDecayState(0, inner.init(w)), update)


def couple_decay(inner: Optimizer, wd: Any) -> Optimizer:
    return inner._replace(
        update=lambda w, dw, state: inner.update(w, dw + float(wd) * w, state)
    )


def decay_signs(inner: Optimizer, share: Callable[[int], float]) -> Optimizer:
    def update(w: Weights, dw: Weights, state: Any) -> Any:
        t, made = state
        w, made = inner.update(w - share(t) * np.sign(w), dw, made)
        return w, (t + 1, made)

    return Optimizer(lambda w: (0, inner.init(w)), update)


def advance(state: Any) -> Any:
    return state._replace(t=state.t + 1)


def scale_steps(factor: Callable[[float], float]) -> Run:
    """Multiply each step by a factor, which may depend on lr."""

    def run(rule: Any, probe: Probe) -> Array:
        right = rule.make()

        def update(w: Weights, dw: Weights, state: Any) -> Any:
            t, inner = state
            after, inner = right.update(w, dw, inner)
            return w + factor(probe.lr(t)) * (after - w), (t + 1, inner)

        return trajectory_of(Optimizer(lambda w: (0, right.init(w)), update))

    return run


def forget_state(rule: Any, probe: Probe) -> Array:
    """Begin anew in each step, but for the learning rate."""
    trajectory = [START]
    for t, dw in enumerate(GRADIENTS):
        lr = probe.lr(t)
        once = rule._replace(flags={**rule.flags, "lr": lambda _, lr=lr: lr}).make()
        with np.errstate(all="ignore"):
            trajectory.append(once.update(trajectory[-1], dw, once.init(START))[0])
    return np.stack(trajectory)


def delay_gradients(rule: Any, _: Probe) -> Array:
    late = np.vstack([0 * GRADIENTS[:1], GRADIENTS[:-1]])
    with np.errstate(all="ignore"):
        return follow(rule.make(), late, START)


def skip_zero_gradients(rule: Any, _: Probe) -> Array:
    """Leave alone each weight, and its state, whose gradient is zero."""
    right = rule.make()

    def update(w: Weights, dw: Weights, state: Any) -> Any:
        after, new = right.update(w, dw, state)
        kept = _map_arrays(lambda a, b: np.where(dw != 0, a, b), new, state)
        return np.where(dw != 0, after, w), kept

    return trajectory_of(Optimizer(right.init, update))


def round_state(kind: type) -> Run:
    """Round each average to another dtype after each step."""

    def run(rule: Any, _: Probe) -> Array:
        right = rule.make()

        def update(w: Weights, dw: Weights, state: Any) -> Any:
            after, new = right.update(w, dw, state)
            return after, _map_arrays(lambda a: a.astype(kind).astype(a.dtype), new)

        return trajectory_of(Optimizer(right.init, update))

    return run


def _map_arrays(change: Callable[..., Any], *states: Any) -> Any:
    """Change the arrays of a state, however deep they stand; others stay."""
    first = states[0]
    if isinstance(first, tuple):
        each = (_map_arrays(change, *parts) for parts in zip(*states, strict=True))
        return type(first)._make(each) if hasattr(first, "_make") else tuple(each)
    return change(*states) if isinstance(first, np.ndarray) else first
