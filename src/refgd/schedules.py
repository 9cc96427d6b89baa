r"""Learning rates as functions of the step t; t = 0 is the first step.

Any function ``t -> number`` is a schedule. Those made here are pure, print as the call
that makes them, are equal when those calls are, and are exact on Fractions where their
formula is rational. Frameworks count t differently: scikit-learn from 1, Keras's
PiecewiseConstantDecay one step late; each function says so.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights


@dataclass(frozen=True, slots=True)
class Curve:
    """A schedule with a name to print."""

    formula: Schedule = field(compare=False)
    name: str

    def __call__(self, t: int) -> Scalar:
        """Return the learning rate of step t."""
        try:
            return self.formula(_checks.count("t", t))
        except OverflowError:
            msg = f"{self} leaves the range of floats at t = {t}"
            raise ValueError(msg) from None

    def __repr__(self) -> str:
        return self.name


def value_at(lr: Number | Schedule, t: int, w: Weights) -> Scalar:
    """Return the learning rate of step t, in w's arithmetic."""
    value: Any = _checks.not_negative(f"lr({t})", lr(t)) if callable(lr) else lr
    return _checks.in_kind_of(w, value)


def constant(lr: Number) -> Curve:
    r"""Keep one learning rate, as a number does; for the pieces of `joined`.

    Args:
        lr: The learning rate.

    Returns:
        The schedule. Exact on Fractions.

    Raises:
        TypeError: If lr is not a real number.
        ValueError: If lr is negative, NaN or inf.
    """
    lr = _checks.not_negative("lr", lr)
    return Curve(partial(_constant, lr), f"constant({lr})")


def _constant(lr: Any, _t: int) -> Scalar:
    return lr


def step(lr: Number, *, every: int, gamma: Number = 0.1) -> Curve:
    r"""Multiply by gamma after every k steps.

    **Definition**
    $$\eta_t = \eta_0\, \gamma^{\lfloor t / k \rfloor}$$

    As torch's StepLR (default gamma 0.1) and optax's exponential_decay with
    staircase.

    Args:
        lr: The first learning rate η₀.
        every: The number of steps k between two changes; the first lower rate is that
            of t = k.
        gamma: The factor γ.

    Returns:
        The schedule. Exact on Fractions.

    Raises:
        TypeError: If an argument is not a number of its kind.
        ValueError: If lr or gamma is negative, NaN or inf, or every is below 1.

    Example:
        >>> from refgd.schedules import step
        >>> lr = step(1.0, every=2, gamma=0.5)
        >>> lr, [lr(t) for t in range(5)]
        (step(1.0, every=2, gamma=0.5), [1.0, 1.0, 0.5, 0.5, 0.25])
    """
    eta, factor = _checks.not_negative("lr", lr), _checks.not_negative("gamma", gamma)
    k = _checks.count("every", every, least=1)
    name = f"step({lr}, every={k}, gamma={gamma})"
    return Curve(partial(_step, eta, factor, k), name)


