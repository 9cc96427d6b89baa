r"""Muon: a momentum that is made nearly orthogonal, by Newton's and Schulz's steps."""

import math
from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array, Number, Scalar, Schedule, Weights
from refgd.optimizers._arithmetic import complement, correction, norm, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at

ASPECTS = ("rows", "columns", "larger", "none")


class MuonState(NamedTuple):
    """The steps taken, and the momentum."""

    t: int
    m: Weights


@rule
def muon(
    lr: Number | Schedule = 0.02,
    *,
    beta: Number = 0.95,
    nesterov: bool = True,
    ema: bool = False,
    bias_correction: bool = False,
    eps: Number = 1e-7,
    eps_floor: bool = False,
    ns_a: Number = 3.4445,
    ns_b: Number = -4.775,
    ns_c: Number = 2.0315,
    ns_steps: int = 5,
    bfloat16: bool = False,
    aspect: str = "rows",
    rms: Number = 0.2,
) -> Optimizer:
    r"""Step by the momentum with its singular values all near 1; w must be a matrix.

    **Definition**, for an m × n matrix w
    $$\begin{aligned}
      M_t &= \beta M_{t-1} + g_t, \qquad
      B_t = \beta M_t + g_t, \qquad
      X_0 = \frac{B_t}{\|B_t\| + \epsilon} \\
      X_{k+1} &= a X_k + b (X_k X_k^\top) X_k + c (X_k X_k^\top)^2 X_k, \qquad
      w_t = w_{t-1} - \eta_{t-1} \sqrt{\max(1, m / n)}\, X_K
    \end{aligned}$$

    with ‖B‖ the root of the sum of squares. Each singular value of X is moved by the
    polynomial aσ + bσ³ + cσ⁵: in five steps those from 0.01 on come between 0.68 and
    1.14.

    - nesterov=False: B is M itself.
    - ema=True: M_t = β M + (1 − β) g, and β M + (1 − β) g under Nesterov. X is the
      same but for ε.
    - bias_correction=True, of an average: M over 1 − βᵗ; under Nesterov the M over
      1 − βᵗ⁺¹ and the g over 1 − βᵗ.
    - eps_floor=True: over max(‖B‖, ε).
    - bfloat16=True: B, ‖B‖ and each step's X, X Xᵀ and polynomial are rounded to 8
      binary digits, as torch does. Sums are in float32, in the order of x86's
      instruction for them; of four terms and more another processor may have another
      order, and now and then another last digit.
    - aspect: "columns" has √max(1, n/m), "larger" ``rms`` times √max(m, n), "none" 1.

    The frameworks: torch has ema, eps_floor, bfloat16 whatever w is, and "rows" or
    "larger". optax.contrib has ema, bias_correction, ε = 1e-8, and "columns", since
    its x W = y has the rows first; or "larger" by consistent_rms. Keras has "larger"
    or, with rms_rate=None, "none". Their decay is `weight_decay`, "lr". torch refuses
    what is no matrix, as this does; optax and Keras hand it to their AdamW.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta: The share β of the momentum that is kept, in [0, 1).
        nesterov: Whether to step from where the momentum leads.
        ema: Whether the momentum is an average, not a sum.
        bias_correction: Whether an average is corrected for its start at 0.
        eps: The ε beside the norm.
        eps_floor: Whether ε is a least value, and not added.
        ns_a: The a of the polynomial.
        ns_b: Its b.
        ns_c: Its c.
        ns_steps: The number K of the steps with it.
        bfloat16: Whether these are rounded to bfloat16.
        aspect: What the step is multiplied by: "rows", "columns", "larger" or "none".
        rms: The root mean square of a step over lr, if aspect is "larger".

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range, if only a sum is to be corrected; from
            init, if w is no matrix.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import muon
        >>> optimizer, w = muon(1.0, ns_a=1.5, ns_b=-0.5, ns_c=0), np.zeros((2, 2))
        >>> dw = np.array([[0.0, 3.0], [-3.0, 0.0]])  # 3 times a quarter turn
        >>> w, state = optimizer.update(w, dw, optimizer.init(w))
        >>> np.round(w, 3)
        array([[ 0., -1.],
               [ 1.,  0.]])

    References:
        K. Jordan et al., Muon: An optimizer for hidden layers in neural networks
        (2024), kellerjordan.github.io/posts/muon; not read itself, but as torch, optax
        and Keras, which cite it, have it. J. Liu et al., Muon is Scalable for LLM
        Training (2025), arXiv:2502.16982, for 0.2 √max(m, n); the same.
    """
    _checks.rate(lr)
    _checks.below_one(beta=beta)
    _checks.none_negative(eps=eps, rms=rms)
    _checks.choice("aspect", aspect, ASPECTS)
    _checks.flags(nesterov=nesterov, ema=ema, bias_correction=bias_correction)
    _checks.flags(eps_floor=eps_floor, bfloat16=bfloat16)
    for name, value in (("ns_a", ns_a), ("ns_b", ns_b), ("ns_c", ns_c)):
        _checks.real(name, value)
    _checks.count("ns_steps", ns_steps)
    if bias_correction and not ema:
        raise ValueError("bias_correction needs ema=True, got False")

    def init(w: Weights) -> MuonState:
        zeros = _checks.float_zeros_like(w, "muon")
        if np.ndim(zeros) != 2:  # noqa: PLR2004 - rows and columns
            shape = np.shape(zeros)
            msg = f"w must be a matrix, which muon makes orthogonal, got shape {shape}"
            raise ValueError(msg)
        return MuonState(0, zeros)

    def momentum(w: Weights, dw: Weights, state: MuonState) -> tuple[Weights, Weights]:
        t, keep = state.t + 1, _checks.in_kind_of(w, beta)
        g = complement(beta, w) * dw if ema else dw
        m = keep * state.m + g
        now = correction(beta, t, w) if bias_correction else 1
        ahead = correction(beta, t + 1, w) if bias_correction else 1
        return m, keep * m / ahead + g / now if nesterov else m / now

    def update(w: Weights, dw: Weights, state: MuonState) -> Step:
        m, b = momentum(w, dw, state)
        kept = round_to_bfloat16 if bfloat16 else _keep
        b = kept(b)
        e = kept(_checks.in_kind_of(w, eps))
        long = kept(norm(b))
        x = kept(over(b, np.maximum(long, e) if eps_floor else long + e))
        x = orthogonalize(x, (ns_a, ns_b, ns_c), ns_steps, bfloat16=bfloat16)
        size = _checks.in_kind_of(w, factor(aspect, w.shape, rms)) * value_at(
            lr, state.t, w
        )
        return w - size * x.astype(w.dtype), MuonState(state.t + 1, m)

    return Optimizer(init, update)


