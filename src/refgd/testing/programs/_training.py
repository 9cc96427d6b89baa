"""What a program trains with: its updates; else where its training arrives."""

from collections.abc import Iterator
from typing import Any

from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient._check import DEFAULT_EXAMPLES
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.programs import (
    _check,
    _classes,
    _functions,
    _judge,
    _scripts,
    _steps,
    _trained,
)
from refgd.testing.programs._load import Program
from refgd.testing.programs._updates import Adapted


def judge(
    program: Program,
    functions: dict[str, list[Any]],
    orders: dict[str, Any],
    findings: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Judge what a program trains with, unless functions of it were named.

    Beside a gradient that is right what is unclear does not count; beside one that is
    wrong nothing is new.
    """
    gradients = [each["verdict"] for each in findings if each["kind"] == "gradient"]
    if any(orders["names"].values()) or "wrong" in gradients:
        return []
    stated = orders["convention"] if orders["convention"] in CONVENTIONS else "mse"
    updates = list(_list_updates(program))
    own = _find_own_convention(functions) if updates else None
    count = orders["max_examples"] or DEFAULT_EXAMPLES
    judged = [_judge_one(each, stated, count, own) for each in updates]
    judged += [_judge.Judged(each, stated) for each in _steps.judge_steps(program)]
    if gradients:
        known = ("right", "wrong")
        judged = [each for each in judged if each.finding.verdict in known]
    elif not judged:
        end = _trained.judge_end(program)
        found = [*_trained.judge_training(program), *([end] if end else [])]
        judged = [_judge.Judged(each, stated) for each in found]
    return [{**j.finding._asdict(), "convention": j.convention} for j in judged]


def _judge_one(
    update: Adapted, stated: str, count: int, own: Convention | None
) -> _judge.Judged:
    """Judge an update; what fails on one is not said of all."""
    try:
        return _judge.judge(update, stated, count, own=own)
    except Exception as error:  # noqa: BLE001 - the kit's own fault is no verdict
        finding = _check.report_failure("update", update.name, error)
        return _judge.Judged(finding, stated)


def _list_updates(program: Program) -> Iterator[Adapted]:
    yield from _classes.find_in_classes(program)
    yield from _functions.find_updates(program)
    yield from _steps.find_updates(program)
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
