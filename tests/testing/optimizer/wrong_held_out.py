"""More wrong optimizers, unlike the others, each with the first step that differs.

What the kit should say of them is there too; None where it cannot tell.
"""
# ruff: noqa: ANN001, ANN201, ANN202, PLR0913 - people's updates: no types, all numbers
# mypy: allow-untyped-defs, allow-untyped-calls

from typing import Any, NamedTuple

import numpy as np

from testing.optimizer.wrong import Update, adam


class Unseen(NamedTuple):
    """An update, what it is meant to be, its first wrong step, and what is said."""

    update: Update
    like: str
    t: int
    mistake: str | None = None
    hyper: Any = ()

    def __str__(self) -> str:
        return self.update.__name__


def _adam(w, dw, state, lr, *, power=2, out=1e-8, inside=0.0, b1=0.9, b2=0.999):
    """Adam with a place for each mistake."""
    t, m, v = state or (0, 0.0, 0.0)
    t += 1
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * abs(dw) ** power
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return w - lr * m_hat / (np.sqrt(v_hat + inside) + out), (t, m, v)


def moments_swapped(w, dw, state, lr):
    """The state is unpacked as v, m."""
    t, v, m = state or (0, 0.0, 0.0)
    t += 1
    m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - lr * m_hat / (np.sqrt(abs(v_hat)) + 1e-8), (t, m, v)


def eps_inside_and_outside(w, dw, state, lr):
    return _adam(w, dw, state, lr, inside=1e-8)


def powers_multiplied_twice(w, dw, state, lr):
    """The running products of the betas take two factors a step."""
    t, m, v = state or (0, 0.0, 0.0)
    t += 2
    m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), (t, m, v)


def power_of_last_step(w, dw, state, lr):
    """The product of beta2 is updated after its use; that of beta1 before."""
    t, m, v = state or (0, 0.0, 0.0)
    t += 1
    m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999 ** max(t - 1, 1))
    return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), (t, m, v)


def one_correction_for_both(w, dw, state, lr):
    t, m, v = state or (0, 0.0, 0.0)
    t += 1
    m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.9**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), (t, m, v)


def size_for_square(w, dw, state, lr):
    """Average |g|, and take the root of it."""
    return _adam(w, dw, state, lr, power=1)


def eps_of_keras(w, dw, state, lr):
    return _adam(w, dw, state, lr, out=1e-7)


def mean_of_all_gradients(w, dw, state, lr):
    """Momentum of the mean over the weights: a state that is shared among them."""
    v = 0.9 * (0.0 if state is None else state) + float(np.mean(dw))
    return w - lr * v, v


def leaks_to_the_next_weight(w, dw, state, lr):
    """The velocity is stored one weight too far."""
    v = 0.9 * (0 * w if state is None else state) + dw
    return w - lr * v, np.roll(v, 1)


def gradients_scaled_by_batch(w, dw, state, lr):
    """The sum over a batch of 32, where the mean was differentiated."""
    return w - lr * dw * 32, state


def velocity_turned(w, dw, state, lr):
    """The sign of the old velocity."""
    v = -0.9 * (0.0 if state is None else state) + dw
    return w - lr * v, v


def half_nesterov(w, dw, state, lr):
    """Looks ahead with the gradient left out."""
    v = 0.9 * (0.0 if state is None else state) + dw
    return w - lr * 0.9 * v, v


def nesterov_at_odd_steps(w, dw, state, lr):
    t, v = state or (0, 0.0)
    v = 0.9 * v + dw
    return w - lr * (dw + 0.9 * v if t % 2 else v), (t + 1, v)


def dampened_and_doubled(w, dw, state, lr):
    """An exponential mean, with its first value counted whole."""
    v = dw if state is None else 0.9 * state + 0.1 * dw
    return w - lr * v, v


def amsgrad_of_corrected(w, dw, state, lr):
    return _amsgrad(w, dw, state, lr, before=True)


def amsgrad_of_m(w, dw, state, lr):
    """The maximum is of m's size."""
    t, m, v, top = state or (0, 0.0, 0.0, 0.0)
    t += 1
    m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    top = np.maximum(top, abs(m))
    down = m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8 + 0 * top)
    return w - lr * down, (t, m, v, top)


