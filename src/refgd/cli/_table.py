"""The rows of a run as a table for 80 columns."""

from collections.abc import Iterator

import numpy as np

from refgd.history import History

WIDTH = 80
MOST_ROWS = 20
NUMBER = 13  # the longest in six digits: -1.23457e-123
LONGEST_NAME = 20


def lines(history: History, names: list[str], every: int | None) -> Iterator[str]:
    """Yield the header and a row for every `every`-th step, and for the last.

    Args:
        history: The run's rows.
        names: The name of each weight.
        every: None for the round number that makes about 10 to 20 rows.
    """
    last = history.t[-1]
    every = stride(int(last)) if every is None else every
    losses = {"loss": history.loss}
    if history.validation is not None:
        losses["validation"] = history.validation
    shown, more = _fitting([_short(name) for name in names], len(losses))
    widths = [max(NUMBER, len(name)) for name in ["step", *losses, *shown]]
    widths[0] = max(len("step"), len(str(last)))
    yield _row(["step", *losses, *shown], widths) + more
    due = 0
    for t, w, *row in zip(history.t.tolist(), history.w, *losses.values(), strict=True):
        if t >= due or t == last:
            values = [*row, *np.atleast_1d(w)[: len(shown)]]
            yield _row([str(t), *(f"{value:.6g}" for value in values)], widths)
            due = (t // every + 1) * every


def stride(steps: int, most: int = MOST_ROWS) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50 ... that makes at most `most` strides.

    Example:
        >>> stride(40), stride(41), stride(10_000)
        (2, 5, 500)
    """
    power = 1
    while True:
        for digit in (1, 2, 5):
            if steps <= most * digit * power:
                return digit * power
        power *= 10


def _row(cells: list[str], widths: list[int]) -> str:
    pairs = zip(cells, widths, strict=True)
    return "  ".join(cell.rjust(width) for cell, width in pairs)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."


def _fitting(names: list[str], losses: int) -> tuple[list[str], str]:
    """Return the names that fit beside step and losses, and a word on the others."""
    room = WIDTH - NUMBER - losses * (NUMBER + 2) - len("  and 999 more")
    shown: list[str] = []
    for name in names:
        room -= 2 + max(NUMBER, len(name))
        if room < 0:
            return shown, f"  and {len(names) - len(shown)} more"
        shown.append(name)
    return shown, ""
