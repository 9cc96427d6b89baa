"""The child process of `refgd check`: load a file, find its functions, check them.

It is run as ``python -m refgd.cli._check_child`` with its orders as JSON on stdin, and
writes its findings as JSON to the file that they name: what the user's code prints
cannot mix with them.
"""

import importlib
import signal
import sys
import types
from pathlib import Path
from typing import Any

from refgd.cli import _child

#: What a gradient, a loss and a prediction are usually called, likeliest first.
USUAL = {
    "gradient": "gradient grad dloss d_loss gradient_fn grad_fn compute_gradient "
    "compute_grad calc_gradient get_gradient loss_gradient loss_grad grad_loss "
    "mse_gradient mse_grad grad_mse gradient_mse dmse d_mse dL dw backward",
    "loss": "loss mse cost loss_fn compute_loss compute_cost mse_loss loss_function "
    "cost_function mean_squared_error squared_error",
    "predictions": "forward predict prediction model f forward_pass",
}

FUNCTION = types.FunctionType

NOTHING = (
    "finds no function with a usual name, such as gradient, loss or forward; "
    "name yours with --gradient, --loss or --forward"
)


class TooLongError(BaseException):
    """The file runs on; not an Exception, so that the file does not catch it."""


def load(target: str, limit: float) -> tuple[dict[str, Any], str]:
    """Run a file or import a module; return its names and why it stopped early."""
    _alarm(limit)
    try:
        if not Path(target).is_file():
            return vars(importlib.import_module(target)), ""
        return _run(Path(target))
    finally:
        _alarm(0)


def _run(path: Path) -> tuple[dict[str, Any], str]:
    module = types.ModuleType("refgd_checked")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(path.parent.resolve()))
    sys.argv = [str(path)]
    source = path.read_bytes()
    names = vars(module)
    try:
        exec(compile(source, str(path), "exec"), names)  # noqa: S102 - asked for, in a process of its own
    except SyntaxError:
        raise
    except TooLongError:
        return names, "it did not come to an end"
    except SystemExit:
        return names, "it ended itself"
    except Exception as error:  # noqa: BLE001 - whatever the file raises
        return names, f"it raised {type(error).__name__}: {error}"
    return names, ""


def _alarm(seconds: float) -> None:
    """Interrupt after some seconds; the parent's own limit serves where none can."""

    def interrupt(*_: object) -> None:
        raise TooLongError

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def find(names: dict[str, Any], wanted: dict[str, str | None]) -> dict[str, Any]:
    """Return the functions by what they are: those named, else those usually named."""
    found: dict[str, Any] = {}
    for what, usual in USUAL.items():
        name = wanted.get(what)
        if name is not None and not callable(names.get(name)):
            msg = f"has no function {name!r}"
            raise LookupError(msg)
        if name is not None:
            found[what] = names[name]
            continue
        candidates = [names.get(each) for each in usual.split()]
        first = next((each for each in candidates if isinstance(each, FUNCTION)), None)
        if first is not None:
            found[what] = first
    return found


def check(orders: dict[str, Any], functions: dict[str, Any]) -> list[dict[str, Any]]:
    """Check the functions; one whose parameters cannot be told apart is unclear."""
    from refgd.testing.gradient import _check, _choice  # noqa: PLC0415 - after the load
    from refgd.testing.gradient._signature import UserFunction  # noqa: PLC0415 - likewise

    unclear = []
    known = {}
    for kind, function in functions.items():
        try:
            known[kind] = UserFunction(function)
        except TypeError as error:
            unclear.append(_make_unclear(kind, _name(function), str(error)))
    if orders["convention"] is None and not {"gradient", "loss"} <= set(known):
        missing = "--convention own needs a gradient and a loss; name yours"
        for kind, function in functions.items():
            unclear.append(_make_unclear(kind, _name(function), missing))
        return unclear
    count = orders["max_examples"] or _check.DEFAULT_EXAMPLES
    convention = orders["convention"]
    if convention == "any":
        convention = _choice.choose_convention(known)
    try:
        found = _check.findings(known, convention, max_examples=count)
    except Exception:  # noqa: BLE001 - what fails on one function is not said of all
        results = [*unclear, *_check_each(known, convention, count)]
    else:
        results = [*unclear, *(each._asdict() for each in found)]
    return [{**each, "convention": convention or "own"} for each in results]


def _check_each(known: dict[str, Any], convention: Any, count: int) -> Any:
    """Check every function alone: the kit fails on one of them."""
    from refgd.testing.gradient import _check  # noqa: PLC0415 - after the load

    for kind, function in known.items():
        try:
            (found,) = _check.findings({kind: function}, convention, max_examples=count)
        except Exception as error:  # noqa: BLE001 - the kit's own fault is no verdict
            words = f"refgd itself failed on it: {type(error).__name__}: {error}"
            yield _make_unclear(kind, function.name, words)
        else:
            yield found._asdict()


def _name(function: Any) -> str:
    return getattr(function, "__name__", None) or repr(function)


def _make_unclear(kind: str, name: str, words: str) -> dict[str, Any]:
    from refgd.testing.gradient._report import Finding  # noqa: PLC0415 - after the load

    return Finding(kind, name, "inconclusive", words)._asdict()


def examine(orders: dict[str, Any]) -> dict[str, Any]:
    try:
        names, stopped = load(orders["target"], orders["limit"] / 4)
        functions = find(names, orders["names"])
    except LookupError as error:
        return {"error": str(error.args[0])}
    except TooLongError:
        return {"error": "did not come to an end when it was imported"}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever loading raises
        return {"error": f"raised {type(error).__name__} when it was read: {error}"}
    if not functions:
        return {"error": f"stopped: {stopped}" if stopped else NOTHING}
    results = check(orders, functions)
    if "gradient" not in functions and not any(orders["names"].values()):
        results.insert(0, _report_no_gradient(names))
    return {"stopped": stopped, "functions": results}


def _report_no_gradient(names: dict[str, Any]) -> dict[str, Any]:
    """Say that there is no gradient, so that nobody takes the rest for it."""
    like = [name for name, value in names.items() if "grad" in name and callable(value)]
    parts = f"; {' and '.join(like)} may be parts of it" if like else ""
    words = (
        f"none has a usual name{parts}: name one that returns all of it with --gradient"
    )
    return _make_unclear("gradient", "gradient", words)


if __name__ == "__main__":
    _child.answer(examine)
