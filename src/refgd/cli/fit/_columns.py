"""Which columns of a table a fit takes."""

import csv
from collections import Counter
from typing import NamedTuple, Protocol

from refgd.cli._arguments import UserError

MOST_LISTED = 20  # names of columns in a message


class Columns(Protocol):
    """A table, as far as its columns are chosen."""

    @property
    def title(self) -> str:
        """What messages call it."""

    @property
    def names(self) -> list[str]:
        """The columns' names."""

    def numeric(self, names: list[str]) -> list[str]:
        """Return the names of the columns of numbers among these."""


class Choice(NamedTuple):
    """The columns that a fit takes, and how those not asked for were found."""

    x: list[str]
    y: str
    x_how: str = ""
    y_how: str = ""


def choose(table: Columns, x: str | None, y: str | None) -> Choice:
    """Take the columns asked for; else x and y; else y is the last one of numbers.

    Then x is the other one of numbers; if there are several, the user must say which.

    Several names in x are separated by commas.
    """
    xs = [] if x is None else _split(x)
    ys = [] if y is None else [y]
    _check_names(table, [*xs, *ys])
    xs = xs or _column_named(table, "x", ys)
    ys = ys or _column_named(table, "y", xs)
    x_how = "" if xs else " (the other column of numbers)"
    y_how = "" if ys else " (the last column of numbers)"
    if not xs:
        xs = _columns_of_numbers(table, "x", ys)
        if not ys and len(xs) > 1:
            *xs, last = xs
            ys = [last]
        _check_single(table, xs, f"y = {''.join(ys)}{y_how}")
    ys = ys or _columns_of_numbers(table, "y", xs)[-1:]
    return Choice(xs, ys[0], x_how, y_how)


def _check_single(table: Columns, candidates: list[str], y: str) -> None:
    if len(candidates) > 1:
        msg = (
            f"{table.title}: x could be {_list_names(candidates)}, with {y}; "
            "say which, one or several: --x COL[,COL...]"
        )
        raise UserError(msg)


def _check_names(table: Columns, asked: list[str]) -> None:
    """Refuse a name that is not in the table, or twice in the choice."""
    known = set(table.names)
    for name in asked:
        if not name or name not in known:
            msg = (
                f"{table.title} has no column {name!r}, only {_list_names(table.names)}"
            )
            raise UserError(msg)
    twice = _find_twice(asked)
    if twice is not None:
        msg = f"column {twice!r} is taken twice: each is an x or the y, once"
        raise UserError(msg)


def _column_named(table: Columns, name: str, taken: list[str]) -> list[str]:
    return [name] if name in table.names and name not in taken else []


def _columns_of_numbers(table: Columns, wanted: str, taken: list[str]) -> list[str]:
    """Return the columns of numbers that are left; those without a name are not."""
    left = [name for name in table.names if name and name not in taken]
    numeric = table.numeric(left)
    if not numeric:
        beside = f" beside {_list_names(taken)}" if taken else ""
        msg = (
            f"{table.title} has no column of numbers to take as {wanted}{beside}; "
            f"its columns are {_list_names(table.names)}"
        )
        raise UserError(msg)
    return numeric


def _split(names: str) -> list[str]:
    """Split at commas; a name with a comma in it stands in double quotes."""
    return [name.strip() for name in next(csv.reader([names])) or [""]]


def _list_names(names: list[str]) -> str:
    shown = [repr(name) for name in names[:MOST_LISTED]]
    if len(names) > MOST_LISTED:
        shown.append(f"{len(names) - MOST_LISTED:,} more")
    return ", ".join(shown)


def refuse_twice(title: str, names: list[str]) -> None:
    """Refuse a table of which two columns have the same name."""
    twice = _find_twice(names)
    if twice is not None:
        msg = f"{title}: two columns are named {twice!r}"
        raise UserError(msg)


def _find_twice(names: list[str]) -> str | None:
    """Return the first name that is there more than once."""
    return next((name for name, times in Counter(names).items() if times > 1), None)
