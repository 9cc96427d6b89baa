"""A Parquet file, or a folder of them, in batches of named columns; by pyarrow."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.cli._arguments import UserError
from refgd.cli.fit._columns import refuse_twice
from refgd.cli.fit._csv import DROP_HINT

SUFFIX = ".parquet"
BATCH = 2**16  # rows held at once


def is_parquet(path: str) -> bool:
    """Whether a path is that of a Parquet file, or of a folder."""
    return path.endswith(SUFFIX) or Path(path).is_dir()


class Source:
    """The columns of a Parquet file, or of a folder's, one after another by name."""

    def __init__(self, path: str, *, drop: bool = False) -> None:
        try:
            self._parquet = import_module("pyarrow.parquet")
            self._types = import_module("pyarrow.types")
        except ImportError:
            msg = f"{path}: to read Parquet takes pyarrow: pip install pyarrow"
            raise UserError(msg) from None
        self.title = path
        self._drop, self.dropped = drop, 0
        self._paths = _list_parts(path)
        with _errors(path):
            schema = self._parquet.read_schema(self._paths[0])
        self.names: list[str] = schema.names
        refuse_twice(path, self.names)
        self._numeric = {
            name
            for name, kind in zip(schema.names, schema.types, strict=True)
            if self._is_number(kind)
        }

    def numeric(self, names: list[str]) -> list[str]:
        """Return the names of the columns of numbers among these."""
        return [name for name in names if name in self._numeric]

    def read(self, names: list[str]) -> Iterator[Array]:
        """Yield the named columns, some rows at a time, a row each."""
        is_empty = True
        for path in self._paths:
            for rows in self._read_part(str(path), names):
                yield rows
                is_empty = False
        if is_empty:
            lost = " without a missing cell" if self.dropped else ""
            msg = f"{self.title} has no rows{lost}"
            raise UserError(msg)

    def _read_part(self, path: str, names: list[str]) -> Iterator[Array]:
        with _errors(path), self._parquet.ParquetFile(path) as file:
            kinds = dict(
                zip(file.schema_arrow.names, file.schema_arrow.types, strict=True)
            )
            for name in names:
                if not self._is_number(kinds.get(name)):
                    what = (
                        f"is of {kinds[name]}, not of numbers"
                        if name in kinds
                        else "is not there"
                    )
                    msg = f"{path}: column {name!r} {what}"
                    raise UserError(msg)
            start = 1
            for batch in file.iter_batches(BATCH, columns=names, use_threads=False):
                kept = self._drop_missing(batch) if self._drop else batch
                if kept.num_rows:
                    yield np.array(
                        [_read_column(path, start, kept, name) for name in names]
                    )
                start += batch.num_rows

    def _drop_missing(self, batch: Any) -> Any:
        """Return the rows without a null or NaN."""
        there = np.ones(batch.num_rows, bool)
        for column in batch.columns:
            values = column.to_numpy(zero_copy_only=False).astype(np.float64)
            there &= ~np.isnan(values)
        self.dropped += int(np.sum(~there))
        return batch.filter(import_module("pyarrow").array(there))

    def _is_number(self, kind: Any) -> bool:
        is_one_of = ("is_floating", "is_integer", "is_decimal")
        return kind is not None and any(
            getattr(self._types, is_kind)(kind) for is_kind in is_one_of
        )


def _list_parts(path: str) -> list[Path]:
    folder = Path(path)
    if not folder.is_dir():
        return [folder]
    parts = sorted(each for each in folder.rglob(f"*{SUFFIX}") if each.is_file())
    if not parts:
        msg = f"{path} is a folder without a file *{SUFFIX}"
        raise UserError(msg)
    return parts


@contextmanager
def _errors(path: str) -> Iterator[None]:
    """Turn what pyarrow raises into a line."""
    try:
        yield
    except FileNotFoundError:
        msg = f"{path}: no such file"
        raise UserError(msg) from None
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        msg = f"cannot read {path}: {str(error).splitlines()[0]}"
        raise UserError(msg) from None


def _read_column(path: str, start: int, batch: Any, name: str) -> Array:
    """Return a column in float64, or name the cell that is empty or not finite."""
    column = batch.column(name)
    values: Array = column.to_numpy(zero_copy_only=False).astype(np.float64)
    if column.null_count or not np.isfinite(values).all():
        empty = column.is_null().to_numpy(zero_copy_only=False)
        row = int(np.argmax(empty | ~np.isfinite(values)))
        what = (
            "the cell is empty"
            if empty[row]
            else f"{values[row]} is not a finite number"
        )
        hint = DROP_HINT if np.isnan(values[row]) else ""
        msg = f"{path}, row {start + row}, column {name!r}: {what}{hint}"
        raise UserError(msg)
    return values
