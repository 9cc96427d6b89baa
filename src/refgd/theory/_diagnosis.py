r"""Why does my loss not go down? An answer from the losses alone.

Of plain descent on a quadratic, with a constant lr and all data in every step, the loss
is a sum of powers with weights that are not negative:

$$L_t = L^* + \sum_i c_i r_i^t, \qquad r_i = (1 - \eta \lambda_i)^2$$

So the losses are moments of a measure on r ≥ 0: each matrix of entries
$L_{t+i+j}$ is positive semidefinite. Losses that break this come of something else.
And with the weights $c_i r_i^t$ the ratio of successive losses is the mean of r, and

$$\frac{L_t L_{t+2}}{L_{t+1}^2} - 1
  = \frac{\operatorname{Var}(r)}{(\operatorname{E} r)^2}$$

so the ratio is never more than the largest r, and how settled it is bounds what other
directions have left.
"""

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from refgd import _checks
from refgd._types import Array, Data, Number

ORDER = 4  # rows of the matrices of moments: seven losses in each
FEWEST = 2 * ORDER  # finite losses
ROUNDING = 16  # ulps that a loss may be off by
SETTLED = 1e-8  # the variance of r: who differs by 2 % has 1/40,000 of the loss
COARSE = 1e-6  # the same, where rounding hides more
STEADY = 1e-6  # of a fall's (ln r)²: who falls half as fast has 1/250,000
MILLIONTH = 1e-6
EXACT = 1e-28  # of the first loss: what rounding leaves of a residual, squared
PEAKS = 3  # of a swing, at the least
LONG = 4  # steps between peaks: those of noise are nearer
MANY = 20  # of the others
RANDOM = 0.5  # of the steps turn: of independent noise two in three do
LONGEST, SHORT, EXACT_BITS = 53, (8, 11, 24), 7  # float64, bfloat16, float16, float32
OVERFLOWS = {"float16": 1e4, "float32": 1e34, "float64": 1e304}  # of a mean's sum


