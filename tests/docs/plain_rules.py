"""Rules as their equations, with no flags: what the pages show beside the formulas.

Each takes the weight w, the gradient g and its memory, and returns w and the memory
anew. test_plain_rules.py finds each equal to refgd's own.
"""

from typing import Any

import numpy as np

lr, eps = 0.1, 1e-3
beta, rho, beta1, beta2 = 0.9, 0.9, 0.9, 0.99


def momentum(w: Any, g: Any, v: Any) -> tuple[Any, ...]:
    v = beta * v + lr * g
    w = w - v
    return w, v


def adagrad(w: Any, g: Any, v: Any) -> tuple[Any, ...]:
    v = v + g**2
    w = w - lr * g / (np.sqrt(v) + eps)
    return w, v


def rmsprop(w: Any, g: Any, v: Any) -> tuple[Any, ...]:
    v = rho * v + (1 - rho) * g**2
    w = w - lr * g / np.sqrt(v)
    return w, v


def adadelta(w: Any, g: Any, v: Any, u: Any) -> tuple[Any, ...]:
    v = rho * v + (1 - rho) * g**2
    d = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    u = rho * u + (1 - rho) * d**2
    w = w - d
    return w, v, u


def adam(w: Any, g: Any, t: int, m: Any, v: Any) -> tuple[Any, ...]:
    t = t + 1
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w, t, m, v


def amsgrad(w: Any, g: Any, m: Any, v: Any, v_max: Any) -> tuple[Any, ...]:
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = np.maximum(v_max, v)
    w = w - lr * m / np.sqrt(v_max)
    return w, m, v, v_max
