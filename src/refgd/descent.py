r"""The loop: `descend` walks; `fit` walks on a data set, records, stops and judges."""

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import numpy as np

from refgd import _checks, _outcome, _units, _user_functions, batches, stopping, theory
from refgd._outcome import Diverged, Fit, Trained
from refgd._progress import watch
from refgd._types import Array, Data, Number, Objective, Schedule, Weights
from refgd.batches import Pair
from refgd.history import Iterate, Recorder, SoFar
from refgd.leastsquares import LeastSquares
from refgd.optimizers import Optimizer, sgd
from refgd.stopping import Reason, Rule, StopRule, _smallness

#: Reasons that say enough wherever the run ended.
CLEAR = (Reason.GRADIENT, Reason.INTERRUPTED)


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
        TypeError: If the start does not hold real numbers, the objective does not
            return a real loss and a gradient, or the optimizer a w of the same dtype.
        ValueError: If the gradient, or a later w, has another shape than the start.

    Example:
        >>> import refgd
        >>> from itertools import chain, islice
        >>> objective = refgd.LeastSquares([1, 2, 3, 4], [2, 4, 6, 8])
        >>> walk = refgd.descend(objective, 0.0, refgd.optimizers.sgd(0.01))
        >>> [(it.t, round(float(it.w), 6)) for it in islice(walk, 3)]
        [(0, 0.0), (1, 0.3), (2, 0.555)]
    """
    objective, at = _user_functions.checked_objective(objective)
    init, update = _user_functions.checked_optimizer(optimizer)
    if isinstance(start, Iterate):
        t, w, loss, dw, state = start
    else:
        w, loss, dw = _checks.for_start(start, at(0) if at else objective)
        t, state = 0, init(w)
    yield Iterate(t, w, loss, dw, state)
    w, state = update(w, dw, state)
    # from here on all is of one kind and shape
    objective, update = _user_functions.unchecked(objective, update, w)
    make: Any = tuple.__new__  # half the time of Iterate(...), which calls it
    while True:
        t += 1
        loss, dw = at(t)(w) if at else objective(w)
        yield make(Iterate, (t, w, loss, dw, state))
        w, state = update(w, dw, state)


def fit(  # noqa: PLR0913 - the data, and every setting of a run
    x: Data,
    y: Data,
    w: Data | SoFar | None = None,
    *,
    lr: Number | Schedule | None = None,
    n_iters: int = 1000,
    tol: Number = 0.0,
    optimizer: Optimizer | None = None,
    batch_size: int | None = None,
    validation: Number | Pair | None = None,
    stop: StopRule | None = None,
    seed: int = 0,
    every: int = 1,
    progress: bool = False,
    intercept: bool = False,
    standardize: bool | None = None,
) -> Fit:
    """Fit y = x · w by gradient descent: `descend`, stop and record, and no more.

    Args:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        w: The weight to start from, a scalar or (d,); zero if not given. Or an earlier
            run's `so_far`, to go on from it as if it had never stopped.
        lr: The learning rate, a number or a function of t. If neither it nor an
            optimizer is given: a quarter of the sharp bound, `theory.default_lr`; with
            batches a quarter of a bound for every batch, `batches.default_lr`.
        n_iters: The most steps to take, those of an earlier run included.
        tol: Stop, converged, when the gradient's largest component is at most tol
            times that of the first gradient. It is that of all training data, with
            batches measured once an epoch.
        optimizer: Another rule than plain descent; it brings its own lr.
        batch_size: The rows of a mini-batch; all of them if not given.
        validation: Data to measure the loss on once an epoch: (x, y), or the fraction
            of the rows to hold out for it.
        stop: One more stop rule, see `refgd.stopping`; or a condition on the history,
            such as ``lambda h: h.last.loss < 1e-6``.
        seed: What the batches and the rows held out are drawn from.
        every: Keep every `every`-th row of the history, and the last.
        progress: Show a bar on stderr.
        intercept: Append a column of ones to x; its weight is the last.
        standardize: Run on the columns that `standardize` makes, and on y without its
            mean where there is an intercept: the optimum is the same, and takes far
            fewer steps. Zero is a flat line there, at y's mean. w is given and returned
            in x's own units, in the history too; lr, dw, `so_far` and what a stop rule
            sees are those of the standardized columns. None for where there is an
            intercept.

    Returns:
        A `Fit`. Not to have converged is a reason in it, not an error.

    Raises:
        TypeError: If an argument is not of the type that its description says.
        ValueError: If a value is out of its range, shapes do not match, lr is given
            together with an optimizer, or patience without validation. All of it before
            the first step.
        Diverged: If the loss is no longer finite; and, for plain descent on all data
            at once, by lr or as an optimizer, if the run ends above its start with lr
            beyond the sharp bound.

    Example:
        >>> import refgd
        >>> run = refgd.fit([1, 2, 3, 4], [2, 4, 6, 8], lr=0.01, n_iters=20)
        >>> round(float(run.w), 3), float(run.history.loss[0]), run.reason.name
        (1.922, 30.0, 'N_ITERS')
        >>> years = [2001, 2002, 2003, 2005]
        >>> run = refgd.fit(years, [3, 5, 7, 11], intercept=True, tol=1e-12)
        >>> run.w.round(6), run.n_iters
        (array([ 2.000e+00, -3.999e+03]), 40)
    """
    given = x, y
    x, y, units = _units.own_problem(x, y, intercept=intercept, standardize=standardize)
    if units is not None:
        w, validation = units.own_start(w), units.own_validation(validation)
    whole, objective, epochs, held = batches.prepare(
        x, y, batch_size=batch_size, validation=validation, seed=seed
    )
    rule = _rule(lr, optimizer, whole, batch_size if epochs.objective else None)
    start, so_far = _start(w, whole, rule, held)
    n_iters = _checks.count("n_iters", n_iters)
    every = _checks.count("every", every, least=1)
    _checks.flags(progress=progress)
    tol = _checks.not_negative("tol", tol)
    stop = _checks.function("stop", stop) if stop is not None else None

    with np.errstate(all="ignore"):
        walk = descend(objective, start, rule)
        first = next(walk)
        recorder = Recorder(so_far or first, every, epochs)
        steps = max(0, n_iters - first.t)
        iterates = islice(walk, min(steps, sys.maxsize))
        reason = _run(
            watch(iterates, steps) if progress else iterates, tol, stop, recorder
        )
        best = getattr(stop, "keeps_best", False)
        data = _outcome.data_of(*given, whole, units)
        run = _end(recorder, reason, rule.lr, data, best=best)
        run = run if units is None else units.original_run(run)
    plain = rule.lr is not None and epochs.objective is None
    return _judge(run, whole.x if plain else None)


def _rule(
    lr: Number | Schedule | None,
    optimizer: Any,
    whole: LeastSquares,
    batch_size: int | None,
) -> Optimizer:
    """Return the optimizer, or plain descent with this lr or the default one."""
    if optimizer is not None:
        if lr is not None:
            raise ValueError("give either lr or optimizer, not both")
        if not isinstance(optimizer, Optimizer):
            msg = f"optimizer must be one, such as optimizers.adam(), got {optimizer!r}"
            raise TypeError(msg)
        return optimizer
    if lr is not None:
        return sgd(lr)
    if batch_size is None:
        return sgd(theory.default_lr(whole.x))
    return sgd(batches.default_lr(whole.x, batch_size))


def _start(
    w: Data | SoFar | None,
    whole: LeastSquares,
    rule: Optimizer,
    held: LeastSquares | None,
) -> tuple[Weights | Iterate, SoFar | None]:
    """Return where to start, a weight in x's kind; or where to go on, and the past."""
    if not isinstance(w, SoFar):
        return whole.weights(w), None
    whole.weights(w.last.w)
    was, now = _checks.kind(w.last.w), whole.x.dtype
    if was != now:
        msg = f"the run so far was of {was}, now x is of {now}"
        raise ValueError(msg)
    if _layout(w.last.state) != _layout(rule.init(w.last.w)):
        name = type(w.last.state).__name__
        msg = f"the run so far was of another optimizer, its state is {name}"
        raise ValueError(msg)
    if (w.best is not None) != (held is not None):
        had, has = ("no ", "some") if w.best is None else ("", "none")
        msg = f"the run so far had {had}validation data, now there are {has}"
        raise ValueError(msg)
    _check_data(w, whole, held)
    return w.last, w


