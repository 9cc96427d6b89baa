"""What `refgd fit` fits: a file's columns, or one of the data sets."""

from typing import NamedTuple

import numpy as np

from refgd import datasets
from refgd._types import Array
from refgd.cli import _columns, _csv
from refgd.cli._errors import UserError
from refgd.leastsquares import add_intercept

INTERCEPT = "intercept"


class Problem(NamedTuple):
    """Data with the names to print.

    Attributes:
        about: Lines that say where the data come from and what was taken.
        x: (n,), or (n, d) for several weights.
        y: (n,).
        names: The name of each weight; that of the intercept is last.
        y_name: The name of y.
        known: The known weights of a data set; None of a file.
    """

    about: list[str]
    x: Array
    y: Array
    names: list[str]
    y_name: str
    known: list[float] | None = None


def from_file(path: str, x: str | None, y: str | None, *, intercept: bool) -> Problem:
    """Read a CSV file and take its columns.

    Raises:
        UserError: If the file, a column or a cell is not what it has to be.
    """
    table = _csv.read(path)
    choice = _columns.choose(table, x, y)
    columns = [_csv.numbers(table, name) for name in choice.x]
    target = _csv.numbers(table, choice.y)
    about = [
        f"{table.title}: {_rows(len(target))}",
        f"x = {', '.join(choice.x)}{choice.x_how}, y = {choice.y}{choice.y_how}",
    ]
    samples = columns[0] if len(columns) == 1 else np.column_stack(columns)
    return _with(Problem(about, samples, target, choice.x, choice.y), intercept)


def from_dataset(name: str, *, intercept: bool) -> Problem:
    """Take a data set; with an intercept if its known answer has one."""
    data = datasets.ALL[name]()
    about = [
        f"{name}: {_rows(len(data.y))}, {data.source}",
        f"x = {data.x_name}, y = {data.y_name}",
    ]
    problem = Problem(about, data.x, data.y, [data.x_name], data.y_name)
    if data.intercept or not intercept:
        about.append(f"known w: {data.answer}")
        problem = problem._replace(known=np.atleast_1d(data.w).tolist())
    return _with(problem, intercept or data.intercept)


def _with(problem: Problem, intercept: bool) -> Problem:  # noqa: FBT001 - private
    """Append the column of ones, if there shall be an intercept."""
    if not intercept:
        return problem
    if INTERCEPT in problem.names:
        msg = f"--intercept beside a column named {INTERCEPT!r}: rename the column"
        raise UserError(msg)
    names = [*problem.names, INTERCEPT]
    return problem._replace(x=add_intercept(problem.x), names=names)


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