def orthogonalize(
    x: Array,
    coefficients: tuple[Number, Number, Number],
    ns_steps: int,
    *,
    bfloat16: bool = False,
) -> Array:
    r"""Return x after Newton's and Schulz's steps, of matrices in the last two axes."""
    product, kept = (_sum_in_pairs, round_to_bfloat16) if bfloat16 else (_times, _keep)
    kind = np.float32 if bfloat16 else x.dtype.type
    a, b, c = (x.dtype.type(kind(each)) for each in coefficients)
    tall = x.shape[-2] > x.shape[-1]
    x = np.swapaxes(x, -1, -2) if tall else x
    for _ in range(ns_steps):
        gram = kept(product(x, np.swapaxes(x, -1, -2)))
        x = kept(a * x + product(kept(b * gram + c * product(gram, gram)), x))
    return np.swapaxes(x, -1, -2) if tall else x


def _times(a: Array, b: Array) -> Array:
    product: Array = a @ b
    return product


def _sum_in_pairs(a: Array, b: Array) -> Array:
    """Return the product of matrices of bfloat16, each sum in float32.

    The second of two terms is added before the first, as x86's vdpbf16ps does. Each
    term is exact: 8 binary digits by 8.
    """
    n = a.shape[-1]
    total = np.zeros((*a.shape[:-1], b.shape[-1]), dtype=np.float32)
    for k in sorted(range(n), key=lambda k: (k // 2, -k)):
        total = (total + a[..., :, k, None] * b[..., k, None, :]).astype(np.float32)
    return total.astype(a.dtype)


def round_to_bfloat16(a: Array) -> Array:
    """Return a in float64 (or wider), rounded to float32 and then to 8 binary digits.

    Halves go to the even neighbour; inf and NaN stay.
    """
    single = np.asarray(a, dtype=np.float32)
    bits = single.view(np.uint32)
    even = (bits >> np.uint32(16)) & np.uint32(1)
    cut = (bits + np.uint32(0x7FFF) + even) & np.uint32(0xFFFF0000)
    short = np.where(np.isfinite(single), cut.view(np.float32), single)
    return short.astype(np.promote_types(np.asarray(a).dtype, np.float64))


def factor(aspect: str, shape: tuple[int, ...], rms: Number) -> Scalar:
    """Return what a step on a matrix of this shape is multiplied by."""
    m, n = shape
    return {
        "rows": math.sqrt(max(1, m / n)),
        "columns": math.sqrt(max(1, n / m)),
        "larger": float(rms) * math.sqrt(max(m, n)),
        "none": 1.0,
    }[aspect]


def _keep(a: Array) -> Array:
    return a
