"""Right gradients of the mean squared residual, written in many ways."""

import math
import statistics
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

Function = Callable[..., Any]


def _loop(x: Any, y: Any, y_pred: Any) -> Any:
    total = 0
    for i in range(len(x)):
        total += 2 * x[i] * (y_pred[i] - y[i])
    return total / len(x)


def _float_loop(x: Any, y: Any, y_pred: Any) -> float:
    total = 0.0
    for a, t, p in zip(x, y, y_pred, strict=True):
        total += 2.0 * float(a) * (float(p) - float(t))
    return total / len(x)


def _pairwise(x: Any, y: Any, y_pred: Any) -> Any:
    if len(x) == 1:
        return 2 * x[0] * (y_pred[0] - y[0])
    k = len(x) // 2
    left, right = (
        _pairwise(x[:k], y[:k], y_pred[:k]),
        _pairwise(x[k:], y[k:], y_pred[k:]),
    )
    return (k * left + (len(x) - k) * right) / len(x)


def _buffer(x: Any, y: Any, y_pred: Any) -> Any:
    terms = np.zeros(len(x))
    np.subtract(y_pred, y, out=terms, casting="unsafe")
    terms *= 2 * np.asarray(x, dtype=float)
    return terms.mean()


def _own_copy(x: Any, y: Any, y_pred: Any) -> Any:
    r = y_pred.copy()
    r -= y
    r *= x
    return 2 * r.mean()


def _kahan(x: Any, y: Any, y_pred: Any) -> float:
    total = lost = 0.0
    for term in (x * (y_pred - y)).astype(float):
        t = term - lost
        new = total + t
        lost, total = (new - total) - t, new
    return 2 * total / len(x)


def _running_mean(x: Any, y: Any, y_pred: Any) -> Any:
    mean = 0
    for i, term in enumerate(2 * x * (y_pred - y)):
        mean = mean + (term - mean) / (i + 1)
    return mean


def _scaled(x: Any, y: Any, y_pred: Any) -> Any:
    size = np.max(abs(x)) or 1
    return 2 * size * np.mean(x / size * (y_pred - y))


def _centred(x: Any, y: Any, y_pred: Any) -> Any:
    r, a = y_pred - y, x - x.mean()
    return 2 * (np.mean(a * (r - r.mean())) + x.mean() * r.mean())


#: Of x (n,), y and y_pred.
SCALAR: dict[str, Function] = {
    "mean": lambda x, y, y_pred: np.mean(2 * x * (y_pred - y)),
    "mean_method": lambda x, y, y_pred: (2 * x * (y_pred - y)).mean(),
    "sum_over_len": lambda x, y, y_pred: np.sum(2 * x * (y_pred - y)) / len(x),
    "sum_over_size": lambda x, y, y_pred: 2 * (x * (y_pred - y)).sum() / x.size,
    "dot_over_n": lambda x, y, y_pred: np.dot(2 * x, y_pred - y) / len(y),
    "matmul": lambda x, y, y_pred: 2 * (x @ (y_pred - y)) / y.shape[0],
    "turned_matmul": lambda x, y, y_pred: 2 * ((y_pred - y) @ x) / x.size,
    "two_over_n": lambda x, y, y_pred: (2 / len(x)) * (x @ (y_pred - y)),
    "minus_two": lambda x, y, y_pred: -2 * np.mean(x * (y - y_pred)),
    "einsum": lambda x, y, y_pred: 2 * np.einsum("i,i->", x, y_pred - y) / len(x),
    "inner": lambda x, y, y_pred: 2 * np.inner(x, y_pred - y) / len(x),
    "vdot": lambda x, y, y_pred: np.vdot(x, y_pred - y) * 2 / len(x),
    "average": lambda x, y, y_pred: np.average(2 * x * (y_pred - y)),
    "expanded": lambda x, y, y_pred: 2 * (np.mean(x * y_pred) - np.mean(x * y)),
    "fsum": lambda x, y, y_pred: math.fsum(2 * x * (y_pred - y)) / len(x),
    "statistics_mean": lambda x, y, y_pred: statistics.mean(2 * x * (y_pred - y)),
    "fmean": lambda x, y, y_pred: statistics.fmean(2 * x * (y_pred - y)),
    "builtin_sum": lambda x, y, y_pred: sum(2 * x * (y_pred - y)) / len(x),
    "comprehension": lambda x, y, y_pred: (
        sum(2 * a * (p - t) for a, t, p in zip(x, y, y_pred, strict=True)) / len(x)
    ),
    "loop": _loop,
    "float_loop": _float_loop,
    "pairwise": _pairwise,
    "buffer": _buffer,
    "own_copy": _own_copy,
    "kahan": _kahan,
    "running_mean": _running_mean,
    "scaled": _scaled,
    "centred": _centred,
    "as_float": lambda x, y, y_pred: np.mean(
        2 * np.asarray(x, float) * (np.asarray(y_pred, float) - np.asarray(y, float))
    ),
    "sorted": lambda x, y, y_pred: np.sum(np.sort(2 * x * (y_pred - y))) / len(x),
    "cumsum": lambda x, y, y_pred: np.cumsum(2 * x * (y_pred - y))[-1] / len(x),
    "reversed": lambda x, y, y_pred: np.mean((2 * x * (y_pred - y))[::-1]),
    "keeps_dimension": lambda x, y, y_pred: np.mean(
        2 * x * (y_pred - y), keepdims=True
    ),
    "python_float": lambda x, y, y_pred: float(np.mean(2 * x * (y_pred - y))),
    "fractions": lambda x, y, y_pred: (
        2
        * sum(
            Fraction(a) * (Fraction(p) - Fraction(t))
            for a, t, p in zip(x.tolist(), y.tolist(), y_pred.tolist(), strict=True)
        )
        / len(x)
    ),
    "tensordot": lambda x, y, y_pred: 2 * np.tensordot(x, y_pred - y, 1) / len(x),
    "swapped_parameters": lambda y_pred, y, x: np.mean(2 * x * (y_pred - y)),
}


