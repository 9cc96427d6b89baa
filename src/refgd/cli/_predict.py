"""`refgd predict`: what a saved fit predicts for the rows of a file."""

import argparse
import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np

from refgd.cli import _model
from refgd.cli._arguments import Status, UserError, writing
from refgd.cli.fit import _options, _problem

SUMMARY = "predict with a saved fit"

DESCRIPTION = """\
Predict y for each row of a file with what refgd fit --save wrote. The columns are found
by their names, in any order, beside any others. CSV is written: the columns of the
model, and the prediction under y's name.
"""

EPILOG = """\
examples:
  refgd fit cars.csv --x speed --y dist --intercept --save model.json
  refgd predict model.json new.csv
  refgd predict model.json new.csv --out predicted.csv

model.json is plain JSON: the prediction is the sum of weight times column, and the
intercept.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL.json", help="what refgd fit --save wrote")
    words = "a table: .csv, .csv.gz, .parquet, or a folder of them; - is standard input"
    add("file", metavar="FILE.csv", help=words)
    _options.add_format(parser)
    add("--out", metavar="OUT.csv", help="write there (default: standard output)")


def run(args: argparse.Namespace) -> int:
    """Write the predictions."""
    model = _model.load(args.model)
    names = [*model.weights]
    with _problem.opened(args) as source:
        missing = [name for name in names if name not in source.names]
        if missing:
            msg = (
                f"{source.title} has no column {', '.join(map(repr, missing))}, "
                f"which {args.model} predicts from"
            )
            raise UserError(msg)
        batches = source.read(names)
        first = next(batches)  # what is wrong there is said before anything is written
        with _opened(args.out) as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow([*names, model.y])
            _write_rows(rows, model, first)
            for columns in batches:
                _write_rows(rows, model, columns)
        if source.dropped:
            print(f"refgd: {_problem.describe_dropped(source)}", file=sys.stderr)
    return Status.DONE


def _write_rows(rows: Any, model: _model.Model, columns: Any) -> None:
    with np.errstate(all="ignore"):
        table = np.vstack([columns, model.predict(columns)])
    rows.writerows(map(repr, row) for row in table.T.tolist())


@contextmanager
def _opened(path: str | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    with writing(path), open(path, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - as the reader
        yield file
