"""The driver that fits what somebody has."""

import inspect
from collections.abc import Callable
from typing import Any, Final

from refgd._rules import RULES
from refgd.optimizers import Optimizer
from refgd.testing.drivers._driver import Driver
from refgd.testing.drivers._keras import keras
from refgd.testing.drivers._optax import optax
from refgd.testing.drivers._sklearn import sklearn
from refgd.testing.drivers._step import method_of, step
from refgd.testing.drivers._torch import torch
from refgd.testing.drivers._update import refgd, update

#: The driver of what a package has; anything else is a `step` or an `update`.
FRAMEWORKS: Final[dict[str, Callable[..., Driver]]] = {
    "torch": torch,
    "keras": keras,
    "sklearn": sklearn,
    "optax": optax,
    "refgd": refgd,
}


def driver_of(made: Any) -> Callable[..., Driver]:
    """Return the driver of its package, or of a class that it derives from."""
    sources = (made, *getattr(made, "__mro__", (type(made),)))
    packages = {getattr(e, "__module__", None) or "" for e in sources}
    packages = {name.partition(".")[0] for name in packages}
    found = next((make for name, make in FRAMEWORKS.items() if name in packages), None)
    if found is refgd and not any(made is rule for rule in RULES.values()):
        found = None  # an update of refgd's own
    if found is not None:
        return found
    return step if inspect.isclass(made) or method_of(made) else update


def as_driver(subject: Any) -> Driver:
    """Return the driver: of an optimizer, a class or an update, the one that fits.

    Raises:
        TypeError: If nothing fits; or of a framework's object, which has its weights
            already: its class is needed.
    """
    if isinstance(subject, Driver):
        return subject
    make = driver_of(subject)
    if make not in {step, update} and not callable(subject):
        package = make.__name__
        msg = (
            f"give what makes it: drivers.{package}(...), got {type(subject).__name__}"
        )
        raise TypeError(msg)
    if callable(getattr(subject, "init", None)) and make is step:
        made = update(subject.update, subject.init)
        name = "the optimizer" if isinstance(subject, Optimizer) else made.name
        return made._replace(name=name)
    if make is update and not callable(subject):
        msg = (
            "driver must be one of refgd.testing.drivers, an update(w, dw, state), or "
            f"something with a method step(w, g), got {subject!r}"
        )
        raise TypeError(msg)
    return make(subject)
