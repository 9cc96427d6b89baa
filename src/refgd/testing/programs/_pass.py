"""One pass of a training loop: what a rewritten program is given, and hands over."""

import copy
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.programs import _roles
from refgd.testing.programs._updates import Start


class PassedError(BaseException):
    """The pass is over; not an Exception, so that the program does not catch it."""


class ChangedError(ValueError):
    """The loop works on other data than those that it was given."""


class Pass:
    """What the rewritten loop calls: `enter`, `give` and `leave`.

    Attributes:
        packed: Where the intercept stands in w, "first" or "last", if x has a column of
            ones for it.
        values: The names at its end.
        seen: Which of x and y the loop was seen to read.
        found: The arrays of numbers that the loop reads, by their places.
        trail: The weights after each pass, by their roles.
    """

    def __init__(self, start: Start, *, strict: bool = True, passes: int = 1) -> None:
        """Take what to start from; strict: the loop must work on this x and y."""
        self.start, self.strict, self.passes = start, strict, passes
        self.packed = ""
        self.values: dict[str, Any] = {}
        self.found: dict[str, Array] = {}
        self.seen: set[str] = set()
        self.trail: list[dict[str, Any]] = []
        self.first_rate: Any = None

    def data(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return the data, in the kind and the shape of the program's own."""
        given = np.array(self.start.y)
        flat = not hasattr(y, "ndim") or y.ndim == 1
        targets = given.ravel() if flat else given
        return shape_like(np.array(self.start.x), x), shape_like(targets, y)

    def enter(self, values: dict[str, Any], reads: list[str]) -> None:
        """See in which arrays the data are that the loop reads.

        Raises:
            ChangedError: If an array of as many samples is neither x nor y.
        """
        n = len(self.start.y)
        for place in reads:
            value = _read(values, place)
            if callable(value) or _roles.means(place, "w"):
                continue
            array = _as_array(value)
            if array is None or array.ndim == 0:
                continue
            self.found[place] = np.array(array)
            if self.strict and (n in array.shape or _is_called_data(place)):
                self._recognize(place, array)

    def _recognize(self, place: str, array: Array) -> None:
        x = np.asarray(self.start.x).reshape(len(self.start.y), -1)
        y = np.ravel(self.start.y)
        ones = np.ones((len(x), 1))
        known = ("", x), ("first", np.hstack([ones, x])), ("last", np.hstack([x, ones]))
        for packed, form in known:
            if array.size == form.size and any(
                _is_equal(each, form) for each in _orient(array, form)
            ):
                self.packed = self.packed or packed
                self.seen.add("x")
                return
        if array.size == y.size and _is_equal(np.ravel(array), y):
            self.seen.add("y")
            return
        flat = np.ravel(array)
        to_be_filled = not len(flat) or np.all(flat == flat[0]) or _is_count(flat)
        if to_be_filled and not _is_called_data(place):
            return
        msg = f"{place} in its loop is neither x nor y as they were given"
        raise ChangedError(msg)

    def give(self, role: str, own: Any) -> Any:
        """Return the weight, the intercept or the rate, shaped as the program's own."""
        if role == "lr":
            return self.start.lr
        if role == "off":
            return 0
        value = self.start.w if role == "w" else self.start.b
        if value is None:  # as it is
            return own
        if role == "w" and self.packed and self.start.b is not None:
            parts = [np.ravel(self.start.b), np.ravel(self.start.w)]
            if self.packed == "last":
                parts.reverse()
            value = np.concatenate(parts)
            if np.ndim(self.start.w) > 1:
                value = value.reshape(-1, 1)
        return shape_like(np.array(value)[()], own)

    def rescale(self, own: Any) -> Any:
        """Return a rate that the loop sets, in units of the first one that it sets."""
        self.first_rate = own if self.first_rate is None else self.first_rate
        if not own or own is self.first_rate:
            return self.start.lr
        return self.start.lr * (own / self.first_rate)

    def leave(self, handed: dict[str, Any], values: dict[str, Any]) -> None:
        """Take the weights at the end of a pass.

        Raises:
            PassedError: After the last pass, unless the program has raised something.
        """
        if sys.exc_info()[1] is None:
            self.values = dict(values)
            self.trail.append({role: keep(value) for role, value in handed.items()})
            if len(self.trail) == self.passes:
                raise PassedError

    def read(self) -> tuple[Any, Any]:
        """Return w′ and b′ of the last pass, in the shape in which they were given."""
        if not self.trail:
            msg = "its loop was not reached"
            raise RuntimeError(msg)
        return self.read_all()[-1]

    def read_all(self) -> list[tuple[Any, Any]]:
        """Return what `read` does, after each pass."""
        return [self._unpack(handed) for handed in self.trail]

    def _unpack(self, handed: dict[str, Any]) -> tuple[Any, Any]:
        w, b = handed["w"], handed.get("b")
        if self.packed and self.start.b is not None:
            entries = np.ravel(w)
            first = self.packed == "first"
            return (entries[1:], entries[0]) if first else (entries[:-1], entries[-1])
        return w, b


def keep(value: Any) -> Any:
    """Copy weights, which the next pass may change where they are."""
    if hasattr(value, "detach"):
        return value.detach().clone()
    return copy.copy(value)


def _is_called_data(place: str) -> bool:
    return _roles.means(place, "x") or _roles.means(place, "y")


def _read(values: dict[str, Any], place: str) -> Any:
    """Return what is in a place; None for none."""
    name, _, attribute = place.partition(".")
    found = values.get(name)
    if attribute and attribute.isidentifier():
        return getattr(found, "__dict__", {}).get(attribute)
    return None if attribute else found


def _as_array(value: Any) -> Array | None:
    if isinstance(value, ModuleType):
        return None
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if not hasattr(value, "__array__") and not isinstance(value, list):
        return None
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "fiuO" else None


def _orient(array: Array, form: Array) -> list[Array]:
    """Return the array as rows of samples, and of a matrix also its transpose."""
    if array.ndim == 2:  # noqa: PLR2004 - a matrix
        return [each for each in (array, array.T) if each.shape == form.shape]
    return [array.reshape(form.shape)]


def _is_equal(a: Array, b: Array) -> bool:
    """Whether two arrays agree, the second rounded to the kind of the first."""
    if a.dtype.kind == "f":
        with np.errstate(all="ignore"):
            b = b.astype(a.dtype)
    return a.shape == b.shape and bool(np.all(a == b))


def _is_count(values: Array) -> bool:
    """Whether it counts the samples, as np.arange does."""
    return bool(np.array_equal(np.sort(values), np.arange(len(values))))


def shape_like(value: Any, own: Any) -> Any:
    """Return a value in the shape and the kind of what the program has there."""
    if value is None:
        return None
    if hasattr(own, "detach"):  # a tensor
        torch = import_module("torch")
        kind = own.dtype if own.dtype.is_floating_point else None
        made = torch.as_tensor(np.asarray(value), dtype=kind)
        made = made.reshape(-1, 1) if own.ndim > 1 and made.ndim < 2 else made  # noqa: PLR2004
        return made.requires_grad_(own.requires_grad)
    shape = np.shape(own) if isinstance(own, np.ndarray | list | tuple) else None
    if isinstance(own, list) and np.ndim(value):
        return value.tolist()
    if shape is None or np.ndim(value) == len(shape):
        return value
    if len(shape) == 2 and np.ndim(value) < 2:  # noqa: PLR2004 - a matrix
        row = shape[0] == 1 and shape[1] > 1
        return np.reshape(value, (1, -1) if row else (-1, 1))
    return np.atleast_1d(value) if len(shape) == 1 else value