def _check_data(so_far: SoFar, whole: LeastSquares, held: LeastSquares | None) -> None:
    """Refuse a run of other data: its losses and gradients are measured again."""
    first, epoch = so_far.first, so_far.epoch
    with np.errstate(all="ignore"):
        is_same = all(
            _has_measured(whole, at.w, at.loss, at.dw) for at in (first, epoch)
        )
        if not is_same:
            raise ValueError(
                "the run so far was of other data: x and y give other losses"
            )
        if held is not None and not _has_measured(held, epoch.w, so_far.validation):
            raise ValueError("the run so far had other validation data")


def _has_measured(
    data: LeastSquares, w: Weights, loss: Any, dw: Weights | None = None
) -> bool:
    """Whether the loss at w, and the gradient, are those of the data but for rounding.

    Another machine, or another number of threads, may add in another order.
    """
    x, y = data.x, data.y
    now, gradient = data(w)
    if x.dtype == _checks.OBJECT:
        return bool(now == loss and (dw is None or np.all(gradient == dw)))
    largest = np.abs(x).max()
    size = largest * np.abs(w).sum() + np.abs(y).max()  # of a residual's terms
    roundings = (x.size + 8) * np.finfo(x.dtype).eps
    same = now == loss or abs(now - loss) <= 2 * roundings * size**2
    if dw is not None:
        close = np.abs(gradient - dw) <= 4 * roundings * largest * size
        same = same and np.all((gradient == dw) | close)
    return bool(same)


