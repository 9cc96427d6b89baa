"""A progress bar on stderr, around any iterator."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

SECONDS_BEFORE_BAR = 1.0  # a run that is over sooner shows nothing
SECONDS_BETWEEN_LINES = 2.0


def watch(
    items: Iterable[T],
    total: int | None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """Yield the items, and show on stderr how many have come: tqdm, or plain lines.

    Args:
        items: What to yield.
        total: How many will come at most, if that is known.
        clock: Seconds, for the plain lines.
    """
    try:
        from tqdm import tqdm  # noqa: PLC0415 - optional: refgd[cli]
    except ImportError:
        return _plain(items, total, clock)
    bar = tqdm(items, total=total, unit="step", leave=False, delay=SECONDS_BEFORE_BAR)
    return iter(bar)


def watch_bytes(
    batches: Iterable[T],
    position: Callable[[], int],
    total: int,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """Yield what is read of a file, and show on stderr how many of its bytes were."""
    try:
        from tqdm import tqdm  # noqa: PLC0415 - optional: refgd[cli]
    except ImportError:
        said = clock()
        for batch in batches:
            if clock() - said >= SECONDS_BETWEEN_LINES:
                said = clock()
                read = f"refgd: read {position():,} of {total:,} bytes"
                print(read, file=sys.stderr)  # noqa: T201 - a bar prints
            yield batch
        return
    with tqdm(
        total=total, unit="B", unit_scale=True, leave=False, delay=SECONDS_BEFORE_BAR
    ) as bar:
        for batch in batches:
            bar.update(position() - bar.n)
            yield batch


def on_terminal() -> bool:
    """Tell whether somebody watches stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def _plain(
    items: Iterable[T], total: int | None, clock: Callable[[], float]
) -> Iterator[T]:
    """Yield the items with a line on stderr every two seconds."""
    said = clock()
    of = f" of at most {total:,}" if total is not None else ""
    for done, item in enumerate(items):
        if clock() - said >= SECONDS_BETWEEN_LINES:
            said = clock()
            print(f"refgd: step {done:,}{of}", file=sys.stderr)  # noqa: T201 - a bar prints
        yield item
