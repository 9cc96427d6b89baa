r"""Where a run of plain descent, or of momentum, is after t steps, for any t."""

import sys
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from refgd import _checks, _tsqr
from refgd._types import Array, Data, Number, Scalar, Weights
from refgd.theory._rates import PLAIN, nonzero
from refgd.theory._recurrence import Steps, covered


def trajectory(  # noqa: PLR0913 - the problem, the start, the settings and t
    x: Data,
    y: Data,
    w: Data | None,
    lr: Number,
    t: npt.ArrayLike,
    *,
    beta: Number = 0.0,
    nesterov: bool = False,
) -> Weights:
    r"""Return w after t steps, without taking them.

    **Definition**
    $$w_t - w^* = V\, e_t(\Lambda)\, V^\top (w_0 - w^*), \qquad
      \text{plain:}\quad w_t - w^* = (I - \eta H)^t (w_0 - w^*)$$

    with H = VΛVᵀ, from the singular values of x, or of the few rows that `compress`
    makes of many, and not from xᵀx. e_t solves the two-step recurrence of the heavy
    ball, or of Nesterov's momentum with the gradient taken at w, as the frameworks and
    `refgd.optimizers.momentum` do. Along a zero eigenvalue w stays where it was.

    Args:
        x: The samples, (n,) or (n, d).
        y: The targets, (n,).
        w: The weight at the start, a scalar or (d,); zero if None.
        lr: The learning rate η.
        t: The number of steps, a whole number of any size such as 10**30, or an array
            of them.
        beta: The momentum β, in [0, 1); 0 is plain descent.
        nesterov: Nesterov's momentum and not the heavy ball.

    Returns:
        The weights, of t's shape, then w's, in x's dtype. Computed in float64. On
        Fractions exact, by repeated squaring, for x (n,) and (n, d): the digits grow
        with t, so t of a few thousand is as far as it goes.

    Raises:
        TypeError: If an argument is not of the type that its description says.
        ValueError: If a value is out of its range or shapes do not match.

    Guarantee:
        Equal on Fractions to t steps of the optimizer (tight), and in float64 within
        the rounding of x's decomposition for every t, since no error is passed from
        step to step: some 10 ulp of |w_0| + κ|w*|, with κ the condition number of x,
        where nothing oscillates; settings at the edge of stability multiply it by
        1/(1 − ρ). Diverging runs end in inf or, as theirs do, NaN:
        tests/theory/test_trajectory.py, test_trajectory_is_the_optimizers and
        test_trajectory_in_floats_is_the_exact_one.

    Example:
        >>> from refgd.theory import trajectory
        >>> x, y = [1, 2, 3, 4], [2, 4, 6, 8]
        >>> trajectory(x, y, 0, lr=0.01, t=[0, 1, 20, 10**9]).round(6)
        array([0.      , 0.3     , 1.922481, 2.      ])

    References:
        B. T. Polyak, Introduction to Optimization (1987), sections 1.4.2 and 3.2, by
        quotation; G. Goh, Why Momentum Really Works, Distill (2017).
    """
    x, y = _checks.for_data(x, y)
    w = _checks.start(w, x)
    lr = _checks.in_kind_of(x, _checks.not_negative("lr", lr))
    _checks.below_one(beta=beta)
    _checks.flags(nesterov=nesterov)
    run = _Run(x, y, w, lr, _checks.in_kind_of(x, beta), nesterov)
    walk = _exact if x.dtype == object else _rounded
    return walk(run, _counts(t))[()]


class _Run(NamedTuple):
    """What `trajectory` checked."""

    x: Array
    y: Array
    w: Weights
    lr: Scalar
    beta: Scalar
    nesterov: bool


def _counts(t: Any) -> Array:
    """Check that t holds whole numbers, and keep them as Python's: 10**30 is one."""
    counts = np.asarray(t, dtype=object)
    whole = [_checks.count("t", each) for each in counts.flat]
    if max(whole, default=0) > sys.float_info.max:
        raise ValueError("t must be at most 1.8e308")
    return np.array(whole, dtype=object).reshape(counts.shape)


def _rounded(run: _Run, t: Array) -> Array:
    n, w = len(run.y), run.w.astype(np.float64)
    x, y = _few(run.x, run.y)
    u, sigma, v = np.linalg.svd(x, full_matrices=False)
    keep = nonzero(sigma, (n, x.shape[1]))
    u, sigma, v = u[:, keep], sigma[keep], v[keep]
    # Vᵀ(w₀ − w*), with w* = V Σ⁻¹ Uᵀ y
    error = v @ w.ravel() - y @ u / sigma
    h = float(run.lr) * (2 * sigma**2 / n)
    steps = Steps(t[..., None].astype(np.float64), t[..., None] % 2 == 1)
    with np.errstate(all="ignore"):
        share = covered(h, steps, float(run.beta), nesterov=run.nesterov)
        # w_t = w₀ − V (1 − e_t) Vᵀ(w₀ − w*)
        walked = w.ravel() - np.where(error == 0, 0.0, share * error) @ v
    result: Array = walked.reshape(t.shape + w.shape).astype(run.x.dtype)
    return result


def _few(x: Array, y: Array) -> tuple[Array, Array]:
    """Return few rows, (k, d) and (k,) in float64, with the Σ, V and Uᵀy of all."""
    if x.dtype not in PLAIN:
        x, y = _checks.for_data(x.astype(np.float64), y.astype(np.float64))
    rows, exponents = _tsqr.triangle(x, y)
    whole = np.ldexp(rows, exponents)
    return whole[:, :-1], whole[:, -1]


def _exact(run: _Run, t: Array) -> Array:
    """Return the powers of the affine map (w, v, 1) → one step, applied to (w₀, 0, 1).

    v is the velocity with the learning rate inside: v ← βv + η∇L, then w ← w − v, or
    w ← w − βv − η∇L for Nesterov.
    """
    x, beta = run.x.reshape(len(run.x), -1), run.beta
    n, d = x.shape
    eye, zero = np.eye(d, dtype=int), np.zeros((d, 1), dtype=int)
    # η∇L = slope w − pull
    slope = 2 * run.lr / n * np.dot(x.T, x)
    pull = 2 * run.lr / n * np.dot(x.T, run.y).reshape(d, 1)
    k, kept = (1 + beta, beta**2) if run.nesterov else (1, beta)
    step = np.block(
        [
            [eye - k * slope, -kept * eye, k * pull],
            [slope, beta * eye, -pull],
            [zero.T, zero.T, np.ones((1, 1), dtype=int)],
        ]
    )
    start = np.concatenate([np.ravel(run.w), zero[:, 0], [1]])
    walked = [np.dot(np.linalg.matrix_power(step, each), start)[:d] for each in t.flat]
    return np.array(walked, dtype=object).reshape(t.shape + run.x.shape[1:])
