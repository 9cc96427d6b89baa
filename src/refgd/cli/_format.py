"""Numbers and columns as text."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

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


def aligned(rows: Iterable[list[str]]) -> list[str]:
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


def summed(rows: Iterable[list[str]], total: str) -> list[str]:
    r"""Align the rows, draw a line under them, and write their sum below it.

    Example:
        >>> print(*summed([["2 * 3", "=", "6"], ["2 * 4", "=", "8"]], "14"), sep="\n")
        2 * 3 =  6
        2 * 4 =  8
        ----------
          sum = 14
    """
    rows = list(rows)
    below = [""] * (len(rows[0]) - 3) + ["sum", "=", total]
    *lines, last = aligned([*rows, below])
    return [*lines, "-" * max(map(len, [*lines, last])), last]
