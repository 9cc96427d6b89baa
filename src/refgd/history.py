"""What a run leaves behind: its iterates, and the rows kept of them."""

from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array, Scalar, Weights


class Iterate(NamedTuple):
    """One point of a run: what was measured at w, before the step from it.

    Attributes:
        t: The number of steps taken to get here.
        w: The weight.
        loss: The loss at w.
        dw: The gradient at w.
        state: The optimizer's state before the step from w.
    """

    t: int
    w: Weights
    loss: Scalar
    dw: Weights
    state: Any


class History(NamedTuple):
    """The recorded rows of a run; row 0 is the start.

    Attributes:
        t: The steps taken before each row, (rows,).
        w: The weights, (rows,) or (rows, d).
        loss: The losses at those weights, (rows,).
    """

    t: Array
    w: Array
    loss: Array


class Recorder:
    """A run's rows as they come: what a stop rule reads.

    Attributes:
        first: The iterate at the start.
        first_size: The `size` of its gradient.
        previous: The iterate before the newest; at the start, the first.
        last: The newest iterate.
    """

    def __init__(self, first: Iterate, every: int = 1) -> None:
        self.first = self.previous = self.last = first
        self.first_size = size(first.dw)
        self._every = every
        # columns, not iterates: a kept row shall not keep its optimizer's state
        self._t, self._w, self._loss = [first.t], [first.w], [first.loss]

    def add(self, iterate: Iterate) -> None:
        """Take the next iterate; of every `every`-th, keep a row."""
        self.previous, self.last = self.last, iterate
        if iterate.t % self._every == 0:
            self._keep(iterate)

    def _keep(self, iterate: Iterate) -> None:
        self._t.append(iterate.t)
        self._w.append(iterate.w)
        self._loss.append(iterate.loss)

    def history(self) -> History:
        """Return the rows as arrays; the newest is always among them."""
        if self._t[-1] != self.last.t:
            self._keep(self.last)
        return History(np.array(self._t), np.array(self._w), np.array(self._loss))


def size(dw: Weights) -> Scalar:
    """Return the largest component of dw, without its sign."""
    return np.abs(dw).max() if getattr(dw, "ndim", 0) else abs(dw)
