r"""An update of the weights, read as a gradient: g = (w − w′) / lr.

**Definition**
$$w' = w - \eta\, \nabla L(w) \iff \nabla L(w) = \frac{w - w'}{\eta}$$

The rate η is a power of two that differs from example to example, so that one that is
forgotten or applied twice is seen; in Fractions the gradient follows exactly, in floats
to within the rounding of w and w′, which is known.
"""

import contextlib
import io
import math
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Self

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing._answers import flat
from refgd.testing.gradient._signature import UserFunction


class Start(NamedTuple):
    """What one update starts from; b is None where the program has no intercept."""

    x: Array
    y: Array
    w: Any
    b: Any
    lr: Any


#: Makes several passes from a start; returns w and b after each.
Advance = Callable[[Start, int], list[tuple[Any, Any]]]

#: Data on which a program shows what it takes: x (n, d) or (n,), y (n,) or (n, 1).
SAMPLES, FEATURES = 5, 3


def list_probes(*, intercept: bool) -> Iterator[Start]:
    """Yield starts for each shape of data that programs take."""
    generator = np.random.default_rng(0)
    draw = generator.normal
    b = np.float64(0.25) if intercept else None
    x, y, w = draw(size=(SAMPLES, FEATURES)), draw(size=SAMPLES), draw(size=FEATURES)
    yield Start(x, y, w, b, 0.5)
    yield Start(x[:, 0], y, np.float64(w[0]), b, 0.5)
    yield Start(x, y.reshape(-1, 1), w.reshape(-1, 1), b, 0.5)


class Adapted(UserFunction):
    """A part of a program, called as a gradient of w, x and y would be.

    Attributes:
        call: How it is called, in words or code.
        memory: What else it carries from update to update, such as a velocity.
        unfit: Why it may be meant for another model, or be random; "" if it may not.
        uses_rate: Whether it uses the rate that it is given.
        fixed: Whether it is made for a number of features.
        ones: Whether its data get a column of ones, as they may be meant to have.
        several: Whether it may move the weights more than once.
        changed: What is neither x nor y in its loop, if anything is.
        own_data: The x and y that it works on where it takes no others.
        own_loss: The loss that the program computes itself, where it does.
        advance: Makes several passes, where it can.
        rate_changes: Whether its rate may be another in each pass.
        ends_in: The line in which the first pass ends the loop, if it does.
    """

    def __init__(
        self, name: str, run: Callable[[Start], Any], *, intercept: bool, call: str = ""
    ) -> None:
        self.function = self.run = run
        self.name, self.call = name, call
        self.roles = ("w", "b", "x", "y") if intercept else ("w", "x", "y")
        self.keywords = {}
        self.arrangement = None
        self.too_short = self.reads_global = False
        self.memory: Sequence[str] = ()
        self.unfit = self.changed = ""
        self.uses_rate = True
        self.fixed = self.several = self.ones = False
        self.own_data: tuple[Array, Array] | None = None
        self.own_loss: UserFunction | None = None
        self.advance: Advance | None = None
        self.rate_changes = False
        self.ends_in: int | None = None

    def __call__(self, inputs: dict[str, Any]) -> Any:
        """Run it from these inputs."""
        answer = self.answer(inputs)
        return self.arrangement.of(answer) if self.arrangement else answer

    def answer(self, inputs: dict[str, Any]) -> Any:
        """Return what it returns for these inputs."""
        return self._run(self.start(inputs))

    def start(self, inputs: dict[str, Any]) -> Start:
        """Return what it starts from: w and b are copies, which it may change."""
        named = self.arguments(inputs)
        w, b = np.copy(named["w"])[()], _copy(named.get("b"))
        return Start(named["x"], named["y"], w, b, self.rate(inputs))

    def _run(self, start: Start) -> Any:
        with quiet(), _clock.stopped():
            return self.run(start)

    def rate(self, inputs: dict[str, Any]) -> Any:  # noqa: ARG002 - an update's depends on them
        """Return the learning rate for these inputs."""
        return 1

    def write_call(self) -> str:
        """Write how it is called."""
        return self.call


class Update(Adapted):
    """An update of w and b, judged as the gradient that it steps along."""

    def answer(self, inputs: dict[str, Any]) -> Any:
        """Return (w − w′) / lr, the intercept's entry last."""
        old = self.start(inputs)
        w, b = self._run(self.start(inputs))
        moved = [_subtract(old.w, w, old.lr)]
        if old.b is not None:
            moved.append(_subtract(old.b, b, old.lr))
        if len(moved) == 1 or any(part is None for part in moved):
            return moved[0]
        together = np.concatenate([np.ravel(part) for part in moved])
        return together.reshape(-1, 1) if np.ndim(moved[0]) > 1 else together

    def with_ones(self, *, columns: bool) -> Self:
        """Return the same update for data with a column of ones first."""

        def run(start: Start) -> tuple[Any, Any]:
            rows = start.x.reshape(len(start.x), -1)
            x = np.hstack([np.full((len(rows), 1), 1, dtype=rows.dtype), rows])
            w, y = np.append(start.b, np.ravel(start.w)), start.y
            shape = (-1, 1) if columns else (-1,)
            given = Start(x, y.reshape(shape), w.reshape(shape), None, start.lr)
            moved = np.ravel(self.run(given)[0])
            return moved[1:], moved[0]

        return self.varied(run=run, roles=("w", "b", "x", "y"), ones=True)

    def rate(self, inputs: dict[str, Any]) -> Any:
        """Return the rate for these inputs: such that w is rounded little."""
        if not self.uses_rate:
            return 1
        x, y, w = (np.asarray(inputs[role]) for role in ("x", "y", "w"))
        if x.dtype == object:
            return Fraction(1, 2 ** (1 + len(x) % 3))
        size, target, weight = (_log2_of_largest(each) for each in (x, y, w))
        gradient = size + max(size + weight, target)
        wanted = weight - gradient if weight > -math.inf else -2 * size
        if not math.isfinite(wanted):
            wanted = -1.0
        return 2.0 ** round(max(-MOST, min(wanted, MOST)) - len(x) % 3)

    def rounding(self, inputs: dict[str, Any]) -> Any:
        """Return |w| / lr, whose rounding is that of the gradient."""
        return abs(np.atleast_1d(inputs["w"]).ravel()) / self.rate(inputs)


#: A rate is at most 2 to the power of this, or one by that: float32 has room for it.
MOST = 60

#: In it neither the difference nor the quotient is rounded or too large.
WIDE = np.longdouble


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
    """Let a program warn and print as it likes, and draw the same in every call."""
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002 - what programs use
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - likewise
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(io.StringIO()):
                yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002 - likewise
