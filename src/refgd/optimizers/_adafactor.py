r"""Adafactor: squares that are kept by rows and columns, and steps as large as w."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array, Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import over, wide
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class AdafactorState(NamedTuple):
    """The steps taken; the averages of g² by rows and by columns, or of each weight.

    What is not kept, the one or the others, is a single 0.
    """

    t: int
    row: Weights
    col: Weights
    v: Weights


@rule
def adafactor(
    lr: Number | Schedule = 1e-2,
    *,
    power: Number = 0.8,
    eps: Number | None = 1e-30,
    eps_rms: Number = 1e-3,
    clip: Number = 1.0,
    lambd: Number = 0.0,
    min_size: Number = 1,
    relative_rate: bool = True,
    weight_scale: bool = True,
    eps_floor: bool = False,
    lambd_lr: bool = True,
) -> Optimizer:
    r"""Step by the gradient over the root of its squares' averages, as large as w is.

    **Definition**, with RMS the root of the mean square, t = 1 the first step, and
    $\gamma_t = t^{-p}$ the share of what is new
    $$\begin{aligned}
      R_t &= (1 - \gamma_t) R_{t-1}
        + \gamma_t \operatorname{mean}_j (g_t^2 + \epsilon), \qquad
      C_t = (1 - \gamma_t) C_{t-1}
        + \gamma_t \operatorname{mean}_i (g_t^2 + \epsilon) \\
      \hat V_t &= \frac{R_t C_t}{\operatorname{mean}(R_t)}, \qquad
      u_t = \frac{g_t}{\sqrt{\hat V_t}}, \qquad
      \alpha_t = \max(\epsilon_2, \operatorname{RMS}(w_{t-1}))
        \min(\eta_{t-1}, 1 / \sqrt t) \\
      w_t &= w_{t-1} - \eta_{t-1} \lambda w_{t-1}
        - \alpha_t \frac{u_t}{\max(1, \operatorname{RMS}(u_t) / d)}
    \end{aligned}$$

    for a matrix w, one row i and one column j at a time; of more axes, in the last
    two. A vector keeps $\hat V_t = (1 - \gamma_t) \hat V_{t-1} + \gamma_t
    (g_t^2 + \epsilon)$ itself. The paper has sums where means are here, which comes to
    the same, a constant η of 10⁻², and no decay.

    - min_size: a matrix with a side below it is kept as a vector is.
    - relative_rate=False: η_{t−1}, without the 1/√t.
    - weight_scale=False: without the max(ε₂, RMS(w)).
    - eps_floor=True: g² has no ε added; mean(R) is at least ε and V̂ at least ε².
    - lambd_lr=False: the decay is λ w, not times η.

    The frameworks: Keras has the paper's rule, and its own relative_step=False changes
    nothing. Its decay comes first, so RMS(w) is of what is left: see `weight_decay`,
    "lr". torch has eps_floor, and eps=None. optax has relative_rate=False and
    lambd_lr=False, and keeps as a vector what has a side below 128; it works γ out in
    float32, whatever w is, unless its decay_rate is a NumPy float64.

    Args:
        lr: The bound η of the relative step, a number or a function of t.
        power: The power p by which the share of the new falls.
        eps: The ε; None is the machine epsilon of w's dtype.
        eps_rms: The ε₂, the least that a weight counts as.
        clip: The bound d on the root mean square of u; inf for none.
        lambd: The decay λ, beside the step.
        min_size: The least side of a matrix that is kept by rows and columns; inf for
            none.
        relative_rate: Whether the step falls as 1/√t.
        weight_scale: Whether the step is as large as w.
        eps_floor: Whether ε is a least value, and not added.
        lambd_lr: Whether the decay is times lr.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import adafactor
        >>> optimizer, w = adafactor(0.5, eps=0), np.full((2, 2), 2.0)
        >>> dw = np.outer([1, 10], [1, 100])  # of rank 1, so V̂ is g² itself
        >>> optimizer.update(w, dw, optimizer.init(w))[0]  # 2 − 2 · ½
        array([[1., 1.],
               [1., 1.]])

    References:
        N. Shazeer, M. Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory
        Cost (ICML 2018), arXiv:1804.04235, algorithms 4 (matrices), 5 (vectors) and 6
        (the numbers); not read itself, but as torch, which quotes it, optax and Keras
        have it.
    """
    _checks.rate(lr)
    _checks.none_negative(power=power, eps=eps or 0, eps_rms=eps_rms, lambd=lambd)
    for name, value in (("clip", clip), ("min_size", min_size)):
        if _checks.number(name, value) != np.inf:
            _checks.above_zero(name, value)
    _checks.flags(relative_rate=relative_rate, weight_scale=weight_scale)
    _checks.flags(eps_floor=eps_floor, lambd_lr=lambd_lr)

    def init(w: Weights) -> AdafactorState:
        zeros = _checks.float_zeros_like(w, "adafactor")
        none = _checks.in_kind_of(zeros, 0)
        if _is_factored(zeros, min_size):
            return AdafactorState(0, zeros[..., :1], zeros[..., :1, :], none)
        return AdafactorState(0, none, none, zeros)

    def update(w: Weights, dw: Weights, state: AdafactorState) -> Step:
        e = np.finfo(w.dtype).eps if eps is None else _checks.in_kind_of(w, eps)
        added, least = (0 * e, e) if eps_floor else (e, 0 * e)
        t, eta = state.t + 1, value_at(lr, state.t, w)
        decay = _checks.in_kind_of(w, lambd) * (eta if lambd_lr else 1)
        share = _checks.in_kind_of(w, wide(t, w) ** -wide(power, w))
        state = _average(state._replace(t=t), share, dw * dw + added)
        u = over(dw, np.sqrt(np.maximum(_estimate(state, least), least * least)))
        u = u / np.maximum(1, _rms(u) / _checks.in_kind_of(w, clip))
        bound = 1 / np.sqrt(_checks.in_kind_of(w, t))
        alpha = min(eta, bound) if relative_rate else eta
        if weight_scale:
            alpha = alpha * np.maximum(_checks.in_kind_of(w, eps_rms), _rms(w))
        return w - decay * w - alpha * u, state

    return Optimizer(init, update)


def _is_factored(w: Weights, min_size: Number) -> bool:
    """Whether g² is kept by rows and columns."""
    return np.ndim(w) > 1 and min(w.shape[-2:]) >= min_size


def _average(state: AdafactorState, share: Scalar, square: Weights) -> AdafactorState:
    """Let what is kept of g² have a share of what is new."""

    def mix(old: Weights, new: Weights) -> Weights:
        return (1 - share) * old + share * new

    if not np.ndim(state.row):
        return state._replace(v=mix(state.v, square))
    row = mix(state.row, np.mean(square, axis=-1, keepdims=True))
    return state._replace(
        row=row, col=mix(state.col, np.mean(square, axis=-2, keepdims=True))
    )


def _estimate(state: AdafactorState, least: Scalar) -> Weights:
    r"""Return V̂, of rows and columns as their product over a mean."""
    if not np.ndim(state.row):
        return state.v
    mean = np.mean(state.row, axis=-2, keepdims=True)
    return over(state.row, np.maximum(mean, least)) * state.col


def _rms(a: Array) -> Scalar:
    r"""Return the root of the mean square."""
    return np.sqrt(np.mean(a * a))
