"""Drivers: somebody's optimizer, run over gradients that are given.

A driver is made from torch's, optax's or keras's optimizer, from scikit-learn's models,
from a refgd optimizer, or from any ``update(w, dw, state)``. It takes T gradients,
(T, d), the learning rate of each step, (T,), and the weights to start from, (d,), and
returns the weights before, between and after the steps, (T + 1, d).

A framework is imported when its driver runs. It runs in float64, unless ``dtype`` says
otherwise: torch's default dtype (in which its NAdam keeps the product of its momenta,
whatever its weights are), jax's x64 and keras's floatx are set for the run and put back
after it.
"""

from refgd.testing.drivers._driver import Driver
from refgd.testing.drivers._keras import choose_keras_backend, keras
from refgd.testing.drivers._optax import optax
from refgd.testing.drivers._sklearn import sklearn
from refgd.testing.drivers._torch import torch
from refgd.testing.drivers._update import as_driver, follow, refgd, update

__all__ = [
    "Driver",
    "as_driver",
    "choose_keras_backend",
    "follow",
    "keras",
    "optax",
    "refgd",
    "sklearn",
    "torch",
    "update",
]
