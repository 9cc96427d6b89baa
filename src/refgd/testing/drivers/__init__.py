"""Drivers: any optimizer, run over gradients that are given.

A driver is made from torch's, optax's or keras's optimizer, from scikit-learn's models,
from a refgd optimizer, or from any ``update(w, dw, state)``. It takes T gradients,
(T, d), the learning rate of each step, (T,), and the weights to start from, (d,), and
returns the weights before, between and after the steps, (T + 1, d).

A framework is imported when its driver runs. It runs in float64, unless ``dtype`` says
otherwise: torch's default dtype (in which its NAdam keeps the product of its momenta,
whatever its weights are), jax's x64 and keras's floatx are set for the run and put back
after it.
"""

from collections.abc import Callable
from typing import Final

from refgd.optimizers._protocol import follow
from refgd.testing.drivers._driver import Driver
from refgd.testing.drivers._keras import choose_keras_backend, keras
from refgd.testing.drivers._optax import optax
from refgd.testing.drivers._recorded import recorded
from refgd.testing.drivers._sklearn import sklearn
from refgd.testing.drivers._torch import torch
from refgd.testing.drivers._update import as_driver, refgd, update

#: The driver of what a package has; anything else is an `update`.
FRAMEWORKS: Final[dict[str, Callable[..., Driver]]] = {
    "torch": torch,
    "keras": keras,
    "sklearn": sklearn,
    "optax": optax,
    "refgd": refgd,
}

__all__ = [
    "Driver",
    "as_driver",
    "choose_keras_backend",
    "follow",
    "keras",
    "optax",
    "recorded",
    "refgd",
    "sklearn",
    "torch",
    "update",
]
