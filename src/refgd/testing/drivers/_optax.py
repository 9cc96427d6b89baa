"""Drive optax's transformations."""

from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from refgd._types import Array, Settings
from refgd.testing.drivers._driver import Driver, driver, one_sentence


def optax(
    factory: Callable[..., Any], *, dtype: npt.DTypeLike = np.float64, **hyper: Any
) -> Driver:
    """Drive an optax transformation; the rate is a schedule, the run a compiled scan.

    Of what takes no schedule, such as its sm3, each step is made with its own rate, by
    optax.inject_hyperparams; its rprop reads the first alone.

    Args:
        factory: A function such as ``optax.adam``, called with the schedule and hyper.
        dtype: What its weights are, np.float64 or np.float32.
        **hyper: Its hyperparameters, in its own names.
    """

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        jax = import_module("jax")
        kind: Any = np.dtype(dtype).type  # a float of Python's is float32 beside one
        numbers = {k: kind(v) for k, v in settings.items() if isinstance(v, float)}
        words = {k: v for k, v in settings.items() if k not in numbers}
        with jax.enable_x64(np.dtype(dtype) == np.float64), one_sentence(factory):
            try:
                scan = _optax_scan(factory, tuple(words.items()))
                after = scan(numbers, gradients, rates, w)
            except TypeError:  # it asks what a number is, or one has no hash
                scan = _optax_scan.__wrapped__(factory, tuple(settings.items()))
                after = scan({}, gradients, rates, w)
            return np.concatenate([[w], np.asarray(after)])

    return driver(factory, run, dtype, hyper)


@lru_cache(maxsize=64)
def _optax_scan(factory: Callable[..., Any], words: tuple[tuple[str, Any], ...]) -> Any:
    """Compile a run; numbers are traced, so that new ones need no new compilation."""
    jax, optax = import_module("jax"), import_module("optax")

    def scan(numbers: Any, gradients: Any, rates: Any, w: Any) -> Any:
        make = partial(factory, **numbers, **dict(words))
        try:
            optimizer = make(rates.__getitem__)
            start = optimizer.init(w)
        except TypeError:  # it takes no schedule: make it anew for the rate of a step
            optimizer = optax.inject_hyperparams(make)(rates.__getitem__)
            start = optimizer.init(w)

        def step(carry: Any, dw: Any) -> Any:
            w, state = carry
            updates, state = optimizer.update(dw, state, w)
            w = optax.apply_updates(w, updates)
            return (w, state), w

        return jax.lax.scan(step, (w, start), gradients)[1]

    return jax.jit(scan)
