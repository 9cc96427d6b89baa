"""What a program trains with: its updates; else where its training arrives."""

from collections.abc import Iterator
from typing import Any

from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient._check import DEFAULT_EXAMPLES
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.programs import _classes, _functions, _judge, _scripts, _trained
from refgd.testing.programs._load import Program
from refgd.testing.programs._updates import Adapted


def judge(
    program: Program, functions: dict[str, list[Any]], orders: dict[str, Any]
) -> list[dict[str, Any]]:
    """Judge what a program trains with, unless functions of it were named.

    Beside a gradient of its own, which is checked anyway, only what is wrong counts.
    """
    if any(orders["names"].values()):
        return []
    updates = list(_list_updates(program))
    own = _find_own_convention(functions)
    count = orders["max_examples"] or DEFAULT_EXAMPLES
    stated = orders["convention"] if orders["convention"] in CONVENTIONS else "mse"
    judged = [_judge.judge(each, stated, count, own=own) for each in updates]
    if functions.get("gradient"):
        judged = [each for each in judged if each.finding.verdict == "wrong"]
    elif not judged:
        end = _trained.judge_end(program)
        found = [*_trained.judge_training(program), *([end] if end else [])]
        judged = [_judge.Judged(each, stated) for each in found]
    return [{**j.finding._asdict(), "convention": j.convention} for j in judged]


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
