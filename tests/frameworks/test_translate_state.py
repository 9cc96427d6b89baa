"""A run that is begun in one framework and goes on in another, for each exact pair."""

from importlib import import_module
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
import pytest

from refgd import dialects
from refgd._types import Array
from refgd.dialects import Call, Translation
from refgd.testing.drivers import choose_keras_backend

from .problems import TOLERANCE, error, gradients

HALF, STEPS = 5, 10
DW = gradients(0, STEPS)
#: The tests of the conditions that hold here: a constant rate, and every entry.
CONDITIONS = {
    (),
    ("test_rate_may_move_while_constant",),
    ("test_points_count_alike_while_constant",),
    ("test_sparse_adam_lets_rest_what_has_no_entry",),
}
CARRIED = ("torch", "optax", "keras")


class Run(Protocol):
    """A run that can be stopped, and go on from a state."""

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a translated state."""

    def step(self, dw: Array) -> Array:
        """Take one step, and return the weights."""

    def save(self) -> Any:
        """Return the framework's own state."""


class Torch(Run):
    """A run in torch."""

    def __init__(self, parts: tuple[Call, ...], w: Array) -> None:
        self.torch = import_module("torch")
        self.weights = self.torch.nn.Parameter(self.torch.tensor(w))
        (call,) = parts
        factory = getattr(self.torch.optim, call.name.rpartition(".")[2])
        self.optimizer = factory([self.weights], **call.arguments)

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a translated state."""
        made = {name: self.torch.tensor(value) for name, value in state.items()}
        self.optimizer.state[self.weights].update(made)

    def step(self, dw: Array) -> Array:
        """Take one step, and return the weights."""
        self.weights.grad = self.torch.tensor(dw)
        if isinstance(self.optimizer, self.torch.optim.SparseAdam):
            self.weights.grad = self.torch.sparse_coo_tensor(
                [range(len(dw))], dw, dw.shape, check_invariants=True
            )
        self.optimizer.step()
        now: Array = self.weights.detach().numpy().copy()
        return now

    def save(self) -> Any:
        """Return the framework's own state."""
        return self.optimizer.state[self.weights]


class Optax(Run):
    """A run in optax."""

    def __init__(self, parts: tuple[Call, ...], w: Array) -> None:
        self.optax, self.jnp = import_module("optax"), import_module("jax.numpy")
        made = [
            attrgetter(part.name.removeprefix("optax."))(self.optax)(**part.arguments)
            for part in parts
        ]
        self.optimizer = self.optax.chain(*made)
        self.weights = self.jnp.array(w)
        self.state = self.optimizer.init(self.weights)

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a translated state."""
        for name, value in state.items():
            self.state = self.optax.tree_utils.tree_set(self.state, **{name: value})

    def step(self, dw: Array) -> Array:
        """Take one step, and return the weights."""
        updates, self.state = self.optimizer.update(
            self.jnp.array(dw), self.state, self.weights
        )
        self.weights = self.optax.apply_updates(self.weights, updates)
        return np.asarray(self.weights)

    def save(self) -> Any:
        """Return the framework's own state."""
        return self.state


class Keras(Run):
    """A run in keras."""

    def __init__(self, parts: tuple[Call, ...], w: Array) -> None:
        choose_keras_backend()
        self.keras = import_module("keras")
        (call,) = parts
        factory = getattr(self.keras.optimizers, call.name.rpartition(".")[2])
        self.optimizer = factory(**call.arguments)
        self.weights = self.keras.Variable(w)
        self.optimizer.build([self.weights])

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a translated state."""
        for variable in self.optimizer.variables:
            for name, value in state.items():
                if variable.path.endswith(name):
                    variable.assign(value)

    def step(self, dw: Array) -> Array:
        """Take one step, and return the weights."""
        gradient = self.keras.ops.convert_to_tensor(dw)
        self.optimizer.apply([gradient], [self.weights])
        now: Array = np.array(self.weights.value)
        return now

    def save(self) -> Any:
        """Return the framework's own state."""
        return {variable.path: variable for variable in self.optimizer.variables}


RUNS: dict[str, Any] = {"torch": Torch, "optax": Optax, "keras": Keras}


#: With something around, which has no state of its own.
AROUND = (
    "keras.optimizers.Lion(0.05, global_clipnorm=0.5)",
    "torch.optim.Adam(lr=0.05, maximize=True, weight_decay=0.1)",
    "optax.chain(optax.clip(0.5), optax.lion(0.05))",
)


def _pairs() -> list[Translation]:
    """Return the exact pairs of these three, and those exact at a constant rate."""
    around = [each for call in AROUND for each in dialects.translate_to_all(call)]
    known = [
        t
        for t in (*dialects.translations(), *around)
        if {t.source.framework, t.to} <= {*CARRIED} and t.verdict != "none"
    ]
    return [t for t in known if t.tests in CONDITIONS]


@pytest.mark.parametrize("found", _pairs(), ids=lambda t: f"{t.source} in {t.to}")
def test_run_goes_on_in_another_framework(found: Translation) -> None:
    """Five steps here, then five there, against ten here."""
    for framework in (found.to, found.source.framework):
        pytest.importorskip(framework, reason=f"{framework} not installed")
    calls = *found.source.heads, found.source._replace(heads=())
    run: Run = RUNS[found.source.framework](calls, np.linspace(0.25, 0.75, 6))
    for dw in DW[:HALF]:
        w = run.step(dw)
    state = dialects.translate_state(run.save(), str(found.source), found.to)
    other: Run = RUNS[found.to](found.parts, w)
    other.load(state)
    path = np.stack([w, *[run.step(dw) for dw in DW[HALF:]]])
    carried = np.stack([w, *[other.step(dw) for dw in DW[HALF:]]])
    assert error(carried, path) <= TOLERANCE
