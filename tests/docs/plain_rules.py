"""The rules of the lessons, with no flag and no guard: as many lines as formulas.

tests/docs/test_plain_rules.py runs each of them beside the real one. g is the gradient,
lr the learning rate, t = 1 the first step; the other arguments are the memory.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

#: ``(w, g, *memory) -> (w, *memory)``
Update: TypeAlias = Callable[..., Any]


def momentum(lr: Any, beta: Any) -> Update:
    """Make the heavy ball."""

    def update(w: Any, g: Any, v: Any) -> Any:
        v = beta * v + lr * g
        w = w - v
        return w, v

    return update


def nesterov(lr: Any, beta: Any) -> Update:
    """Make Nesterov's momentum; w is the point ahead."""

    def update(w: Any, g: Any, v: Any) -> Any:
        v = beta * v + lr * g
        w = w - (beta * v + lr * g)
        return w, v

    return update


def adagrad(lr: Any, eps: Any) -> Update:
    """Make AdaGrad."""

    def update(w: Any, g: Any, v: Any) -> Any:
        v = v + g**2
        w = w - lr * g / (np.sqrt(v) + eps)
        return w, v

    return update


def rmsprop(lr: Any, rho: Any) -> Update:
    """Make RMSprop."""

    def update(w: Any, g: Any, v: Any) -> Any:
        v = rho * v + (1 - rho) * g**2
        w = w - lr * g / np.sqrt(v)
        return w, v

    return update


def adam(lr: Any, beta1: Any, beta2: Any, eps: Any) -> Update:
    """Make Adam."""

    def update(w: Any, g: Any, m: Any, v: Any, t: int) -> Any:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
        return w, m, v

    return update


def adamw(lr: Any, beta1: Any, beta2: Any, eps: Any, wd: Any) -> Update:
    """Make AdamW, the paper's, with one learning rate throughout."""

    def update(w: Any, g: Any, m: Any, v: Any, t: int) -> Any:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        w = w - lr * m_hat / (np.sqrt(v_hat) + eps) - wd * w
        return w, m, v

    return update


def adadelta(rho: Any, eps: Any) -> Update:
    """Make AdaDelta."""

    def update(w: Any, g: Any, v: Any, u: Any) -> Any:
        v = rho * v + (1 - rho) * g**2
        d = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u = rho * u + (1 - rho) * d**2
        w = w - d
        return w, v, u

    return update


def amsgrad(lr: Any, beta1: Any, beta2: Any) -> Update:
    """Make AMSGrad."""

    def update(w: Any, g: Any, m: Any, v: Any, v_hat: Any) -> Any:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        v_hat = np.maximum(v_hat, v)
        w = w - lr * m / np.sqrt(v_hat)
        return w, m, v, v_hat

    return update
