"""When to stop: rules that read the history and return a reason, or None.

A rule is frozen and remembers nothing; what it needs, the history holds. Rules combine
with ``|``: the first that returns a reason decides. Any other function of the history
is a rule too: it returns None or False to go on, True or a Reason to stop.

Rules are called before every step. Those that read a loss or a gradient read that of
all training data, which mini-batches measure at the end of an epoch: one batch's
gradient may vanish anywhere, and proves nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from math import inf
from typing import Any, TypeAlias

import numpy as np

from refgd import _checks
from refgd._types import Array, Number, Scalar, Weights
from refgd.history import Recorder, size


class Reason(Enum):
    """Why a run stopped, as a sentence."""

    N_ITERS = "all n_iters steps were taken"
    GRADIENT = "the gradient fell to tol times the first one"
    LOSS_CHANGE = "the loss changed by at most tol times the first one in an epoch"
    PATIENCE = "the validation loss did not improve for as many epochs as allowed"
    TIME_BUDGET = "the time was up"
    CONDITION = "the condition to stop was met"
    ABOVE_START = "the loss ended above its start"
    NOT_FINITE = "the loss was no longer finite"
    INTERRUPTED = "it was interrupted"

    def __str__(self) -> str:
        return self.value


#: None or False to go on, True or a Reason to stop.
Answer: TypeAlias = Reason | bool | np.bool_ | None

StopRule: TypeAlias = Callable[[Recorder], Answer]


def reason_of(answer: Any) -> Reason | None:
    """Return the reason that a stop rule's answer stands for; None to go on."""
    if answer is None or isinstance(answer, Reason):
        return answer
    if isinstance(answer, bool | np.bool_):
        return Reason.CONDITION if answer else None
    msg = (
        "a stop rule must return None or False to go on, True or a Reason to stop, "
        f"got {answer!r}"
    )
    raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Rule:
    """A stop rule with a name to print; ``a | b`` tries a, then b.

    Attributes:
        answer: A function of the history: None or False to go on, True or a Reason
            to stop.
        name: What it prints as.
        keeps_best: Whether `fit` returns the best w by validation, not the last.
    """

    answer: StopRule
    name: str
    keeps_best: bool = False

    def __call__(self, history: Recorder) -> Reason | None:
        """Return the reason to stop now, or None."""
        return reason_of(self.answer(history))

    def __or__(self, other: StopRule) -> "Rule":
        return _either(self, other) if callable(other) else NotImplemented

    def __ror__(self, other: StopRule) -> "Rule":
        return _either(other, self) if callable(other) else NotImplemented

    def __repr__(self) -> str:
        return self.name


def _either(a: StopRule, b: StopRule) -> Rule:
    """Return the rule that tries a, then b."""
    return Rule(
        partial(_first_answer, a, b),
        " | ".join(str(getattr(rule, "name", rule)) for rule in (a, b)),
        any(getattr(rule, "keeps_best", False) for rule in (a, b)),
    )


def _first_answer(a: StopRule, b: StopRule, history: Recorder) -> Reason | None:
    reason = reason_of(a(history))
    return reason_of(b(history)) if reason is None else reason


def n_iters(n: int) -> Rule:
    """Stop when n steps were taken.

    Args:
        n: The number of steps; 0 measures the start and takes none.

    Raises:
        TypeError: If n is not a whole number.
        ValueError: If n is negative.

    Example:
        >>> from refgd import stopping
        >>> stopping.n_iters(100) | stopping.gradient(1e-6)
        n_iters(100) | gradient(1e-06)
    """
    n = _checks.count("n_iters", n)
    return Rule(partial(_n_iters, n), f"n_iters({n})")


def _n_iters(n: int, history: Recorder) -> Reason | None:
    return Reason.N_ITERS if history.last.t >= n else None


def gradient(tol: Number) -> Rule:
    r"""Stop, converged, when the gradient is small compared with the first one.

    **Definition**
    $$|\nabla L(w_t)|_\infty \le \mathrm{tol} \cdot |\nabla L(w_0)|_\infty$$

    The norm is the largest component: it does not overflow, and stays rational. For
    x (n,) the gradient is proportional to w − w*, so tol is the share of the first
    error that is left.

    Args:
        tol: The factor; 0 waits for a gradient of exactly zero.

    Raises:
        TypeError: If tol is not a real number.
        ValueError: If tol is negative, NaN or inf.
    """
    tol = _checks.not_negative("tol", tol)
    return Rule(partial(_gradient, tol), f"gradient({tol})")


