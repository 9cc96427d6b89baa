"""The formulas of docs/scale/compression.md: both sides, evaluated on drawn data."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docs.least_squares import (
    square,
)
from refgd import forward, grad, mse
from refgd._types import Array
from refgd.testing.strategies import arrays, weights


def rotated(data: st.DataObject, n: int, d: int) -> tuple[Array, Array]:
    """Draw [x y] = QR and R, on Fractions: Q is the first columns of a reflection.

    I − 2vvᵀ/v·v is orthogonal exactly, for every v but 0.
    """
    v = data.draw(arrays((n,), kind=Fraction).filter(np.any))
    reflection = np.eye(n, dtype=int) - 2 * np.outer(v, v) / np.dot(v, v)
    triangle = data.draw(arrays((d + 1, d + 1), kind=Fraction))
    triangle = triangle * (np.tri(d + 1, dtype=int).T)
    q = reflection[:, : d + 1]
    assert np.array_equal(np.dot(q.T, q), np.eye(d + 1, dtype=int))
    return np.dot(q, triangle), triangle


def beside(w: Array) -> Array:
    """[w; −1]."""
    return np.array([*w, Fraction(-1)])


@given(data=st.data(), n=st.integers(3, 7))
def test_the_triangle_has_the_same_squares(data: st.DataObject, n: int) -> None:
    """|xw − y|² = |R·[w; −1]|² where [x y] = QR, for every w."""
    rows, triangle = rotated(data, n, 2)
    w = data.draw(weights(kind=Fraction, d=2))
    x, y = rows[:, :-1], rows[:, -1]
    assert square(np.dot(x, w) - y) == square(np.dot(rows, beside(w)))
    assert square(np.dot(rows, beside(w))) == square(np.dot(triangle, beside(w)))


@given(data=st.data(), half=st.sampled_from([1, 2]))
def test_the_rows_of_the_triangle_are_a_data_set(
    data: st.DataObject, half: int
) -> None:
    """√(k/n)·R has the loss and the gradient of all n rows; n = k or 4k: a root."""
    k = 2
    n = k * half**2
    rows, triangle = rotated(data, n, 1)
    w = data.draw(weights(kind=Fraction, d=1))
    few = triangle / half
    x, y, few_x, few_y = rows[:, :-1], rows[:, -1], few[:, :-1], few[:, -1]
    assert len(few_y) == k
    assert mse(few_y, forward(w, few_x)) == mse(y, forward(w, x))
    here, there = grad(few_x, few_y, forward(w, few_x)), grad(x, y, forward(w, x))
    assert np.array_equal(here, there)


@given(data=st.data(), sizes=st.lists(st.integers(3, 4), min_size=2, max_size=2))
def test_blocks_have_the_squares_of_the_whole(
    data: st.DataObject, sizes: list[int]
) -> None:
    """|xw − y|² is the sum over the blocks of |R_b·[w; −1]|²: their stack's."""
    parts = [rotated(data, n, 2) for n in sizes]
    rows = np.concatenate([block for block, _ in parts])
    stack = np.concatenate([triangle for _, triangle in parts])
    w = data.draw(weights(kind=Fraction, d=2))
    whole = square(np.dot(rows[:, :-1], w) - rows[:, -1])
    assert whole == sum(square(np.dot(r, beside(w))) for _, r in parts)
    assert whole == square(np.dot(stack, beside(w)))