def amsgrad_that_keeps_the_maximum(w, dw, state, lr):
    """The next v is averaged with the maximum, not with the last v."""
    t, m, v = state or (0, 0.0, 0.0)
    t += 1
    m = 0.9 * m + 0.1 * dw
    v = np.maximum(v, 0.999 * v + 0.001 * dw**2)
    return w - lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), (t, m, v)


def _amsgrad(w, dw, state, lr, *, before):
    t, m, v, top = state or (0, 0.0, 0.0, 0.0)
    t += 1
    m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    c = 1 - 0.999**t
    top = np.maximum(top, v / c if before else v)
    down = m / (1 - 0.9**t) / (np.sqrt(top if before else top / c) + 1e-8)
    return w - lr * down, (t, m, v, top)


def clipped_by_norm(w, dw, state, lr):
    size = np.linalg.norm(dw)
    return adam(w, dw / size if size > 1 else dw, state, lr)


def clipped_step(w, dw, state, lr):
    """No weight moves by more than 1/32 in a step."""
    after, state = adam(w, dw, state, lr)
    return w + np.clip(after - w, -1 / 32, 1 / 32), state


def decay_of_the_first_weights(w, dw, state, lr, weight_decay=0.1):
    """The last two are taken for biases, and not decayed."""
    kept = np.append(np.ones(len(w) - 2), [0, 0])
    return adam(w * (1 - lr * weight_decay * kept), dw, state, lr)


def decay_of_positive_weights(w, dw, state, lr, weight_decay=0.1):
    return adam(w - lr * weight_decay * np.maximum(w, 0), dw, state, lr)


def decay_of_signs(w, dw, state, lr, weight_decay=0.1):
    """L1 for L2."""
    return adam(w - lr * weight_decay * np.sign(w), dw, state, lr)


def decay_twice(w, dw, state, lr, weight_decay=0.1):
    return adam(w * (1 - lr * weight_decay), dw + weight_decay * w, state, lr)


def decay_in_m_alone(w, dw, state, lr, weight_decay=0.1):
    t, m, v = state or (0, 0.0, 0.0)
    t += 1
    m = 0.9 * m + 0.1 * (dw + weight_decay * w)
    v = 0.999 * v + 0.001 * dw**2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), (t, m, v)


def state_in_float16(w, dw, state, lr):
    t, m, v = state or (0, 0.0, 0.0)
    with np.errstate(over="ignore"):
        after, (t, m, v) = _adam(w, dw, (t, np.float64(m), np.float64(v)), lr)
        return after, (t, np.float16(m), np.float16(v))


def restarts_every_ten_steps(w, dw, state, lr):
    return adam(w, dw, None if state and state[0] == 10 else state, lr)


def skips_zero_gradients(w, dw, state, lr):
    """As sparse optimizers do: no moment of a zero gradient decays."""
    t, m, v = state or (0, 0 * w, 0 * w)
    after, (t, m2, v2) = _adam(w, dw, (t, m, v), lr)
    seen = dw != 0
    return np.where(seen, after, w), (t, np.where(seen, m2, m), np.where(seen, v2, v))


def centered_on_the_gradient(w, dw, state, lr):
    """Belief's v: of (g - m)²."""
    t, m, v = state or (0, 0.0, 0.0)
    t += 1
    m = 0.9 * m + 0.1 * dw
    v = 0.999 * v + 0.001 * (dw - m) ** 2
    m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + 1e-8), (t, m, v)


def warm_up_of_two_steps(w, dw, state, lr):
    t = state[0] if state else 0
    return adam(w, dw, state, lr * min(1, (t + 1) / 2))


def adagrad_of_mean(w, dw, state, lr):
    """The mean of the squares, not their sum."""
    t, s = state or (0, 0.0)
    t, s = t + 1, s + dw**2
    return w - lr * dw / (np.sqrt(s / t) + 1e-10), (t, s)


