"""Drivers: any optimizer, run over gradients that are given.

A driver is made from torch's, optax's or keras's optimizer, from scikit-learn's models,
from a refgd optimizer, from any ``update(w, dw, state)``, or from any object with a
method ``step(w, g)``. It takes T gradients,
(T, d), the learning rate of each step, (T,), and the weights to start from, (d,), and
returns the weights before, between and after the steps, (T + 1, d).

A framework is imported when its driver runs. It runs in float64, unless ``dtype`` says
otherwise: torch's default dtype (in which its NAdam keeps the product of its momenta,
whatever its weights are), jax's x64 and keras's floatx are set for the run and put back
after it.
"""

from refgd.optimizers._protocol import follow
from refgd.testing.drivers._choose import FRAMEWORKS, as_driver, driver_of
from refgd.testing.drivers._driver import Driver
from refgd.testing.drivers._keras import choose_keras_backend, keras
from refgd.testing.drivers._optax import optax
from refgd.testing.drivers._recorded import recorded
from refgd.testing.drivers._sklearn import sklearn
from refgd.testing.drivers._step import step
from refgd.testing.drivers._torch import torch
from refgd.testing.drivers._update import refgd, update

__all__ = [
    "FRAMEWORKS",
    "Driver",
    "as_driver",
    "choose_keras_backend",
    "driver_of",
    "follow",
    "keras",
    "optax",
    "recorded",
    "refgd",
    "sklearn",
    "step",
    "torch",
    "update",
]
