"""What `refgd fit` fits: a file's columns, or one of the data sets."""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from refgd import datasets
from refgd._outcome import Fit
from refgd._types import Array
from refgd._units import Units, take_units
from refgd.cli._arguments import UserError
from refgd.cli.fit import _csv, _parquet
from refgd.cli.fit._columns import choose
from refgd.cli.fit._options import Options
from refgd.compression import Compressed, compress_batches
from refgd.leastsquares import LeastSquares, add_intercept

INTERCEPT = "intercept"
GATHERED = 2**17  # numbers that are compressed at once
LARGE = 2**10  # rows, from which on reading all of them in every step takes longest


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
        units: What was taken from the columns of x, and from y beside an intercept;
            None if nothing was.
        n_rows: The rows of the data.
        variance: Of y, where x and y are compressed; None where they are the rows.
    """

    about: list[str]
    x: Array
    y: Array
    names: list[str]
    y_name: str
    intercept: bool = False
    known: list[float] | None = None
    units: Units | None = None
    n_rows: int = 0
    variance: float | None = None

    def r2(self, run: Fit) -> float:
        """Return the share of y's variance that the fit explains; NaN of a constant."""
        variance = float(np.var(self.y)) if self.variance is None else self.variance
        return 1 - float(run.loss) / variance if variance else math.nan

    def standardized(self) -> "Problem":
        """Return the problem with its columns standardized, but not the intercept's.

        Raises:
            ValueError: If the columns alone are too small for it.
        """
        columns, ones = self.x, None
        if self.intercept:
            columns, ones = self.x[:, :-1], self.x[:, -1]
        x, y, units = take_units(columns, self.y, ones)
        return self._replace(x=x, y=y, units=units)

    def original_data(self) -> tuple[Array, Array]:
        """Return x and y in the original units."""
        if self.units is None:
            return self.x, self.y
        return self.units.original_data(self.x, self.y)

    def original_run(self, run: Fit) -> Fit:
        """Return the run with its weights for x in the original units."""
        return run if self.units is None else self.units.original_run(run)


def load(options: Options) -> Problem:
    """Return the data, after the checks that `fit` would make later."""
    if options.dataset is None:
        problem = from_file(options)
    else:
        problem = from_dataset(options.dataset, intercept=options.intercept)
    try:
        LeastSquares(problem.x, problem.y)
        asked = options.standardize
        is_wanted = problem.intercept if asked is None else asked
        return problem.standardized() if is_wanted else problem
    except ValueError as error:
        raise UserError(str(error)) from None


def from_file(options: Options) -> Problem:
    """Read a file in batches and take its columns.

    From `LARGE` rows on they are compressed as they come, and none is held, unless the
    rows themselves are needed.
    """
    intercept = options.intercept
    moments = _Moments()
    with opened(options) as source:
        choice = choose(source, options.x, options.y)
        names = _name_weights(choice.x, intercept=intercept)
        rows = (
            _take_columns(moments.add(columns), intercept=intercept)
            for columns in _gather(source.read([*choice.x, choice.y]))
        )
        few = _collect(rows, math.inf if options.needs_rows else LARGE)
    columns = f"x = {', '.join(choice.x)}{choice.x_how}, y = {choice.y}{choice.y_how}"
    about = [f"{source.title}: {plural(few.n, 'row')}, {columns}"]
    if source.dropped:
        about.append(describe_dropped(source))
    is_compressed = few.n > len(few.y)
    if is_compressed:
        about.append(
            f"compressed {few.n:,} rows to {len(few.y)}, with the same loss and "
            "gradient for every w"
        )
    return Problem(
        about,
        few.x,
        few.y,
        names,
        choice.y,
        intercept,
        n_rows=few.n,
        variance=moments.variance if is_compressed else None,
    )


class _Moments:
    """The variance of y from batches, by the differences from their means.

    T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae and a pairwise
    algorithm for computing sample variances (1979).
    """

    def __init__(self) -> None:
        self._n, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, columns: Array) -> Array:
        """Take the last column, and return them all."""
        y = columns[-1]
        mean, before = float(y.mean()), self._n
        self._n += len(y)
        apart = mean - self._mean
        self._squares += float(np.var(y)) * len(y)
        self._squares += apart**2 * before * len(y) / self._n
        self._mean += apart * len(y) / self._n
        return columns

    @property
    def variance(self) -> float:
        return self._squares / self._n


def describe_dropped(source: _csv.Source | _parquet.Source) -> str:
    return f"{plural(source.dropped, 'row')} with a missing cell dropped"


@contextmanager
def opened(options: Any) -> Iterator[_csv.Source | _parquet.Source]:
    if _parquet.is_parquet(options.file):
        yield _parquet.Source(options.file, drop=options.missing == "drop")
        return
    progress = getattr(options, "progress", False)
    read = _csv.read(
        options.file, options.sep, header=options.header, progress=progress
    )
    with closing(read) as batches:
        yield _csv.Source(batches, drop=options.missing == "drop")


def _gather(batches: Iterator[Array]) -> Iterator[Array]:
    """Yield batches put together, to `GATHERED` numbers: fewer calls compress them."""
    kept, n = [], 0
    for columns in batches:
        kept.append(columns)
        n += columns.size
        if n >= GATHERED:
            yield np.concatenate(kept, axis=1)
            kept, n = [], 0
    if kept:
        yield np.concatenate(kept, axis=1)


def _take_columns(columns: Array, *, intercept: bool) -> tuple[Array, Array]:
    *xs, y = np.ascontiguousarray(columns)
    x = xs[0] if len(xs) == 1 else np.column_stack(xs)
    return add_intercept(x) if intercept else x, y


def _collect(batches: Iterator[tuple[Array, Array]], large: float) -> Compressed:
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
        f"{name}: {plural(len(data.y), 'row')}, {data.source}",
        f"x = {data.x_name}, y = {data.y_name}",
    ]
    known = None
    if data.intercept or not intercept:
        about.append(f"known w: {data.answer}")
        known = np.atleast_1d(data.w).tolist()
    intercept = intercept or data.intercept
    names = _name_weights([data.x_name], intercept=intercept)
    x = add_intercept(data.x) if intercept else data.x
    rows = len(data.y)
    return Problem(about, x, data.y, names, data.y_name, intercept, known, n_rows=rows)


def _name_weights(names: list[str], *, intercept: bool) -> list[str]:
    """Return the name of each weight; that of the intercept is last."""
    if not intercept:
        return names
    if INTERCEPT in names:
        msg = f"--intercept beside a column named {INTERCEPT!r}: rename the column"
        raise UserError(msg)
    return [*names, INTERCEPT]


def plural(number: int, noun: str) -> str:
    """Return the number with the noun: 1 step, 10,000 steps."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
