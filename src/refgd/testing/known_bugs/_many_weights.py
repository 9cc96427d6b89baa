"""Wrong gradients for several weights, or with an intercept as the last entry."""

from typing import Any

import numpy as np

from refgd.testing.known_bugs._exhibit import DOUBLED, VECTOR, bug


@bug(
    "the intercept's gradient is left out",
    "nntrainer/nntrainer#219; rasbt/stat453-deep-learning-ss21#5",
    "the intercept's entry is always 0",
    VECTOR,
)
def no_intercept(w: Any, x: Any, y: Any) -> Any:
    """Never learn the intercept."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 0)


@bug(
    "the intercept's gradient twice",
    "nntrainer/nntrainer#219: Adam's step was done twice for it",
    "the intercept's entry is doubled",
    VECTOR,
)
def intercept_twice(w: Any, x: Any, y: Any) -> Any:
    """Count the intercept twice."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 4 * np.mean(r))


@bug(
    "the intercept's gradient is summed, the slopes' averaged",
    "trekhleb/homemade-machine-learning#63",
    "the intercept's entry is a sum, not a mean",
    DOUBLED,
)
def intercept_summed(w: Any, x: Any, y: Any) -> Any:
    """Forget n for the intercept."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.dot(x.T, r) / len(y), 2 * np.sum(r))


@bug(
    "the intercept stands in the wrong place",
    "ones in the first column, the intercept read from the last",
    "the intercept stands first",
    VECTOR,
)
def intercept_first(w: Any, x: Any, y: Any) -> Any:
    """Return the intercept's entry first."""
    r = np.dot(x, w[:-1]) + w[-1] - y
    return np.append(2 * np.mean(r), 2 * np.dot(x.T, r) / len(y))


@bug(
    "divided by every entry of x, not by every row",
    "x.size for len(x): right until a second feature comes",
    "divided by d, the number of features",
    VECTOR,
)
def divided_by_size(w: Any, x: Any, y: Any) -> Any:
    """Divide by n · d."""
    return 2 * np.dot(x.T, np.dot(x, w) - y) / x.size


@bug(
    "the features are mixed up",
    "h2oai/datatable#3234: features updated in the wrong order",
    "the entries are in reverse order",
    VECTOR,
)
def features_reversed(w: Any, x: Any, y: Any) -> Any:
    """Walk through the features from the last one."""
    r = x @ w - y
    return np.array([2 * np.mean(x[:, j] * r) for j in reversed(range(len(w)))])


@bug(
    "the transpose is missing",
    "milLearningGroup/cama_summer_school_2017#6",
    "xᵀ is missing: it runs only where n = d",
    "examples with n ≠ d",
)
def not_transposed(w: Any, x: Any, y: Any) -> Any:
    """Forget the transpose."""
    return 2 * x @ (x @ w - y) / len(y)


@bug(
    "a penalty that nobody asked for",
    "ageron/handson-ml2#510; thejakeyboy/umich-eecs545-lectures#2",
    "the weight is added to it: a penalty",
    VECTOR,
)
def penalized(w: Any, x: Any, y: Any) -> Any:
    """Add the weights."""
    return 2 * x.T @ (x @ w - y) / len(y) + w
