"""More right gradients: other libraries, other arithmetic, other shapes of code.

They were written down after the kit: anything that a reader would call right. A library
that one of them needs is imported when it is called.
"""

import functools
import math
import operator
from decimal import Decimal
from importlib import import_module
from typing import Any

import numpy as np

from testing.gradient.right import Function


def _decimal(x: Any, y: Any, y_pred: Any) -> float:
    terms = (
        2 * Decimal(float(a)) * (Decimal(float(p)) - Decimal(float(t)))
        for a, t, p in zip(x, y, y_pred, strict=True)
    )
    return float(sum(terms) / len(x))


def _reduce(x: Any, y: Any, y_pred: Any) -> Any:
    return 2 * functools.reduce(operator.add, x * (y_pred - y)) / len(x)


def _accumulated(x: Any, y: Any, y_pred: Any) -> Any:
    mean = np.cumsum(2 * x * (y_pred - y)) / np.arange(1, len(x) + 1)
    return mean[-1]


def _pandas(x: Any, y: Any, y_pred: Any) -> Any:
    frame = import_module("pandas").DataFrame({"x": x, "r": y_pred - y})
    return 2 * (frame["x"] * frame["r"]).mean()


def _chunks(x: Any, y: Any, y_pred: Any) -> Any:
    parts = range(0, len(x), 7)
    sums = [np.dot(x[i : i + 7], (y_pred - y)[i : i + 7]) for i in parts]
    return 2 * sum(sums) / len(x)


def _torch_pred(x: Any, y: Any, y_pred: Any) -> Any:
    torch = import_module("torch")
    w = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    a, t, p = (torch.tensor(np.array(v, float)) for v in (x, y, y_pred))
    return torch.autograd.grad(torch.mean((p + w * a - t) ** 2), w)[0]


def _torch_numpy(x: Any, y: Any, y_pred: Any) -> Any:
    """Refuses negative strides, as torch does."""
    torch = import_module("torch")
    a, r = torch.from_numpy(x), torch.from_numpy(y_pred) - torch.from_numpy(y)
    return float(2 * torch.mean(a * r))


def _float32(x: Any, y: Any, y_pred: Any) -> float:
    a, r = x.astype(np.float32), y_pred.astype(np.float32) - y.astype(np.float32)
    return float(2 * np.dot(a, r)) / len(x)


#: Of x (n,), y and y_pred.
SCALAR: dict[str, Function] = {
    "decimal": _decimal,
    "reduce": _reduce,
    "accumulated_mean": _accumulated,
    "pandas": _pandas,
    "chunks": _chunks,
    "torch": _torch_pred,
    "torch_from_numpy": _torch_numpy,
    "float32_inside": _float32,
    "generator": lambda x, y, y_pred: math.fsum(
        2 * float(a) * (float(p) - float(t)) / len(x)
        for a, t, p in zip(x, y, y_pred, strict=True)
    ),
    "ufunc_reduce": lambda x, y, y_pred: (
        2 * np.add.reduce(np.multiply(x, np.subtract(y_pred, y))) / x.shape[0]
    ),
    "longdouble": lambda x, y, y_pred: float(
        np.mean(2 * x.astype(np.longdouble) * (y_pred - y).astype(np.longdouble))
    ),
    "correlate": lambda x, y, y_pred: 2 * np.correlate(x, y_pred - y)[0] / len(x),
    "column_row": lambda x, y, y_pred: (
        2 * (x.reshape(1, -1) @ (y_pred - y).reshape(-1, 1)) / len(x)
    ),
    "nansum": lambda x, y, y_pred: (
        2 * np.nansum((x * (y_pred - y)).astype(float)) / len(x)
    ),
    "lists": lambda x, y, y_pred: (
        sum(
            2 * a * (p - t)
            for a, t, p in zip(x.tolist(), y.tolist(), y_pred.tolist(), strict=True)
        )
        / len(x)
    ),
    "polarized": lambda x, y, y_pred: np.mean(
        ((x + (y_pred - y)) ** 2 - (x - (y_pred - y)) ** 2) / 2
    ),
}


def _loss(w: Any, x: Any, y: Any) -> Any:
    return ((x @ w - y) ** 2).mean()


def _jax(w: Any, x: Any, y: Any) -> Any:
    jax = import_module("jax")
    given = [jax.numpy.asarray(np.array(v, dtype=float)) for v in (w, x, y)]
    return np.asarray(jax.grad(_loss)(*given))


def _torch(w: Any, x: Any, y: Any) -> Any:
    torch = import_module("torch")
    w, x, y = (torch.tensor(np.array(v, float)) for v in (w, x, y))
    w.requires_grad_()
    return torch.autograd.grad(_loss(w, x, y), w)[0].numpy()


def _qr(w: Any, x: Any, y: Any) -> Any:
    q, r = np.linalg.qr(np.array(x, dtype=float))
    y, w = np.array(y, dtype=float), np.array(w, dtype=float)
    return 2 * r.T @ (r @ w - q.T @ y) / len(y)


def _augmented(w: Any, x: Any, y: Any) -> Any:
    a = np.concatenate([x, y[:, None]], axis=1)
    return 2 * (a.T @ (a @ np.append(w, -1)))[:-1] / len(y)


def _centred_line(w: Any, x: Any, y: Any) -> Any:
    intercept = 2 * (w[0] * x.mean() + w[1] - y.mean())
    return np.array([2 * np.mean(x * (w[0] * x + w[1] - y)), intercept])


#: Of w, x and y.
OF_WEIGHTS: dict[str, Function] = {
    "jax": _jax,
    "torch": _torch,
    "qr": _qr,
    "augmented": _augmented,
    "centred_line": _centred_line,
    "new_axis": lambda w, x, y: np.mean(2 * x * ((x @ w - y)[:, None]), axis=0),
    "outer": lambda w, x, y: (
        2 * np.outer(x @ w - y, np.ones(1, dtype=int)).T @ x / len(y)
    ).ravel(),
    "keepdims": lambda w, x, y: (
        2 * np.mean(x * (np.sum(x * w, axis=1, keepdims=True) - y[:, None]), axis=0)
    ),
    "tensordot": lambda w, x, y: (
        2 * np.tensordot(np.tensordot(x, w, 1) - y, x, axes=(0, 0)) / len(y)
    ),
    "multi_dot": lambda w, x, y: (
        2 * (np.linalg.multi_dot([x.T, x, w]) - x.T @ y) / len(y)
    ),
    "einsum_all": lambda w, x, y: (
        2 * (np.einsum("ij,ik,k->j", x, x, w) - np.einsum("ij,i->j", x, y)) / x.shape[0]
    ),
    "comprehension": lambda w, x, y: (
        np.array(
            [
                2 * sum(r[j] * (np.dot(r, w) - t) for r, t in zip(x, y, strict=True))
                for j in range(len(w))
            ]
        )
        / len(y)
    ),
    "average": lambda w, x, y: np.average(2 * x.T * (x @ w - y), axis=1),
    "columns": lambda w, x, y: 2 * np.mean(x * (x @ w - y), axis=0, keepdims=True).T,
    "columns_flat": lambda w, x, y: (2 * x.T @ (x @ w - y) / len(y))[:, 0],
}
