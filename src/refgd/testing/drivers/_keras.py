"""Drive keras's optimizers."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from refgd._types import Array, Settings
from refgd.testing.drivers._driver import Driver, driver


@contextmanager
def keras_floats(name: str) -> Iterator[Any]:
    """Make keras's floats float64 or float32.

    Its means are of float32 whatever the weights are, on jax and torch, by a table.
    """
    choose_keras_backend()
    keras = import_module("keras")
    before = keras.config.floatx()
    keras.config.set_floatx(name)
    shorter = import_module("keras.src.backend.common.dtypes").BIT64_TO_BIT32_DTYPE
    table = dict(shorter)
    shorter["float64"] = name
    try:
        if keras.config.backend() == "jax":
            with import_module("jax").enable_x64(name == "float64"):
                yield keras
        else:
            yield keras
    finally:
        keras.config.set_floatx(before)
        shorter.update(table)


def choose_keras_backend() -> None:
    """Have keras run on a backend that is installed, where nobody chose one.

    It reads the variable once, when it is imported; its own default is tensorflow.
    """
    for package in ("tensorflow", "jax", "torch"):
        if find_spec(package):
            os.environ.setdefault("KERAS_BACKEND", package)


def keras(
    factory: Callable[..., Any], *, dtype: npt.DTypeLike = np.float64, **hyper: Any
) -> Driver:
    """Drive a keras optimizer; the rate is assigned, as LearningRateScheduler does.

    Args:
        factory: A class such as ``keras.optimizers.Adam``, called with the rate and
            hyper.
        dtype: What its weights are, np.float64 or np.float32.
        **hyper: Its hyperparameters, in its own names.
    """

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        with keras_floats(np.dtype(dtype).name) as keras:
            variable = keras.Variable(w)
            optimizer = factory(float(rates[0]), **settings)
            optimizer.build([variable])
            trajectory = [w]
            for dw, rate in zip(gradients, rates, strict=True):
                optimizer.learning_rate = float(rate)
                optimizer.apply([keras.ops.convert_to_tensor(dw)], [variable])
                trajectory.append(keras.ops.convert_to_numpy(variable.value).copy())
        return np.stack(trajectory)

    return driver(factory, run, dtype, hyper)
