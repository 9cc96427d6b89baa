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
    """Drive SGDRegressor, MLPRegressor or MLPClassifier, in float64.

    SGDRegressor takes samples, not gradients: each weight is a model of one feature,
    and the sample x = 1, y = w - dw has the gradient (w x - y) x = dw, up to the
    rounding of w - dw. With ``fit_intercept=True`` and a penalty the last weight is the
    intercept, which it does not penalize. Its averages are left out. The rate of each
    step is set where ``learning_rate="constant"`` and nothing is truncated by an l1
    penalty; else it is the first, or falls by itself.

    The gradients of the other two come from their networks: their private optimizers
    are run, made as their `fit` makes them. Their penalty is a part of their loss, and
    left out.

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
    penalty, falls = arguments["penalty"], arguments["learning_rate"] != "constant"
    truncates = penalty in {"l1", "elasticnet"}
    alpha = arguments["alpha"] if penalty else 0.0
    spares = bool(arguments["fit_intercept"] and alpha)
    plain = not (truncates or spares)
    settings: dict[str, Any] = {"weight_decay" if plain else "lambd": alpha}
    if truncates:
        settings["l1_share"] = 1 if penalty == "l1" else arguments["l1_ratio"]
    settings |= {"intercept": True} if spares else {}
    settings |= {"power_t": arguments["power_t"]} if falls else {}
    given = {"max_iter": 1, "tol": None, "shuffle": False, "average": False}

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        chosen = {**arguments, **given, "eta0": float(rates[0])}
        if penalty:
            chosen["alpha"] = settings["weight_decay" if plain else "lambd"]
        paths = []
        for i, (g, w0) in enumerate(zip(gradients.T, w, strict=True)):
            last = spares and i == len(w) - 1
            model = factory(**{**chosen, "fit_intercept": last})
            step = _fit if falls or truncates else _fit_on
            paths.append(step(model, g, rates, w0, last=last))
        return np.stack(paths, axis=1)

    rate, takes = arguments["eta0"], not (falls or truncates)
    made = Driver("SGDRegressor", run, settings, np.float64, rate, takes)
    settable = frozenset({"weight_decay", "lambd"}.intersection(settings))
    return made._replace(settable=settable, complete=True)


def _fit(model: Any, gradients: Array, _: Array, w: Any, *, last: bool) -> Array:
    """Fit one sample more each time, since a fit alone counts its samples from 1."""
    x, y, trajectory = [], [], [w]
    name = "intercept_init" if last else "coef_init"
    for dw in gradients:
        x.append([0.0 if last else 1.0])
        y.append(trajectory[-1] - dw)
        model.fit(x, y, **{name: np.array([w])})
        trajectory.append((model.intercept_ if last else model.coef_)[0])
    return np.array(trajectory)


def _fit_on(model: Any, gradients: Array, rates: Array, w: Any, *, last: bool) -> Array:
    """Go on by one sample each time, at the rate of that step."""
    weight, other = np.array([w]), np.zeros(1)
    model.coef_, model.intercept_ = (other, weight) if last else (weight, other)
    model.n_features_in_, trajectory = 1, [w]
    for dw, rate in zip(gradients, rates, strict=True):
        model.eta0 = float(rate)
        model.partial_fit([[0.0 if last else 1.0]], [trajectory[-1] - dw])
        trajectory.append((model.intercept_ if last else model.coef_)[0])
    return np.array(trajectory)


def _mlp(factory: Callable[..., Any], arguments: dict[str, Any]) -> Driver:
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
    made = Driver(factory.__name__, run, settings, np.float64, lr)
    return made._replace(settable=frozenset(settings), complete=True)


MODELS = {
    "SGDRegressor": _sgd_regressor,
    "MLPRegressor": _mlp,
    "MLPClassifier": _mlp,
}
