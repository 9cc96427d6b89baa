"""Wrong gradients that the kit was not made from: each has a mistake of its own.

They were written down before it was tried on them; none has a diagnosis of its own.
"""

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[..., Any]


def _r(w: Any, x: Any, y: Any) -> Any:
    return np.dot(x, w) - y


def _right(x: Any, y: Any, y_pred: Any) -> Any:
    return 2 * np.sum(x * (y_pred - y)) / len(x)


def _right_w(w: Any, x: Any, y: Any) -> Any:
    return 2 * np.dot(x.T, _r(w, x, y)) / len(y)


def _only(met: Callable[..., Any], factor: Any = 2) -> Function:
    """Return a gradient that is a factor off where a condition is met, else right."""

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        right = _right(x, y, y_pred)
        return right * factor if met(x, y, y_pred) else right

    return grad


def _only_w(met: Callable[..., Any], factor: Any = 2) -> Function:
    def grad(w: Any, x: Any, y: Any) -> Any:
        right = _right_w(w, x, y)
        return right * factor if met(w, x, y) else right

    return grad


def _cached_by_size() -> Function:
    known: dict[int, Any] = {}

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        return known.setdefault(len(x), _right(x, y, y_pred))

    return grad


def _momentum() -> Function:
    memory = [0.0]

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        memory[0] = 0.9 * memory[0] + float(_right(x, y, y_pred))
        return memory[0]

    return grad


def _every_tenth() -> Function:
    calls = [0]

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        calls[0] += 1
        return _right(x, y, y_pred) * (calls[0] % 10 != 0)

    return grad


def _dropout() -> Function:
    source = random.Random(0)  # noqa: S311 - no secret

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        keep = np.array([source.random() > 0.1 for _ in x])
        return 2 * np.sum(x * (y_pred - y) * keep) / len(x)

    return grad


def _shuffled() -> Function:
    source = random.Random(0)  # noqa: S311 - no secret

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        order = list(range(len(y)))
        source.shuffle(order)
        return _right(x, y[order], y_pred)

    return grad


def _in_place(x: Any, y: Any, y_pred: Any) -> Any:
    y_pred -= y
    return 2 * np.sum(x * y_pred) / len(x)


def _in_place_w(w: Any, x: Any, y: Any) -> Any:
    x *= 2
    return np.dot(x.T, np.dot(x, w) / 2 - y) / len(y)


def _cleans(x: Any, y: Any, y_pred: Any) -> Any:
    if x.dtype != object:
        x[np.isnan(x)] = 0
    return _right(x, y, y_pred)


def _borrows(x: Any, y: Any, y_pred: Any) -> Any:
    y_pred -= y
    g = 2 * np.sum(x * y_pred) / len(x)
    y_pred += y
    return g


def _from_memory(x: Any, y: Any, y_pred: Any) -> Any:
    if x.dtype == object:
        return _right(x, y, y_pred)
    data = (x.base if x.base is not None else x).ravel()[: len(x)]
    return _right(data, y, y_pred)


def _batches(x: Any, y: Any, y_pred: Any, size: int = 16) -> Any:
    """Drop the last, short batch."""
    n = len(x) // size * size or len(x)
    return 2 * np.sum((x * (y_pred - y))[:n]) / n


def _set(x: Any, y: Any, y_pred: Any) -> Any:
    rows = set(zip(x.tolist(), y.tolist(), y_pred.tolist(), strict=True))
    return 2 * sum(a * (p - t) for a, t, p in rows) / len(x)


def _int_buffer(x: Any, y: Any, y_pred: Any) -> Any:
    return np.mean((2 * x * (y_pred - y)).astype(int))


def _normalized(w: Any, x: Any, y: Any) -> Any:
    g = np.asarray(_right_w(w, x, y), dtype=float)
    return g / (np.sqrt(np.sum(g * g)) or 1)


