"""What a program in any language did on the golden gradients, from its file."""

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from refgd import _checks
from refgd._rules import NUMBERS, in_refgd_names, refuse_unknown
from refgd._types import Settings
from refgd.testing.drivers._driver import LR_NAMES, Driver, Recorded, take_rate
from refgd.vectors import CASES
from refgd.vectors._make import DECAY, gradients_of, rates_of
from refgd.vectors._read import read_object, read_settings, read_weights


def recorded(
    *results: str | Mapping[str, Any],
    name: str = "the optimizer",
    dtype: str | None = None,
    **hyper: Any,
) -> Driver:
    """Drive nothing: return what a program did on the gradients of `refgd.vectors`.

    It cannot be run again, on other gradients, as the other drivers can, so `identify`
    has less to go by.

    Args:
        *results: JSON texts or their objects, with ``"w"``, or texts of its rows; each
            of a case of its own, which it names as ``"case"``, if it is not "plain".
            What their ``"settings"`` say are hyperparameters.
        name: What it is called in a report.
        dtype: What it computed in: float64, float32 or float16. By default what the
            results say themselves, else float32 if every weight is one.
        **hyper: Other hyperparameters: what is written in the program.

    Raises:
        TypeError: If a hyperparameter is not known.
        ValueError: If a text is not as `refgd.vectors` describes it, or there is none;
            or if two name different settings.

    Example:
        >>> from refgd import vectors
        >>> from refgd.testing import drivers, identify
        >>> golden = vectors.make("keras.optimizers.Nadam")
        >>> identify(drivers.recorded({"w": golden["w"]})).dialects
        ('keras.optimizers.Nadam',)
    """
    objects = [read_object("results", each) for each in results]
    if not objects:
        raise ValueError("give the results of one run, or of several")
    settings: dict[str, Any] = {}
    for each in objects:
        for key, value in _read_settings(each).items():
            if settings.setdefault(key, value) != value:
                msg = f"results: two values of {key}, {settings[key]!r} and {value!r}"
                raise ValueError(msg)
    refuse_unknown(hyper, [*LR_NAMES, *NUMBERS], "identify")
    settings |= hyper
    lr = take_rate(settings)
    # a rule's equations are those of its first run: with the decay, if any has one
    objects.sort(key=lambda each: each.get("case") != "decay")
    record = tuple(_read_run(each, lr, settings) for each in objects)
    stated = dtype or next((each["dtype"] for each in objects if "dtype" in each), None)
    kind = _find_kind(record) if stated is None else stated
    _checks.choice("results: dtype", kind, ("float64", "float32", "float16"))
    return Driver(name, _refuse, settings, np.dtype(kind).type, record=record)


def _find_kind(record: tuple[Recorded, ...]) -> str:
    with np.errstate(all="ignore"):
        short = (
            np.array_equal(w, w.astype(np.float32), equal_nan=True) for *_, w in record
        )
        return "float32" if all(short) else "float64"


def _read_settings(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers that results state; the decay of the case is not for all."""
    decays = made.get("case") == "decay"
    return {
        name: value
        for name, value in read_settings(made).items()
        if name in NUMBERS and not (decays and NUMBERS[name] == ("wd",))
    }


def _read_run(made: Mapping[str, Any], lr: Any, settings: Settings) -> Recorded:
    case = made.get("case", "plain")
    _checks.choice("results: case", case, CASES)
    first = {} if lr is None else {"first": float(_checks.not_negative("lr", lr))}
    w = read_weights("results", made)
    changed = {}
    if case == "decay" and "wd" not in in_refgd_names(settings):
        said = in_refgd_names(made.get("settings", {}))
        changed = {"wd": said.get("wd", DECAY)}
    return Recorded(changed, rates_of(case, **first), gradients_of(case), w)


def _refuse(*_: Any) -> NoReturn:
    raise TypeError("what was recorded cannot be run on other gradients")
