r"""The loop: `descend` walks; `fit` walks on a data set, stops and records."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from refgd import _checks, stopping, theory
from refgd._progress import watch
from refgd._types import Array, Data, Number, Objective, Scalar, Schedule, Weights
from refgd.history import History, Iterate, Recorder
from refgd.leastsquares import LeastSquares
from refgd.optimizers import Optimizer, sgd
from refgd.stopping import Reason, Rule, StopRule


@dataclass(frozen=True, slots=True)
class Fit:
    """What `fit` found.

    Attributes:
        w: The weight at the end.
        loss: The loss AT w.
        n_iters: The number of steps taken.
        reason: Why it stopped.
        lr: The learning rate, a number or a schedule; None beside an optimizer.
        history: The rows on the way.
        last: The last iterate: `descend` goes on from it.
    """

    w: Weights
    loss: Scalar
    n_iters: int
    reason: Reason
    lr: Number | Schedule | None
    history: History = field(repr=False)
    last: Iterate = field(repr=False)

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
        first, last = float(run.history.loss[0]), float(run.loss)
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


def descend(
    objective: Objective, start: Data | Iterate, optimizer: Optimizer
) -> Iterator[Iterate]:
    """Walk down an objective for ever: the caller decides when to stop.

    Pure: an iterate holds all that the next one needs, so any of them, given back as
    `start`, resumes the run bit for bit. Divergence is not an error here.

    Args:
        objective: ``w -> (loss, dw)``. One that changes with t has ``at(t)``, which
            returns the objective of step t.
        start: The first weight, or an iterate to go on from.
        optimizer: See `refgd.optimizers`.

    Yields:
        The `Iterate` at each w, the start first, *before* the step from it.

    Raises:
        TypeError: If the start does not hold real numbers.
        ValueError: If the gradient has another shape than the start.

    Example:
        >>> import refgd
        >>> from itertools import islice
        >>> objective = refgd.LeastSquares([1, 2, 3, 4], [2, 4, 6, 8])
        >>> walk = refgd.descend(objective, 0.0, refgd.optimizers.sgd(0.01))
        >>> [(it.t, round(float(it.w), 6)) for it in islice(walk, 3)]
        [(0, 0.0), (1, 0.3), (2, 0.555)]
    """
    at = getattr(objective, "at", None)
    if isinstance(start, Iterate):
        t, w, loss, dw, state = start
    else:
        w, loss, dw = _checks.for_start(start, at(0) if at else objective)
        t, state = 0, optimizer.init(w)
    while True:
        yield Iterate(t, w, loss, dw, state)
        t += 1
        w, state = optimizer.update(w, dw, state)
        loss, dw = at(t)(w) if at else objective(w)


def fit(  # noqa: PLR0913 - the data, and each question that a run has to answer
    x: Data,
    y: Data,
    w: Data | None = None,
    *,
    lr: Number | Schedule | None = None,
    n_iters: int = 1000,
    tol: Number = 0.0,
    optimizer: Optimizer | None = None,
    stop: StopRule | None = None,
    every: int = 1,
    progress: bool = False,
) -> Fit:
    """Fit y = x · w by gradient descent: `descend`, stop and record, and no more.

    Args:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        w: The weight to start from, a scalar or (d,); zero if not given.
        lr: The learning rate, a number or a function of t. If neither it nor an
            optimizer is given: a quarter of the sharp bound, `theory.default_lr`.
        n_iters: The most steps to take.
        tol: Stop, converged, when the gradient's largest component is at most tol
            times that of the first gradient.
        optimizer: Another rule than plain descent; it brings its own lr.
        stop: One more stop rule, see `refgd.stopping`.
        every: Keep every `every`-th row of the history, and the last.
        progress: Show a bar on stderr.

    Returns:
        A `Fit`. Not to have converged is a reason in it, not an error.

    Raises:
        TypeError: If an argument is not of the kind that its rule asks for.
        ValueError: If a value is out of its range, shapes do not match, or lr is
            given beside an optimizer. All of it before the first step.
        Diverged: If the loss is no longer finite; and, for plain descent, if the run
            ends above its start with lr beyond the sharp bound.

    Example:
        >>> import refgd
        >>> run = refgd.fit([1, 2, 3, 4], [2, 4, 6, 8], lr=0.01, n_iters=20)
        >>> round(float(run.w), 3), float(run.history.loss[0]), run.reason.name
        (1.922, 30.0, 'N_ITERS')
    """
    objective = LeastSquares(x, y)
    start = objective.weights(w)
    every = _checks.count("every", every, least=1)
    rules: list[StopRule] = [
        stopping.not_finite(),
        stopping.gradient(tol),
        stopping.n_iters(n_iters),
    ]
    rules[2:2] = [stop] if stop is not None else []
    if optimizer is None:
        lr = theory.default_lr(objective.x) if lr is None else lr
        rule = sgd(lr)
    elif lr is not None:
        raise ValueError("lr beside an optimizer: the optimizer brings its own")
    else:
        rule = optimizer

    iterates = descend(objective, start, rule)
    if progress:
        iterates = watch(iterates, n_iters + 1)
    with np.errstate(all="ignore"):
        recorder, reason = _run(iterates, rules, every)
    last = recorder.last
    run = Fit(last.w, last.loss, last.t, reason, lr, recorder.history(), last)
    return _judge(run) if optimizer else _judge_plain(run, objective.x)


def _run(
    iterates: Iterator[Iterate], rules: list[StopRule], every: int
) -> tuple[Recorder, Reason]:
    """Record the iterates until one of the rules answers."""
    recorder = Recorder(next(iterates), every)
    # a Rule's own function, without the detour through the Rule, in the inner loop
    answers = [rule.answer if isinstance(rule, Rule) else rule for rule in rules]
    while True:
        for answer in answers:
            reason = answer(recorder)
            if reason is not None:
                return recorder, reason
        recorder.add(next(iterates))


def _judge_plain(run: Fit, x: Array) -> Fit:
    """Refuse divergence. A rise with lr within the bound is rounding at the optimum."""
    if run.loss <= run.history.loss[0] and run.reason is not Reason.NOT_FINITE:
        return run
    bound = theory.max_lr(x)
    lr: Any = run.lr
    rates = map(lr, range(run.n_iters)) if callable(lr) else [lr]
    if run.reason is Reason.NOT_FINITE or any(rate > bound for rate in rates):
        raise Diverged(run, bound)
    return run


def _judge(run: Fit) -> Fit:
    """Refuse a loss that is not finite; a rule that may rise on its way says so."""
    if run.reason is Reason.NOT_FINITE:
        raise Diverged(run, None)
    if run.reason is Reason.N_ITERS and run.loss > run.history.loss[0]:
        return replace(run, reason=Reason.ABOVE_START)
    return run
