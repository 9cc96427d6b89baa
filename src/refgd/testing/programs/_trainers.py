"""What trains in a program: a class with fit and predict, or a function of data."""

import copy
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing._answers import flat
from refgd.testing.gradient._parts import list_parts
from refgd.testing.programs import _functions, _roles
from refgd.testing.programs._labels import split_words
from refgd.testing.programs._load import Program
from refgd.testing.programs._names import is_own
from refgd.testing.programs._updates import Start

#: Words in the name of what trains.
TRAINS = {"fit", "train", "training", "regression", "descent", "gd", "learn", "run"}

#: What moves the minimum on purpose.
PENALIZES = {"ridge", "lasso", "l1", "l2", "penalty", "decay", "lambda", "reg"}


class Data(NamedTuple):
    """Samples, and targets that fit exactly."""

    x: Array
    y: Array
    new: Array  # other samples, for which to predict
    known: Array  # and their targets


class Trainer(NamedTuple):
    """What trains: from data, and settings, to the predictions for the same data."""

    name: str
    train: Callable[..., Any]
    rate: str | None  # the parameter that is the learning rate
    steps: str | None  # and the number of iterations
    twice: Callable[[Data], Any] | None = None  # predictions after a second training


def list_trainers(program: Program) -> Iterator[Trainer]:
    for name, value in program.names.items():
        if isinstance(value, type) and value.__module__ == _module(program):
            yield from _make_from_class(name, value, program)
        elif is_own(value, program) and TRAINS & {*split_words(name)}:
            yield from _make_from_function(name, value, program)


def _module(program: Program) -> Any:
    return program.names.get("__name__")


def _settle(parameters: Any, given: dict[str, Any], settings: dict[str, Any]) -> Any:
    """Return arguments: a program's own defaults where it has some."""
    kept = {
        name: value
        for name, value in given.items()
        if parameters[name].default is inspect.Parameter.empty
        or _roles.means(name, "quiet")
    }
    return kept | {
        name: value for name, value in settings.items() if name in parameters
    }


#: What is given where there is no default.
RATE, STEPS = 0.05, 2000


def _choose(
    function: Any, data: Data, settings: dict[str, Any], program: Program
) -> Any:
    width = data.x.shape[1] if data.x.ndim > 1 else None
    start = Start(data.x, data.y, np.zeros(width or ()), np.float64(0), RATE)
    given = _functions.choose_arguments(function, start, program.names)
    for name in given:
        if _roles.means(name, "n_iters"):
            given[name] = STEPS
    return _settle(inspect.signature(function).parameters, given, settings)


def _make_from_class(name: str, kind: type, program: Program) -> Iterator[Trainer]:
    method = next((m for m in ("fit", "train") if callable(getattr(kind, m, None))), "")
    words = {*split_words(name)} | {*inspect.signature(kind).parameters}
    if not method or not callable(getattr(kind, "predict", None)) or words & PENALIZES:
        return

    def train(data: Data, *, times: int = 1, **settings: Any) -> Any:
        made = kind(**_choose(kind, data, settings, program))
        function = getattr(made, method)
        for _ in range(times):
            function(**_choose(function, data, settings, program))
        return made.predict(data.new)

    parameters = [*inspect.signature(kind).parameters]
    parameters += inspect.signature(getattr(kind, method)).parameters
    yield Trainer(
        f"{name}.{method}",
        train,
        _roles.find_rate(parameters),
        next((p for p in parameters if _roles.means(p, "n_iters")), None),
        lambda data: train(data, times=2),
    )


def _make_from_function(
    name: str, function: Any, program: Program
) -> Iterator[Trainer]:
    parameters = [*inspect.signature(function).parameters]
    if not _roles.name_data(parameters) or {*parameters} & PENALIZES:
        return

    def train(data: Data, **settings: Any) -> Any:
        arguments = _choose(function, data, settings, program)
        return _predict(copy.copy(function(**arguments)), data)

    yield Trainer(
        name,
        train,
        _roles.find_rate(parameters),
        next((p for p in parameters if _roles.means(p, "n_iters")), None),
    )


def _predict(answer: Any, data: Data) -> Any:
    """Return the predictions of the weights that a function returned."""
    x = data.new.reshape(len(data.new), -1)
    d = x.shape[1]
    parts = [flat(part) for part in list_parts(answer)]
    numbers = [np.ravel(p).astype(float) for p in parts if p is not None]
    for i, part in enumerate(numbers):
        if part.size == d:
            rest = numbers[i + 1 : i + 2]
            b = rest[0][0] if rest and rest[0].size == 1 else 0.0
            return x @ part + b
        if part.size == d + 1:
            tries = x @ part[1:] + part[0], x @ part[:-1] + part[-1]
            return min(tries, key=lambda p: float(np.sum((p - data.known) ** 2)))
    return None