class Finding(Enum):
    """What the losses show."""

    TOO_LARGE = "the learning rate is too large"
    NOT_FINITE = "a loss is no number"
    FALLING = "the loss is falling"
    OSCILLATING = "the loss goes up and down"
    AT_FLOOR = "the loss is at its floor"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `diagnose` found; `str` is the answer in a sentence or two.

    Attributes:
        finding: What the losses show.
        why: The rest of the sentence.
        ratio: What a step multiplies the loss by, when it diverges; and when it falls,
            what is left above the least loss. Else None.
        max_lr: The largest stable learning rate, if the given one is too large.
        steps: When falling, the steps that leave a millionth of what is above the
            least loss.
        at: The first step whose loss is not finite, if there is one.
    """

    finding: Finding
    why: str
    ratio: float | None = None
    max_lr: float | None = None
    steps: int | None = None
    at: int | None = None

    def __str__(self) -> str:
        return f"{self.finding.value}: {self.why}"


def diagnose(losses: Data, lr: Number | None = None) -> Diagnosis:
    r"""Say why a loss does not go down, from the losses of a run alone.

    **Definition**
    $$\eta_{\max} = \frac{2 \eta}{1 + \sqrt{r}}, \qquad
      r = \lim_t \frac{L_{t+1}}{L_t} = (1 - \eta \lambda_{\max})^2$$

    while plain descent diverges on a quadratic. The bound is given once successive
    ratios have settled; before that, and where the losses cannot be those of plain
    descent on a quadratic, the answer is inconclusive. The losses show only the
    directions that the start has a part of.

    Args:
        losses: The loss at each step, (steps,), from the first one on; all data's.
            NaN and inf are taken as they are.
        lr: The learning rate, if it is known.

    Returns:
        A `Diagnosis`.

    Raises:
        TypeError: If the losses or lr are no real numbers.
        ValueError: If the losses are not (steps,) with at least one, or lr is not
            above zero.

    Guarantee:
        Where the finding is TOO_LARGE for plain descent on a quadratic in float64,
        max_lr is not below the largest stable rate, and within 1 % of that of the
        directions with at least 1/10,000 of what the first loss is above the least:
        tests/theory/test_diagnosis.py, test_the_bound_is_found_within_a_percent.

    Example:
        >>> from refgd import core, theory
        >>> x, y, w, losses = [1, 2, 3, 4], [2, 4, 6, 8], 0.0, []
        >>> for _ in range(20):
        ...     y_pred = core.forward(w, x)
        ...     losses.append(core.mse(y, y_pred))
        ...     w = core.step(w, core.grad(x, y, y_pred), 0.2)
        >>> found = theory.diagnose(losses, lr=0.2)
        >>> found.finding.name, round(found.max_lr, 10), round(theory.max_lr(x), 10)
        ('TOO_LARGE', 0.1333333333, 0.1333333333)

    References:
        B. T. Polyak, Introduction to Optimization (1987), section 1.4.2. T. J.
        Stieltjes (1894): which sequences are moments.
    """
    values = _read_losses(losses)
    rate = None if lr is None else float(_checks.above_zero("lr", lr))
    is_finite = np.isfinite(values)
    at = None if is_finite.all() else int(np.argmin(is_finite))
    kept = values[:at]
    if at is not None:
        return _diagnose_not_finite(kept, values[at], at, rate)
    return _diagnose_finite(kept, rate)


def _read_losses(losses: Data) -> Array:
    values = np.asarray(_checks.array("losses", losses))
    if values.ndim != 1 or not values.size:
        msg = f"losses must have shape (steps,), at least one, got {values.shape}"
        raise ValueError(msg)
    return values.astype(np.float64)


def _diagnose_not_finite(
    kept: Array, first: Any, at: int, lr: float | None
) -> Diagnosis:
    """Say where the numbers end, and whether it is by growth."""
    name = "NaN" if math.isnan(first) else "infinite"
    where = f"the loss is {name} at step {at:,}"
    if not at:
        why = f"{where}: the start or the data are too large, or not finite themselves"
        return Diagnosis(Finding.NOT_FINITE, why, at=at)
    start = _find_rise(kept)
    limit = _find_overflow(kept, at - start)
    if limit is None:
        reason = (
            f"{where}, after {kept[-1]:.6g}, from which no overflow follows: look for "
            "a logarithm of 0, 0/0, or NaN in the data"
        )
    else:
        rise = f"it grew from {kept[start]:.6g} at step {start:,} and left {limit}"
        reason = f"{where}: {rise}"
    found = _diagnose_finite(kept, lr)
    if found.finding is Finding.TOO_LARGE:
        return replace(found, why=f"{found.why}; {reason}", at=at)
    return Diagnosis(Finding.NOT_FINITE, reason, at=at)


def _find_rise(kept: Array) -> int:
    """Return the step from which on the loss only rose."""
    falls = np.flatnonzero(np.diff(kept) <= 0)
    return int(falls[-1]) + 1 if len(falls) else 0


def _find_overflow(kept: Array, steps: int) -> str | None:
    """Return the kind of float that the next loss but one would leave, if one."""
    if steps < 2:  # noqa: PLR2004 - one ratio is needed
        return None
    last = float(kept[-1])
    growth = last / float(kept[-2]) if kept[-2] > 0 else 1.0
    expected = math.log(last) + 2 * math.log(growth) if growth > 1 else -math.inf
    left = [kind for kind, limit in OVERFLOWS.items() if expected >= math.log(limit)]
    limits = {kind: float(np.finfo(kind).max) for kind in left}
    return next((kind for kind in reversed(left) if last <= limits[kind]), None)


def _diagnose_finite(losses: Array, lr: float | None) -> Diagnosis:
    if len(losses) < FEWEST:
        why = f"{len(losses)} losses are too few to tell; {FEWEST} may be enough"
        return Diagnosis(Finding.INCONCLUSIVE, why)
    if losses.min() < 0:
        why = f"a mean of squares is never negative, as {losses.min():.6g} is"
        return Diagnosis(Finding.INCONCLUSIVE, why)
    noise = _bound_noise(losses)
    found = _find_floor(losses, noise) or _find_swing(losses, noise)
    if found is not None:
        return found
    if not _are_moments(losses, noise):
        return _describe_others(losses)
    if losses[-1] > losses[-2]:
        return _find_growth(losses, noise, lr)
    return _find_fall(losses, noise)


def _bound_noise(values: Array) -> Array:
    """Bound each loss's relative error: of its arithmetic, or of the digits printed."""
    with np.errstate(all="ignore"):
        eps = 2.0 ** (1 - _count_bits(values))
        # a residual is a difference: its rounding is of the size of the first ones
        cancelled = np.sqrt(np.maximum.accumulate(values) / values)
        parts = [
            Decimal(repr(value)).normalize().as_tuple() for value in values.tolist()
        ]
        digits = max(len(part.digits) for part in parts)
        decimals = max(-int(part.exponent) for part in parts)
        printed = 0.5 * np.maximum(10.0 ** (1 - digits), 10.0**-decimals / values)
        noise = np.where(values > 0, ROUNDING * eps * cancelled + printed, np.inf)
    return np.asarray(noise)


