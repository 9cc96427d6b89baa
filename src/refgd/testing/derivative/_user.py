"""A user's function, called on a flat array, its answer read as flat numbers."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing.derivative._ladder import NO_VALUE
from refgd.testing.derivative._structure import (
    Layout,
    children_of,
    flatten,
    lay_out,
    read_matrix,
)

__tracebackhide__ = True  # pytest shows the test, not the kit


class UserFunction:
    """A function of a structure of arrays as one of a flat array.

    Attributes:
        name: What it goes by here: f, df or hessian.
        function: The function itself.
        layout: How its argument lies in the flat array.
        args: Its further arguments.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        layout: Layout,
        args: Sequence[Any] = (),
    ) -> None:
        self.name, self.function = name, function
        self.layout, self.args = layout, args

    def __call__(self, w: Array) -> Any:
        """Return what it returns at w."""
        with _clock.stopped():
            return self.function(self.layout.build(w), *self.args)

    def try_out(self, w: Array) -> Any:
        """Return what it returns at w, the first time.

        Raises:
            TypeError: If it cannot be called.
            ValueError: If it has no value there.
            WritesError: If it changes what it is given.
        """
        given = self.layout.build(w)
        before = [*map(_copy, (given, *self.args))]
        try:
            with _clock.stopped(), np.errstate(all="ignore"):
                answer = self.function(given, *self.args)
        except NO_VALUE as error:
            msg = f"{self.name} has no value at w: {_words(error)}"
            raise ValueError(msg) from error
        except Exception as error:
            msg = f"{self.name} could not be called: {_words(error)}"
            raise TypeError(msg) from error
        names = ["w", *(f"args[{i}]" for i in range(len(self.args)))]
        for name, old, new in zip(names, before, (given, *self.args), strict=True):
            if not _is_same(old, new):
                raise WritesError(self.name, name)
        return answer


class WritesError(Exception):
    """A function has changed its argument."""

    def __init__(self, function: str, argument: str) -> None:
        super().__init__(
            f"{function} writes into {argument}: it must leave its arguments as they "
            "are, and work on a copy"
        )


class ShapeError(Exception):
    """A derivative has not the shape of w."""


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _copy(value: Any) -> Any:
    """Return the numbers of a value, where it has any."""
    try:
        return np.array(flatten(value))
    except Exception:  # noqa: BLE001 - an argument may be anything
        return None


def _is_same(old: Any, new: Any) -> bool:
    now = _copy(new)
    if old is None or now is None or old.dtype.kind not in "biuf":
        return True
    return np.array_equal(old, now, equal_nan=old.dtype.kind == "f")


def lay_out_values(f: UserFunction, w: Array) -> Layout:
    """Return the layout of what f returns at w.

    Raises:
        TypeError: If it is not real numbers.
    """
    answer = f.try_out(w)
    try:
        entries = flatten(answer)
    except (TypeError, ValueError):
        entries = np.empty(0)
    kind = entries.dtype.kind
    real = kind in "biuf" or (kind == "c" and not np.any(entries.imag))
    if kind == "O":
        real = all(each is not None and not isinstance(each, str) for each in entries)
    if not entries.size or not real:
        msg = f"{f.name} must return real numbers, got {_show(answer)}"
        raise TypeError(msg)
    if entries.size == 1 or children_of(answer) is None:
        shape = () if entries.size == 1 else np.shape(answer)
        return lay_out(np.empty(shape), f.name)
    return lay_out(answer, "w" if f.name == "df" else f.name)


def _show(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) < 80 else f"{text[:76]} ..."  # noqa: PLR2004 - one line


def read_values(answer: Any, count: int) -> Array:
    """Return an answer as a flat array of floats: NaN where it is not real."""
    entries = flatten(answer)
    if entries.size != count:
        return np.full(count, np.nan)
    return as_floats(entries)


def as_floats(entries: Array) -> Array:
    """Return numbers as floats of their own dtype: NaN where they are not real."""
    kind = entries.dtype.kind
    if kind == "f":
        return entries
    if kind == "c":
        return np.where(entries.imag == 0, entries.real, np.nan)
    if kind == "O":
        return np.array([_as_float(each) for each in entries.flat]).reshape(
            entries.shape
        )
    return entries.astype(float)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf


def read_claims(df: UserFunction, w: Array, rows: Layout) -> Array:
    """Return what df claims at w, (rows, columns).

    Raises:
        ShapeError: If it has another shape.
        TypeError: If it is not real numbers.
    """
    answer = df.try_out(w)
    try:
        claimed = read_matrix(answer, rows, df.layout)
        entries = flatten(answer)
    except (TypeError, ValueError):
        entries, claimed = np.array(None), None
    real = entries.dtype.kind in "biufO" and all(
        each is not None and not isinstance(each, str) for each in entries.flat
    )
    if not real:
        msg = f"{df.name} must return real numbers, got {_show(answer)}"
        raise TypeError(msg)
    if claimed is None:
        raise ShapeError(_write_shapes(df, answer, rows))
    return claimed


def _write_shapes(df: UserFunction, answer: Any, rows: Layout) -> str:
    got = _shape_words(lay_out(answer, df.name), f"shape {np.shape(flatten(answer))}")
    meant = _shape_words(df.layout, f"shape {df.layout.shape}")
    if rows.size == 1:
        return f"{df.name} must have {meant}, as w has, got {got}"
    shape = (*rows.shape, *df.layout.shape)
    return (
        f"f returns {rows.size} numbers, so {df.name} must be its Jacobian, of shape "
        f"{shape}, got {got}; if f is meant to be one number, it lacks a sum or a mean"
    )


def _shape_words(layout: Layout, plain: str) -> str:
    if layout.children is None:
        return plain if len(layout.blocks) > 1 else f"shape {layout.blocks[0].shape}"
    return ", ".join(f"{block.name} of {block.shape}" for block in layout.blocks)


def name_args(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """Return what f calls its further arguments."""
    try:
        names = list(inspect.signature(f).parameters)[1:]
    except (TypeError, ValueError):
        names = []
    return [names[i] if i < len(names) else f"args[{i}]" for i in range(len(args))]


def known_values(f: Callable[..., Any], args: Sequence[Any]) -> dict[str, Any]:
    """Return the numbers that f works with beside w, by their names."""
    found: dict[str, Any] = {}
    try:
        closed = inspect.getclosurevars(f)
        found |= {**closed.globals, **closed.nonlocals}
    except (TypeError, ValueError):  # it is not written in Python
        pass
    found |= dict(zip(name_args(f, args), args, strict=True))
    numbers = {name: _copy(value) for name, value in found.items()}
    return {
        name: np.asarray(each).reshape(np.shape(found[name]))
        for name, each in numbers.items()
        if each is not None
        and each.size
        and each.dtype.kind in "iuf"
        and children_of(found[name]) is None
    }
