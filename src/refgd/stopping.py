"""When to stop: rules that read the history and answer with a reason, or None.

A rule is frozen and remembers nothing; what it needs, the history holds. Rules combine
with ``|``: the first one that answers decides. Any other function
``history -> Reason | None`` is a rule too.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from refgd import _checks
from refgd._types import Number
from refgd.history import Recorder, size


class Reason(Enum):
    """Why a run stopped, as a sentence."""

    N_ITERS = "all n_iters steps were taken"
    GRADIENT = "the gradient fell to tol times the first one"
    ABOVE_START = "all n_iters steps were taken, and the loss ended above its start"
    NOT_FINITE = "the loss was no longer finite"
    INTERRUPTED = "it was interrupted"

    def __str__(self) -> str:
        return self.value


StopRule: TypeAlias = Callable[[Recorder], Reason | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A stop rule with a name to print; ``a | b`` asks a, then b."""

    answer: StopRule = field(repr=False)
    name: str

    def __call__(self, history: Recorder) -> Reason | None:
        """Return the reason to stop now, or None."""
        return self.answer(history)

    def __or__(self, other: StopRule) -> "Rule":
        return Rule(
            lambda history: self.answer(history) or other(history),
            f"{self.name} | {getattr(other, 'name', other)}",
        )

    def __repr__(self) -> str:
        return self.name


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
    return Rule(
        lambda history: Reason.N_ITERS if history.last.t >= n else None,
        f"n_iters({n})",
    )


def gradient(tol: Number) -> Rule:
    r"""Stop, converged, when the gradient is small beside the first one.

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

    def answer(history: Recorder) -> Reason | None:
        limit = _checks.in_kind_of(history.first_size, tol) * history.first_size
        return Reason.GRADIENT if size(history.last.dw) <= limit else None

    return Rule(answer, f"gradient({tol})")


def not_finite() -> Rule:
    """Stop when the loss is NaN or inf: no later step can mend it."""

    def answer(history: Recorder) -> Reason | None:
        finite = -math.inf < history.last.loss < math.inf
        return None if finite else Reason.NOT_FINITE

    return Rule(answer, "not_finite()")
