"""Schedule-free runs: the point of the gradient, and the average, each by itself."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from refgd import dialects
from refgd._types import Array

from .problems import TOLERANCE, error, gradients

STEPS = 20
DW = gradients(0, STEPS)
RISING = 0.01 * np.minimum(np.arange(STEPS + 1) + 1, 8)


def _ours(name: str, lr: Any) -> tuple[Array, Array]:
    """Return the weights after each step, and their averages."""
    optimizer, w = dialects.get(name, learning_rate=lr), np.linspace(0.25, 0.75, 6)
    state, path, averages = optimizer.init(w), [], []
    for dw in DW:
        w, state = optimizer.update(w, dw, state)
        path.append(w)
        averages.append(state.x)
    return np.stack(path), np.stack(averages)


@pytest.mark.parametrize("name", ["schedule_free_sgd", "schedule_free_adamw"])
def test_optax_walks_and_evaluates_at_two_points(name: str) -> None:
    """At a rate that rises, where it matters that its weights look one step ahead."""
    contrib = pytest.importorskip("optax.contrib", reason="optax not installed")
    jnp, optax = import_module("jax.numpy"), import_module("optax")
    rates = jnp.array(RISING)
    optimizer = getattr(contrib, name)(rates.__getitem__)
    w = jnp.linspace(0.25, 0.75, 6)
    state, path, averages = optimizer.init(w), [], []
    for dw in DW:
        updates, state = optimizer.update(jnp.array(dw), state, w)
        w = optax.apply_updates(w, updates)
        path.append(np.asarray(w))
        averages.append(np.asarray(contrib.schedule_free_eval_params(state, w)))
    ours = _ours(f"optax.contrib.{name}", lambda t: RISING[t])
    assert error(ours[0], np.stack(path)) <= TOLERANCE
    assert error(ours[1], np.stack(averages)) <= TOLERANCE
    assert error(*ours) > 1e-3
