r"""SM3: Adagrad whose sums of squares are kept for rows and columns alone."""

from typing import NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Number, Schedule, Weights
from refgd.optimizers._arithmetic import ema, over
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at


class SM3State(NamedTuple):
    """The steps taken, the average of scaled gradients, and ν of each weight."""

    t: int
    m: Weights
    v: Weights


@rule
def sm3(lr: Number | Schedule, *, beta: Number = 0.0, eps: Number = 0.0) -> Optimizer:
    r"""Step by the gradient over the root of a bound of the sum of its squares.

    **Definition**, for the entry i, with μ(r) of each row and column r that has i
    $$\nu_t(i) = \min_{r \ni i} \mu_{t-1}(r) + g_t(i)^2, \qquad
      \mu_t(r) = \max_{i \in r} \nu_t(i),$$
    $$m_t = \beta m_{t-1} + (1 - \beta) \frac{g_t}{\sqrt{\nu_t + \epsilon}}, \qquad
      w_t = w_{t-1} - \eta_{t-1} m_t$$

    This is SM3-II. An array of more axes has a μ for each index of each axis. Of a
    vector each entry has its own: that is `adagrad`. The paper's rule has β = 0 and
    ε = 0; where ν = 0 a weight rests. ν itself is in the state, of which each μ is a
    maximum, since it reads more easily: a program that saves memory keeps the μ alone.

    The frameworks: optax has ε = 1e-8 and β = 0.9, and takes no schedule.

    Args:
        lr: The learning rate η, a number or a function of t.
        beta: The share β of the average m that is kept, in [0, 1).
        eps: The ε inside the root.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import sm3
        >>> optimizer, w = sm3(1.0), np.zeros((2, 2))
        >>> dw = np.array([[3.0, 0.0], [0.0, 4.0]])
        >>> w, state = optimizer.update(w, dw, optimizer.init(w))
        >>> w, state = optimizer.update(w, dw, state)
        >>> state.v  # μ is 9 and 16, of rows and of columns; off the diagonal the less
        array([[18.,  9.],
               [ 9., 32.]])

    References:
        R. Anil, V. Gupta, T. Koren, Y. Singer, Memory-Efficient Adaptive Optimization
        (NeurIPS 2019), arXiv:1901.11150, SM3-II; as optax's docstring has it, not read
        itself.
    """
    _checks.rate(lr)
    _checks.below_one(beta=beta)
    _checks.none_negative(eps=eps)

    def init(w: Weights) -> SM3State:
        zeros = _checks.float_zeros_like(w, "sm3")
        return SM3State(0, zeros, zeros)

    def update(w: Weights, dw: Weights, state: SM3State) -> Step:
        v = _cover(state.v) + dw * dw
        g = over(dw, np.sqrt(v + _checks.in_kind_of(w, eps)))
        m = ema(beta, state.m, g)
        return w - value_at(lr, state.t, w) * m, SM3State(state.t + 1, m, v)

    return Optimizer(init, update)


def _cover(v: Weights) -> Weights:
    """Return for each entry the least of the maxima over what shares an index with it.

    A vector's entry shares its index with nothing else.
    """
    axes = range(np.ndim(v))
    least = v if len(axes) < 2 else None  # noqa: PLR2004 - axes
    for axis in axes if least is None else ():
        others = tuple(other for other in axes if other != axis)
        top = np.max(v, axis=others, keepdims=True)
        least = top if least is None else np.minimum(least, top)
    return least
