"""Drive objects that remember their state themselves, and classes that make them."""

import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from refgd._rules import NUMBERS, defaults
from refgd._types import Array, Settings
from refgd.testing.drivers._driver import LR_NAMES, Driver, run_first_fit
from refgd.testing.drivers._parameter import Parameter, as_torch

#: The methods that take a step, the likeliest first.
METHODS = ("step", "update", "update_params", "apply", "apply_gradients")

#: What the gradient is called, where it may stand before the weights.
GRADIENTS = {"g", "dw", "dws", "d_w", "grad", "grads", "gradient", "gradients"}

#: Arguments of a class that ask how many weights there are.
SIZES = {"n", "d", "dim", "size", "n_features", "n_params", "n_weights", "num_params"}

#: Where an object keeps its learning rate.
RATES = (*LR_NAMES, "_lr", "_learning_rate", "eta")


def method_of(made: Any) -> str | None:
    """Return the name of the method that takes a step; None if there is none."""
    names = (name for name in METHODS if callable(getattr(made, name, None)))
    return next(names, None)


def step(made: Any, *, dtype: npt.DTypeLike = np.float64, **hyper: Any) -> Driver:
    """Drive an object with a method ``step(w, g)``, or the class that makes it.

    The method may be called step, update, update_params, apply or apply_gradients. It
    takes the weights and the gradient, as arrays, or in lists or dicts, and maybe the
    learning rate; and it returns the new weights, or changes them in place. A class
    like torch's is given parameters with ``.data`` and ``.grad``, and its ``step()``
    nothing, or the gradients.

    Every run has an object of its own: a new one of a class, a copy of an object. The
    rate of each step is assigned to its ``lr`` or ``learning_rate``.

    Args:
        made: The object, or the class, which is called with the rate and hyper.
        dtype: What its weights are.
        **hyper: The class's hyperparameters; of an object, what is written in it.

    Raises:
        TypeError: If there is no such method, or it takes something else.

    Example:
        >>> from refgd.testing import drivers, identify
        >>> class Descent:
        ...     def __init__(self, lr=0.1):
        ...         self.lr = lr
        ...
        ...     def step(self, w, g):
        ...         return w - self.lr * g
        >>> "torch.optim.SGD" in identify(drivers.step(Descent)).dialects
        True
    """
    kind = made if inspect.isclass(made) else type(made)
    name = method_of(made)
    if name is None:
        msg = f"{kind.__name__} has no method step(w, g), nor {', '.join(METHODS[1:])}"
        raise TypeError(msg)
    maker = _class_maker(kind, hyper) if made is kind else _object_maker(made, hyper)
    takes = _parameters_of(getattr(kind, name, None) or getattr(made, name))
    known = {*takes[2:]} <= {*RATES}
    forms = [*_forms(len(takes))] if known else []
    if not forms:
        said = f"{name}({', '.join(takes)})"
        msg = f"{kind.__name__} cannot be driven: it has {said}, not step(w, g)"
        raise TypeError(msg)

    def run(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        runs = _Runs(maker, name, takes, settings)
        given = gradients, rates, w
        return run_first_fit(partial(form.walk, runs, *given) for form in forms)

    def run_two(settings: Settings, gradients: Array, rates: Array, w: Array) -> Array:
        runs = _Runs(maker, name, takes, settings)
        given = gradients, rates, w
        two = run_first_fit(partial(_choose_two, form, runs, *given) for form in forms)
        return two(runs, *given)

    return Driver(
        kind.__name__,
        run,
        maker.settings,
        np.dtype(dtype).type,
        maker.lr,
        takes_rates=maker.takes_rates or len(takes) > 2,  # noqa: PLR2004 - w and g
        settable=maker.settable,
        walk_two=run_two,
    )


def _parameters_of(method: Callable[..., Any]) -> list[str]:
    """Return the names of what a method must be given, and of its learning rate."""
    parameters = [*inspect.signature(method).parameters.values()]
    own = parameters[:1] if parameters and parameters[0].name == "self" else []
    return [
        p.name
        for p in parameters[len(own) :]
        if p.kind is p.POSITIONAL_OR_KEYWORD
        and (p.default is p.empty or p.name in RATES)
    ]


# --- what makes the object of a run ------------------------------------------------


class _Maker(NamedTuple):
    """What makes the object of a run, from settings, the first rate, w and parameters.

    The rest is as in `Driver`.
    """

    make: Callable[[Settings, float, Any, list[Any]], Any]
    settings: Settings
    lr: Any
    takes_rates: bool
    settable: frozenset[str]


def _class_maker(kind: type, hyper: Settings) -> _Maker:
    parameters = inspect.signature(kind).parameters
    lr_name = next((name for name in LR_NAMES if name in parameters), None)
    settings = {**defaults(kind), **hyper}
    lr = [settings.pop(key) for key in LR_NAMES if key in settings]

    def make(settings: Settings, rate: float, w: Any, weights: list[Any]) -> Any:
        known = {key: settings[key] for key in settings if key in parameters}
        known |= {lr_name: rate} if lr_name else {}
        for name, each in parameters.items():
            required = each.default is each.empty and each.kind is (
                each.POSITIONAL_OR_KEYWORD
            )
            if required and name not in known:
                known[name] = _guess(name, w, weights)
        return kind(**known)

    size = np.zeros(1)
    sample = _make_sample(lambda weights: make(settings, 0.5, size, weights), size)
    rates = [*lr, *(getattr(kind, name, None) for name in RATES)]
    first = next((rate for rate in rates if isinstance(rate, int | float)), None)
    takes_rates = _assign_rate(sample, 0.25)
    settable = frozenset(settings).intersection(parameters)
    return _Maker(make, settings, first, takes_rates, settable)


def _make_sample(make: Callable[[list[Any]], Any], size: Array) -> Any:
    """Return an object of the class; with tensors, if it takes nothing else."""
    try:
        return make([Parameter(size)])
    except TypeError:
        if "torch" not in sys.modules:
            raise
        return make([sys.modules["torch"].nn.Parameter(as_torch(size))])


def _guess(name: str, w: Any, weights: list[Any]) -> Any:
    """Return what a class must be given, by what it is called."""
    if name in SIZES:
        return np.size(w)
    if name in NUMBERS:
        msg = f"it has no default of {name}: state it, {name}=..."
        raise TypeError(msg)
    return np.shape(w) if name == "shape" else weights


def _object_maker(made: Any, hyper: Settings) -> _Maker:
    held = {k: v for k, v in getattr(made, "__dict__", {}).items() if k in NUMBERS}
    numbers = {k: v for k, v in held.items() if isinstance(v, int | float | tuple)}
    settings = {k: v for k, v in {**numbers, **hyper}.items() if k not in LR_NAMES}
    rates = [hyper.get(n) for n in LR_NAMES] + [getattr(made, n, None) for n in RATES]
    lr = next((rate for rate in rates if isinstance(rate, int | float)), None)

    def make(settings: Settings, _: float, __: Any, ___: list[Any]) -> Any:
        one = copy.deepcopy(made)
        for key in numbers:
            if key in settings:
                setattr(one, key, settings[key])
        return one

    takes_rates = _assign_rate(copy.deepcopy(made), 0.25)
    settable = frozenset(numbers).difference(LR_NAMES)
    return _Maker(make, settings, lr, takes_rates, settable)


def _assign_rate(made: Any, rate: float) -> bool:
    """Assign the rate of a step; return whether it has a place to keep it."""
    groups = getattr(made, "param_groups", None)
    if groups:
        for group in groups:
            group["lr"] = rate
        return True
    name = next((name for name in RATES if hasattr(made, name)), None)
    if name is not None:
        setattr(made, name, rate)
    return name is not None


# --- the forms of weights and gradients --------------------------------------------


class _Runs(NamedTuple):
    """A run: what makes its object, the method, what that takes, and the settings."""

    maker: _Maker
    name: str
    takes: list[str]
    settings: Settings

    def start(self, rate: float, w: Any, parameters: list[Any]) -> Any:
        return self.maker.make(self.settings, rate, w, parameters)

    def step(self, made: Any, w: Any, g: Any, rate: float) -> Any:
        """Return what the method returns."""
        _assign_rate(made, rate)
        first, second = self.takes[:2]
        swapped = first.lower() in GRADIENTS and second.lower() not in GRADIENTS
        given = (g, w) if swapped else (w, g)
        return getattr(made, self.name)(*given, *([rate] if self.takes[2:] else []))


Form = Callable[[_Runs, Array, Array, Array], Array]


class _Form(NamedTuple):
    """How the weights are given: as they are, and as two parameters if that may be."""

    walk: Form
    walk_two: Form | None = None


def _choose_two(
    form: _Form, runs: _Runs, gradients: Array, rates: Array, w: Array
) -> Form:
    """Return the form with two parameters, if the one with one of them fits."""
    form.walk(runs, gradients, rates, w)
    return form.walk_two or _refuse_two


def _refuse_two(_: _Runs, _g: Array, _rates: Array, _w: Array) -> Array:
    raise TypeError("its step takes one array, not parameters")


def _forms(n: int) -> Iterator[_Form]:
    """Yield the forms that a method of n arguments may take."""
    loaded = "torch" in sys.modules
    if n in {2, 3}:
        yield from (_in(*each) for each in WRAPS)
        if loaded:
            yield from (_in(*each, convert=as_torch) for each in WRAPS)
        yield _Form(_on_each_weight)
    if n in {0, 1}:
        yield _on_parameter(Parameter, lambda g: g)
        if loaded:
            make = sys.modules["torch"].nn.Parameter
            yield _on_parameter(lambda w: make(as_torch(w)), as_torch)


#: Of parameters, what holds them; the parameters in that, of which the first is w; and
#: whether there may be two.
Hold: TypeAlias = tuple[Callable[[list[Any]], Any], Callable[[Any], list[Any]], bool]
WRAPS: tuple[Hold, ...] = (
    (
        lambda a: a[0],
        lambda held: [held[0] if isinstance(held, tuple) else held],
        False,
    ),
    (lambda a: a, lambda held: [*held], True),
    (lambda a: dict(zip("wb", a, strict=False)), lambda held: [*held.values()], True),
)


def _in(
    hold: Callable[[list[Any]], Any],
    take: Callable[[Any], list[Any]],
    several: bool,  # noqa: FBT001 - of a row of WRAPS
    convert: Callable[[Array], Any] = lambda a: a,
) -> _Form:
    def walk(n: int, runs: _Runs, gradients: Array, rates: Array, w: Array) -> Array:
        def wrap(a: Array) -> Any:
            return hold([convert(part) for part in _split(a, n)])

        held, rows = wrap(w), [w]
        made = runs.start(float(rates[0]), w, take(held))
        for dw, rate in zip(gradients, rates, strict=True):
            returned = runs.step(made, held, wrap(dw), float(rate))
            held = held if returned is None else returned
            rows.append(_join(take(held)[:n]))
            held = take(held)[0] if isinstance(held, tuple) else held
        return _refuse_constant(np.stack(rows), gradients)

    return _Form(partial(walk, 1), partial(walk, 2) if several else None)


def _split(a: Array, n: int) -> list[Array]:
    return np.split(a.copy(), n) if n > 1 else [a.copy()]


def _join(parts: list[Any]) -> Array:
    arrays = [_as_array(part) for part in parts]
    return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]


