"""What a driver is, and how one is put together."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from refgd._rules import defaults
from refgd._types import Array, Number, Settings

LR_NAMES = ("lr", "learning_rate")

T = TypeVar("T")

#: ``(settings, gradients, rates, w) -> trajectory``.
Run: TypeAlias = Callable[[Settings, Array, Array, Array], Array]


class Recorded(NamedTuple):
    """One run that was recorded: its numbers, and what was changed of the settings.

    Attributes:
        changed: Settings of this run alone.
        rates: The learning rate of each step, (T,).
        gradients: (T, d).
        w: The weights before, between and after the steps, (T + 1, d).
    """

    changed: Settings
    rates: Array
    gradients: Array
    w: Array


class Driver(NamedTuple):
    """An optimizer as a function of gradients, learning rates and a start.

    Attributes:
        name: What it is called in a report.
        walk: ``(settings, gradients, rates, w) -> trajectory``.
        settings: Its hyperparameters in its own names, the defaults among them.
        dtype: What its weights are.
        lr: Its learning rate; None if it is not known.
        takes_rates: Whether the rate of each step can be set; else lr is its only one.
        settable: The settings that can be changed in a run; the others only say what
            is written in it.
        complete: Whether the settings are all that it has, as a framework's are.
        record: What it did, where it is a record, which cannot be run.
        any_shape: Whether its weights may have any shape, as a framework's may.
        walk_two: As walk, with the weights held as two parameters; a TypeError if it
            takes no parameters. None where that is not to be seen.
    """

    name: str
    walk: Run
    settings: Mapping[str, Any] = {}
    dtype: Any = np.float64
    lr: Number | None = None
    takes_rates: bool = True
    settable: frozenset[str] = frozenset()
    complete: bool = False
    record: tuple[Recorded, ...] = ()
    any_shape: bool = False
    walk_two: Run | None = None

    def run(self, gradients: Array, rates: Array, w: Array, **changed: Any) -> Array:
        """Return the trajectory (T + 1, d), with some settings changed.

        Weights of any shape will do, such as (m, n), if the optimizer takes them.

        Raises:
            TypeError: If what the optimizer returned is not such a trajectory.
        """
        copies = (np.array(a, dtype=self.dtype) for a in (gradients, rates, w))
        with np.errstate(all="ignore"):
            trajectory = np.asarray(self.walk({**self.settings, **changed}, *copies))
        expected = (len(gradients) + 1, *np.shape(w))
        if trajectory.shape != expected or trajectory.dtype.kind != "f":
            msg = (
                f"{self.name}: the weights of all steps must be floats {expected}, "
                f"got {trajectory.dtype} {trajectory.shape}"
            )
            raise TypeError(msg)
        # what began in float32 is no better than that, whatever it was promoted to
        coarser = max(
            trajectory.dtype, np.dtype(self.dtype), key=lambda d: np.finfo(d).eps
        )
        with np.errstate(all="ignore"):
            return trajectory.astype(coarser)


#: Why an optimizer of a framework cannot be run on gradients that are given, by what it
#: raises then.
REASONS = (
    ("'closure'|'value'", "it needs the loss too, as a line search does"),
    ("only supports 2D", "its weights must be a matrix: it does not go by coordinates"),
    (
        "too many positional arguments",
        "its learning rate cannot change from step to step",
    ),
)


#: What code for single numbers, or for another form of weights or state, fails with.
UNFIT = (TypeError, ValueError, AttributeError, KeyError, IndexError)


def run_first_fit(runs: Iterable[Callable[[], T]]) -> T:
    """Return what the first run returns that fits.

    Raises:
        Exception: What the first one raised, if none fits.
    """
    errors = []
    for run in runs:
        try:
            return run()
        except UNFIT as error:
            errors.append(error)
    raise errors[0]


@contextmanager
def one_sentence(factory: Callable[..., Any]) -> Iterator[None]:
    """Say why an optimizer cannot be driven, where it is known.

    Raises:
        TypeError: In place of what the framework raised.
    """
    try:
        yield
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        name = getattr(factory, "__name__", repr(factory))
        for words, why in REASONS:
            if re.search(words, str(error)):
                msg = f"{name} cannot be driven: {why}"
                raise TypeError(msg) from error
        raise


def take_rate(hyper: dict[str, Any]) -> Any:
    """Take the learning rate out of hyperparameters; scikit-learn's word is none."""
    names = (name for name in LR_NAMES if not isinstance(hyper.get(name, ""), str))
    name = next(names, None)
    return None if name is None else hyper.pop(name)


def driver(
    factory: Callable[..., Any], run: Run, dtype: Any, hyper: Settings
) -> Driver:
    """Separate the learning rate, and fill in the factory's defaults."""
    settings = {**defaults(factory), **hyper}
    given = [settings.pop(name) for name in LR_NAMES if name in settings]
    stated = [hyper[name] for name in LR_NAMES if name in hyper]
    made = getattr(factory, "func", factory)  # a partial's
    name = getattr(made, "__name__", repr(made))
    lr = (stated or [v for v in given if isinstance(v, int | float)] or [None])[0]
    kind = np.dtype(dtype).type
    settable = frozenset(settings)
    made = Driver(name, run, settings, kind, lr, settable=settable, complete=True)
    return made._replace(any_shape=True)
