"""One full-batch iteration of y = x · w, as each of the peers runs it, float64.

A peer is a function of (x, y) that returns `run(k)`: take k iterations from w = 0 and
return w. What it needs to import is imported when it is made.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

import refgd
from refgd._types import Array

LR = 1e-3

Run = Callable[[int], Any]


def tutorial(x: Array, y: Array) -> Run:
    """The loop of the tutorial, with its temporaries and the mean in its place."""

    def run(k: int) -> Any:
        w = np.zeros(x.shape[1:])
        for _ in range(k):
            y_pred = np.dot(x, w)
            loss = ((y_pred - y) ** 2).mean()
            w = w - LR * np.dot(2 * x.T, y_pred - y) / len(y)
        return w, loss

    return run


def refgd_fit(x: Array, y: Array) -> Run:
    """`refgd.fit`, every step over all rows, with its history."""
    return lambda k: refgd.fit(x, y, lr=LR, n_iters=k).w


def refgd_compressed(x: Array, y: Array) -> Run:
    """`refgd.compress`, then `refgd.fit` on what it returned."""

    def run(k: int) -> Any:
        few = refgd.compress(x, y)
        return refgd.fit(few.x, few.y, lr=LR, n_iters=k).w

    return run


def torch_by_hand(x: Array, y: Array) -> Run:
    torch: Any = import_module("torch")
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)

    def run(k: int) -> Any:
        w = torch.zeros(x.shape[1:], dtype=torch.float64)
        for _ in range(k):
            residual = (tx @ w if x.ndim > 1 else tx * w) - ty
            loss = (residual * residual).mean()
            product = tx.T @ residual if x.ndim > 1 else torch.dot(tx, residual)
            w = w - LR * 2 * product / len(y)
        return w, loss

    return run


def torch_sgd(x: Array, y: Array) -> Run:
    torch: Any = import_module("torch")
    tx, ty = torch.from_numpy(x), torch.from_numpy(y)

    def run(k: int) -> Any:
        w = torch.zeros(x.shape[1:], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=LR)
        for _ in range(k):
            optimizer.zero_grad()
            prediction = tx @ w if x.ndim > 1 else tx * w
            ((prediction - ty) ** 2).mean().backward()
            optimizer.step()
        return w

    return run


def jax_jit(x: Array, y: Array) -> Run:
    jax: Any = import_module("jax")
    jx, jy, step = _jax(jax, x, y)
    step = jax.jit(step)

    def run(k: int) -> Any:
        w = jax.numpy.zeros(x.shape[1:])
        for _ in range(k):
            w, loss = step(w, jx, jy)
        return w.block_until_ready(), loss

    return run


def jax_scan(x: Array, y: Array) -> Run:
    jax: Any = import_module("jax")
    jx, jy, step = _jax(jax, x, y)

    def whole(k: int, jx: Any, jy: Any) -> Any:
        start = jax.numpy.zeros(x.shape[1:])
        return jax.lax.scan(lambda w, _: step(w, jx, jy), start, None, length=k)

    compiled = jax.jit(whole, static_argnums=0)
    return lambda k: jax.block_until_ready(compiled(k, jx, jy))


def _jax(jax: Any, x: Array, y: Array) -> tuple[Any, Any, Any]:
    jax.config.update("jax_enable_x64", True)

    def step(w: Any, jx: Any, jy: Any) -> Any:
        residual = jax.numpy.dot(jx, w) - jy
        loss = jax.numpy.dot(residual, residual) / len(y)
        return w - LR * 2 * jax.numpy.dot(jx.T, residual) / len(y), loss

    return jax.numpy.asarray(x), jax.numpy.asarray(y), step


def sgd_regressor(x: Array, y: Array) -> Run:
    """Scikit-learn's, for which an iteration is an epoch of n steps of one row."""
    linear: Any = import_module("sklearn.linear_model")
    columns = x.reshape(len(x), -1)

    def run(k: int) -> Any:
        model = linear.SGDRegressor(
            penalty=None,
            fit_intercept=False,
            learning_rate="constant",
            eta0=LR / 10,
            max_iter=k,
            tol=None,
        )
        return model.fit(columns, y).coef_

    return run


def reading(x: Array, y: Array) -> Run:
    """The limit: each number is read once, and no more."""

    def run(k: int) -> Any:
        for _ in range(k):
            product = np.dot(x.T, y)
        return product

    return run


#: Every peer by its name, and what it needs to be installed.
PEERS: dict[str, tuple[Callable[[Array, Array], Run], str]] = {
    "refgd.compress + fit": (refgd_compressed, "numpy"),
    "refgd.fit": (refgd_fit, "numpy"),
    "the tutorial's loop": (tutorial, "numpy"),
    "torch by hand": (torch_by_hand, "torch"),
    "torch SGD": (torch_sgd, "torch"),
    "jax.jit": (jax_jit, "jax"),
    "jax lax.scan": (jax_scan, "jax"),
    "SGDRegressor": (sgd_regressor, "sklearn"),
    "reading once": (reading, "numpy"),
}
