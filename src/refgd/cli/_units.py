"""Columns of one size while a fit runs, and its weights in the user's own units."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from refgd._types import Array
from refgd.descent import Fit

#: A column that varies by less, beside its size, is constant: compression rounds it by
#: some 1e-14 of that, and noise must not become a column of size 1.
CONSTANT = 1e-12


class Units(NamedTuple):
    """What was taken from the columns: x ↦ (x − mean · ones) / scale.

    Attributes:
        mean: Each column's mean, (d,); 0 without an intercept, and of its ones.
        scale: Each column's root mean square about it, (d,); 1 where that is 0.
    """

    mean: Array
    scale: Array

    def columns(self, x: Array) -> Array:
        """Return the columns as they were, from those of one size."""
        flat = x.reshape(len(x), -1)
        own: Array = flat * self.scale + np.outer(flat[:, -1], self.mean)
        return own.reshape(x.shape)

    def weights(self, w: Array) -> Array:
        r"""Return weights, (d,) or a row each, for the columns as they were.

        **Definition**
        $$w_j \mapsto \frac{w_j}{s_j}, \qquad
          b \mapsto b - \sum_j \frac{w_j}{s_j} \bar x_j$$
        """
        own = np.reshape(w, (-1, len(self.scale))) / self.scale
        own[:, -1] -= np.dot(own, self.mean)
        return own.reshape(np.shape(w))[()]

    def run(self, run: Fit) -> Fit:
        """Return the run with its weights for the columns as they were."""
        history = run.history._replace(w=self.weights(run.history.w))
        return replace(run, w=self.weights(run.w), history=history)


def standardized(x: Array, *, intercept: bool) -> tuple[Array, Units]:
    """Return x with columns of mean square 1, and of mean 0 beside an intercept.

    As `refgd.standardize`, but for compressed rows too: their ones, the last column of
    x, are no ones any more. The mean is what ones · c leaves least of, and the mean
    square that of the rest, whatever rows stand for the data.
    """
    columns = np.array(x.reshape(len(x), -1))
    d = columns.shape[1] - intercept
    free, ones = columns[:, :d], columns[:, -1]
    mean, scale = np.zeros(columns.shape[1]), np.ones(columns.shape[1])
    size = _root_mean_square(free)
    for _ in range(2 * intercept):  # once more for what the first mean left
        c = np.dot(ones, free) / np.dot(ones, ones)
        free -= np.outer(ones, c)
        mean[:d] += c
    spread = _root_mean_square(free)
    scale[:d] = np.where(spread > CONSTANT * size, spread, 1)
    return (columns / scale).reshape(x.shape), Units(mean, scale)


def _root_mean_square(columns: Array) -> Array:
    root: Array = np.sqrt(np.mean(columns * columns, axis=0))
    return root
