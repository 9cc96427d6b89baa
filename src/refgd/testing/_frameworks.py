"""The frameworks' process-wide settings, set for a run and put back after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@contextmanager
def torch_floats(name: str) -> Iterator[None]:
    """Make torch's default dtype float64 or float32."""
    torch = import_module("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, name))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def keras_floats(name: str) -> Iterator[Any]:
    """Make keras's floats float64 or float32."""
    choose_keras_backend()
    keras = import_module("keras")
    before = keras.config.floatx()
    keras.config.set_floatx(name)
    try:
        if keras.config.backend() == "jax":
            with import_module("jax").enable_x64(name == "float64"):
                yield keras
        else:
            yield keras
    finally:
        keras.config.set_floatx(before)


def choose_keras_backend() -> None:
    """Have keras run on a backend that is installed, where nobody chose one.

    It reads the variable once, when it is imported; its own default is tensorflow.
    """
    for package in ("tensorflow", "jax", "torch"):
        if find_spec(package):
            os.environ.setdefault("KERAS_BACKEND", package)
