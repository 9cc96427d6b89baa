"""Wrong gradients and wrong losses for the table of checkers: each rule × each shape.

A rule is a function of the rows x, (n,) or (n, d), and the residuals r = x · w − y; the
right one is 2 xᵀr / n. Every rule is tried with one weight, with several, and with
several and an intercept; what needs one of these shapes is listed beside.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Function = Callable[..., Any]


class Case(NamedTuple):
    """A loss and a gradient, both of (w, x, y); one of them is wrong, or both are."""

    name: str
    shape: str
    group: str
    loss: Function
    grad: Function


GROUPS = {
    "one": "the gradient of one weight is wrong",
    "several": "the gradient of several weights is wrong",
    "intercept": "the same with an intercept",
    "loss": "the loss is wrong, the gradient right",
    "both": "both are wrong, and fit together",
}


def mean_square(r: Any) -> Any:
    return np.mean(r * r)


def right(x: Any, r: Any) -> Any:
    return 2 * np.dot(x.T, r) / len(r)


def residuals(shape: str, w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the rows, with a one at the end for an intercept, and the residuals."""
    if shape == "one":
        return x, x * w - y
    if shape == "intercept":
        x = np.column_stack([x, np.ones_like(x[:, 0])])
    return x, x @ w - y


def gradient(shape: str, rule: Function) -> Function:
    def grad(w: Any, x: Any, y: Any) -> Any:
        return rule(*residuals(shape, w, x, y))

    return grad


def objective(shape: str, of: Function) -> Function:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return of(residuals(shape, w, x, y)[1])

    return loss


def _terms(x: Any, r: Any) -> Any:
    return 2 * (x.T * r).T


def _few(keep: slice) -> Function:
    return lambda x, r: _terms(x, r)[keep].sum(axis=0) / len(r)


