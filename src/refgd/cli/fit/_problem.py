"""What `refgd fit` fits: a file's columns, or one of the data sets."""

import argparse
import math
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from refgd import datasets
from refgd._progress import on_terminal
from refgd._types import Array
from refgd.cli._arguments import UserError
from refgd.cli.fit import _csv
from refgd.cli.fit._csv import Choice, Table
from refgd.compression import Compressed, compress_batches
from refgd.descent import Fit
from refgd.leastsquares import LARGE, add_intercept

#: A column that varies by less, beside its size, is constant: compression rounds it by
#: some 1e-14 of that, and noise must not become a column of size 1.
CONSTANT = 1e-12


class Units(NamedTuple):
    """What was taken from the columns: x ↦ (x − mean · ones) / scale.

    Attributes:
        mean: Each column's mean, (d,); 0 without an intercept, and of its ones.
        scale: Each column's root mean square about it, (d,); 1 where that is 0.
    """

    mean: Array
    scale: Array

    def columns(self, x: Array) -> Array:
        """Return the columns as they were, from those of one size."""
        flat = x.reshape(len(x), -1)
        own: Array = flat * self.scale + np.outer(flat[:, -1], self.mean)
        return own.reshape(x.shape)

    def weights(self, w: Array) -> Array:
        r"""Return weights, (d,) or a row each, for the columns as they were.

        **Definition**
        $$w_j \mapsto \frac{w_j}{s_j}, \qquad
          b \mapsto b - \sum_j \frac{w_j}{s_j} \bar x_j$$
        """
        own = np.reshape(w, (-1, len(self.scale))) / self.scale
        own[:, -1] -= np.dot(own, self.mean)
        return own.reshape(np.shape(w))[()]

    def run(self, run: Fit) -> Fit:
        """Return the run with its weights for the columns as they were."""
        history = run.history._replace(w=self.weights(run.history.w))
        return replace(run, w=self.weights(run.w), history=history)


def standardized(x: Array, *, intercept: bool) -> tuple[Array, Units]:
    """Return x with columns of mean square 1, and of mean 0 beside an intercept.

    As `refgd.standardize`, but for compressed rows too: their ones, the last column of
    x, are no ones any more. The mean is what ones · c leaves least of, and the mean
    square that of the rest, whatever rows stand for the data.
    """
    columns = np.array(x.reshape(len(x), -1))
    d = columns.shape[1] - intercept
    free, ones = columns[:, :d], columns[:, -1]
    mean, scale = np.zeros(columns.shape[1]), np.ones(columns.shape[1])
    size = _root_mean_square(free)
    for _ in range(2 * intercept):  # once more for what the first mean left
        c = np.dot(ones, free) / np.dot(ones, ones)
        free -= np.outer(ones, c)
        mean[:d] += c
    spread = _root_mean_square(free)
    scale[:d] = np.where(spread > CONSTANT * size, spread, 1)
    return (columns / scale).reshape(x.shape), Units(mean, scale)


def _root_mean_square(columns: Array) -> Array:
    root: Array = np.sqrt(np.mean(columns * columns, axis=0))
    return root


INTERCEPT = "intercept"


class Problem(NamedTuple):
    """Data with the names to print.

    Attributes:
        about: Lines that say where the data come from and what was taken.
        x: (n,), or (n, d) for several weights.
        y: (n,).
        names: The name of each weight; that of the intercept is last.
        y_name: The name of y.
        intercept: Whether the last column is that of the intercept.
        known: The known weights of a data set; None of a file.
        units: What was taken from the columns of x; None if nothing was.
    """

    about: list[str]
    x: Array
    y: Array
    names: list[str]
    y_name: str
    intercept: bool = False
    known: list[float] | None = None
    units: Units | None = None

    def standardized(self) -> "Problem":
        """Return the problem on columns of one size."""
        x, units = standardized(self.x, intercept=self.intercept)
        return self._replace(x=x, units=units)


def from_file(args: argparse.Namespace, *, whole: bool) -> Problem:
    """Read a CSV file in batches and take its columns.

    From `LARGE` rows on they are compressed as they come, and none is held, unless the
    whole is asked for.

    Raises:
        UserError: If the file, a column or a cell is not what it has to be.
    """
    read = _csv.read(args.file, args.sep, progress=on_terminal())
    with closing(read) as tables:
        first = next(tables)
        choice = _csv.choose(first, args.x, args.y)
        names = _names(choice.x, intercept=args.intercept)
        batches = (
            _numbers(table, choice, intercept=args.intercept)
            for table in chain([first], tables)
        )
        few = _taken(batches, math.inf if whole else LARGE)
    about = [
        f"{first.title}: {_rows(few.n)}",
        f"x = {', '.join(choice.x)}{choice.x_how}, y = {choice.y}{choice.y_how}",
    ]
    if few.n > len(few.y):
        about.append(
            f"compressed {few.n:,} rows to {len(few.y)}, with the same loss and "
            "gradient for every w"
        )
    return Problem(about, few.x, few.y, names, choice.y, args.intercept)


def _numbers(table: Table, choice: Choice, *, intercept: bool) -> tuple[Array, Array]:
    """Return x and y of some rows."""
    columns = [_csv.numbers(table, name) for name in choice.x]
    x = columns[0] if len(columns) == 1 else np.column_stack(columns)
    return add_intercept(x) if intercept else x, _csv.numbers(table, choice.y)


def _taken(batches: Iterator[tuple[Array, Array]], large: float) -> Compressed:
    """Return the rows as they are, or so many and more of them compressed."""
    kept, n = [], 0
    for x, y in batches:
        kept.append((x, y))
        n += len(y)
        if n >= large:
            try:
                return compress_batches(chain(kept, batches))
            except ValueError as error:
                raise UserError(str(error)) from None
    xs, ys = zip(*kept, strict=True)
    return Compressed(np.concatenate(xs), np.concatenate(ys), n)


def from_dataset(name: str, *, intercept: bool) -> Problem:
    """Take a data set; with an intercept if its known answer has one."""
    data = datasets.ALL[name]()
    about = [
        f"{name}: {_rows(len(data.y))}, {data.source}",
        f"x = {data.x_name}, y = {data.y_name}",
    ]
    known = None
    if data.intercept or not intercept:
        about.append(f"known w: {data.answer}")
        known = np.atleast_1d(data.w).tolist()
    intercept = intercept or data.intercept
    names = _names([data.x_name], intercept=intercept)
    x = add_intercept(data.x) if intercept else data.x
    return Problem(about, x, data.y, names, data.y_name, intercept, known)


def _names(names: list[str], *, intercept: bool) -> list[str]:
    """Return the name of each weight; that of the intercept is last."""
    if not intercept:
        return names
    if INTERCEPT in names:
        msg = f"--intercept beside a column named {INTERCEPT!r}: rename the column"
        raise UserError(msg)
    return [*names, INTERCEPT]


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
