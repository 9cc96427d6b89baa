"""Which columns of a table are x and y."""

import csv
from typing import NamedTuple

from refgd.cli._csv import Table, holds_numbers
from refgd.cli._errors import UserError


class Choice(NamedTuple):
    """The columns that a fit takes, and how those not asked for were found."""

    x: list[str]
    y: str
    x_how: str = ""
    y_how: str = ""


def choose(table: Table, x: str | None, y: str | None) -> Choice:
    """Take the columns asked for; else x and y; else the first and last of numbers.

    Args:
        table: The cells.
        x: The names that were asked for, separated by commas; or None.
        y: The name that was asked for; or None.

    Raises:
        UserError: If there is no such column, or one would be taken twice.
    """
    xs = [] if x is None else _split(x)
    ys = [] if y is None else [y]
    _check(table, [*xs, *ys])
    xs = xs or _named(table, "x", ys)
    ys = ys or _named(table, "y", xs)
    x_how = "" if xs else " (the first column of numbers)"
    y_how = "" if ys else " (the last column of numbers)"
    xs = xs or _of_numbers(table, "x", ys)[:1]
    ys = ys or _of_numbers(table, "y", xs)[-1:]
    return Choice(xs, ys[0], x_how, y_how)


def _check(table: Table, asked: list[str]) -> None:
    """Refuse a name that is not in the table, or twice in the choice."""
    for name in asked:
        if not name or name not in table.names:
            msg = f"{table.title} has no column {name!r}, only {_listed(table.names)}"
            raise UserError(msg)
        if asked.count(name) > 1:
            msg = f"column {name!r} is taken twice: each is an x or the y, once"
            raise UserError(msg)


def _named(table: Table, name: str, taken: list[str]) -> list[str]:
    return [name] if name in table.names and name not in taken else []


def _of_numbers(table: Table, wanted: str, taken: list[str]) -> list[str]:
    """Return the columns of numbers that are left; those without a name are not."""
    left = [name for name in table.names if name and name not in taken]
    numeric = [name for name in left if holds_numbers(table, name)]
    if not numeric:
        beside = f" beside {_listed(taken)}" if taken else ""
        msg = (
            f"{table.title} has no column of numbers to take as {wanted}{beside}; "
            f"its columns are {_listed(table.names)}"
        )
        raise UserError(msg)
    return numeric


def _split(names: str) -> list[str]:
    """Split at commas; a name with a comma in it stands in double quotes."""
    return [name.strip() for name in next(csv.reader([names])) or [""]]


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
