"""Drive any update(w, dw, state), and refgd's own optimizers."""

import copy
import inspect
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from refgd._types import Array, Settings
from refgd.optimizers import Optimizer
from refgd.optimizers._protocol import follow
from refgd.testing.drivers._driver import LR_NAMES, Driver, driver, run_first_fit

#: ``(w, dw, state, rate) -> (w, state)``, or w alone.
Step = Callable[[Any, Any, Any, Any], Any]
Init = Callable[..., Any] | None


def run_steps(
    step: Step, init: Init, gradients: Array, rates: Array, w: Array
) -> Array:
    """Return the trajectory: on arrays, else on one weight at a time.

    Raises:
        Exception: What the update raised on arrays, if it cannot do either.
    """
    inits = [init] if init is not None else [lambda _: None, lambda _: {}]
    return run_first_fit(
        partial(run, step, start, gradients, rates, w)
        for run, start in product((_on_arrays, _on_each_weight), inits)
    )


def _on_arrays(
    step: Step, init: Callable[..., Any], gradients: Any, rates: Array, w: Any
) -> Array:
    """Return the weights before, between and after the steps.

    Each w and dw is a copy, so that what is changed in place changes nothing else.
    """
    rows, state = [w], init(copy.copy(w))
    for dw, rate in zip(gradients, rates, strict=True):
        try:
            made = step(copy.copy(w), copy.copy(dw), state, float(rate))
        except ZeroDivisionError:  # of Python's floats; an array would hold inf or NaN
            made = w * np.nan
        w, state = made if isinstance(made, tuple) else (made, state)
        if w is None:
            raise TypeError("update must return (w, state), or w, got None")
        rows.append(copy.copy(w))
    return np.stack(rows)


def _on_each_weight(
    step: Step, init: Callable[..., Any], gradients: Array, rates: Array, w: Array
) -> Array:
    """Return the trajectory by Python's floats, as math.sqrt takes them."""
    if w.ndim > 1:
        raise TypeError("one weight at a time is for a vector of them")
    columns = zip(gradients.T, w, strict=True)
    each = [_on_arrays(step, init, g.tolist(), rates, float(a)) for g, a in columns]
    return np.stack(each, axis=1)


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

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        return follow(
            factory(lambda t: rates[min(t, len(rates) - 1)], **settings), gradients, w
        )

    return driver(factory, run, dtype, hyper)


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

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        known = {key: settings[key] for key in settings if key in parameters}

        def step(w: Any, dw: Any, state: Any, rate: Any) -> Any:
            return update(w, dw, state, **known, **({lr_name: rate} if lr_name else {}))

        return run_steps(step, init, gradients, rates, w)

    made = driver(update, run, dtype, hyper)._replace(any_shape=False)
    settable = made.settable.intersection(parameters)
    takes_rates = lr_name is not None
    return made._replace(takes_rates=takes_rates, settable=settable, complete=False)
