r"""Weight decay: around any optimizer, in the four ways that it is meant."""

from typing import Any, NamedTuple

from refgd import _checks
from refgd._types import Number, Scalar, Schedule, Weights
from refgd.optimizers._adam import adam
from refgd.optimizers._protocol import Optimizer
from refgd.schedules import value_at

KINDS = ("coupled", "lr", "schedule", "clipped")


class WeightDecayState(NamedTuple):
    """The number of steps taken, and the state of the optimizer inside."""

    t: int
    inner: Any


def weight_decay(
    optimizer: Optimizer,
    wd: Number,
    *,
    kind: str,
    lr: Number | Schedule | None = None,
) -> Optimizer:
    r"""Let every weight decay, beside the steps of any optimizer."""
    _checks.not_negative("wd", wd)
    _checks.choice("kind", kind, KINDS)
    rate = _rate(kind, lr)

    def init(w: Weights) -> WeightDecayState:
        return WeightDecayState(0, optimizer.init(w))

    def factor(t: int, w: Weights) -> Scalar:
        """Return how much of w goes in step t."""
        eta = value_at(rate, t, w)
        if kind == "schedule":
            eta = eta / value_at(rate, 0, w)
        share = eta * _checks.in_kind_of(w, wd)
        return min(share, _checks.in_kind_of(w, 1)) if kind == "clipped" else share

    def update(
        w: Weights, dw: Weights, state: WeightDecayState
    ) -> tuple[Weights, WeightDecayState]:
        if kind == "coupled":
            dw = dw + _checks.in_kind_of(w, wd) * w
        else:
            w = w - factor(state.t, w) * w
        w, inner = optimizer.update(w, dw, state.inner)
        return w, WeightDecayState(state.t + 1, inner)

    return Optimizer(init, update)


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


def adamw(  # noqa: PLR0913 - adam's flags, and the decay's
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
    r"""Adam with decoupled weight decay."""
    inner = adam(
        lr, beta1=beta1, beta2=beta2, eps=eps, eps_root=eps_root, eps_hat=eps_hat
    )
    return weight_decay(inner, wd, kind=kind, lr=lr)
