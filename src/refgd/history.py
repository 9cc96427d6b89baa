"""What a run leaves behind: its iterates, and the rows kept of them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array, Objective, Scalar, Weights


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
    """The recorded rows of a run, one per epoch; row 0 is the start.

    Without batches an epoch is one step. Every loss is AT the row's w: that of a
    mini-batch is not among them. The last row is the end, wherever in an epoch it is.

    Attributes:
        t: The steps taken before each row, (rows,).
        w: The weights, (rows,) or (rows, d).
        loss: The losses at those weights over all training data, (rows,).
        validation: The same over the validation data; None if there are none.
    """

    t: Array
    w: Array
    loss: Array
    validation: Array | None = None


class Epochs(NamedTuple):
    """How long an epoch is, and what is measured at its end.

    Attributes:
        steps: The steps of an epoch; 1 without batches.
        objective: The loss and gradient over all training data; None where those of
            the iterate are that.
        validation: The loss over the validation data, if there are any.
    """

    steps: int = 1
    objective: Objective | None = None
    validation: Callable[[Weights], Scalar] | None = None


WHOLE = Epochs()  # the whole data set in every step


class Best(NamedTuple):
    """The row with the least validation loss, the first of equals.

    Attributes:
        t: The steps taken before it.
        w: Its weight.
        loss: The training loss there.
        validation: The validation loss there.
        stale: The epochs since then.
    """

    t: int
    w: Weights
    loss: Scalar
    validation: Scalar
    stale: int


class SoFar(NamedTuple):
    """All that a run needs to go on: `fit` takes it in place of w.

    Attributes:
        first: The start, with the loss and dw of all training data, without a state.
        previous: The last end of an epoch but one, in the same way.
        epoch: The last end of an epoch, in the same way.
        last: The newest iterate: `descend` goes on from it.
        validation: The validation loss of epoch, if there is validation.
        best: The best row by it.
        history: The rows kept.
    """

    first: Iterate
    previous: Iterate
    epoch: Iterate
    last: Iterate
    validation: Scalar | None
    best: Best | None
    history: History


class Recorder:
    """A run's rows as they come: what a stop rule reads.

    Attributes:
        last: The newest iterate; with batches, its loss and dw are its batch's.
        epoch: The iterate at the newest end of an epoch, with the loss and dw over
            all training data. Without batches it is `last`.
        previous: The one before it; at the start, the start.
        first: The one at the start.
        first_size: The `size` of its gradient.
        validation: The validation loss of epoch; None without validation data.
        best: The best row by it.
    """

    def __init__(
        self, start: Iterate | SoFar, every: int = 1, epochs: Epochs = WHOLE
    ) -> None:
        self._steps, self._objective, self._held_out = epochs
        self._between_rows = every * epochs.steps
        so_far = start if isinstance(start, SoFar) else _begun(start, epochs)
        self.first, self.last, rows = so_far.first, so_far.last, so_far.history
        self.previous, self.epoch = so_far.previous, so_far.epoch
        self.validation, self.best = so_far.validation, so_far.best
        self.first_size = size(self.first.dw)
        # columns, not iterates: a kept row shall not keep its optimizer's state
        self._t, self._w, self._loss = rows.t.tolist(), list(rows.w), list(rows.loss)
        self._validation = [] if rows.validation is None else list(rows.validation)
        self._made = rows

    def add(self, iterate: Iterate) -> None:
        """Take the next iterate; measure at an epoch's end; keep every `every`-th."""
        self.last = iterate
        if iterate.t % self._steps == 0:
            self._end_epoch(iterate)
            if iterate.t % self._between_rows == 0:
                self._keep()

    def adder(self) -> Callable[[Iterate], None]:
        """Return `add`; where each step is an epoch, a row and no more, a quick one."""
        if self._between_rows > 1 or self._objective or self._held_out:
            return self.add
        keep_t, keep_w, keep_loss = self._t.append, self._w.append, self._loss.append

        def add(iterate: Iterate) -> None:
            t, w, loss, _, _ = iterate
            keep_t(t)
            keep_w(w)
            keep_loss(loss)
            self.previous = self.epoch
            self.last = self.epoch = iterate

        return add

    def _end_epoch(self, iterate: Iterate) -> None:
        if self._objective is not None:
            iterate = _measured(iterate, self._objective)
        self.previous, self.epoch = self.epoch, iterate
        if self._held_out is not None:
            self.validation = self._held_out(iterate.w)
            self.best = _better(self.best, self.epoch, self.validation)

    def _keep(self) -> None:
        self._t.append(self.epoch.t)
        self._w.append(self.epoch.w)
        self._loss.append(self.epoch.loss)
        if self.best is not None:
            self._validation.append(self.validation)

    def history(self) -> History:
        """Return the rows as arrays; the newest is always among them."""
        if self.epoch.t != self.last.t:
            self._end_epoch(self.last)
        if self._t[-1] != self.last.t:
            self._keep()
        t, w, loss, validation = self._rows()
        held = None if validation is None else validation.copy()
        return History(t.copy(), w.copy(), loss.copy(), held)

    def so_far(self) -> SoFar:
        """Return what a run needs to go on from here; nothing is measured for it."""
        return SoFar(
            self.first._replace(state=None),
            self.previous._replace(state=None),
            self.epoch._replace(state=None),
            self.last,
            self.validation,
            self.best,
            self._rows(),
        )

    def _rows(self) -> History:
        if len(self._made.t) != len(self._t):
            made = self._made
            self._made = History(  # with its kinds stated: finding them takes longer
                np.array(self._t, made.t.dtype),
                np.array(self._w, made.w.dtype),
                np.array(self._loss, made.loss.dtype),
                np.array(self._validation) if self._validation else None,
            )
        return self._made


def _begun(start: Iterate, epochs: Epochs) -> SoFar:
    """Return the run that has only its start, which is the end of epoch 0."""
    first = start if epochs.objective is None else _measured(start, epochs.objective)
    validation = best = None
    if epochs.validation is not None:
        validation = epochs.validation(first.w)
        best = _better(None, first, validation)
    row = History(
        np.array([first.t]),
        np.array([first.w]),
        np.array([first.loss]),
        None if validation is None else np.array([validation]),
    )
    return SoFar(first, first, first, start, validation, best, row)


def _measured(iterate: Iterate, objective: Objective) -> Iterate:
    """Return the iterate with the loss and dw of all training data."""
    loss, dw = objective(iterate.w)
    return iterate._replace(loss=loss, dw=dw)


def _better(best: Best | None, epoch: Iterate, validation: Scalar) -> Best:
    """Return the new best row, or the old one an epoch staler."""
    if best is None or validation < best.validation:
        return Best(epoch.t, epoch.w, epoch.loss, validation, 0)
    return best._replace(stale=best.stale + 1)


def size(dw: Weights) -> Scalar:
    """Return the largest component of dw, without its sign."""
    return np.abs(dw).max() if getattr(dw, "ndim", 0) else abs(dw)
