"""One iteration on a line through few points, as a teacher writes on a board.

The arithmetic is rational, through the same four functions that `fit` runs, so every
number on the board is exact, unless it is too long and marked with ~.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np

from refgd import core, datasets
from refgd._types import Array

LONGEST = 12  # characters of an exact number; a longer one is rounded


def exact(q: Fraction) -> str:
    """Write q as a decimal or a quotient; rounded, and marked with ~, if too long.

    Example:
        >>> from fractions import Fraction
        >>> exact(Fraction(3, 2)), exact(Fraction(1, 3)), exact(Fraction(1, 3) ** 30)
        ('1.5', '1/3', '~4.85694e-15')
    """
    text = str(q)
    for decimals in range(LONGEST):
        scaled = q * 10**decimals
        if scaled.denominator == 1:
            text = f"{Decimal(scaled.numerator).scaleb(-decimals):f}"
            break
    return text if len(text) <= LONGEST else f"~{float(q):.6g}"


def within(q: Fraction) -> str:
    """Write q as a factor or a term: negative ones and quotients in parentheses."""
    text = exact(q)
    return f"({text})" if q < 0 or "/" in text else text


def align(rows: Iterable[list[str]]) -> list[str]:
    """Join the cells of each row with a blank: flush right, the last at its point."""
    *columns, last = zip(*rows, strict=True)
    decimals = [len(cell.partition(".")[2]) + ("." in cell) for cell in last]
    padded = [
        cell + " " * (max(decimals) - after)
        for cell, after in zip(last, decimals, strict=True)
    ]
    flush = [_flush_right(column) for column in [*columns, padded]]
    return [" ".join(row).rstrip() for row in zip(*flush, strict=True)]


def _flush_right(column: Sequence[str]) -> list[str]:
    width = max(map(len, column))
    return [cell.rjust(width) for cell in column]


def align_sum(rows: Iterable[list[str]], total: str) -> list[str]:
    r"""Align the rows, draw a line under them, and write their sum below it.

    Example:
        >>> rows = [["2 * 3", "=", "6"], ["2 * 4", "=", "8"]]
        >>> print(*align_sum(rows, "14"), sep="\n")
        2 * 3 =  6
        2 * 4 =  8
        ----------
          sum = 14
    """
    rows = list(rows)
    below = [""] * (len(rows[0]) - 3) + ["sum", "=", total]
    *lines, last = align([*rows, below])
    return [*lines, "-" * max(map(len, [*lines, last])), last]


INDENT, WIDTH = "    ", 79


class Iteration(NamedTuple):
    """All the numbers of one step from w on (x, y)."""

    x: Array
    y: Array
    w: Fraction
    lr: Fraction
    y_pred: Array
    loss: Fraction
    dw: Fraction
    new: Fraction


def tutorial() -> tuple[Array, Array]:
    """Return the tutorial's line in Fractions."""
    line = datasets.tutorial()
    x, y = (np.array([Fraction(value) for value in a]) for a in (line.x, line.y))
    return x, y


def iterate(w: Fraction, lr: Fraction, x: Array, y: Array) -> Iteration:
    """Take one step from w on the points, in rational arithmetic."""
    y_pred = core.forward(w, x)
    dw = core.grad(x, y, y_pred)
    return Iteration(x, y, w, lr, y_pred, core.mse(y, y_pred), dw, core.step(w, dw, lr))


def board(w: Fraction, lr: Fraction, x: Array, y: Array) -> Iterator[str]:
    it = iterate(w, lr, x, y)
    yield "One iteration of gradient descent on f(x) = w * x, by hand"
    yield ""
    data = [f"x = {_join(it.x)}", f"y = {_join(it.y)}", f"n = {len(it.x)}"]
    line = INDENT + "     ".join(data)
    if len(line) <= WIDTH:
        yield line
    else:
        for part in data:
            yield from wrap(
                part, WIDTH, initial_indent=INDENT, subsequent_indent=2 * INDENT
            )
    yield f"{INDENT}w = {exact(w)}     lr = {exact(lr)}"
    for section in (_predictions, _residuals, _loss, _gradient, _step, _check):
        title, *lines = section(it)
        yield ""
        yield title
        yield from (INDENT + line for line in lines)


def _predictions(it: Iteration) -> Iterator[str]:
    yield "1. Predictions: y_pred = w * x"
    yield from align(
        [exact(it.w), "*", exact(x), "=", exact(p)] for x, p in _zip(it.x, it.y_pred)
    )


def _residuals(it: Iteration) -> Iterator[str]:
    yield "2. Residuals: y_pred - y"
    yield from align(
        [exact(p), "-", exact(y), "=", exact(p - y)] for y, p in _zip(it.y, it.y_pred)
    )


def _loss(it: Iteration) -> Iterator[str]:
    residual = it.y_pred - it.y
    total = sum(residual**2)
    yield "3. Loss: the mean of the squared residuals"
    yield from align_sum(
        ([f"{within(r)}^2", "=", exact(r**2)] for r in residual), exact(total)
    )
    yield f"loss = {within(total)} / {len(it.x)} = {exact(it.loss)}"


def _gradient(it: Iteration) -> Iterator[str]:
    residual = it.y_pred - it.y
    total = sum(2 * it.x * residual)
    yield "4. Gradient: the mean of 2 * x * residual"
    yield from align_sum(
        (
            ["2", "*", exact(x), "*", within(r), "=", exact(2 * x * r)]
            for x, r in _zip(it.x, residual)
        ),
        exact(total),
    )
    yield f"dw = {within(total)} / {len(it.x)} = {exact(it.dw)}"


def _step(it: Iteration) -> Iterator[str]:
    yield "5. Step: w - lr * dw"
    yield f"new w = {exact(it.w)} - {exact(it.lr)} * {within(it.dw)} = {exact(it.new)}"


def _check(it: Iteration) -> Iterator[str]:
    """Hold dw against a central difference, and the loss against the one before."""

    def loss(w: Fraction) -> Fraction:
        measured: Fraction = core.mse(it.y, core.forward(w, it.x))
        return measured

    above, below = loss(it.w + 1), loss(it.w - 1)
    difference = f"({exact(above)} - {exact(below)}) / 2"
    yield "Check: the loss is quadratic, so this difference is its derivative"
    yield f"loss(w + 1) = {exact(above)}     loss(w - 1) = {exact(below)}"
    yield f"dw = {difference} = {exact((above - below) / 2)}"
    yield f"loss(new w) = {exact(loss(it.new))}, and it was {exact(it.loss)}"


def _join(values: Array) -> str:
    return ", ".join(map(exact, values))


def _zip(*columns: Array) -> Iterator[tuple[Any, ...]]:
    return zip(*columns, strict=True)
