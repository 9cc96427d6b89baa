"""Wrong ways to put the gradients of parts together: batches, sequences, ranks.

Here the model is one weight and the loss the squared residuals; there it was a language
model and the cross entropy. What went wrong is the same line.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def token_means(w: Any, batches: Any) -> Any:
    """Average the batches' mean over their tokens."""
    total = 0
    for x, y, mask in batches:
        mean = np.sum(mask * 2 * x * (w * x - y)) / mask.sum()
        total = total + mean / len(batches)
    return total


def token_ranks(w: Any, batches: Any, all_mean: Any) -> Any:
    """Count the tokens of this rank alone."""
    tokens = sum(mask.sum() for x, y, mask in batches)
    total = sum(np.sum(mask * 2 * x * (w * x - y)) for x, y, mask in batches)
    return all_mean(total / tokens)


def batch_means(w: Any, batches: Any) -> Any:
    """Divide the sum of the batches' means by the number of batches."""
    total = 0
    for x, y in batches:
        total = total + np.mean(2 * x * (w * x - y))
    return total / len(batches)


def rank_means(w: Any, x: Any, y: Any, all_mean: Any) -> Any:
    """Average the ranks' means."""
    return all_mean(np.mean(2 * x * (w * x - y)))


def means_added(w: Any, batches: Any) -> Any:
    """Forget to divide by the number of batches."""
    total = 0
    for x, y in batches:
        total = total + np.mean(2 * x * (w * x - y))
    return total


def means_scaled_twice(w: Any, batches: Any) -> Any:
    """Divide each mean, and then their sum."""
    total = 0
    for x, y in batches:
        total = total + np.mean(2 * x * (w * x - y)) / len(batches)
    return total / len(batches)


def fixed_steps(w: Any, batches: Any) -> Any:
    """Divide by 4 batches, also where fewer are left."""
    total = 0
    for x, y in batches:
        total = total + np.mean(2 * x * (w * x - y)) / 4
    return total


def cleared_each_time(w: Any, batches: Any) -> Any:
    """Set the gradient to zero before every batch."""
    for x, y in batches:
        total = 0
        total = total + np.mean(2 * x * (w * x - y)) / len(batches)
    return total


def make_left_over() -> Callable[..., Any]:
    """Return `left_over` with nothing left over yet."""
    total = [0]

    def left_over(w: Any, batches: Any) -> Any:
        """Begin with what the last batches of the epoch before have left."""
        n = sum(len(y) for x, y in batches)
        for x, y in batches:
            total[0] = total[0] + np.sum(2 * x * (w * x - y)) / n
        return total[0]

    return left_over


left_over = make_left_over()


def padding_counted(w: Any, batches: Any) -> Any:
    """Mask what is summed, and divide by all there is."""
    total = sum(np.sum(mask * 2 * x * (w * x - y)) for x, y, mask in batches)
    return total / sum(mask.size for x, y, mask in batches)
