"""scikit-learn's SGD, whose update rules are inside of its models."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from refgd._rules import defaults
from refgd._types import Array, Settings
from refgd.testing.drivers._driver import Driver

#: What MLPRegressor hands on to its optimizers, and under what name.
MLP_SGD = {"momentum": "momentum", "nesterovs_momentum": "nesterov"}
MLP_ADAM = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}


def sklearn(factory: Callable[..., Any], **hyper: Any) -> Driver:
    """Drive SGDRegressor or MLPRegressor, in float64.

    SGDRegressor takes samples, not gradients: each weight is a model of one feature,
    and the sample x = 1, y = w - dw has the gradient (w x - y) x = dw, up to the
    rounding of w - dw. Its intercept, which it does not decay, and its averages are
    left out. The rate of each step is set where ``learning_rate="constant"``; else it
    falls by itself.

    MLPRegressor's gradients come from its network: its private optimizers are run,
    made as its `fit` makes them. Its penalty is a part of its loss, and left out.

    Other models have other losses, which `refgd.testing.check_derivative` checks.

    Args:
        factory: The class.
        **hyper: Its arguments.

    Raises:
        TypeError: If it is another class.
    """
    name = getattr(factory, "__name__", repr(factory))
    if name not in MODELS:
        msg = f"sklearn's driver is of {' or '.join(MODELS)}, got {name}"
        raise TypeError(msg)
    return MODELS[name](factory, {**defaults(factory), **hyper})


def _sgd_regressor(factory: Callable[..., Any], arguments: dict[str, Any]) -> Driver:
    l2, falls = arguments["penalty"] == "l2", arguments["learning_rate"] != "constant"
    settings = {"weight_decay": arguments["alpha"] if l2 else 0.0}
    settings |= {"power_t": arguments["power_t"]} if falls else {}

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        chosen = {**arguments, "fit_intercept": False, "eta0": float(rates[0])}
        if l2:
            chosen["alpha"] = settings["weight_decay"]
        columns = zip(gradients.T, w, strict=True)
        models = ((factory(**chosen), g, rates, w0) for g, w0 in columns)
        return np.stack([_one_feature(*each, falls=falls) for each in models], axis=1)

    lr, settable = arguments["eta0"], frozenset(settings) - {"power_t"}
    made = Driver("SGDRegressor", run, settings, np.float64, lr, not falls)
    return made._replace(settable=settable, complete=True)


def _one_feature(
    model: Any, gradients: Array, rates: Array, w: Any, *, falls: bool
) -> Array:
    """Step from y = w - dw to y = w - dw."""
    model.coef_, model.intercept_, model.n_features_in_ = np.array([w]), np.zeros(1), 1
    trajectory = [w]
    for dw, rate in zip(gradients, rates, strict=True):
        if not falls:
            model.eta0 = float(rate)
        model.partial_fit([[1.0]], [trajectory[-1] - dw])
        trajectory.append(model.coef_[0])
    return np.array(trajectory)


def _mlp_regressor(_: Callable[..., Any], arguments: dict[str, Any]) -> Driver:
    optimizer, names = {
        "sgd": ("SGDOptimizer", MLP_SGD),
        "adam": ("AdamOptimizer", MLP_ADAM),
    }[arguments["solver"]]
    settings = {key: arguments[key] for key in names}

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        private = import_module("sklearn.neural_network._stochastic_optimizers")
        chosen = {names[key]: value for key, value in settings.items()}
        weight = w.copy()
        rule = getattr(private, optimizer)([weight], **chosen)
        trajectory = [w]
        for dw, rate in zip(gradients, rates, strict=True):
            rule.learning_rate = rule.learning_rate_init = float(rate)
            rule.update_params([weight], [dw])
            trajectory.append(weight.copy())
        return np.stack(trajectory)

    lr = arguments["learning_rate_init"]
    made = Driver("MLPRegressor", run, settings, np.float64, lr)
    return made._replace(settable=frozenset(settings), complete=True)


MODELS = {"SGDRegressor": _sgd_regressor, "MLPRegressor": _mlp_regressor}