def _on_each_weight(runs: _Runs, gradients: Array, rates: Array, w: Array) -> Array:
    """Return the trajectory by Python's floats, as math.sqrt takes them."""
    columns = []
    for g, start in zip(gradients.T.tolist(), w.tolist(), strict=True):
        made, row = runs.start(float(rates[0]), start, [start]), [start]
        for dw, rate in zip(g, rates.tolist(), strict=True):
            try:
                row.append(float(runs.step(made, row[-1], dw, rate)))
            except ZeroDivisionError:  # an array would hold inf or NaN
                row.append(np.nan)
        columns.append(row)
    return np.array(columns, dtype=w.dtype).T


def _on_parameter(make: Callable[[Array], Any], convert: Callable[[Any], Any]) -> _Form:
    """Return the form of what is made with its parameters, and changes those."""

    def walk(n: int, runs: _Runs, gradients: Array, rates: Array, w: Array) -> Array:
        parameters, rows = [make(part) for part in _split(w, n)], [w]
        made = runs.start(float(rates[0]), w, parameters)
        for dw, rate in zip(gradients, rates, strict=True):
            _assign_rate(made, float(rate))
            for each, part in zip(parameters, _split(dw, n), strict=True):
                each.grad = convert(part)
            given = [[each.grad for each in parameters]] if runs.takes else []
            getattr(made, runs.name)(*given)
            rows.append(_join(parameters))
        return _refuse_constant(np.stack(rows), gradients)

    return _Form(partial(walk, 1), partial(walk, 2))


def _as_array(a: Any) -> Array:
    return np.array(a.detach().numpy() if hasattr(a, "detach") else a)


def _refuse_constant(rows: Array, gradients: Array) -> Array:
    """Refuse weights that nothing has changed: they are held in another form."""
    if gradients.any() and (rows == rows[0]).all():
        raise TypeError("its step neither returns the weights nor changes them")
    return rows
