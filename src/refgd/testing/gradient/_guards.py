"""A loss without its guards: the tiny numbers that keep it away from log(0) or 1 / 0.

log(clip(p, ε, 1 − ε)), log(p + ε) and √(r² + ε) are what people minimize, and the
gradient that they write is often that of the formula without ε. The two differ where
the guard acts. With ε = 0 in the loss's own code it is seen whether that is all.
"""

import copy
import types
from collections.abc import Callable, Mapping
from typing import Any

from refgd.testing.gradient._signature import UserFunction

#: A number so near to 0 is a guard, and so is one so near to 1.
TINY = 1e-5

#: Functions that call functions are followed so far.
DEPTH = 4


def remove_guards(loss: UserFunction) -> tuple[UserFunction, list[float]]:
    """Return the loss with its guards set to 0, and their values."""
    found: list[float] = []
    changed = copy.copy(loss)
    changed.function = _change(loss.function, found, DEPTH)
    return changed, sorted(set(found))


def _is_guard(value: Any) -> bool:
    return isinstance(value, float) and 0 < abs(value) <= TINY


def _lower(value: Any, found: list[float]) -> Any:
    """Return 0 for a guard, 1 for what is 1 but for a guard; all else as it is."""
    if _is_guard(value):
        found.append(float(value))
        return type(value)(0)
    if isinstance(value, float) and _is_guard(1 - value):
        found.append(float(1 - value))
        return type(value)(1)
    return value


def _change(function: Callable[..., Any], found: list[float], depth: int) -> Any:
    """Return a function with other constants, defaults, and global or outer numbers."""
    if not isinstance(function, types.FunctionType) or not depth:
        return function

    def lower(value: Any) -> Any:
        if isinstance(value, types.FunctionType):
            return _change(value, found, depth - 1)
        return _lower(value, found)

    names = {*_list_names(function.__code__)}
    known = function.__globals__
    changed = types.FunctionType(
        _change_code(function.__code__, found),
        {**known, **{name: lower(known[name]) for name in names & known.keys()}},
        function.__name__,
        function.__defaults__ and tuple(map(lower, function.__defaults__)),
        function.__closure__
        and tuple(_change_cell(c, lower) for c in function.__closure__),
    )
    keywords: Mapping[str, Any] = function.__kwdefaults__ or {}
    changed.__kwdefaults__ = {name: lower(value) for name, value in keywords.items()}
    return changed


def _change_cell(cell: Any, lower: Callable[[Any], Any]) -> Any:
    try:
        return types.CellType(lower(cell.cell_contents))
    except ValueError:  # nothing is in it yet
        return cell


def _change_code(code: types.CodeType, found: list[float]) -> types.CodeType:
    consts = tuple(
        _change_code(each, found)
        if isinstance(each, types.CodeType)
        else _lower(each, found)
        for each in code.co_consts
    )
    return code.replace(co_consts=consts)


def _list_names(code: types.CodeType) -> list[str]:
    """Return the names that a code reads, and the codes within it."""
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return [*code.co_names, *(name for each in inner for name in _list_names(each))]
