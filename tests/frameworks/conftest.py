"""The frameworks' process-wide settings: everything in float64, and back afterwards."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec

import pytest


@pytest.fixture(scope="package", autouse=True)
def float64() -> Iterator[None]:
    """Make float64 the default kind of the frameworks that are installed."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("KERAS_BACKEND", "jax")  # read once, when keras is imported
        for needed, float64_in in [
            (["torch"], _torch),
            (["jax"], _jax),
            (["keras", "jax"], _keras),
        ]:
            if all(map(find_spec, needed)):
                stack.enter_context(float64_in())
        yield


@contextmanager
def _torch() -> Iterator[None]:
    """NAdam keeps its mu_product in the default dtype, whatever its weights' is."""
    torch = import_module("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@contextmanager
def _jax() -> Iterator[None]:
    """Jax has no float64 unless it is asked for."""
    with import_module("jax").enable_x64(True):
        yield


@contextmanager
def _keras() -> Iterator[None]:
    """Keras makes its learning rate and its hyperparameters float32 by default."""
    keras = import_module("keras")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)
