"""Right optimizers, written in many styles: none of them may be rejected.

Each is a function of its hyperparameters that returns an update; what it is, in a
framework's name or in refgd's, stands beside it.
"""
# ruff: noqa: ANN001, ANN201, ANN202 - people's code: no types
# mypy: allow-untyped-defs, allow-untyped-calls

import math
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Style(NamedTuple):
    """What makes an update from hyperparameters, and what it must be like."""

    make: Callable[..., Any]
    like: str

    def __str__(self) -> str:
        return f"{self.make.__name__}, as {self.like}"


# --- Adam ------------------------------------------------------------------------


def adam_running_products(beta1=0.9, beta2=0.999, eps=1e-8):
    def update(w, dw, state, lr):
        m, v, p1, p2 = state or (0.0, 0.0, 1.0, 1.0)
        p1, p2 = p1 * beta1, p2 * beta2
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        down = (m / (1 - p1)) / (np.sqrt(v / (1 - p2)) + eps)
        return w - lr * down, (m, v, p1, p2)

    return update


def adam_folded_rate(beta1=0.9, beta2=0.999, eps=1e-7):
    """As keras has it: the corrections are in the rate."""

    def update(w, dw, state, lr):
        t, m, v = state or (0, 0.0, 0.0)
        t += 1
        alpha = lr * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        m, v = m + (dw - m) * (1 - beta1), v + (dw * dw - v) * (1 - beta2)
        return w - (m * alpha) / (np.sqrt(v) + eps), (t, m, v)

    return update


def adam_in_place(beta1=0.9, beta2=0.999, eps=1e-8):
    """As torch has it: one buffer is written over and over."""

    def update(w, dw, state, lr):
        state.setdefault("t", 0)
        m = state.setdefault("m", np.zeros_like(w))
        v = state.setdefault("v", np.zeros_like(w))
        state["t"] += 1
        m += (1 - beta1) * (dw - m)
        v *= beta2
        v += (1 - beta2) * dw * dw
        root = np.sqrt(v)
        root /= math.sqrt(1 - beta2 ** state["t"])
        root += eps
        w -= lr / (1 - beta1 ** state["t"]) * m / root
        return w

    return update


def adam_of_a_class(beta1=0.9, beta2=0.999, eps=1e-8):
    """Promoted: np.power makes the step float64, where m and v are float32."""

    class Adam:
        def __init__(self) -> None:
            self.t, self.m, self.v = 0, 0.0, 0.0

        def step(self, w, dw, lr):
            self.t += 1
            self.m = self.m * beta1 + dw * (1 - beta1)
            self.v = self.v * beta2 + np.square(dw) * (1 - beta2)
            m_hat = self.m / (1 - np.power(beta1, self.t))
            v_hat = self.v / (1 - np.power(beta2, self.t))
            return w - lr * m_hat / (v_hat**0.5 + eps)

    def update(w, dw, state, lr):
        state = state or Adam()
        return state.step(w, dw, lr), state

    return update


def adam_of_rows(beta1=0.9, beta2=0.999, eps=1e-8):
    """The moments are rows of one array."""

    def update(w, dw, state, lr):
        t, moments = state or (1, np.zeros((2, w.size)))
        beta = np.array([[beta1], [beta2]])
        moments = beta * moments + (1 - beta) * np.stack([dw, dw**2])
        m_hat, v_hat = moments / (1 - beta**t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), (t + 1, moments)

    return update


def adam_from_the_history(beta1=0.9, beta2=0.999, eps=1e-8):
    """No moments: the weighted sums of all gradients, anew in each step."""

    def update(w, dw, state, lr):
        seen = [*(state or []), dw]
        age = np.arange(len(seen))[::-1, None]
        m = (1 - beta1) * np.sum(beta1**age * np.stack(seen), axis=0)
        v = (1 - beta2) * np.sum(beta2**age * np.stack(seen) ** 2, axis=0)
        t = len(seen)
        down = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
        return w - lr * down, seen

    return update


