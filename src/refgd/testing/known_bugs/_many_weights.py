"""Wrong gradients for several weights, or with an intercept as the last entry."""

from typing import Any

import numpy as np


def no_intercept(w: Any, x: Any, y: Any) -> Any:
    """Never learn the intercept."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 0)


def intercept_twice(w: Any, x: Any, y: Any) -> Any:
    """Count the intercept twice."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 4 * np.mean(r))


def intercept_summed(w: Any, x: Any, y: Any) -> Any:
    """Forget n for the intercept."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 2 * np.sum(r))


def intercept_first(w: Any, x: Any, y: Any) -> Any:
    """Return the intercept's entry first."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.mean(r), 2 * np.dot(x.T, r) / len(y))


def divided_by_size(w: Any, x: Any, y: Any) -> Any:
    """Divide by n · d."""
    return 2 * np.dot(x.T, np.dot(x, w) - y) / x.size


def features_reversed(w: Any, x: Any, y: Any) -> Any:
    """Walk through the features from the last one."""
    r = x @ w - y
    return np.array([2 * np.mean(x[:, j] * r) for j in reversed(range(len(w)))])


def not_transposed(w: Any, x: Any, y: Any) -> Any:
    """Forget the transpose."""
    return 2 * x @ (x @ w - y) / len(y)


def penalized(w: Any, x: Any, y: Any) -> Any:
    """Add the weights."""
    return 2 * x.T @ (x @ w - y) / len(y) + w