def _step(eta: Any, gamma: Any, k: int, t: int) -> Scalar:
    return eta * gamma ** (t // k)


def exponential(lr: Number, *, gamma: Number) -> Curve:
    r"""Multiply by gamma after each step.

    **Definition**
    $$\eta_t = \eta_0\, \gamma^t$$

    As torch's ExponentialLR; optax's exponential_decay and Keras's ExponentialDecay
    take γ to the power t / transition_steps.

    Args:
        lr: The first learning rate η₀.
        gamma: The factor γ.

    Returns:
        The schedule. Exact on Fractions.

    Raises:
        TypeError: If an argument is not a real number.
        ValueError: If lr or gamma is negative, NaN or inf.

    Example:
        >>> from refgd.schedules import exponential
        >>> [exponential(1.0, gamma=0.5)(t) for t in range(3)]
        [1.0, 0.5, 0.25]
    """
    eta, factor = _checks.not_negative("lr", lr), _checks.not_negative("gamma", gamma)
    name = f"exponential({lr}, gamma={gamma})"
    return Curve(partial(_step, eta, factor, 1), name)


def cosine(lr: Number, *, n_iters: int, end: Number = 0.0) -> Curve:
    r"""Go down along half a cosine, then stay at the end.

    **Definition**
    $$\eta_t = \eta_{\mathrm{end}} + \tfrac12 (\eta_0 - \eta_{\mathrm{end}})
        \Bigl(1 + \cos \frac{\pi\, \min(t, n)}{n}\Bigr)$$

    As optax's cosine_decay_schedule (its alpha is end/lr) and Keras's CosineDecay.
    torch's CosineAnnealingLR is the same up to t = n and rises again beyond.

    Args:
        lr: The first learning rate η₀.
        n_iters: The number of steps n to the end.
        end: The learning rate there.

    Returns:
        The schedule. Never exact: cosines are not rational.

    Raises:
        TypeError: If an argument is not a number of its kind.
        ValueError: If lr or end is negative, NaN or inf, or n_iters is below 1.

    Example:
        >>> from refgd.schedules import cosine
        >>> [round(cosine(1.0, n_iters=4)(t), 4) for t in range(6)]
        [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]

    References:
        I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts
        (ICLR 2017), equation (5), without the restarts. Cited from memory: the paper
        could not be looked up.
    """
    high = float(_checks.not_negative("lr", lr))
    low = float(_checks.not_negative("end", end))
    n = _checks.count("n_iters", n_iters, least=1)

    return Curve(
        partial(_cosine, high, low, n), f"cosine({lr}, n_iters={n}, end={end})"
    )


def _cosine(high: float, low: float, n: int, t: int) -> float:
    # ½ (1 + cos 2a) = cos² a, which does not cancel
    half = math.cos(math.pi / 2 * t / n) if t < n else 0.0
    return low + (high - low) * half**2


def inverse_scaling(lr: Number, *, power: Number, decay: Number = 1) -> Curve:
    r"""Divide by a power of t.

    **Definition**
    $$\eta_t = \frac{\eta_0}{(1 + k t)^p}$$

    With k = 1 this is η₀/tᵖ for those who count from t = 1, such as scikit-learn's
    invscaling (SGDRegressor: p = 1/4, and t counts samples). p = 1/2 is the α/√t of
    AMSGrad's and Adam's convergence theorems; p = 1 is torch's Adagrad(lr_decay=k) and
    Keras's InverseTimeDecay.

    Args:
        lr: The first learning rate η₀.
        power: The power p.
        decay: The factor k of t.

    Returns:
        The schedule. Exact on Fractions where p is a whole number.

    Raises:
        TypeError: If an argument is not a real number.
        ValueError: If an argument is negative, NaN or inf.

    Example:
        >>> from refgd.schedules import inverse_scaling
        >>> [inverse_scaling(1.0, power=2)(t) for t in (0, 1, 4)]
        [1.0, 0.25, 0.04]

    References:
        H. Robbins, S. Monro, Ann. Math. Stat. 22 (1951) 400: a₀/t is the first of the
        sequences that converge.
    """
    eta, p = _checks.not_negative("lr", lr), _checks.not_negative("power", power)
    k = _checks.not_negative("decay", decay)
    name = f"inverse_scaling({lr}, power={power}, decay={decay})"
    return Curve(partial(_inverse_scaling, eta, p, k), name)


def _inverse_scaling(eta: Any, p: Any, k: Any, t: int) -> Scalar:
    return eta / (1 + k * t) ** p


def warm_up(lr: Number, *, n_iters: int, start: Number = 0) -> Curve:
    r"""Go in a straight line from start to lr, then stay.

    **Definition**
    $$\eta_t = \eta_{\mathrm{start}}
        + (\eta - \eta_{\mathrm{start}}) \frac{\min(t, n)}{n}$$

    With start = 0 the first step does not move. As optax's linear_schedule, and torch's
    LinearLR (whose start is lr/3 by default); others, which count from t = 1, begin
    with lr/n: that is start = lr/n here, and n − 1 steps. A start above lr is a linear
    decay.

    Args:
        lr: The learning rate at the end.
        n_iters: The number of steps n to get there: that of t = n has it.
        start: The learning rate of the first step.

    Returns:
        The schedule. Exact on Fractions.

    Raises:
        TypeError: If an argument is not a number of its kind.
        ValueError: If lr or start is negative, NaN or inf, or n_iters is below 1.

    Example:
        >>> from refgd.schedules import warm_up
        >>> [warm_up(1.0, n_iters=4)(t) for t in range(6)]
        [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    """
    end, begin = _checks.not_negative("lr", lr), _checks.not_negative("start", start)
    n = _checks.count("n_iters", n_iters, least=1)
    name = f"warm_up({lr}, n_iters={n}, start={start})"
    return Curve(partial(_warm_up, begin, end, n), name)


def _warm_up(begin: Any, end: Any, n: int, t: int) -> Scalar:
    return end if t >= n else begin + (end - begin) * t / n


def joined(*pieces: Number | Schedule, at: tuple[int, ...]) -> Curve:
    r"""Follow one schedule after the other, each with its own t from 0.

    **Definition**
    $$\eta_t = \eta^{(i)}_{t - b_i}, \qquad b_i \le t < b_{i+1}, \quad b_0 = 0$$

    The next piece begins AT its boundary, as in torch's MultiStepLR and SequentialLR
    and optax's join_schedules. Keras's PiecewiseConstantDecay begins one step later.

    Args:
        pieces: Numbers or schedules.
        at: The steps b₁, b₂ … at which the second, third … begins, rising.

    Returns:
        The schedule. Exact where its pieces are.

    Raises:
        TypeError: If a piece is neither a real number nor callable, or at is not a
            tuple.
        ValueError: If there is not one boundary between each two pieces, or they do
            not rise from 1.

    Example:
        >>> from refgd.schedules import exponential, joined
        >>> lr = joined(0.25, exponential(1.0, gamma=0.5), at=(2,))
        >>> [lr(t) for t in range(5)]
        [0.25, 0.25, 1.0, 0.5, 0.25]
    """
    for piece in pieces:
        _checks.rate(piece)
    if not pieces:
        raise ValueError("joined needs at least one number or schedule, got none")
    steps: Any = at
    if not isinstance(steps, Iterable):
        msg = f"at must be a tuple of steps, got {at!r}"
        raise TypeError(msg)
    starts = (0, *(_checks.count("at", b, least=1) for b in steps))
    if len(starts) != len(pieces) or list(starts) != sorted(set(starts)):
        msg = f"at must be {len(pieces) - 1} rising steps, one per change, got {at}"
        raise ValueError(msg)

    name = f"joined({', '.join(map(str, pieces))}, at={starts[1:]})"
    return Curve(partial(_joined, starts, pieces), name)


def _joined(
    starts: tuple[int, ...], pieces: tuple[Number | Schedule, ...], t: int
) -> Number:
    i = bisect_right(starts, t) - 1
    piece = pieces[i]
    return piece(t - starts[i]) if callable(piece) else piece
