"""Wrong optimizers, as people write them: each an update, and what is wrong in words.

The state is None at first. Hyperparameters have the defaults of the reference.
"""
# ruff: noqa: ANN001, ANN201, PLR0913, PLR0917 - people's updates: no types, all numbers
# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

Update = Callable[..., Any]


class Wrong(NamedTuple):
    """An update, what it is meant to be, and the mistake as the kit should say it."""

    update: Update
    like: str
    mistake: str
    hyper: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return self.update.__name__


def _moments(state: Any) -> Any:
    return state or (0, 0.0, 0.0)


def adam(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """Right: the others are this with one thing changed."""
    t, m, v = _moments(state)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t, m, v)


def adam_uncorrected(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    return w - lr * m / (np.sqrt(v) + eps), (t + 1, m, v)


def adam_m_uncorrected(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    v_hat = v / (1 - beta2 ** (t + 1))
    return w - lr * m / (np.sqrt(v_hat) + eps), (t + 1, m, v)


def adam_v_uncorrected(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1 ** (t + 1))
    return w - lr * m_hat / (np.sqrt(v) + eps), (t + 1, m, v)


def adam_t_from_2(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = state or (1, 0.0, 0.0)
    return adam(w, dw, (t, m, v), lr, beta1, beta2, eps)


def adam_t_from_0(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = state or (-1, 0.0, 0.0)
    return adam(w, dw, (t, m, v), lr, beta1, beta2, eps)


def adam_eps_inside(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / np.sqrt(v_hat + eps), (t, m, v)


def adam_eps_hat(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return w - rate * m / (np.sqrt(v) + eps), (t, m, v)


def adam_betas_exchanged(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    return adam(w, dw, state, lr, beta2, beta1, eps)


def adam_beta2_for_both(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    del beta1
    return adam(w, dw, state, lr, beta2, beta2, eps)


def adam_sums(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m, v = beta1 * m + dw, beta2 * v + dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t, m, v)


def adam_m_sums(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m, v = beta1 * m + dw, beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t, m, v)


def adam_no_root(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (v_hat + eps), (t, m, v)


def adam_without_m(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    v = beta2 * v + (1 - beta2) * dw**2
    return w - lr * dw / (np.sqrt(v / (1 - beta2**t)) + eps), (t, m + beta1, v)


def adam_uphill(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    return adam(w, -dw, state, lr, beta1, beta2, eps)


def adam_v_of_m(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * m**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t, m, v)


def adam_overwrites(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m = (beta1 * m + (1 - beta1) * dw) / (1 - beta1**t)
    v = (beta2 * v + (1 - beta2) * dw**2) / (1 - beta2**t)
    return w - lr * m / (np.sqrt(v) + eps), (t, m, v)


def adam_corrected_by_beta(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    return w - lr * m / (1 - beta1) / (np.sqrt(v / (1 - beta2)) + eps), (t, m, v)


def adam_hard_eps(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    return adam(w, dw, state, lr, beta1, beta2, 1e-7 + 0 * eps)


def adam_of_all_weights(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = _moments(state)
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * np.mean(dw**2)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t, m, v)


def adam_forgets(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    del state
    return adam(w, dw, None, lr, beta1, beta2, eps)


_shared: dict[str, Any] = {}


def adam_remembers_runs(w, dw, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    made = adam(w, dw, _shared.get("state"), lr, beta1, beta2, eps)
    _shared["state"] = made[1]
    return made[0], state


def adamw_coupled(w, dw, state, lr, weight_decay=0.1):
    return adam(w, dw + weight_decay * w, state, lr)


def adam_l2_decoupled(w, dw, state, lr, weight_decay=0.1):
    return adam(w * (1 - lr * weight_decay), dw, state, lr)


def adamw_decay_without_lr(w, dw, state, lr, weight_decay=0.1):
    return adam(w * (1 - weight_decay), dw, state, lr)


def adamw_decays_after(w, dw, state, lr, weight_decay=0.1):
    w, state = adam(w, dw, state, lr)
    return w * (1 - lr * weight_decay), state


def adamw_without_decay(w, dw, state, lr, weight_decay=0.1):
    return adam(w + 0 * weight_decay, dw, state, lr)


def rmsprop_eps_outside(w, dw, state, lr, rho=0.9, eps=1e-8):
    v = rho * (0.0 if state is None else state) + (1 - rho) * dw**2
    return w - lr * dw / (np.sqrt(v) + eps), v


def rmsprop_eps_inside(w, dw, state, lr, rho=0.99, eps=1e-8):
    v = rho * (0.0 if state is None else state) + (1 - rho) * dw**2
    return w - lr * dw / np.sqrt(v + eps), v


def rmsprop_sum(w, dw, state, lr, rho=0.99, eps=1e-8):
    v = rho * (0.0 if state is None else state) + dw**2
    return w - lr * dw / (np.sqrt(v) + eps), v


def rmsprop_shares_exchanged(w, dw, state, lr, rho=0.99, eps=1e-8):
    v = (1 - rho) * (0.0 if state is None else state) + rho * dw**2
    return w - lr * dw / (np.sqrt(v) + eps), v


def rmsprop_no_root(w, dw, state, lr, rho=0.99, eps=1e-8):
    v = rho * (0.0 if state is None else state) + (1 - rho) * dw**2
    return w - lr * dw / (v + eps), v


def rmsprop_old_average(w, dw, state, lr, rho=0.99, eps=1e-8):
    v = 0 * dw if state is None else state
    return w - lr * dw / (np.sqrt(v) + eps), rho * v + (1 - rho) * dw**2


def rmsprop_is_adagrad(w, dw, state, lr, rho=0.99, eps=1e-8):
    v = (0 * rho if state is None else state) + dw**2
    return w - lr * dw / (np.sqrt(v) + eps), v


def adagrad_last_square(w, dw, state, lr, eps=1e-10):
    return w - lr * dw / (np.sqrt(dw**2) + eps), state


def adagrad_no_root(w, dw, state, lr, eps=1e-10):
    v = (0.0 if state is None else state) + dw**2
    return w - lr * dw / (v + eps), v


def momentum_lr_inside(w, dw, state, lr, momentum=0.9):
    v = momentum * (0.0 if state is None else state) + lr * dw
    return w - v, v


def momentum_damped(w, dw, state, lr, momentum=0.9):
    v = momentum * (0.0 if state is None else state) + (1 - momentum) * dw
    return w - lr * v, v


def momentum_adds(w, dw, state, lr, momentum=0.9):
    v = momentum * (0.0 if state is None else state) + dw
    return w + lr * v, v


def momentum_lr_twice(w, dw, state, lr, momentum=0.9):
    v = momentum * (0.0 if state is None else state) + lr * dw
    return w - lr * v, v


def momentum_nesterov(w, dw, state, lr, momentum=0.9):
    v = momentum * (0.0 if state is None else state) + dw
    return w - lr * (dw + momentum * v), v


def momentum_old_velocity(w, dw, state, lr, momentum=0.9):
    v = 0 * dw if state is None else state
    return w - lr * v, momentum * v + dw


def sgd_constant_rate(w, dw, state, lr):
    state = state or lr
    return w - state * dw, state


def sgd_clipped(w, dw, state, lr):
    return w - lr * np.clip(dw, -1, 1), state


ADAMW = {"weight_decay": 0.1}
TORCH_SGD = {"momentum": 0.9}

WRONG = [
    Wrong(adam_uncorrected, "adam", "no bias correction"),
    Wrong(adam_m_uncorrected, "adam", "no bias correction of m"),
    Wrong(adam_v_uncorrected, "adam", "no bias correction of v"),
    Wrong(adam_t_from_2, "adam", "t is off by one: it is 2 in the first step"),
    Wrong(adam_t_from_0, "adam", "NaN from the first step on, as where t starts at 0"),
    Wrong(adam_eps_inside, "adam", "eps is inside the root"),
    Wrong(adam_eps_hat, "torch.optim.Adam", "eps is added before the bias correction"),
    Wrong(adam, "keras.optimizers.Adam", "eps is added after the bias correction"),
    Wrong(adam_betas_exchanged, "adam", "beta1 and beta2 are exchanged"),
    Wrong(adam_beta2_for_both, "adam", "beta2 is used for both averages"),
    Wrong(adam_sums, "adam", "1 - beta1 and 1 - beta2 are missing"),
    Wrong(adam_m_sums, "adam", "1 - beta1 is missing"),
    Wrong(adam_no_root, "adam", "no square root"),
    Wrong(adam_without_m, "optax.adam", "step = g / (sqrt(v_hat) + eps), not"),
    Wrong(adam_uphill, "adam", "the sign: it walks uphill"),
    Wrong(adam_v_of_m, "adam", "it has m, not g (v = beta2 v + (1 - beta2) m^2"),
    Wrong(adam_overwrites, "adam", "overwritten by their corrected values"),
    Wrong(adam_corrected_by_beta, "adam", "t does not grow: it is 1 in every step"),
    Wrong(adam_hard_eps, "adam", "eps is 1e-07"),
    Wrong(adam_of_all_weights, "adam", "it has the mean of v over all weights"),
    Wrong(adam_forgets, "adam", "it remembers nothing"),
    Wrong(adam_remembers_runs, "adam", "it remembers an earlier run"),
    Wrong(adamw_coupled, "torch.optim.AdamW", "weight decay is coupled", ADAMW),
    Wrong(adam_l2_decoupled, "torch.optim.Adam", "decay is decoupled: lr times", ADAMW),
    Wrong(adamw_decay_without_lr, "torch.optim.AdamW", "not multiplied by lr", ADAMW),
    Wrong(adamw_decays_after, "torch.optim.AdamW", "weights after the step", ADAMW),
    Wrong(adamw_without_decay, "torch.optim.AdamW", "there is no weight decay", ADAMW),
    Wrong(rmsprop_eps_outside, "optax.rmsprop", "eps is outside"),
    Wrong(rmsprop_eps_inside, "torch.optim.RMSprop", "eps is inside"),
    Wrong(rmsprop_sum, "torch.optim.RMSprop", "1 - rho is missing"),
    Wrong(rmsprop_shares_exchanged, "torch.optim.RMSprop", "rho and 1 - rho are exch"),
    Wrong(rmsprop_no_root, "torch.optim.RMSprop", "no square root"),
    Wrong(rmsprop_old_average, "torch.optim.RMSprop", "v is computed after step"),
    Wrong(rmsprop_is_adagrad, "torch.optim.RMSprop", "exactly torch.optim.Adagrad"),
    Wrong(adagrad_last_square, "torch.optim.Adagrad", "v is missing (v = g^2, not"),
    Wrong(adagrad_no_root, "torch.optim.Adagrad", "no square root"),
    Wrong(momentum_lr_inside, "torch.optim.SGD", "lr is inside", TORCH_SGD),
    Wrong(momentum_damped, "torch.optim.SGD", "each step is 0.1 times", TORCH_SGD),
    Wrong(momentum_adds, "torch.optim.SGD", "the sign: it walks uphill", TORCH_SGD),
    Wrong(momentum_lr_twice, "torch.optim.SGD", "g is multiplied by lr", TORCH_SGD),
    Wrong(momentum_nesterov, "torch.optim.SGD", "it looks ahead", TORCH_SGD),
    Wrong(momentum_old_velocity, "torch.optim.SGD", "v is computed after w", TORCH_SGD),
    Wrong(sgd_constant_rate, "sgd", "lr does not follow its schedule"),
    Wrong(sgd_clipped, "sgd", "gradients are clipped to [-1, 1]"),
]
