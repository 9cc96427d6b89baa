"""The child process of `refgd identify`: import an optimizer, and identify it.

It is run as ``python -m refgd.cli._identify_child``, as `refgd.cli._check_child` is.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from refgd.cli import _arguments, _check_child
from refgd.cli._arguments import UserError
from refgd.testing import drivers


def recognise(orders: dict[str, Any]) -> dict[str, Any]:
    """Return what the optimizer is, in words, or why it could not be run."""
    try:
        identified = _identified(orders)
    except UserError as error:
        return {"error": str(error)}
    except _check_child.TooLongError:
        return {"error": "did not come to an end when it was imported"}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - anybody's code ran
        lines = str(error).splitlines() or [""]
        return {"error": f"{type(error).__name__}: {lines[0]}"}
    return {"text": str(identified), "matches": len(identified.matches)}


def _identified(orders: dict[str, Any]) -> Any:
    """Import the optimizer, and make its driver by what it is."""
    module_name, colon, name = orders["optimizer"].rpartition(":")
    if not (colon and module_name and name):
        raise UserError("give MODULE:NAME, such as torch.optim:Adam or FILE.py:update")
    settings = dict(map(_arguments.setting, orders["settings"]))
    from refgd import testing  # noqa: PLC0415 - what the user got wrong comes first

    drivers.choose_keras_backend()
    module, stopped = _module(module_name, orders["limit"])
    optimizer = _named(module, name, stopped)
    make = getattr(drivers, _kind(optimizer))
    if make is not drivers.update:
        return testing.identify(make(optimizer, **settings))
    init = orders["init"]
    first = _named(module, init, stopped) if init else getattr(module, "init", None)
    return testing.identify(make(optimizer, first, **settings))


def _module(name: str, limit: float) -> tuple[Any, str]:
    """Import a module by its name, or run a file; and say why that stopped early."""
    if not name.endswith(".py"):
        try:
            return importlib.import_module(name), ""
        except ImportError as error:
            msg = f"cannot be imported: {error}"
            raise UserError(msg) from error
    if not Path(name).is_file():
        raise UserError("no such file")
    names, stopped = _check_child.load(name, limit / 4)
    return SimpleNamespace(**names), stopped


def _named(module: Any, name: str, stopped: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if callable(value)]
        near = ", ".join(key for key in known if not key.startswith("_"))[:200]
        why = f"; it was not run to its end: {stopped}" if stopped else ""
        msg = f"there is no function or class {name!r}, only {near or 'none'}{why}"
        raise UserError(msg)
    result: Callable[..., Any] = found
    return result


def _kind(optimizer: Callable[..., Any]) -> str:
    """Return the name of the driver: a framework's by its classes, or `update`."""
    bases = getattr(optimizer, "__mro__", (type(optimizer),))
    packages = {base.__module__.partition(".")[0] for base in bases}
    for package in ("torch", "keras", "sklearn"):
        if package in packages:
            return package
    package = getattr(optimizer, "__module__", "").partition(".")[0]
    return package if package in ("optax", "refgd") else "update"


def main() -> None:
    """Read the orders, and write the findings where they say."""
    orders = json.load(sys.stdin)
    Path(orders["result"]).write_text(json.dumps(recognise(orders)), "utf-8")


if __name__ == "__main__":
    main()