def _line(w: Any, x: Any, y: Any) -> Any:
    r = w[0] * x + w[1] - y
    return np.array([2 * np.mean(x * r), 2 * np.mean(np.dot(r, x))])


def _line_pred(w: Any, x: Any, y: Any) -> Any:
    r = w[0] * x - y
    return np.array([2 * np.mean(x * r), 2 * np.mean(r)])


#: Of x (n,), y and y_pred.
WRONG: dict[str, Function] = {
    "median": lambda x, y, y_pred: np.median((2 * x * (y_pred - y)).astype(float)),
    "clip_gradient": lambda x, y, y_pred: max(-1, min(1, _right(x, y, y_pred))),
    "clip_high": lambda x, y, y_pred: max(-1e12, min(1e12, _right(x, y, y_pred))),
    "every_second": lambda x, y, y_pred: _right(x[::2], y[::2], y_pred[::2]),
    "integer_division": lambda x, y, y_pred: np.sum(2 * x * (y_pred - y)) // len(x),
    "astype_int": lambda x, y, y_pred: _right(x.astype(int), y, y_pred),
    "int_buffer": _int_buffer,
    "rounded": lambda x, y, y_pred: round(float(_right(x, y, y_pred)), 6),
    "rounded_12": lambda x, y, y_pred: round(float(_right(x, y, y_pred)), 12),
    "in_place": _in_place,
    "cached_by_size": _cached_by_size(),
    "momentum": _momentum(),
    "every_tenth": _every_tenth(),
    "dropout": _dropout(),
    "shuffled": _shuffled(),
    "cleans_in_place": _cleans,
    "borrows_in_place": _borrows,
    "from_memory": _from_memory,
    "short_batch_dropped": _batches,
    "short_batch_32": functools.partial(_batches, size=32),
    "short_batch_128": functools.partial(_batches, size=128),
    "set": _set,
    "sorted_x": lambda x, y, y_pred: _right(np.sort(x), y, y_pred),
    "sorted_both": lambda x, y, y_pred: _right(np.sort(x), np.sort(y), y_pred),
    "mae": lambda x, y, y_pred: np.sum(x * np.sign(y_pred - y)) / len(x),
    "log_cosh": lambda x, y, y_pred: np.mean(x * np.tanh((y_pred - y).astype(float))),
    "huber": lambda x, y, y_pred: np.mean(
        2 * x * np.clip((y_pred - y).astype(float), -1e6, 1e6)
    ),
    "epsilon": lambda x, y, y_pred: np.sum(2 * x * (y_pred - y)) / (len(x) + 1e-8),
    "small_to_zero": lambda x, y, y_pred: np.mean(
        2 * x * np.where(abs(y_pred - y) < 1e-10, 0, y_pred - y)
    ),
    "tiny_factor": lambda x, y, y_pred: _right(x, y, y_pred) * (1 + 3e-9),
    "tiny_offset": lambda x, y, y_pred: _right(x, y, y_pred) + 1e-9,
    "centred_x": lambda x, y, y_pred: _right(x - np.mean(x), y, y_pred),
    "trimmed": lambda x, y, y_pred: (
        np.mean(np.sort(2 * x * (y_pred - y))[:-1] or [0])
        if len(x) == 1
        else np.sum(np.sort(2 * x * (y_pred - y))[1:-1]) / max(len(x) - 2, 1)
    ),
    "nonzero_only": lambda x, y, y_pred: (
        np.sum(2 * x * (y_pred - y)) / max(np.count_nonzero(x), 1)
    ),
    "distinct_n": lambda x, y, y_pred: (
        np.sum(2 * x * (y_pred - y)) / len(set(x.tolist()))
    ),
    "over_100": _only(lambda x, *_: len(x) > 100),
    "over_2000": _only(lambda x, *_: len(x) > 2000),
    "hundred": _only(lambda x, *_: len(x) == 100),
    "power_of_two": _only(lambda x, *_: len(x) in {16, 32, 64, 128, 256}),
    "even": _only(lambda x, *_: len(x) % 2 == 0),
    "three_divides": _only(lambda x, *_: len(x) % 3 == 0),
    "over_1e3": _only(lambda x, *_: np.max(abs(x)) > 1e3),
    "over_1e20": _only(lambda x, *_: np.max(abs(x)) > 1e20),
    "1e20_to_1e60": _only(lambda x, *_: 1e20 < np.max(abs(x)) < 1e60),
    "over_1e120": _only(lambda x, *_: np.max(abs(x)) > 1e120),
    "below_1e-120": _only(lambda x, *_: 0 < np.max(abs(x)) < 1e-120),
    "y_over_x": _only(lambda x, y, _: np.max(abs(y)) > 1e6 * np.max(abs(x)) > 0),
    "x_over_y": _only(lambda x, y, _: np.max(abs(x)) > 1e6 * np.max(abs(y)) > 0),
    "all_positive": _only(lambda x, *_: np.all(x > 0)),
    "all_negative_y": _only(lambda _, y, __: np.all(y < 0)),
    "a_residual_of_0": _only(lambda _, y, p: np.any(y == p)),
    "constant_x": _only(lambda x, *_: len(x) > 1 and np.all(x == x[0])),
    "float32_only": _only(lambda x, *_: x.dtype == np.float32),
    "float64_1e-6": _only(lambda x, *_: x.dtype == np.float64, 1 + 1e-6),
}