def _count_bits(values: Array) -> int:
    """Return the bits of the float that the losses seem to be computed in."""
    mantissas = [int(part) for part in np.ldexp(np.frexp(values)[0], LONGEST)]
    used = max(LONGEST - (part & -part).bit_length() + 1 for part in mantissas)
    # less is no rounding, as of 30, 120, 480
    return next((bits for bits in SHORT if EXACT_BITS < used <= bits), LONGEST)


def _find_floor(values: Array, noise: Array) -> Diagnosis | None:
    """Tell a loss that rests, or moves only as rounding does."""
    tail = values[-max(FEWEST, len(values) // 4) :]
    level, first = float(tail.max()), float(values[0])
    spread = level - float(tail.min())
    ulps = ROUNDING * float(np.finfo(np.float64).eps) * level
    if level <= EXACT * first:
        why = f"{level:.3g} is rounding beside the {first:.6g} that it began with"
        return Diagnosis(Finding.AT_FLOOR, why)
    if spread > ulps:
        return None
    if first - level <= first * float(noise[0]):
        why = "the loss never changed: lr may be 0, or the gradient, or both tiny"
        return Diagnosis(Finding.INCONCLUSIVE, why)
    why = f"{level:.6g} changes by rounding alone: no step will lower it"
    return Diagnosis(Finding.AT_FLOOR, why)


def _find_swing(values: Array, noise: Array) -> Diagnosis | None:
    """Tell a regular swing, and noise about a level, in the second half."""
    tail = values[len(values) // 2 :]
    change = np.diff(tail)
    with np.errstate(all="ignore"):
        moves = np.sign(change) * (
            np.abs(change) > 2 * (tail * noise[-len(tail) :])[1:]
        )
    peaks = np.flatnonzero((moves[:-1] > 0) & (moves[1:] < 0)) + 1
    if len(peaks) < PEAKS:
        return None
    gaps = np.diff(peaks)
    is_regular = np.ptp(gaps) <= 1
    low, high = float(tail.min()), float(tail.max())
    between = f"between {low:.6g} and {high:.6g}"
    if is_regular and (gaps.min() > LONG or len(gaps) >= MANY):
        why = (
            f"a peak every {gaps.mean():.3g} steps, {between}: momentum, or batches in "
            "a fixed order, do so; plain descent on all data never does"
        )
        return Diagnosis(Finding.OSCILLATING, why)
    half = len(tail) // 2
    drift = abs(float(tail[:half].mean() - tail[half:].mean()))
    sigma = float(tail.std()) * math.sqrt(4 / len(tail))
    turns = int(np.sum(moves[:-1] * moves[1:] < 0)) / max(1, len(moves) - 1)
    if not is_regular and len(peaks) >= MANY and drift < sigma and turns > RANDOM:
        why = (
            f"{tail.mean():.6g}, with the noise of batches about it, {between}: a "
            "smaller lr, or larger batches, lower it"
        )
        return Diagnosis(Finding.AT_FLOOR, why)
    return None


def _are_moments(values: Array, noise: Array) -> bool:
    """Whether the losses may be those of plain descent on a quadratic."""
    windows = sliding_window_view(values, 2 * ORDER - 1)
    places = np.add.outer(np.arange(ORDER), np.arange(ORDER))
    matrices = windows[:, places]
    sizes = np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    with np.errstate(all="ignore"):
        matrices = matrices / (sizes[:, :, None] * sizes[:, None, :])
    if not np.isfinite(matrices).all():
        return False
    allowed = sliding_window_view(noise, 2 * ORDER - 1).max(axis=1) * 2 * ORDER
    return bool(np.all(np.linalg.eigvalsh(matrices)[:, 0] >= -allowed))


def _describe_others(values: Array) -> Diagnosis:
    rises = int(np.sum(np.diff(values) > 0))
    why = (
        "these are not the losses of plain descent on a quadratic (they rose in "
        f"{rises:,} of {len(values) - 1:,} steps): of momentum, Adam, batches, a "
        "schedule or another model they tell no bound"
    )
    return Diagnosis(Finding.INCONCLUSIVE, why)


def _find_growth(values: Array, noise: Array, lr: float | None) -> Diagnosis:
    """Tell the bound, if the ratio of successive losses has settled."""
    ratio, variance = _measure_ratio(np.log(values), noise)
    bound = 2 / (1 + math.sqrt(ratio))
    limit = min(COARSE, max(SETTLED, 8 * float(noise.min())))
    if variance > limit or ratio <= 1:
        why = (
            "the loss rises, but by a ratio that has not settled; if this is plain "
            f"descent, lr is too large, by a factor of {1 / bound:.3g} or more; log "
            "more steps, or more digits"
        )
        return Diagnosis(Finding.INCONCLUSIVE, why)
    largest = None if lr is None else lr * bound
    stable = (
        f"the largest stable one is {bound:.6g} times it"
        if largest is None
        else f"the largest stable one is {largest:.11g}, and it is {lr:g}"
    )
    why = f"each step multiplies the loss by {ratio:.6g}; {stable}"
    return Diagnosis(Finding.TOO_LARGE, why, ratio, largest)


def _find_fall(values: Array, noise: Array) -> Diagnosis:
    """Tell the factor of a fall, if that of successive falls has settled."""
    falls = -np.diff(values)
    with np.errstate(all="ignore"):
        error = (values[:-1] * noise[:-1] + values[1:] * noise[1:]) / falls
    above = np.flatnonzero(~((falls > 0) & (error < 1)))
    start = int(above[-1]) + 1 if len(above) else 0
    if len(falls) - start >= FEWEST:
        ratio, variance = _measure_ratio(np.log(falls[start:]), error[start:])
        if ratio < 1 and variance <= STEADY * math.log(ratio) ** 2:
            steps = math.ceil(math.log(MILLIONTH) / math.log(ratio))
            why = (
                f"each step leaves {ratio:.6g} of what is above its least, and "
                f"{steps:,} steps leave a millionth of that"
            )
            return Diagnosis(Finding.FALLING, why, ratio, steps=steps)
    why = "the loss falls, but by a factor that has not settled; log more steps"
    return Diagnosis(Finding.INCONCLUSIVE, why)


def _measure_ratio(logs: Array, noise: Array) -> tuple[float, float]:
    """Return the last ratio, and a bound on the variance of r, relative to r.

    The longer the stretches that are compared, the less rounding counts: of all
    lengths the best is taken.
    """
    end = len(logs) - 1
    k = np.arange(1, end // 2 + 1)
    bend = logs[end] - 2 * logs[end - k] + logs[end - 2 * k]
    error = noise[end] + 2 * noise[end - k] + noise[end - 2 * k]
    variance = (np.abs(bend) + error) / k**2
    best = int(k[np.argmin(variance)])
    ratio = math.exp((logs[end] - logs[end - best]) / best)
    return ratio, float(variance.min())
