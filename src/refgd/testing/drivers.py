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

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from refgd._types import Array
from refgd.optimizers import Optimizer
from refgd.testing import _updates
from refgd.testing._driver import LR_NAMES, Driver, driver
from refgd.testing._frameworks import (
    choose_keras_backend,
    keras_floats,
    torch_floats,
)
from refgd.testing._sklearn import sklearn

__all__ = [
    "Driver",
    "choose_keras_backend",
    "follow",
    "keras",
    "optax",
    "refgd",
    "sklearn",
    "torch",
    "update",
]


def torch(
    factory: Callable[..., Any], *, dtype: npt.DTypeLike = np.float64, **hyper: Any
) -> Driver:
    """Drive a torch optimizer; the rate is set in its groups, as schedulers do.

    Args:
        factory: A class such as ``torch.optim.Adam``, or a function with its call,
            ``factory([parameter], lr=..., **hyper)``.
        dtype: What its weights are, np.float64 or np.float32.
        **hyper: Its hyperparameters, in its own names.
    """

    def walk(
        settings: Mapping[str, Any], gradients: Array, rates: Array, w: Array
    ) -> Array:
        torch = import_module("torch")
        with torch_floats(np.dtype(dtype).name):
            parameter = torch.nn.Parameter(torch.tensor(w))
            optimizer = factory([parameter], lr=float(rates[0]), **settings)
            path = [w]
            for dw, rate in zip(gradients, rates, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = float(rate)
                parameter.grad = torch.tensor(dw)
                optimizer.step()
                path.append(parameter.detach().numpy().copy())
        return np.stack(path)

    return driver(factory, walk, dtype, hyper)


def optax(
    factory: Callable[..., Any], *, dtype: npt.DTypeLike = np.float64, **hyper: Any
) -> Driver:
    """Drive an optax transformation; the rate is a schedule, the run a compiled scan.

    Args:
        factory: A function such as ``optax.adam``, called with the schedule and hyper.
        dtype: What its weights are, np.float64 or np.float32.
        **hyper: Its hyperparameters, in its own names.
    """

    def walk(
        settings: Mapping[str, Any], gradients: Array, rates: Array, w: Array
    ) -> Array:
        jax = import_module("jax")
        numbers = {k: v for k, v in settings.items() if isinstance(v, float)}
        words = {k: v for k, v in settings.items() if k not in numbers}
        with jax.enable_x64(np.dtype(dtype) == np.float64):
            try:
                scan = _optax_scan(factory, tuple(words.items()))
                after = scan(numbers, gradients, rates, w)
            except TypeError:  # it asks what a number is, or one has no hash
                scan = _optax_scan.__wrapped__(factory, tuple(settings.items()))
                after = scan({}, gradients, rates, w)
            return np.concatenate([[w], np.asarray(after)])

    return driver(factory, walk, dtype, hyper)


@lru_cache(maxsize=64)
def _optax_scan(factory: Callable[..., Any], words: tuple[tuple[str, Any], ...]) -> Any:
    """Compile a run; numbers are traced, so that new ones need no new compilation."""
    jax, optax = import_module("jax"), import_module("optax")

    def scan(numbers: Any, gradients: Any, rates: Any, w: Any) -> Any:
        optimizer = factory(rates.__getitem__, **numbers, **dict(words))

        def step(carry: Any, dw: Any) -> Any:
            w, state = carry
            updates, state = optimizer.update(dw, state, w)
            w = optax.apply_updates(w, updates)
            return (w, state), w

        return jax.lax.scan(step, (w, optimizer.init(w)), gradients)[1]

    return jax.jit(scan)


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

    def walk(
        settings: Mapping[str, Any], gradients: Array, rates: Array, w: Array
    ) -> Array:
        with keras_floats(np.dtype(dtype).name) as keras:
            variable = keras.Variable(w)
            optimizer = factory(float(rates[0]), **settings)
            optimizer.build([variable])
            path = [w]
            for dw, rate in zip(gradients, rates, strict=True):
                optimizer.learning_rate = float(rate)
                optimizer.apply([keras.ops.convert_to_tensor(dw)], [variable])
                path.append(keras.ops.convert_to_numpy(variable.value).copy())
        return np.stack(path)

    return driver(factory, walk, dtype, hyper)


def refgd(
    factory: Callable[..., Optimizer],
    *,
    dtype: npt.DTypeLike = np.float64,
    **hyper: Any,
) -> Driver:
    """Drive a refgd optimizer, by what makes it from a learning rate and hyper.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import momentum
        >>> from refgd.testing import drivers
        >>> driver = drivers.refgd(momentum, beta=0.5)
        >>> dw, rates = np.array([[2.0], [4.0]]), np.array([0.5, 0.5])
        >>> driver.run(dw, rates, np.zeros(1)).tolist()
        [[0.0], [-1.0], [-3.5]]
    """

    def walk(
        settings: Mapping[str, Any], gradients: Array, rates: Array, w: Array
    ) -> Array:
        optimizer = factory(lambda t: rates[t], **settings)
        return follow(optimizer, gradients, w)

    return driver(factory, walk, dtype, hyper)


def update(
    update: Callable[..., Any],
    init: Callable[..., Any] | None = None,
    *,
    dtype: npt.DTypeLike = np.float64,
    **hyper: Any,
) -> Driver:
    """Drive any ``update(w, dw, state) -> (w, state)``.

    It may have hyperparameters after these three, which are given by name; one that is
    called ``lr`` (or ``learning_rate``) gets the rate of each step. If it has none,
    state its one rate: ``lr=0.01``. What takes only single numbers, such as math.sqrt,
    is given one weight at a time. It may change its state in place and return w alone.

    Args:
        update: One step.
        init: ``w -> state``. Without it the first state is None, or {} if update
            cannot do with None.
        dtype: What its weights are.
        **hyper: Its hyperparameters; those that are not its parameters say what is
            written in it.

    Example:
        >>> import numpy as np
        >>> from refgd.testing import drivers
        >>> driver = drivers.update(lambda w, dw, state: (w - 0.5 * dw, state), lr=0.5)
        >>> driver.run(np.ones((2, 1)), np.full(2, 0.5), np.zeros(1)).tolist()
        [[0.0], [-0.5], [-1.0]]
    """
    parameters = list(inspect.signature(update).parameters)[3:]
    lr_name = next((name for name in LR_NAMES if name in parameters), None)

    def walk(
        settings: Mapping[str, Any], gradients: Array, rates: Array, w: Array
    ) -> Array:
        known = {key: settings[key] for key in settings if key in parameters}

        def step(w: Any, dw: Any, state: Any, rate: Any) -> Any:
            return update(w, dw, state, **known, **({lr_name: rate} if lr_name else {}))

        return _updates.walk(step, init, gradients, rates, w)

    made = driver(update, walk, dtype, hyper)
    settable = made.settable.intersection(parameters)
    takes_rates = lr_name is not None
    return made._replace(takes_rates=takes_rates, settable=settable, complete=False)


def follow(optimizer: Optimizer, gradients: Array, w: Array) -> Array:
    """Return the trajectory (T + 1, d) of an optimizer that knows its rates."""
    path, state = [w], optimizer.init(w)
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        path.append(w)
    return np.stack(path)