def _last_of_odd(x: Any, r: Any) -> Any:
    n = max(len(r) // 2 * 2, 1)
    return right(x[:n], r[:n])


def _in_float32(x: Any, r: Any) -> Any:
    x, r = np.asarray(x, np.float32), np.asarray(r, np.float32)
    return np.asarray(right(x, r), float)


def _shared(x: Any, r: Any) -> Any:
    """Count equal samples once, as a dict or a set of them does."""
    rows = {(*np.atleast_1d(a), e): (a, e) for a, e in zip(x, r, strict=True)}
    a, e = zip(*rows.values(), strict=True)
    return right(np.array(a), np.array(e))


def _not_zero(x: Any, r: Any) -> Any:
    """Take a zero of the first feature for a missing value."""
    there = (x if x.ndim == 1 else x[:, 0]) != 0
    return right(x[there], r[there]) if there.any() else 0 * x[0]


#: Of x and r: wrong in every shape.
RULES: dict[str, Function] = {
    "sum for mean": lambda x, r: 2 * np.dot(x.T, r),
    "no factor 2": lambda x, r: np.dot(x.T, r) / len(r),
    "factor 4": lambda x, r: 4 * np.dot(x.T, r) / len(r),
    "factor 1.999": lambda x, r: 1.999 * np.dot(x.T, r) / len(r),
    "sign": lambda x, r: -right(x, r),
    "n - 1": lambda x, r: 2 * np.dot(x.T, r) / max(len(r) - 1, 1),
    "n + 1": lambda x, r: 2 * np.dot(x.T, r) / (len(r) + 1),
    "n + 1e-8": lambda x, r: 2 * np.dot(x.T, r) / (len(r) + 1e-8),
    "n twice": lambda x, r: right(x, r) / len(r),
    "batch of 4": lambda x, r: np.dot(x.T, r) / 2,
    "lr folded in": lambda x, r: 0.01 * right(x, r),
    "no last sample": _few(slice(-1)),
    "no first sample": _few(slice(1, None)),
    "first sample alone": lambda x, r: _terms(x, r)[0],
    "no odd sample": _last_of_odd,
    "equal samples once": _shared,
    "zeros are missing": _not_zero,
    "no chain rule": lambda x, r: 2 * np.mean(r) + 0 * x[0],
    "|x|": lambda x, r: right(abs(x), r),
    "|r|": lambda x, r: right(x, abs(r)),
    "r clipped at 1": lambda x, r: right(x, np.clip(r, -1, 1)),
    "r cut to integers": lambda x, r: right(x, r.astype(int)),
    "means apart": lambda x, r: 2 * np.mean(x, axis=0) * np.mean(r),
    "targets one sample late": lambda x, r: right(x, np.roll(r, 1)),
    "x sorted, r not": lambda x, r: right(np.sort(x, axis=0), r),
    "clipped at 100": lambda x, r: np.clip(right(x, r), -100, 100),
    "rounded to 4 places": lambda x, r: np.round(np.asarray(right(x, r), float), 4),
    "in float32": _in_float32,
}


def _of_w(w: Any, x: Any, y: Any) -> Any:
    return right(x, x * w - y)


def _pairs(w: Any, x: Any, y: Any) -> Any:
    return np.mean(2 * x * ((x * w).reshape(-1, 1) - y))


def _writes(w: Any, x: Any, y: Any) -> Any:
    y -= x * w
    return -right(x, y)


def _remembering() -> Function:
    last = [0.0]

    def grad(w: Any, x: Any, y: Any) -> Any:
        last[0] = last[0] / 2 + float(_of_w(w, x, y))
        return last[0]

    return grad


def _gauss_seidel(w: Any, x: Any, y: Any) -> Any:
    """Step each weight before the next entry is taken."""
    w, g = w.copy(), []
    for j in range(len(w)):
        g.append(right(x[:, j], x @ w - y))
        w[j] -= g[j] / 100
    return np.array(g)


def _with_constant(entry: Function) -> Function:
    """Get the intercept's entry wrong: a function of the residuals."""

    def grad(w: Any, x: Any, y: Any) -> Any:
        g = gradient("intercept", right)(w, x, y)
        g[-1] = entry(residuals("intercept", w, x, y)[1])
        return g

    return grad


#: Of w, x and y: wrong in one shape.
SPECIAL: dict[str, dict[str, Function]] = {
    "one": {
        "every pair of samples": _pairs,
        "writes into y": _writes,
        "remembers the last call": _remembering(),
        "w cut to an integer": lambda w, x, y: _of_w(int(w), x, y),
        "|w|": lambda w, x, y: _of_w(abs(w), x, y),
    },
    "several": {
        "features reversed": lambda w, x, y: right(x, x @ w - y)[::-1],
        "no transpose": lambda w, x, y: 2 * x @ (x @ w - y) / len(y),
        "divided by x.size": lambda w, x, y: 2 * x.T @ (x @ w - y) / x.size,
        "mean over the features": lambda w, x, y: 0 * w + np.mean(_terms(x, x @ w - y)),
        "one weight after the other": _gauss_seidel,
        "a penalty": lambda w, x, y: right(x, x @ w - y) + 0.01 * w,
    },
    "intercept": {
        "no intercept": _with_constant(lambda _r: 0),
        "intercept summed": _with_constant(lambda r: 2 * np.sum(r)),
        "intercept without 2": _with_constant(np.mean),
        "intercept first": lambda w, x, y: np.roll(
            gradient("intercept", right)(w, x, y), 1
        ),
        "intercept not in r": lambda w, x, y: right(
            *[residuals("intercept", w, x, y)[0], x @ w[:-1] - y]
        ),
    },
}


def _log_cosh(r: Any) -> Any:
    r = abs(np.asarray(r, float))
    return np.mean(r + np.log1p(np.exp(-2 * r)) - np.log(2))


#: Of the residuals.
LOSSES: dict[str, Function] = {
    "sum": lambda r: np.sum(r * r),
    "half": lambda r: np.mean(r * r) / 2,
    "n - 1": lambda r: np.sum(r * r) / max(len(r) - 1, 1),
    "root": lambda r: np.sqrt(float(mean_square(r))),
    "absolute": lambda r: np.mean(abs(r)),
    "no last sample": lambda r: np.sum((r * r)[:-1]) / len(r),
    "log cosh": _log_cosh,
    "square of the mean": lambda r: np.mean(r) ** 2,
}

#: Losses that are wrong together with their own gradients.
PAIRS = {
    "sum": "sum for mean",
    "half": "no factor 2",
    "n - 1": "n - 1",
    "no last sample": "no last sample",
}


def cases() -> Iterator[Case]:
    """Yield all of them; each loss is wrong with one weight alone."""
    for shape in ("one", "several", "intercept"):
        loss = objective(shape, mean_square)
        for name, rule in RULES.items():
            yield Case(name, shape, shape, loss, gradient(shape, rule))
        for name, grad in SPECIAL[shape].items():
            yield Case(name, shape, shape, loss, grad)
    for name, of in LOSSES.items():
        grad = gradient("one", right)
        yield Case(f"loss: {name}", "one", "loss", objective("one", of), grad)
    for name, rule_name in PAIRS.items():
        both = objective("one", LOSSES[name]), gradient("one", RULES[rule_name])
        yield Case(f"both: {name}", "one", "both", *both)
    yield Case("both: a penalty", "one", "both", _penalized, _penalized_gradient)


def _penalized(w: Any, x: Any, y: Any) -> Any:
    return mean_square(x * w - y) + 0.01 * w * w


def _penalized_gradient(w: Any, x: Any, y: Any) -> Any:
    return _of_w(w, x, y) + 0.02 * w