def adam_of_one_number(beta1=0.9, beta2=0.999, eps=1e-8):
    def update(w, dw, state, lr):
        t, m, v = state or (0, 0.0, 0.0)
        t, m, v = t + 1, beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        root = math.sqrt(v / (1 - math.pow(beta2, t)))
        return w - lr * (m / (1 - math.pow(beta1, t))) / (root + eps), (t, m, v)

    return update


def adam_by_the_reciprocal(beta1=0.9, beta2=0.999, eps=1e-8):
    def update(w, dw, state, lr):
        t, m, v = state or (0, 0.0, 0.0)
        t += 1
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        c1, c2 = 1 / -math.expm1(t * math.log(beta1)), -math.expm1(t * math.log(beta2))
        return w - (lr * c1) * m * (1 / (np.sqrt(v / c2) + eps)), (t, m, v)

    return update


def adam_in_columns(beta1=0.9, beta2=0.999, eps=1e-8):
    """Works on (d, 1), as a layer's matrix."""
    inner = adam_running_products(beta1, beta2, eps)

    def update(w, dw, state, lr):
        after, state = inner(w[:, None], dw[:, None], state, lr)
        return after[:, 0], state

    return update


def adamw_scales_first(weight_decay=0.01, eps=1e-8):
    inner = adam_running_products(eps=eps)
    return lambda w, dw, state, lr: inner(w * (1 - lr * weight_decay), dw, state, lr)


def adamw_subtracts_last(weight_decay=0.01, eps=1e-8):
    """The decay of the old weights, taken off after the step."""
    inner = adam_running_products(eps=eps)

    def update(w, dw, state, lr):
        after, state = inner(w, dw, state, lr)
        return after - lr * weight_decay * w, state

    return update


def adam_with_l2(weight_decay=0.01, eps=1e-8):
    inner = adam_running_products(eps=eps)
    return lambda w, dw, state, lr: inner(w, dw + weight_decay * w, state, lr)


def amsgrad_by_where(beta2=0.999, eps=1e-8):
    def update(w, dw, state, lr):
        t, m, v, top = state or (0, 0.0, 0 * w, 0 * w)
        t, m, v = t + 1, 0.9 * m + 0.1 * dw, beta2 * v + (1 - beta2) * dw**2
        top = np.where(v > top, v, top)
        root = np.sqrt(top) / math.sqrt(1 - beta2**t)
        return w - lr / (1 - 0.9**t) * m / (root + eps), (t, m, v, top)

    return update


# --- the others ------------------------------------------------------------------


def momentum_added(momentum=0.9):
    def update(w, dw, state, lr):
        v = dw + (0.0 if state is None else momentum * state)
        return w + (-lr) * v, v

    return update


def momentum_from_the_last_weights(momentum=0.9):
    """Polyak's heavy ball: no velocity, but the difference of the last two w."""

    def update(w, dw, state, lr):
        last = w if state is None else state
        return w - lr * dw + momentum * (w - last), w

    return update


def momentum_of_a_queue(momentum=0.9):
    """The last thousand gradients, by their age."""

    def update(w, dw, state, lr):
        seen = state or deque(maxlen=1000)
        seen.appendleft(dw)
        v = sum(momentum**i * g for i, g in enumerate(seen))
        return w - lr * v, seen

    return update


def nesterov_of_two_velocities(momentum=0.9):
    """Bengio's form: the new velocity and the old one."""

    def update(w, dw, state, lr):
        old = 0 * w if state is None else state
        new = momentum * old - lr * dw
        return w - momentum * old + (1 + momentum) * new, new

    return update


def sgd_in_place():
    def update(w, dw, _state, lr):
        w -= lr * dw
        return w

    return update


def sgd_of_numbers():
    def update(w, dw, state, lr):
        return w + lr * -1 * dw, state

    return update


def rmsprop_by_difference(alpha=0.99, eps=1e-8):
    def update(w, dw, state, lr):
        v = 0.0 if state is None else state
        v = v - (1 - alpha) * (v - dw * dw)
        return w - lr * (dw / (eps + v**0.5)), v

    return update


def rmsprop_by_hypot(alpha=0.99, eps=1e-8):
    """The root of v is kept, not v."""

    def update(w, dw, state, lr):
        root = 0 * w if state is None else state
        root = np.hypot(math.sqrt(alpha) * root, math.sqrt(1 - alpha) * dw)
        return w - lr * dw / (root + eps), root

    return update


