"""An option's value, or the one line that says what it is instead."""

import ast
import math
import sys
from collections.abc import Callable
from typing import Any, TypeVar


class UserError(Exception):
    """One clear line for stderr; the command ends with status 1."""


N = TypeVar("N", int, float)

#: As JSON and Python spell them; in quotes they are words.
CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


def whole(option: str) -> Callable[[str], int]:
    """Return what reads the whole number after an option."""
    return _reader(option, int, "a whole number")


def real(option: str) -> Callable[[str], float]:
    """Return what reads the number after an option."""
    return _reader(option, float, "a number")


def _reader(option: str, kind: Callable[[str], N], what: str) -> Callable[[str], N]:
    def read(text: str) -> N:
        try:
            return kind(text)
        except ValueError:
            msg = f"{option} must be {what}, got {text!r}"
            raise UserError(msg) from None

    return read


def separator(text: str) -> str:
    """Read what separates a file's cells: one character, or the word tab."""
    if text in {"tab", r"\t"}:
        return "\t"
    if len(text) != 1 or text in '"\r\n ':
        msg = f"--sep must be one character, such as ';', or tab, got {text!r}"
        raise UserError(msg)
    return text


def setting(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE: a number, true, false, none, several in parentheses; or a word.

    Example:
        >>> setting("beta1=0.8"), setting("nesterov=true"), setting("kind=lr")
        (('beta1', 0.8), ('nesterov', True), ('kind', 'lr'))

    Raises:
        UserError: If it is not of this form, or a value of another kind.
    """
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        msg = f"--set takes NAME=VALUE, such as beta1=0.8, got {text!r}"
        raise UserError(msg)
    if value.lower() in CONSTANTS:
        return name, CONSTANTS[value.lower()]
    try:
        return name, _plain(ast.literal_eval(value))
    except TypeError:
        msg = f"--set {name} takes numbers, words, true, false or none, got {value}"
        raise UserError(msg) from None
    except (MemoryError, RecursionError, SyntaxError, ValueError):
        return name, value


def _plain(value: Any) -> Any:
    """Return what JSON can say too; a whole number beyond a float's is inf."""
    if isinstance(value, tuple | list):
        return type(value)(map(_plain, value))
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return math.inf if value > 0 else -math.inf
    if isinstance(value, bool | int | float | str | None):
        return value
    raise TypeError
