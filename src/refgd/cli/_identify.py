"""`refgd identify`: which rule, published or a framework's, an optimizer follows."""

import argparse
import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from refgd.cli._errors import UserError

NOTHING = 1
NOT_RUN = 2

#: What may be written as in JSON.
AS_PYTHON = {"true": "True", "false": "False", "null": "None"}

DESCRIPTION = """\
Run an optimizer on fixed gradients, and say which published rule or framework dialect
it follows, which is nearest to it without being it, and where nothing matches, where
the first difference shows and why.
"""

EPILOG = """\
examples:
  refgd identify torch.optim:RMSprop --set alpha=0.9
  refgd identify optax:adam
  refgd identify keras.optimizers:Nadam
  refgd identify mine.py:update --set lr=0.01

mine.py has update(w, dw, state) -> (w, state), maybe with hyperparameters after these,
such as lr=0.01; and maybe init(w) -> state. A class of torch or keras will do too.
The exit status is 0 if a rule was found, 1 if not, 2 if it could not be run.
"""


def register(commands: Any) -> None:
    """Add `refgd identify` to the commands."""
    parser = commands.add_parser(
        "identify",
        help="find out which rule an optimizer follows",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "optimizer",
        metavar="MODULE:NAME",
        help="such as torch.optim:Adam, optax:adam, FILE.py:my_update",
    )
    parser.add_argument(
        "--init", metavar="NAME", help="FILE.py's init(w) -> state (default: init)"
    )
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        type=setting,
        metavar="NAME=VALUE",
        help="a hyperparameter, in its own names; may be given again",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what the optimizer is; 1 if it is no known rule, 2 if it did not run."""
    try:
        identified = _identify(args.optimizer, dict(args.settings), args.init)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except UserError as error:
        print(f"refgd: identify: {error}", file=sys.stderr)
        return NOT_RUN
    except (Exception, SystemExit) as error:  # noqa: BLE001 - anybody's code ran
        lines = str(error).splitlines() or [""]
        reason = f"{type(error).__name__}: {lines[0]}"
        print(f"refgd: identify: {args.optimizer}: {reason}", file=sys.stderr)
        return NOT_RUN
    print(identified)
    return 0 if identified.matches else NOTHING


def _identify(target: str, settings: dict[str, Any], init: str | None) -> Any:
    """Import the optimizer, and make its driver by what it is."""
    testing = importlib.import_module("refgd.testing")
    module_name, colon, name = target.rpartition(":")
    if not (colon and module_name and name):
        msg = f"{target}: give MODULE:NAME, such as torch.optim:Adam or FILE.py:update"
        raise UserError(msg)
    if module_name.partition(".")[0] == "keras":
        testing.drivers.choose_keras_backend()
    module = _module(module_name)
    optimizer = _named(module, name, module_name)
    make = getattr(testing.drivers, _kind(optimizer))
    if make is not testing.drivers.update:
        return testing.identify(make(optimizer, **settings))
    first = _named(module, init, module_name) if init else getattr(module, "init", None)
    return testing.identify(make(optimizer, first, **settings))


def _module(name: str) -> ModuleType:
    """Import a module by its name, or a file by its path."""
    if not name.endswith(".py"):
        try:
            return importlib.import_module(name)
        except ImportError as error:
            msg = f"{name}: cannot be imported: {error}"
            raise UserError(msg) from error
    path = Path(name)
    if not path.is_file():
        msg = f"{name}: no such file"
        raise UserError(msg)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:  # pragma: no cover - a .py has a loader
        msg = f"{name}: cannot be imported"
        raise UserError(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _named(module: ModuleType, name: str, module_name: str) -> Callable[..., Any]:
    found = getattr(module, name, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if callable(value)]
        near = ", ".join(key for key in known if not key.startswith("_"))[:200]
        msg = f"{module_name} has no function or class {name!r}; it has {near}"
        raise UserError(msg)
    result: Callable[..., Any] = found
    return result


def _kind(optimizer: Callable[..., Any]) -> str:
    """Return the name of the driver: a framework's by its classes, or `update`."""
    bases = getattr(optimizer, "__mro__", (type(optimizer),))
    packages = {base.__module__.partition(".")[0] for base in bases}
    for package in ("torch", "keras"):
        if package in packages:
            return package
    package = getattr(optimizer, "__module__", "").partition(".")[0]
    return package if package in ("optax", "refgd") else "update"


def setting(text: str) -> tuple[str, Any]:
    """Return a name and its value: a Python literal, true or false, else a word."""
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        msg = f"must be NAME=VALUE, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    try:
        return name, ast.literal_eval(
            {"true": "True", "false": "False"}.get(value, value)
        )
    except (SyntaxError, ValueError):
        return name, value