def rmsprop_inside(rho=0.9, epsilon=1e-7):
    def update(w, dw, state, lr):
        v = rho * (0.0 if state is None else state) + (1 - rho) * np.square(dw)
        return w - lr * dw * (v + epsilon) ** -0.5, v

    return update


def adagrad_of_all_gradients(eps=1e-10):
    def update(w, dw, state, lr):
        seen = [*(state or []), dw]
        return w - lr * dw / (np.linalg.norm(np.stack(seen), axis=0) + eps), seen

    return update


def adagrad_accumulating(eps=1e-10):
    def update(w, dw, state, lr):
        state["s"] = state.get("s", 0) + dw**2
        return w - lr * dw / (np.sqrt(state["s"]) + eps)

    return update


def lion_of_signs(beta_1=0.9, beta_2=0.99):
    def update(w, dw, state, lr):
        m = 0.0 if state is None else state
        c = m + (dw - m) * (1 - beta_1)
        step = np.where(c > 0, 1.0, np.where(c < 0, -1.0, 0.0))
        return w - lr * step, m + (dw - m) * (1 - beta_2)

    return update


def adamax_by_stack(beta2=0.999, eps=1e-8):
    def update(w, dw, state, lr):
        t, m, u = state or (0, 0.0, 0 * w)
        t, m = t + 1, 0.9 * m + 0.1 * dw
        u = np.stack([beta2 * u, abs(dw) + eps]).max(axis=0)
        return w - lr / (1 - 0.9**t) * m / u, (t, m, u)

    return update


STYLES = [
    Style(adam_running_products, "torch.optim.Adam"),
    Style(adam_folded_rate, "keras.optimizers.Adam"),
    Style(adam_in_place, "torch.optim.Adam"),
    Style(adam_of_a_class, "optax.adam"),
    Style(adam_of_rows, "adam"),
    Style(adam_from_the_history, "adam"),
    Style(adam_of_one_number, "adam"),
    Style(adam_by_the_reciprocal, "torch.optim.Adam"),
    Style(adam_in_columns, "adam"),
    Style(adamw_scales_first, "torch.optim.AdamW"),
    Style(adamw_subtracts_last, "torch.optim.AdamW"),
    Style(adam_with_l2, "torch.optim.Adam"),
    Style(amsgrad_by_where, "amsgrad_of_torch"),
    Style(momentum_added, "torch.optim.SGD"),
    Style(momentum_of_a_queue, "torch.optim.SGD"),
    Style(momentum_from_the_last_weights, "keras.optimizers.SGD"),
    Style(nesterov_of_two_velocities, "nesterov_of_keras"),
    Style(sgd_in_place, "sgd"),
    Style(sgd_of_numbers, "optax.sgd"),
    Style(rmsprop_by_difference, "torch.optim.RMSprop"),
    Style(rmsprop_by_hypot, "torch.optim.RMSprop"),
    Style(rmsprop_inside, "keras.optimizers.RMSprop"),
    Style(adagrad_of_all_gradients, "torch.optim.Adagrad"),
    Style(adagrad_accumulating, "torch.optim.Adagrad"),
    Style(lion_of_signs, "keras.optimizers.Lion"),
    Style(adamax_by_stack, "torch.optim.Adamax"),
]

#: What else a name here stands for.
WORDS = {
    "amsgrad_of_torch": ("torch.optim.Adam", {"amsgrad": True}),
    "nesterov_of_keras": ("keras.optimizers.SGD", {"nesterov": True}),
}

#: Values of each hyperparameter, beside its default.
OTHERS = {
    "beta1": (0.0, 0.5, 0.95),
    "beta2": (0.9, 0.99),
    "beta_1": (0.5,),
    "beta_2": (0.9,),
    "eps": (1e-3, 1e-10),
    "epsilon": (1e-3, 1e-10),
    "momentum": (0.5, 0.99),
    "alpha": (0.9, 0.5),
    "rho": (0.5, 0.99),
    "weight_decay": (0.1, 1e-4),
}
