r"""Clipping: around any optimizer, no gradient beyond a bound."""

from typing import Any

import numpy as np

from refgd import _checks
from refgd._types import Number, Weights
from refgd.optimizers._arithmetic import over
from refgd.optimizers._protocol import Optimizer, Step, rule


@rule
def clip_by_value(optimizer: Optimizer, max_value: Number) -> Optimizer:
    r"""Cut each entry of the gradient off at a bound.

    **Definition**, with s_t the optimizer's own step
    $$w_{t+1} = w_t - s_t\bigl(\max(-c, \min(\nabla L(w_t), c))\bigr)$$

    It is of the gradient that comes in, before the averages and the weight decay of
    the optimizer inside: clipvalue of every Keras optimizer, optax.clip at the head of
    a chain, torch.nn.utils.clip_grad_value_. It changes the gradient's direction.

    Args:
        optimizer: The optimizer inside.
        max_value: The bound c of each |entry|.

    Returns:
        The optimizer, with the state of the one inside. Exact on Fractions where that
        is.

    Raises:
        TypeError: If max_value is not a real number.
        ValueError: If it is not above 0, or not finite.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import clip_by_value, sgd
        >>> optimizer, w = clip_by_value(sgd(1), 2), np.zeros(2)
        >>> optimizer.update(w, np.array([1.0, -7.0]), optimizer.init(w))[0]
        array([-1.,  2.])
    """
    _checks.above_zero("max_value", max_value)

    def update(w: Weights, dw: Weights, state: Any) -> Step:
        bound = _checks.in_kind_of(w, max_value)
        return optimizer.update(w, np.maximum(-bound, np.minimum(dw, bound)), state)

    return Optimizer(optimizer.init, update)


@rule
def clip_by_norm(
    optimizer: Optimizer, max_norm: Number, *, axis: int | None = None
) -> Optimizer:
    r"""Shorten the gradient of each layer to a length, where it is longer.

    **Definition**, with s_t the optimizer's own step
    $$w_{t+1} = w_t - s_t\Bigl(\frac{c}{\max(\|g\|, c)}\, g\Bigr), \qquad
      g = \nabla L(w_t)$$

    The norm is Euclid's, of the whole array, which is one layer as for `lamb`; or along
    an axis. It is of the gradient that comes in, as in `clip_by_value`. Keras's
    clipnorm is of each variable; of a single one, `clip_by_global_norm` is the same.

    Args:
        optimizer: The optimizer inside.
        max_norm: The greatest length c.
        axis: Along which a layer lies: with -1 each row of a matrix is one. None where
            the array is one layer.

    Returns:
        The optimizer, with the state of the one inside. A norm has a root, so it
        refuses Fractions.

    Raises:
        TypeError: If max_norm is not a real number, or axis not whole; from init, if w
            is exact.
        ValueError: If max_norm is not above 0, or not finite.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import clip_by_norm, sgd
        >>> optimizer, w = clip_by_norm(sgd(1), 1, axis=-1), np.zeros((2, 2))
        >>> dw = np.array([[-3.0, 4.0], [0.5, 0.0]])
        >>> optimizer.update(w, dw, optimizer.init(w))[0]
        array([[ 0.6, -0.8],
               [-0.5,  0. ]])
    """
    if axis is not None:
        _checks.count("axis", axis, least=-32)
    return _shorten(optimizer, "clip_by_norm", max_norm, 0, axis)


@rule
def clip_by_global_norm(
    optimizer: Optimizer, max_norm: Number, *, eps: Number = 0.0
) -> Optimizer:
    r"""Shorten the gradient of all weights together to a length, where it is longer.

    **Definition**, with s_t the optimizer's own step
    $$w_{t+1} = w_t - s_t\Bigl(\frac{c}{\max(\|g\| + \epsilon, c)}\, g\Bigr), \qquad
      g = \nabla L(w_t)$$

    The norm is Euclid's, of all entries. The paper's rule has no ε. It is of the
    gradient that comes in, as in `clip_by_value`.

    The frameworks: optax.clip_by_global_norm at the head of a chain and global_clipnorm
    of every Keras optimizer have ε = 0; torch.nn.utils.clip_grad_norm_ has ε = 1e-6,
    which leaves what it shortens shorter than c by one part in 10⁶ ‖g‖.

    Args:
        optimizer: The optimizer inside.
        max_norm: The greatest length c.
        eps: The ε that is added to the length.

    Returns:
        The optimizer, with the state of the one inside. A norm has a root, so it
        refuses Fractions.

    Raises:
        TypeError: If an argument is not a real number; from init, if w is exact.
        ValueError: If max_norm is not above 0, or eps negative, or one not finite.

    Example:
        >>> import numpy as np
        >>> from refgd.optimizers import clip_by_global_norm, sgd
        >>> optimizer, w = clip_by_global_norm(sgd(1), 1), np.zeros(2)
        >>> optimizer.update(w, np.array([-3.0, 4.0]), optimizer.init(w))[0]
        array([ 0.6, -0.8])

    References:
        R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent
        neural networks (ICML 2013), arXiv:1211.5063, algorithm 1; not read itself, but
        as optax and torch have it.
    """
    _checks.none_negative(eps=eps)
    return _shorten(optimizer, "clip_by_global_norm", max_norm, eps, None)


def _shorten(
    optimizer: Optimizer, name: str, max_norm: Number, eps: Number, axis: int | None
) -> Optimizer:
    """Return the optimizer, given gradients that are no longer than a norm."""
    _checks.above_zero("max_norm", max_norm)

    def init(w: Weights) -> Any:
        _checks.float_zeros_like(w, name)
        return optimizer.init(w)

    def update(w: Weights, dw: Weights, state: Any) -> Step:
        bound, e = _checks.in_kind_of(w, max_norm), _checks.in_kind_of(w, eps)
        # in units of the largest entry, whose square neither overflows nor vanishes
        unit = np.max(np.abs(dw), axis=axis, keepdims=True)
        parts = over(dw, unit)
        norm = unit * np.sqrt(np.sum(parts * parts, axis=axis, keepdims=True))
        return optimizer.update(w, bound / np.maximum(norm + e, bound) * dw, state)

    return Optimizer(init, update)
