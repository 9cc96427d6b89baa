"""What a run found, and whether it diverged."""

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from numbers import Rational
from typing import Any

import numpy as np

from refgd import theory
from refgd._types import Array, Number, Scalar, Schedule, Weights
from refgd.history import History, Iterate, SoFar
from refgd.stopping import Reason

#: Reasons that say enough wherever the run ended.
CLEAR = (Reason.GRADIENT, Reason.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Fit:
    """What `fit` found.

    Attributes:
        w: The weight at the end; with `stopping.patience`, the best by validation.
        loss: The loss AT w, over all training data.
        n_iters: The number of steps taken.
        reason: Why it stopped.
        lr: The learning rate of plain descent, a number or a schedule; None for
            another rule.
        validation: The validation loss at w; None without validation data.
        history: The rows on the way.
        so_far: All that `fit` needs to go on, given in place of w.
    """

    w: Weights
    loss: Scalar
    n_iters: int
    reason: Reason
    lr: Number | Schedule | None
    validation: Scalar | None
    history: History = field(repr=False)
    so_far: SoFar = field(repr=False)

    @property
    def last(self) -> Iterate:
        """The last iterate: `descend` goes on from it."""
        return self.so_far.last

    @property
    def converged(self) -> bool:
        """Whether the gradient met its tolerance."""
        return self.reason is Reason.GRADIENT


class Diverged(ArithmeticError):  # noqa: N818 - the name says what happened
    """The loss left the numbers, or plain descent ended above its start.

    Attributes:
        run: The run so far, a `Fit`; its last row is where it was stopped.
        max_lr: The largest lr that this data allows; None for another rule, and with
            batches.
    """

    __module__ = "refgd.descent"  # where it is public: tracebacks name it

    def __init__(self, run: Fit, max_lr: Number | None) -> None:
        super().__init__(run, max_lr)  # what it is unpickled with
        self.run = run
        self.max_lr = max_lr

    def __str__(self) -> str:
        first, last = map(_digits, self.run.history.loss[[0, -1]])
        if self.run.n_iters == 0:
            return f"diverged: the loss at the start is {last}: start from a smaller w"
        return (
            f"diverged: the loss went from {first} to {last} in {self.run.n_iters} "
            f"steps{self._cause()}"
        )

    def _cause(self) -> str:
        if self.max_lr is not None:
            lr = "a schedule" if callable(self.run.lr) else _digits(self.run.lr)
            largest = _digits(self.max_lr)
            return f"; the largest lr this data allows is {largest}, got {lr}"
        dw = np.asarray(self.run.so_far.first.dw)
        if _square_is_normal(dw):
            return ""
        return f"; the square of the first gradient leaves {dw.dtype}: scale the data"


def _digits(number: Any) -> str:
    """Return six digits; a Fraction or an int may be too large for a float."""
    if isinstance(number, Rational):
        number = Decimal(int(number.numerator)) / Decimal(int(number.denominator))
        return f"{number:.6g}"
    return f"{float(number):.6g}"


def _square_is_normal(dw: Array) -> bool:
    """Whether g² neither overflows nor loses digits, for every g that is not 0."""
    limits = np.finfo(dw.dtype)
    with np.errstate(all="ignore"):
        square = dw * dw
    return bool(np.all((dw == 0) | ((limits.tiny <= square) & (square <= limits.max))))


def judge(run: Fit, x: Array | None) -> Fit:
    """Refuse divergence; x is that of plain descent on all data at once, else None.

    Another rule, such as a heavy ball, may rise on its way; if it ends above its start,
    the reason says so.
    """
    start, end = run.history.loss[[0, -1]]
    if not -math.inf < end < math.inf:
        run = replace(run, reason=Reason.NOT_FINITE)
    if run.reason is Reason.NOT_FINITE:
        raise Diverged(run, None if x is None else theory.max_lr(x))
    if x is not None and end > start:
        _judge_plain(run, theory.max_lr(x))
    if x is None and run.reason not in CLEAR and run.loss > start:
        return replace(run, reason=Reason.ABOVE_START)
    return run


def _judge_plain(run: Fit, bound: Any) -> None:
    """Refuse a rise; with lr within the bound it is rounding at the optimum."""
    lr: Any = run.lr
    rates = map(lr, range(run.n_iters)) if callable(lr) else [lr]
    if any(rate > bound for rate in rates):
        raise Diverged(run, bound)