def _gradient(tol: Number, history: Recorder) -> Reason | None:
    limit, _ = _smallness(tol, history.first.dw)
    return Reason.GRADIENT if size(history.epoch.dw) <= limit else None


def _smallness(
    tol: Number, first: Weights
) -> tuple[Scalar, Callable[[Array], bool] | None]:
    """Return tol times the first gradient's size; and of arrays, what compares with it.

    The component that was the largest is looked at first: while it is too large, the
    others need not be.
    """
    limit = _checks.in_kind_of(size(first), tol) * size(first)
    if not getattr(first, "ndim", 0):
        return limit, None
    largest = 0

    def is_small(dw: Array) -> bool:
        nonlocal largest
        if abs(dw.item(largest)) > limit:
            return False
        sizes = np.abs(dw)
        largest = int(sizes.argmax())
        return bool(sizes.flat[largest] <= limit)

    return limit, is_small


def loss_change(tol: Number) -> Rule:
    r"""Stop when an epoch changes the loss by little compared with the first loss.

    **Definition**
    $$|L(w_{e-1}) - L(w_e)| \le \mathrm{tol} \cdot L(w_0)$$

    Not a proof of convergence: a loss also rests where the learning rate is small, and
    where a heavy ball turns round.

    Args:
        tol: The factor; 0 waits for a loss that stays the same to the last bit.

    Raises:
        TypeError: If tol is not a real number.
        ValueError: If tol is negative, NaN or inf.
    """
    tol = _checks.not_negative("tol", tol)
    return Rule(partial(_loss_change, tol), f"loss_change({tol})")


def _loss_change(tol: Number, history: Recorder) -> Reason | None:
    before, now, first = history.previous, history.epoch, history.first
    limit = _checks.in_kind_of(first.loss, tol) * first.loss
    met = before.t < now.t and abs(before.loss - now.loss) <= limit
    return Reason.LOSS_CHANGE if met else None


def patience(epochs: int) -> Rule:
    """Stop when the validation loss has not improved for that many epochs.

    The best w is what `fit` returns, whichever rule ended the run: ``run.w`` is the
    first w with the least validation loss, the start included. A run that diverges is
    an error all the same, and its `Diverged.run` has that w.

    Args:
        epochs: How many epochs in a row may pass without a new least loss.

    Raises:
        TypeError: If epochs is not a whole number.
        ValueError: If epochs is less than 1; and, from `fit` before the first step,
            if there are no validation data.

    Guarantee:
        ``run.validation == min(run.history.validation)``, with ``every=1``:
        tests/descent/test_stopping_rules.py, test_patience_returns_the_best.

    Example:
        >>> import refgd
        >>> x, y, held = [1, 2], [2, 4], ([1], [1])  # the held row wants w = 1
        >>> stop = refgd.stopping.patience(2)
        >>> run = refgd.fit(x, y, lr=0.05, validation=held, stop=stop)
        >>> round(float(run.w), 4), run.n_iters, run.reason.name
        (0.875, 4, 'PATIENCE')

    References:
        L. Prechelt, Early stopping, but when? (1998), in Neural Networks: Tricks of the
        Trade, criterion UP in spirit: successive epochs without improvement.
    """
    epochs = _checks.count("patience", epochs, least=1)
    return Rule(partial(_patience, epochs), f"patience({epochs})", keeps_best=True)


def _patience(epochs: int, history: Recorder) -> Reason | None:
    if history.best is None:
        raise ValueError("patience needs validation data: pass validation to fit")
    return Reason.PATIENCE if history.best.stale >= epochs else None


def time_budget(seconds: Number, clock: Callable[[], float] = time.monotonic) -> Rule:
    """Stop when the seconds are over, counted from when this rule was made.

    A rule remembers nothing, so its deadline is fixed when it is made: make it right
    before the run, and a new one for the next. At least the start is measured.

    Args:
        seconds: The budget.
        clock: Returns the time in seconds.

    Raises:
        TypeError: If seconds is not a real number.
        ValueError: If seconds is negative, NaN or inf.
    """
    deadline = clock() + float(_checks.not_negative("seconds", seconds))
    return Rule(partial(_time_budget, deadline, clock), f"time_budget({seconds})")


def _time_budget(
    deadline: float, clock: Callable[[], float], _history: Recorder
) -> Reason | None:
    return Reason.TIME_BUDGET if clock() >= deadline else None


def not_finite() -> Rule:
    """Stop when the loss is NaN or inf: no later step can repair it."""
    return Rule(_not_finite, "not_finite()")


def _not_finite(history: Recorder) -> Reason | None:
    finite = -inf < history.last.loss < inf
    return None if finite else Reason.NOT_FINITE
