"""The child process of `refgd identify`: import an optimizer, and identify it.

It is run as `refgd.cli._check_child` is.
"""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from refgd import testing
from refgd.cli import _arguments, _child
from refgd.cli._arguments import UserError
from refgd.testing import drivers
from refgd.testing.programs import _load


def recognise(orders: dict[str, Any]) -> dict[str, Any]:
    """Return what the optimizer is, in words, or why it could not be run."""
    try:
        identified = _identify(orders)
    except UserError as error:
        return {"error": str(error)}
    except _load.TooLongError:
        return {"error": "did not come to an end when it was imported"}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - any code ran
        lines = str(error).splitlines() or [""]
        return {"error": f"{type(error).__name__}: {lines[0]}"}
    return {"text": str(identified), "matches": len(identified.matches)}


def _identify(orders: dict[str, Any]) -> Any:
    """Import the optimizer, and make its driver by what it is."""
    module_name, colon, name = orders["optimizer"].rpartition(":")
    if not (colon and module_name and name):
        raise UserError("give MODULE:NAME, such as torch.optim:Adam or FILE.py:update")
    settings = dict(map(_arguments.setting, orders["settings"]))
    drivers.choose_keras_backend()
    module, stopped = _load_module(module_name, orders["limit"])
    optimizer = _find(module, name, stopped)
    make = drivers.driver_of(optimizer)
    if make is not drivers.update:
        return testing.identify(make(optimizer, **settings))
    init = orders["init"]
    first = _find(module, init, stopped) if init else getattr(module, "init", None)
    return testing.identify(make(optimizer, first, **settings))


def _load_module(name: str, limit: float) -> tuple[Any, str]:
    """Import a module by its name, or run a file; and say why that stopped early."""
    if not name.endswith(".py"):
        try:
            return importlib.import_module(name), ""
        except ImportError as error:
            msg = f"cannot be imported: {error}"
            raise UserError(msg) from error
    if not Path(name).is_file():
        raise UserError("no such file")
    program = _load.load(name, limit / 4)
    return SimpleNamespace(**program.names), program.stopped


def _find(module: Any, name: str, stopped: str) -> Any:
    found = getattr(module, name, None)
    if not (callable(found) or drivers.driver_of(found) is drivers.step):
        known = [key for key, value in vars(module).items() if callable(value)]
        near = ", ".join(key for key in known if not key.startswith("_"))[:200]
        why = f"; it was not run to its end: {stopped}" if stopped else ""
        msg = f"there is no function or class {name!r}, only {near or 'none'}{why}"
        raise UserError(msg)
    return found


if __name__ == "__main__":
    _child.answer(recognise)
