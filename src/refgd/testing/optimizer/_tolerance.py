"""How far two right programs may be apart."""

from typing import Any, Final

import numpy as np

from refgd import vectors
from refgd._types import Array
from refgd.dialects import Recipe
from refgd.testing.optimizer._probes import STEPS
from refgd.testing.optimizer._reference import Made

#: The least tolerance. float64 programs in other languages may have other roots and
#: powers; the nearest published variant of any rule is 1e-3 away.
FLOOR: Final = vectors.TOLERANCE


def error(path: Array, expected: Array) -> Array:
    r"""Return each weight's error, beside the length of its path so far.

    **Definition**
    $$e_{tj} = \frac{|w_{tj} - \bar w_{tj}|}
      {|\bar w_{0j}| + \sum_{s \le t} |\bar w_{sj} - \bar w_{s-1,j}|}$$

    0 / 0 is 0; NaN or inf in the path is inf.
    """
    steps = np.abs(np.diff(expected, axis=0, prepend=0 * expected[:1]))
    with np.errstate(all="ignore"):
        apart = np.where(path == expected, 0.0, np.abs(path - expected))
        e = np.where(apart == 0, 0.0, apart / np.cumsum(steps, axis=0))
    return np.where(np.isnan(e), np.inf, e)


def differs(path: Array, expected: Array, rule: Recipe | Made) -> Array:
    """Return which weights are not the rule's; NaN and inf never are."""
    wrong: Array = ~(error(path, expected) <= allowed(rule, path.dtype, expected))
    return wrong


def allowed(rule: Recipe | Made, dtype: Any, expected: Array) -> Array:
    r"""Return the `error` that a correct program in this dtype may have at each weight.

    It is the `tolerance`, and beside it, for RAdam, that of its rectified steps as far
    as the path has come by them.
    """
    tol = tolerance(rule, dtype)
    if "threshold" not in rule.flags:
        return np.full((len(expected), 1), tol)
    steps = np.abs(np.diff(expected, axis=0, prepend=0 * expected[:1]))
    lost = np.concatenate([[0.0], rectification(rule, dtype)])
    with np.errstate(all="ignore"):
        share = np.cumsum(lost[:, None] * steps, axis=0) / np.cumsum(steps, axis=0)
    within: Array = tol + np.nan_to_num(share, nan=0.0)
    return within


def rectification(rule: Recipe | Made, dtype: Any) -> Array:
    r"""Return the relative error (T,) that each rectified step of RAdam may have.

    **Definition**
    $$\frac12 \Bigl(\frac1{\rho_t - 4} + \frac1{\rho_t - 2} - \frac1{\rho_t}\Bigr)
      \Bigl(\frac{2 t^2 b^t}{(1 - b^t)^2} (u + \delta) + \frac{4 u}{1 - b}\Bigr)$$

    for $\rho_t = \rho_\infty - 2 t b^t / (1 - b^t)$, two numbers of size 2 / (1 - b)
    that nearly cancel. $b^t$ as a running product has t roundings, and is of a b that
    is rounded itself, by a share δ; $\rho_\infty$ has two. The first factor is the
    derivative of the logarithm of the rectification.
    """
    u, b = float(np.finfo(dtype).eps) / 2, float(rule.flags["beta2"])
    delta = abs(float(np.dtype(dtype).type(b)) - b) / b
    t = np.arange(1, STEPS + 1)
    p = b**t
    rho = 2 / (1 - b) - 1 - 2 * t * p / (1 - p)
    off = 2 * t**2 * p / (1 - p) ** 2 * (u + delta) + 4 * u / (1 - b)
    with np.errstate(all="ignore"):
        share = (1 / (rho - 4) + 1 / (rho - 2) - 1 / rho) / 2 * off
    rectified: Array = rho > rule.flags["threshold"]
    return np.where(rectified, share, 0.0)


def tolerance(rule: Recipe | Made, dtype: Any) -> float:
    r"""Return the error that a correct program in this dtype may have.

    **Definition**
    $$u \Bigl(20 + T + \frac{5}{1 - \beta} + c\Bigr),
      \qquad \beta = \max(\beta_1, \beta_2, \rho)$$

    Each step is some 20 roundings of its own size, and each w is rounded once, T times
    in all. $1 - \beta$ and $1 - \beta^t$ lose $u / (1 - \beta)$ and twice that, in the
    first average wholly, in the second, under a root, half: 4.5 in all. c is
    $9 T / \rho^T$ for centered RMSprop, the cancellation in v - m². At least `FLOOR`.
    """
    flags = rule.flags
    shares = [float(flags.get(name, 0)) for name in ("beta1", "beta2", "rho")]
    extra: float = 0
    if flags.get("centered"):
        extra = 9 * STEPS / max(float(flags["rho"]), 0.5) ** STEPS
    rounding: float = 20 + STEPS + 5 / (1 - max(shares)) + extra
    return max(FLOOR, float(np.finfo(dtype).eps) / 2 * rounding)


def first_difference(
    path: Array, expected: Array, rule: Recipe | Made
) -> tuple[int, int] | None:
    """Return the first step and weight that differ; None if there is none."""
    wrong = np.argwhere(differs(path, expected, rule))
    return (int(wrong[0][0]), int(wrong[0][1])) if len(wrong) else None
