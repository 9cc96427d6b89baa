"""What the commands share: options, their values, and exit statuses."""

import ast
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from refgd import _checks


class UserError(Exception):
    """One clear line for stderr; the command ends with status 1."""


class Status(IntEnum):
    """How a command ends."""

    DONE = 0
    FAILED = 1  # something is wrong: with the user's options, or with what is checked
    NOT_RUN = 2  # what was to be checked could not be run
    NOT_CONVERGED = 3  # a fit took all its steps, and its gradient is not small
    KILLED = 128  # and the number of a signal is what a shell reports of its victim
    INTERRUPTED = 130  # of one that SIGINT ended: 128 + 2
    PIPE_CLOSED = 141  # of one that SIGPIPE ended: 128 + 13


def add_settings(options: Any, words: str) -> None:
    """Add --set to a parser or a group: `settings` is a list, each for `setting`."""
    options.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=words,
    )


N = TypeVar("N", int, float)

#: As JSON and Python spell them; in quotes they are words.
CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


def whole(option: str, *, least: int = 0) -> Callable[[str], int]:
    """Return what reads the whole number after an option, not less than `least`."""
    return _reader(option, int, "a whole number", partial(_checks.count, least=least))


def real(option: str) -> Callable[[str], float]:
    """Return what reads the number after an option, zero or more."""
    return _reader(option, float, "a number", _checks.not_negative)


def share(option: str) -> Callable[[str], float]:
    """Return what reads the share after an option: a number between 0 and 1."""
    return _reader(option, float, "a number", _check_share)


def _check_share(option: str, value: float) -> float:
    if not 0 < value < 1:
        msg = f"{option} must lie between 0 and 1, got {value}"
        raise ValueError(msg)
    return value


def _reader(
    option: str, kind: Callable[[str], N], what: str, check: Callable[[str, N], N]
) -> Callable[[str], N]:
    def read(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            msg = f"{option} must be {what}, got {text!r}"
            raise UserError(msg) from None
        try:
            return check(option, value)
        except ValueError as error:
            raise UserError(str(error)) from None

    return read


def column(text: str) -> str:
    """Read a column's name, which is UTF-8 in every locale, as the files are."""
    with suppress(UnicodeError):
        return os.fsencode(text).decode("utf-8")
    return text


#: What moves a terminal's cursor, colours, rings, or turns the direction of writing.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    """Return text for a terminal: what would control it is spelled out."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(*lines: str) -> None:
    """Print lines in which there may be names from a file."""
    print(*map(escape, lines), sep="\n", flush=True)


def read_text(path: Path) -> str:
    """Read a file that the user named."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        msg = f"{path}: no such file"
        raise UserError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        msg = f"{path}: {reason}"
        raise UserError(msg) from error


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Say in a line why a file that the user named cannot be written."""
    try:
        yield
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise UserError(msg) from None


def add_separator(parser: Any) -> None:
    """Add --sep to a parser."""
    words = "what separates the cells, such as ';' or tab (default: a comma)"
    add = parser.add_argument
    add("--sep", type=separator, default=",", metavar="CHARACTER", help=words)


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
    dotted = name.split(".")  # lookahead.k, say
    if not (all(part.isidentifier() for part in dotted) and equals):
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