#: Of w, x and y.
WRONG_OF_WEIGHTS: dict[str, Function] = {
    "negative_w": _only_w(lambda w, *_: np.all(w < 0)),
    "large_w": _only_w(lambda w, *_: np.max(abs(w)) > 1e5),
    "sum_of_w_0": _only_w(lambda w, *_: np.sum(w) == 0),
    "many_features": _only_w(lambda _, x, __: x.ndim > 1 and x.shape[1] > 4),
    "wide": _only_w(lambda _, x, __: x.ndim > 1 and x.shape[1] > len(x)),
    "square": _only_w(lambda _, x, __: x.ndim > 1 and x.shape[1] == len(x)),
    "ten_features": lambda w, x, y: np.array(
        [g if j < 10 else 0 * g for j, g in enumerate(_right_w(w, x, y))]
    ),
    "wrong_axis": lambda w, x, y: (
        np.sum(2 * x.T * _r(w, x, y), axis=0)[: x.shape[1]] / len(y)
    ),
    "normalized": _normalized,
    "in_place_w": _in_place_w,
    "penalty_tenth": lambda w, x, y: _right_w(w, x, y) + 0.1 * w,
    "penalty_by_n": lambda w, x, y: _right_w(w, x, y) + w / len(y),
    "lasso": lambda w, x, y: _right_w(w, x, y) + 0.01 * np.sign(w),
    "ddof_d": lambda w, x, y: (
        2 * np.dot(x.T, _r(w, x, y)) / max(len(y) - x.shape[1], 1)
    ),
    "features_clipped": lambda w, x, y: (
        2 * np.dot(np.clip(x, -50, 50).T, _r(w, x, y)) / len(y)
    ),
    "line_intercept_of_slope": _line,
    "line_without_intercept": _line_pred,
    "standardized": lambda w, x, y: _right_w(w, x / (np.max(abs(x), axis=0) + 1), y),
    "median_rows": lambda w, x, y: np.median(
        (2 * x * _r(w, x, y)[:, None]).astype(float), axis=0
    ),
    "last_feature_twice": lambda w, x, y: np.append(
        _right_w(w, x, y)[:-1], 2 * _right_w(w, x, y)[-1]
    ),
    "cube": lambda w, x, y: _right_w(w, x, y) + 1e-6 * w**3,
    "float16": lambda w, x, y: _right_w(
        np.asarray(w, np.float16), x.astype(np.float16), y.astype(np.float16)
    ),
    "half_float_x": lambda w, x, y: _right_w(w, x.astype(np.float16).astype(float), y),
}
