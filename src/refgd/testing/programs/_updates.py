r"""An update of the weights, read as a gradient: g = (w − w′) / lr.

**Definition**
$$w' = w - \eta\, \nabla L(w) \iff \nabla L(w) = \frac{w - w'}{\eta}$$

The rate η is a power of two that differs from example to example, so that one that is
forgotten or applied twice is seen; in Fractions the gradient follows exactly, in floats
to within the rounding of w and w′, which is known.
"""

import contextlib
import math
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing._answers import flat
from refgd.testing.gradient import _clock
from refgd.testing.gradient._signature import UserFunction


class Start(NamedTuple):
    """What one update starts from; b is None where the program has no intercept."""

    x: Array
    y: Array
    w: Any
    b: Any
    lr: Any


#: From a start to the new w and b.
Advance = Callable[[Start], tuple[Any, Any]]


class Update(UserFunction):
    """An update that is judged as the gradient that it steps along.

    Attributes:
        call: How it is called, in words or code.
        memory: What else it carries from update to update, such as a velocity.
        unfit: Why it may be meant for another model, or be random; "" if it may not.
        changed: What is neither x nor y in its loop, if anything is.
        own_loss: The loss that the program computes itself, where it does.
    """

    def __init__(
        self, name: str, advance: Advance, *, intercept: bool, call: str = ""
    ) -> None:
        self.function = self.advance = advance
        self.name, self.call = name, call
        self.roles = ("w", "b", "x", "y") if intercept else ("w", "x", "y")
        self.keywords = {}
        self.arrangement = None
        self.too_short = self.reads_global = False
        self.memory: Sequence[str] = ()
        self.unfit = self.changed = ""
        self.own_loss: UserFunction | None = None

    def __call__(self, inputs: dict[str, Any]) -> Any:
        """Return (w − w′) / lr, the intercept's entry last."""
        named, lr = self.arguments(inputs), self.rate(inputs)
        start = Start(named["x"], named["y"], named["w"], named.get("b"), lr)
        kept = start._replace(w=np.copy(start.w)[()], b=_copy(start.b))
        with quiet(), _clock.stopped():
            w, b = self.advance(kept)
        moved = [_subtract(start.w, w, lr)]
        if start.b is not None:
            moved.append(_subtract(start.b, b, lr))
        if len(moved) == 1 or any(part is None for part in moved):
            return moved[0]
        together = np.concatenate([np.ravel(part) for part in moved])
        return together.reshape(-1, 1) if np.ndim(moved[0]) > 1 else together

    def rate(self, inputs: dict[str, Any]) -> Any:
        """Return the rate for these inputs: such that w is rounded little."""
        x, y, w = (np.asarray(inputs[role]) for role in ("x", "y", "w"))
        if x.dtype == object:
            return Fraction(1, 2 ** (1 + len(x) % 3))
        size, target, weight = (_log2_of_largest(each) for each in (x, y, w))
        gradient = size + max(size + weight, target)
        wanted = weight - gradient if weight > -math.inf else -2 * size
        if not math.isfinite(wanted):
            wanted = -1.0
        limit = math.log2(float(np.finfo(_kind(x)).max)) / 2 - 4
        return 2.0 ** round(max(-limit, min(wanted, limit)) - len(x) % 3)

    def rounding(self, inputs: dict[str, Any]) -> Any:
        """Return |w| / lr, whose rounding is that of the gradient."""
        return abs(np.atleast_1d(inputs["w"]).ravel()) / self.rate(inputs)

    def write_call(self) -> str:
        """Write how it is called."""
        return self.call or f"(w - {super().write_call()}) / lr"


#: In it neither the difference nor the quotient is rounded or too large.
WIDE = np.longdouble


def _kind(x: Array) -> Any:
    return x.dtype if x.dtype.kind == "f" else np.float64


def _log2_of_largest(values: Array) -> float:
    largest = float(np.max(np.abs(values)))
    return math.log2(largest) if largest > 0 else -math.inf


def _copy(value: Any) -> Any:
    return None if value is None else np.copy(value)[()]


def _subtract(old: Any, new: Any, lr: Any) -> Any:
    """Return (old − new) / lr in the new one's kind of number; None for no number."""
    entries = flat(new)
    if entries is None or entries.size != np.size(old):
        return new
    entries = entries.reshape(np.shape(old))
    if entries.dtype == object and np.asarray(old).dtype == object:
        return (old - entries) / lr
    if entries.dtype == object:  # integers
        entries = entries.astype(np.float64)
    with np.errstate(all="ignore"):
        moved = np.asarray(old).astype(WIDE) - entries.astype(WIDE)
        moved = np.asarray(moved / WIDE(float(lr)))
        short = moved.astype(entries.dtype)
    fits = np.all(np.isfinite(short) == np.isfinite(moved))
    return (short if fits else moved)[()]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let a program warn as it likes, and draw the same numbers in every call."""
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002 - what programs use
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - likewise
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002 - likewise
