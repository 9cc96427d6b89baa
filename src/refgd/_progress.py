"""A progress bar on stderr, around any iterator."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 2.0


def watch(
    items: Iterable[T],
    total: int | None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """Yield the items, and show on stderr how many have come: tqdm, or plain lines.

    Args:
        items: What to yield.
        total: How many will come, if that is known.
        clock: Seconds, for the plain lines.
    """
    try:
        from tqdm import tqdm  # noqa: PLC0415 - optional: refgd[cli]
    except ImportError:
        return _plain(items, total, clock)
    return iter(tqdm(items, total=total, unit="step", leave=False))


def _plain(
    items: Iterable[T], total: int | None, clock: Callable[[], float]
) -> Iterator[T]:
    """Yield the items with a line on stderr every two seconds."""
    said = clock()
    for done, item in enumerate(items):
        if clock() - said >= SECONDS_BETWEEN_LINES:
            said = clock()
            of = f" of {total}" if total is not None else ""
            print(f"refgd: step {done}{of}", file=sys.stderr)  # noqa: T201
        yield item
