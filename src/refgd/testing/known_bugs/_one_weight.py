"""Wrong gradients for one weight, or for any number of them."""

from collections.abc import Callable
from typing import Any

import numpy as np


def tutorial(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate as the tutorial did."""
    return np.dot(2 * x, y_pred - y).mean()


def summed(w: Any, x: Any, y: Any) -> Any:
    """Forget to divide by n."""
    return 2 * np.dot(x.T, np.dot(x, w) - y)


def halved(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate half the loss."""
    return np.mean(x * (y_pred - y))


def doubled(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate the square twice over."""
    return np.mean(4 * x * (y_pred - y))


def swapped_residual(x: Any, y: Any, y_pred: Any) -> Any:
    """Subtract the prediction from the target."""
    return np.mean(2 * x * (y - y_pred))


def unbiased(x: Any, y: Any, y_pred: Any) -> Any:
    """Divide by n − 1, or by 1."""
    return np.sum(2 * x * (y_pred - y)) / max(len(x) - 1, 1)


def off_by_one(x: Any, y: Any, y_pred: Any) -> Any:
    """Stop a sample early."""
    total = 0
    for i in range(len(x) - 1):
        total = total + 2 * x[i] * (y_pred[i] - y[i])
    return total / len(x)


def counted_from_one(x: Any, y: Any, y_pred: Any) -> Any:
    """Skip sample 0."""
    return np.sum(2 * x[1:] * (y_pred[1:] - y[1:])) / len(x)


def paired(x: Any, y: Any, y_pred: Any) -> Any:
    """Keep the predictions as a column."""
    return np.mean(2 * x * (y_pred - y.reshape(-1, 1)))


def no_chain_rule(x: Any, y: Any, y_pred: Any) -> Any:
    """Differentiate with respect to y_pred."""
    return 2 * np.mean(y_pred - y) + 0 * x[0]


def positive_only(x: Any, y: Any, y_pred: Any) -> Any:
    """Take the size of x."""
    return np.mean(2 * abs(x) * (y_pred - y))


def residual_size(x: Any, y: Any, y_pred: Any) -> Any:
    """Lose the residual's sign."""
    return np.mean(2 * x * abs(y_pred - y))


def means_apart(x: Any, y: Any, y_pred: Any) -> Any:
    """Average before multiplying."""
    return 2 * np.mean(x) * np.mean(y_pred - y)


def rate_folded_in(x: Any, y: Any, y_pred: Any) -> Any:
    """Multiply by the learning rate."""
    return 0.01 * np.mean(2 * x * (y_pred - y))


def fixed_batch(x: Any, y: Any, y_pred: Any) -> Any:
    """Divide by the 4 of the first data set."""
    return np.sum(2 * x * (y_pred - y)) / 4


def divided_twice(x: Any, y: Any, y_pred: Any) -> Any:
    """Take the mean of what is a mean already."""
    return np.mean(2 * x * (y_pred - y)) / len(x)


def writes_into_y(x: Any, y: Any, y_pred: Any) -> Any:
    """Turn y into the residuals, in place."""
    y *= -1
    y += y_pred
    return np.mean(2 * x * y)


def make_remembers() -> Callable[..., Any]:
    """Return `remembers` with nothing to remember yet."""
    velocity = [0]

    def remembers(x: Any, y: Any, y_pred: Any) -> Any:
        """Add a part of the last gradient: a momentum in the wrong place."""
        velocity[0] = velocity[0] // 2 + np.mean(2 * x * (y_pred - y))
        return velocity[0]

    return remembers


remembers = make_remembers()


def first_sample(x: Any, y: Any, y_pred: Any) -> Any:
    """Look at sample 0 alone."""
    return 2 * x[0] * (y_pred[0] - y[0])


def odd_one_out(x: Any, y: Any, y_pred: Any) -> Any:
    """Drop the last sample where n is odd."""
    n = max(len(x) // 2 * 2, 2)
    return np.sum((2 * x * (y_pred - y))[:n]) / n


def clipped(x: Any, y: Any, y_pred: Any) -> Any:
    """Clip the features at 10."""
    return np.mean(2 * np.clip(x, -10, 10) * (y_pred - y))
