r"""Weight decay: around any optimizer, in the four ways that it is meant."""

from typing import Any, NamedTuple

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._adam import adam
from refgd.optimizers._protocol import Optimizer, Step, rule
from refgd.schedules import value_at

KINDS = ("coupled", "lr", "schedule", "clipped")


class WeightDecayState(NamedTuple):
    """The number of steps taken, and the state of the optimizer inside."""

    t: int
    inner: Any


@rule
def weight_decay(
    optimizer: Optimizer, wd: Number, *, kind: str, lr: Number | Schedule | None = None
) -> Optimizer:
    r"""Let every weight decay, in addition to the steps of any optimizer.

    **Definition**, with s_t the optimizer's own step
    $$\begin{aligned}
      \text{coupled:}  && w_{t+1} &= w_t - s_t(\nabla L(w_t) + \lambda w_t) \\
      \text{lr:}       && w_{t+1} &= w_t - \eta_t \lambda w_t - s_t \\
      \text{schedule:} && w_{t+1} &= w_t - (\eta_t / \eta_0) \lambda w_t - s_t \\
      \text{clipped:}  && w_{t+1} &= w_t \max(0, 1 - \eta_t \lambda) - s_t
    \end{aligned}$$

    - "coupled" is the gradient of L + ½ λ w², seen by the averages: weight_decay in
      torch's SGD, Adam, RMSprop …, and optax's adadelta.
    - "lr" is AdamW in torch, optax and Keras, and what Keras calls weight_decay in
      every optimizer. For sgd it equals "coupled", for nothing else.
    - "schedule" is the AdamW paper's own, which no framework has: the decay follows the
      schedule but not the size of lr. λ here is lr_0 times the λ of "lr".
    - "clipped" is scikit-learn's SGDRegressor, which does not step beyond zero.

    There is no default: one word means four things.

    Args:
        optimizer: The optimizer inside.
        wd: The weight decay λ.
        kind: "coupled", "lr", "schedule" or "clipped".
        lr: The optimizer's learning rate once more, a number or a function of t; not
            for "coupled". Where a schedule starts at 0, take kind "lr" with lr as the
            multiplier itself.

    Returns:
        The optimizer. Exact on Fractions where the one inside is.

    Raises:
        TypeError: If an argument is not of its kind, or lr is missing.
        ValueError: If one is out of its range, lr is given to "coupled", or for
            "schedule" is 0 at t = 0.

    Example:
        >>> from refgd.optimizers import sgd, weight_decay
        >>> optimizer = weight_decay(sgd(0.5), 0.5, kind="lr", lr=0.5)
        >>> w, state = optimizer.update(4.0, 2.0, optimizer.init(4.0))
        >>> float(w)  # 4 − ½·½·4 − ½·2
        2.0

    References:
        I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization (ICLR 2019),
        arXiv:1711.05101, algorithms 1 and 2; line 12 as quoted in
        pytorch/pytorch#38853, and by the first author in
        deeplearning4j/deeplearning4j#5843. Not read itself.
    """
    _checks.not_negative("wd", wd)
    _checks.choice("kind", kind, KINDS)
    rate = _rate(kind, lr)

    def init(w: Weights) -> WeightDecayState:
        return WeightDecayState(0, optimizer.init(w))

    def update(w: Weights, dw: Weights, state: WeightDecayState) -> Step:
        if kind == "coupled":
            dw = dw + _checks.in_kind_of(w, wd) * w
        else:
            w = w - _share(kind, rate, state.t, w, wd) * w
        w, inner = optimizer.update(w, dw, state.inner)
        return w, WeightDecayState(state.t + 1, inner)

    return Optimizer(init, update)


def _share(
    kind: str, rate: Number | Schedule, t: int, w: Weights, wd: Number
) -> Scalar:
    """Return how much of w goes in step t: η λ, (η / η_0) λ, or η λ up to 1."""
    one, share = _checks.in_kind_of(w, 1), _checks.in_kind_of(w, wd)
    eta = value_at(rate, t, w)
    if kind == "schedule":
        return eta / value_at(rate, 0, w) * share
    return min(eta * share, one) if kind == "clipped" else eta * share


def _rate(kind: str, lr: Number | Schedule | None) -> Number | Schedule:
    """Check the learning rate of a decay: coupled has none, the others need it."""
    if kind == "coupled":
        if lr is not None:
            raise ValueError("coupled decay takes no lr: it goes through the gradient")
        return 0
    if lr is None:
        msg = f"weight decay of kind {kind!r} needs lr, the optimizer's own"
        raise TypeError(msg)
    _checks.rate(lr)
    first = lr(0) if callable(lr) else lr
    if kind == "schedule" and not first > 0:
        msg = f"lr at t = 0 must be positive, as decay goes by lr_t / lr_0, got {first}"
        raise ValueError(msg)
    return lr


@rule
def adamw(
    lr: Number | Schedule = 1e-3,
    *,
    wd: Number,
    kind: str = "schedule",
    beta1: Number = 0.9,
    beta2: Number = 0.999,
    eps: Number = 1e-8,
    eps_root: Number = 0.0,
    eps_hat: bool = False,
) -> Optimizer:
    r"""Adam with decoupled weight decay.

    **Definition**
    $$w_t = w_{t-1} - \frac{\eta_{t-1}}{\eta_0} \Bigl(
        \eta_0 \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} + \lambda w_{t-1} \Bigr)$$

    with the averages of `adam`, which do not see the decay. The default is the paper's
    algorithm 2, where η₀ is its α and η_t/η₀ its schedule multiplier: the decay is NOT
    multiplied by lr. Every framework multiplies it: kind="lr", where λ is the paper's
    λ over η₀. Keras has eps_hat too.

    Args:
        lr: The learning rate η, a number or a function of t.
        wd: The weight decay λ. The paper has no default, and the frameworks have three.
        kind: "lr", "schedule" or "clipped", see `weight_decay`.
        beta1: See `adam`, as for the rest.
        beta2: The same.
        eps: The same.
        eps_root: The same.
        eps_hat: The same.

    Returns:
        The optimizer. It has roots, so it refuses Fractions.

    Raises:
        TypeError: If an argument is not of its kind; from init, if w is exact.
        ValueError: If one is out of its range, or lr is 0 at t = 0.

    Example:
        >>> from refgd.optimizers import adamw
        >>> optimizer = adamw(1.0, wd=0.5, eps=0)
        >>> w, state = optimizer.update(4.0, 2.0, optimizer.init(4.0))
        >>> round(float(w), 12)  # 4 − ½·4 − 1
        1.0

    References:
        See `weight_decay`, and `adam`.
    """
    if kind == "coupled":
        raise ValueError(
            "adamw is decoupled: Adam with coupled decay is "
            "weight_decay(adam(lr), wd, kind='coupled')"
        )
    inner = adam(
        lr, beta1=beta1, beta2=beta2, eps=eps, eps_root=eps_root, eps_hat=eps_hat
    )
    return weight_decay(inner, wd, kind=kind, lr=lr)