def _rows(w: Any, x: Any, y: Any) -> Any:
    total = 0
    for row, target in zip(x, y, strict=True):
        total = total + 2 * row * (np.dot(row, w) - target)
    return total / len(y)


def _scalar_rows(w: Any, x: Any, y: Any) -> Any:
    total = 0
    for row, target in zip(x, y, strict=True):
        total = total + 2 * row * (row * w - target)
    return total / len(y)


def _columns(w: Any, x: Any, y: Any) -> Any:
    r = x @ w - y
    return np.array([2 * np.mean(x[:, j] * r) for j in range(x.shape[1])])


def _with_ones(w: Any, x: Any, y: Any) -> Any:
    a = np.column_stack([x, np.ones(len(y))])
    return 2 * a.T @ (a @ w - y) / len(y)


def _apart(w: Any, x: Any, y: Any) -> Any:
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 2 * np.mean(r))


def _line(w: Any, x: Any, y: Any) -> Any:
    r = w[0] * x + w[1] - y
    return np.array([2 * np.mean(x * r), 2 * np.mean(r)])


def _pair(w: Any, b: Any, x: Any, y: Any) -> Any:
    r = x * w + b - y
    return 2 * np.mean(x * r), 2 * np.mean(r)


#: Of w, x and y, in any order.
OF_WEIGHTS: dict[str, Function] = {
    "transposed_dot": lambda w, x, y: 2 * np.dot(x.T, np.dot(x, w) - y) / len(y),
    "matmul_two_over_n": lambda w, x, y: 2 / len(y) * x.T @ (x @ w - y),
    "normal_matrix": lambda w, x, y: 2 * (x.T @ x @ w - x.T @ y) / len(y),
    "einsum_rows": lambda w, x, y: (
        2 * np.einsum("ij,i->j", x, np.einsum("ij,j->i", x, w) - y) / len(y)
    ),
    "mean_of_rows": lambda w, x, y: np.mean(2 * x * (x @ w - y)[:, None], axis=0),
    "rows": _rows,
    "scalar_rows": _scalar_rows,
    "columns": _columns,
    "scalar_moments": lambda w, x, y: 2 * (w * np.mean(x * x) - np.mean(x * y)),
    "scalar_norm": lambda w, x, y: (
        2 * (w * np.linalg.norm(x) ** 2 - np.vdot(x, y)) / len(x)
    ),
    "other_names": lambda features, targets, theta: (
        2 * features.T.dot(features.dot(theta) - targets) / len(targets)
    ),
    "with_ones": _with_ones,
    "apart": _apart,
    "line": _line,
    "pair": _pair,
}