def adagrad_without_this_gradient(w, dw, state, lr):
    s = 0 * dw if state is None else state
    return w - lr * dw / (np.sqrt(s) + 1e-10), s + dw**2


def rmsprop_corrected(w, dw, state, lr):
    t, v = state or (0, 0.0)
    t, v = t + 1, 0.99 * v + 0.01 * dw**2
    return w - lr * dw / (np.sqrt(v / (1 - 0.99**t)) + 1e-8), (t, v)


def rmsprop_of_velocity(w, dw, state, lr):
    """The squares are of the momentum's velocity."""
    b, v = state or (0.0, 0.0)
    b = 0.9 * b + dw
    v = 0.99 * v + 0.01 * b**2
    return w - lr * b / (np.sqrt(v) + 1e-8), (b, v)


DECAY = {"weight_decay": 0.1}
HEAVY = {"momentum": 0.9}
NESTEROV = HEAVY | {"nesterov": True}
MAXIMUM = {"amsgrad": True}

UNSEEN = [
    Unseen(moments_swapped, "adam", 2),
    Unseen(eps_inside_and_outside, "adam", 1, "inside the root, and outside too"),
    Unseen(powers_multiplied_twice, "adam", 1, "t grows by 2 a step"),
    Unseen(power_of_last_step, "adam", 2, "of v is that of the step before"),
    Unseen(one_correction_for_both, "adam", 1, "beta1's bias correction is used for"),
    Unseen(size_for_square, "adam", 1, "v averages |g|"),
    Unseen(eps_of_keras, "adam", 1, "eps is 1e-07"),
    Unseen(mean_of_all_gradients, "torch.optim.SGD", 1, "it mixes them", HEAVY),
    Unseen(leaks_to_the_next_weight, "torch.optim.SGD", 2, "it mixes them", HEAVY),
    Unseen(gradients_scaled_by_batch, "sgd", 1, "each step is 32 times as long"),
    Unseen(velocity_turned, "torch.optim.SGD", 2, "velocity is subtracted", HEAVY),
    Unseen(half_nesterov, "torch.optim.SGD", 1, "beta multiplies", NESTEROV),
    Unseen(nesterov_at_odd_steps, "torch.optim.SGD", 2, None, HEAVY),
    Unseen(dampened_and_doubled, "torch.optim.SGD", 2, "times 1 - beta", HEAVY),
    Unseen(amsgrad_of_corrected, "torch.optim.Adam", 2, "of the corrected v", MAXIMUM),
    Unseen(amsgrad_of_m, "torch.optim.Adam", 4, None, MAXIMUM),
    Unseen(amsgrad_that_keeps_the_maximum, "torch.optim.Adam", 7, None, MAXIMUM),
    Unseen(clipped_by_norm, "adam", 1, "or clipped to norm 1"),
    Unseen(clipped_step, "adam", 1),
    Unseen(decay_of_the_first_weights, "torch.optim.AdamW", 1, None, DECAY),
    Unseen(decay_of_positive_weights, "torch.optim.AdamW", 1, None, DECAY),
    Unseen(decay_of_signs, "torch.optim.AdamW", 1, "L1, not L2", DECAY),
    Unseen(decay_twice, "torch.optim.AdamW", 1, "weight decay is there twice", DECAY),
    Unseen(decay_in_m_alone, "torch.optim.Adam", 1, None, DECAY),
    Unseen(state_in_float16, "adam", 2, "its state is kept in float16"),
    Unseen(restarts_every_ten_steps, "adam", 11),
    Unseen(skips_zero_gradients, "adam", 4, "whose gradient is zero are skipped"),
    Unseen(centered_on_the_gradient, "adam", 1, "AdaBelief"),
    Unseen(warm_up_of_two_steps, "adam", 1),
    Unseen(adagrad_of_mean, "torch.optim.Adagrad", 2, "the mean of the squares"),
    Unseen(adagrad_without_this_gradient, "torch.optim.Adagrad", 1, "step before"),
    Unseen(rmsprop_corrected, "torch.optim.RMSprop", 1, "averages are corrected"),
    Unseen(rmsprop_of_velocity, "torch.optim.RMSprop", 2, None, HEAVY),
]
