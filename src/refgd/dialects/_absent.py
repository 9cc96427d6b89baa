"""The optimizers that have no dialect, and why: no other of a framework has none."""

from collections.abc import Mapping
from typing import Final

_SEARCHES = "a line search: it reads the loss at several points before it steps"
_DIVIDES = "it has no rule: it gives each part of the weights to another optimizer"
_EXTRAPOLATES = (
    "it steps by Adam's direction and by its change; refgd's optimistic steps by the "
    "gradient"
)

#: By the framework's name.
ABSENT: Final[Mapping[str, str]] = {
    "torch.optim.LBFGS": _SEARCHES,
    "optax.lbfgs": _SEARCHES,
    "optax.polyak_sgd": "its step is as long as the value of the loss says",
    "optax.noisy_sgd": "it adds random noise, drawn by jax, to each gradient",
    "optax.fromage": "after a step as long as w it shrinks w: no rule of refgd's does",
    "optax.optimistic_adam": _EXTRAPOLATES,
    "optax.optimistic_adam_v2": _EXTRAPOLATES,
    "optax.contrib.schedule_free": (
        "it goes around any optimizer; schedule_free_sgd and schedule_free_adamw are "
        "what it makes of two"
    ),
    "keras.optimizers.LossScaleOptimizer": (
        "it has no rule: it scales the loss, and gives what is scaled back to another"
    ),
    "keras.optimizers.MultiOptimizer": _DIVIDES,
    "keras.optimizers.OptimizerMap": _DIVIDES,
}