def _layout(state: Any) -> Any:
    """Return a state's types, shapes and kinds, all the way down."""
    if isinstance(state, tuple):
        return type(state), tuple(map(_layout, state))
    return np.shape(state), _checks.kind(state)


def _run(
    iterates: Iterator[Iterate],
    tol: Number,
    stop: StopRule | None,
    recorder: Recorder,
) -> Reason:
    """Record the iterates until there is a reason to stop, or there are no more.

    The rules `stopping.not_finite` and `stopping.gradient` are here in place, since
    every step comes by.
    """
    limit, is_small = _smallness(tol, recorder.first.dw)
    # a Rule's own function: calling it through the Rule makes a step 5 % slower
    answer = stop.answer if isinstance(stop, Rule) else stop
    add, inf, start = recorder.adder(), math.inf, recorder.last
    for iterate in chain([start], iterates):
        if iterate is not start:
            add(iterate)
        if not iterate[2] < inf:  # a mean of squares is never -inf
            return Reason.NOT_FINITE
        dw = recorder.epoch[3]
        if abs(dw) <= limit if is_small is None else is_small(dw):
            return Reason.GRADIENT
        if answer is not None:
            given = answer(recorder)
            if given is not None and (reason := stopping.reason_of(given)) is not None:
                return reason
    return Reason.N_ITERS


def _end(
    recorder: Recorder,
    reason: Reason,
    lr: Number | Schedule | None,
    data: Trained,
    *,
    best: bool,
) -> Fit:
    """Return the run: its end, or the best row by validation."""
    so_far = recorder.so_far()  # before the history, which measures the end
    history = recorder.history()
    w, loss, validation = recorder.epoch.w, recorder.epoch.loss, recorder.validation
    if best and recorder.best is not None:
        w, loss, validation = recorder.best[1:4]
    w = np.copy(w)[()]  # the run so far keeps its own
    return Fit(w, loss, so_far.last.t, reason, lr, validation, history, so_far, data)


def _judge(run: Fit, x: Array | None) -> Fit:
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
