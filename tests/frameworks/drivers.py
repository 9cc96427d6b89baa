"""The driver of a framework's own optimizer, by the name of its dialect."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from refgd._types import Array
from refgd.testing import drivers


def driver(name: str, arguments: Mapping[str, Any], **driven: Any) -> drivers.Driver:
    """Return the driver of a framework's own optimizer; skip what is not installed."""
    module, _, optimizer = name.rpartition(".")
    package = module.partition(".")[0]
    if package == "keras":
        pytest.importorskip("jax", reason="keras runs on jax here: jax not installed")
    pytest.importorskip(package, reason=f"{package} not installed")
    factory = getattr(import_module(module), optimizer)
    made: drivers.Driver = getattr(drivers, package)(factory, **driven, **arguments)
    return made


def run(
    name: str,
    arguments: Mapping[str, Any],
    gradients: Array,
    rates: Array,
    w: Array,
) -> Array:
    """Return the trajectory (T + 1, d) of the named optimizer, a float64 array."""
    path = driver(name, arguments).run(gradients, rates, w)
    assert path.dtype == np.float64
    return path
