"""Whole programs, as they come: are the functions in this file right?

A program is loaded as far as it runs; its functions are found by their names, their
parameters by theirs, and checked against exact arithmetic.
"""

from typing import Any

from refgd.testing.gradient._report import Finding
from refgd.testing.programs import _check, _training
from refgd.testing.programs._adapted import name_of
from refgd.testing.programs._load import Program, TooLongError, load
from refgd.testing.programs._names import find_functions, find_nested
from refgd.testing.programs._notebook import NotebookError
from refgd.testing.programs._signature import SignatureError

__all__ = ["examine"]

NOTHING = (
    "finds no function with a usual name, such as gradient, loss or forward; "
    "name yours with --gradient, --loss or --forward"
)


def examine(orders: dict[str, Any]) -> dict[str, Any]:
    """Load a program, and return what was found of its functions.

    Args:
        orders: The file or module (`target`), the `convention`, the `names` that were
            given, `max_examples`, and the `limit` in seconds.

    Returns:
        What stopped the program (`stopped`) and a finding of each of its `functions`,
        or an `error`.
    """
    try:
        program = load(orders["target"], orders["limit"] / 4)
        functions = find_functions(program, orders["names"])
    except LookupError as error:
        return {"error": str(error.args[0])}
    except NotebookError as error:
        return {"error": str(error)}
    except TooLongError:
        return {"error": "did not come to an end when it was imported"}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever loading raises
        return {"error": f"raised {type(error).__name__} when it was read: {error}"}
    return _check_program(program, functions, orders)


def _check_program(
    program: Program, functions: dict[str, list[Any]], orders: dict[str, Any]
) -> dict[str, Any]:
    try:
        found = check(program, functions, orders)
    except SignatureError as error:
        return {"error": str(error)}
    if not found:
        stopped = f"stopped: {program.stopped}" if program.stopped else NOTHING
        return {"error": find_nested(program) or stopped}
    return {"stopped": program.stopped, "functions": found}


def check(
    program: Program, functions: dict[str, list[Any]], orders: dict[str, Any]
) -> list[dict[str, Any]]:
    """Check the functions, and what trains; nothing where there is neither."""
    chosen = {kind: found[0] for kind, found in functions.items()}
    findings = _check.check(chosen, orders) if chosen else []
    others = [name_of(f) for f in functions.get("gradient", ())[1:]]
    for each in findings if others else ():
        if each["kind"] == "gradient":
            note = f"not checked: {', '.join(others)}; name one with --gradient"
            each["notes"] = (*each["notes"], note)
    trained = _training.judge(program, functions, orders, findings)
    named = any(orders["names"].values())
    if findings and "gradient" not in functions and not trained and not named:
        missing = _report_no_gradient(program)._asdict()
        findings.insert(0, {**missing, "convention": findings[0]["convention"]})
    return [*findings, *trained]


def _report_no_gradient(program: Program) -> Finding:
    """Say that there is no gradient, so that nobody takes the rest for it."""
    names = program.names.items()
    like = [name for name, value in names if "grad" in name and callable(value)]
    parts = f"; {' and '.join(like)} may be parts of it" if like else ""
    words = find_nested(program) or (
        f"none has a usual name{parts}: name one that returns all of it with --gradient"
    )
    return Finding("gradient", "gradient", "inconclusive", words)
