"""Drivers: a framework's own optimizer over a given sequence of gradients.

``run(name, arguments, gradients, rates, w)`` constructs the optimizer that a dialect
names, with the framework's own arguments, feeds it the rows of `gradients` (T, d) one a
step, with learning rate rates[t] at step t, and returns w before, between and after the
steps: (T + 1, d). Nothing of refgd is in here.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pytest

from refgd._types import Array

Arguments: TypeAlias = Mapping[str, Any]
Driver: TypeAlias = Callable[[str, Arguments, Array, Array, Array], Array]


def run(
    name: str, arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    """Return the trajectory (T + 1, d) of the named optimizer, a float64 array."""
    package, _, optimizer = name.partition(".")
    driver = DRIVERS[package]
    path = driver(optimizer.rpartition(".")[2], arguments, gradients, rates, w)
    assert path.dtype == np.float64
    assert path.shape == (len(gradients) + 1, len(w))
    return path


def _torch(
    name: str, arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    """torch.optim: the rate is set in the parameter group, as its schedulers do."""
    torch = pytest.importorskip("torch")
    parameter = torch.nn.Parameter(torch.tensor(w))
    optimizer = getattr(torch.optim, name)([parameter], lr=float(rates[0]), **arguments)
    path = [w]
    for dw, rate in zip(gradients, rates, strict=True):
        optimizer.param_groups[0]["lr"] = float(rate)
        parameter.grad = torch.tensor(dw)
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return np.stack(path)


def _optax(
    name: str, arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    """optax: the rate is a schedule, and the whole run is one compiled scan."""
    is_number = {key: isinstance(value, float) for key, value in arguments.items()}
    numbers = {key: value for key, value in arguments.items() if is_number[key]}
    words = {key: value for key, value in arguments.items() if not is_number[key]}
    scan = _optax_scan(name, tuple(sorted(words.items())))
    return np.concatenate([[w], np.asarray(scan(numbers, gradients, rates, w))])


@functools.cache
def _optax_scan(name: str, words: tuple[tuple[str, Any], ...]) -> Any:
    """Compile one run; numbers are traced, so that new ones need no new compilation."""
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")

    def scan(numbers: Any, gradients: Any, rates: Any, w: Any) -> Any:
        optimizer = getattr(optax, name)(rates.__getitem__, **numbers, **dict(words))

        def step(carry: Any, dw: Any) -> Any:
            w, state = carry
            updates, state = optimizer.update(dw, state, w)
            w = optax.apply_updates(w, updates)
            return (w, state), w

        return jax.lax.scan(step, (w, optimizer.init(w)), gradients)[1]

    return jax.jit(scan)


def _keras(
    name: str, arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    """keras.optimizers: the rate is assigned, as LearningRateScheduler does."""
    pytest.importorskip("jax", reason="keras runs on jax here: jax not installed")
    keras = pytest.importorskip("keras")
    variable = keras.Variable(w)
    optimizer = getattr(keras.optimizers, name)(float(rates[0]), **arguments)
    optimizer.build([variable])
    kinds = {v.dtype for v in optimizer.variables if v is not optimizer.iterations}
    assert kinds <= {"float64"}, "keras must keep its state in float64"
    path = [w]
    for dw, rate in zip(gradients, rates, strict=True):
        optimizer.learning_rate = float(rate)
        optimizer.apply([keras.ops.convert_to_tensor(dw)], [variable])
        path.append(np.asarray(variable.value))
    return np.stack(path)


def _sklearn(
    name: str, arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    driver = {"SGDRegressor": _sgd_regressor, "MLPRegressor": _mlp_regressor}[name]
    return driver(arguments, gradients, rates, w)


def _sgd_regressor(
    arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    """SGDRegressor: one model of one feature a coordinate, since it takes samples.

    The sample x = 1, y = w - dw has the gradient (x w - y) x = dw, up to the rounding
    of w - dw, which is no more than the rounding of w itself.
    """
    columns = zip(gradients.T, w, strict=True)
    return np.stack(
        [_one_feature(arguments, g, rates, w0) for g, w0 in columns], axis=1
    )


def _one_feature(arguments: Arguments, gradients: Array, rates: Array, w: Any) -> Array:
    linear_model = pytest.importorskip("sklearn.linear_model")
    settings = {**arguments, "fit_intercept": False, "eta0": float(rates[0])}
    model = linear_model.SGDRegressor(**settings)
    model.coef_, model.intercept_, model.n_features_in_ = np.array([w]), np.zeros(1), 1
    path = [w]
    for dw, rate in zip(gradients, rates, strict=True):
        if model.learning_rate == "constant":
            model.eta0 = float(rate)
        model.partial_fit([[1.0]], [path[-1] - dw])
        path.append(model.coef_[0])
    return np.array(path)


def _mlp_regressor(
    arguments: Arguments, gradients: Array, rates: Array, w: Array
) -> Array:
    """MLPRegressor: its private optimizers, constructed as in its `fit`."""
    private = pytest.importorskip("sklearn.neural_network._stochastic_optimizers")
    rule, names = {
        "sgd": (private.SGDOptimizer, MLP_SGD),
        "adam": (private.AdamOptimizer, MLP_ADAM),
    }[arguments["solver"]]
    settings = {names[key]: value for key, value in arguments.items() if key in names}
    weight = w.copy()
    optimizer = rule([weight], **settings)
    path = [w]
    for dw, rate in zip(gradients, rates, strict=True):
        optimizer.learning_rate = optimizer.learning_rate_init = float(rate)
        optimizer.update_params([weight], [dw])
        path.append(weight.copy())
    return np.stack(path)


#: What MLPRegressor hands on to its optimizers, and under what name.
MLP_SGD = {"momentum": "momentum", "nesterovs_momentum": "nesterov"}
MLP_ADAM = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}

DRIVERS: dict[str, Driver] = {
    "torch": _torch,
    "optax": _optax,
    "keras": _keras,
    "sklearn": _sklearn,
}
