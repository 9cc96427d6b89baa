"""What `fit` returns or raises: the run, and the judgement on it."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

from refgd import theory
from refgd._types import Array, Number, Scalar, Schedule, Weights
from refgd.history import History, Iterate, Recorder, SoFar
from refgd.stopping import Reason


@dataclass(frozen=True, slots=True)
class Fit:
    """What `fit` found.

    Attributes:
        w: The weight at the end; with `stopping.patience`, the best by validation.
        loss: The loss AT w, over all training data.
        n_iters: The number of steps taken.
        reason: Why it stopped.
        lr: The learning rate, a number or a schedule; None beside an optimizer.
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
        max_lr: The largest lr that this data allows; None beside an optimizer.
    """

    def __init__(self, run: Fit, max_lr: Number | None) -> None:
        first, last = map(float, run.history.loss[[0, -1]])
        message = f"the loss went from {first:.6g} to {last:.6g} in {run.n_iters} steps"
        if run.n_iters == 0:
            message = f"the loss at the start is {last}: start from a smaller w"
        elif max_lr is not None:
            got = "a schedule" if callable(run.lr) else f"{float(run.lr or 0):.6g}"
            message += f"; the largest lr this data allows is {float(max_lr):.6g}"
            message += f", got {got}"
        super().__init__(f"diverged: {message}")
        self.run = run
        self.max_lr = max_lr


def outcome(
    recorder: Recorder, reason: Reason, lr: Number | Schedule | None, *, best: bool
) -> Fit:
    """Return the run: its end, or the best row by validation."""
    so_far = recorder.so_far()  # before the history, which measures the end
    history = recorder.history()
    w, loss, validation = recorder.epoch.w, recorder.epoch.loss, recorder.validation
    if best and recorder.best is not None:
        w, loss, validation = recorder.best[1:4]
    return Fit(w, loss, so_far.last.t, reason, lr, validation, history, so_far)


def judge(run: Fit, x: Array | None) -> Fit:
    """Refuse divergence; x is that of plain descent on all data at once, else None.

    Another rule, such as a heavy ball, may rise on its way, and says so.
    """
    start, end = run.history.loss[[0, -1]]
    if not -math.inf < end < math.inf:
        run = replace(run, reason=Reason.NOT_FINITE)
    if run.reason is Reason.NOT_FINITE:
        raise Diverged(run, None if x is None else theory.max_lr(x))
    if x is not None and end > start:
        _judge_plain(run, theory.max_lr(x))
    if x is None and run.reason is Reason.N_ITERS and run.loss > start:
        return replace(run, reason=Reason.ABOVE_START)
    return run


def _judge_plain(run: Fit, bound: Any) -> None:
    """Refuse a rise; with lr within the bound it is rounding at the optimum."""
    lr: Any = run.lr
    rates = map(lr, range(run.n_iters)) if callable(lr) else [lr]
    if any(rate > bound for rate in rates):
        raise Diverged(run, bound)
