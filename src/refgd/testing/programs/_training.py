"""What a program trains with: its updates; else where its training arrives."""

from collections.abc import Iterator
from typing import Any

from refgd.testing.conventions import Convention
from refgd.testing.gradient._check import DEFAULT_EXAMPLES
from refgd.testing.gradient._report import Finding
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.programs import _classes, _functions, _judge, _scripts, _trained
from refgd.testing.programs._load import Program
from refgd.testing.programs._updates import Adapted


def judge(
    program: Program, functions: dict[str, list[Any]], orders: dict[str, Any]
) -> list[Finding]:
    """Judge what a program trains with.

    Beside a gradient of its own, which is checked anyway, only what is wrong counts.
    """
    updates = list(_list_updates(program))
    own = _find_own_convention(functions)
    count = orders["max_examples"] or DEFAULT_EXAMPLES
    found = [
        _judge.judge(each, orders["convention"], count, own=own) for each in updates
    ]
    if functions.get("gradient"):
        return [each for each in found if each.verdict == "wrong"]
    if found:
        return found
    end = _trained.judge_end(program)
    return [*_trained.judge_training(program), *([end] if end else [])]


def _list_updates(program: Program) -> Iterator[Adapted]:
    yield from _classes.find_in_classes(program)
    yield from _functions.find_updates(program)
    in_script = _scripts.find_in_script(program)
    if in_script is not None:
        yield in_script


def _find_own_convention(functions: dict[str, list[Any]]) -> Convention | None:
    """Return the convention of the program's own loss, if it has one."""
    for loss in functions.get("loss", ()):
        try:
            convention = _judge.find_convention(UserFunction(loss))
        except TypeError:  # its parameters are not told apart
            continue
        if convention is not None:
            return convention
    return None
