"""Progress on stderr, around any iterator: a bar by tqdm, or a plain line at times."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS_BEFORE_BAR = 1.0  # a run that is over sooner shows nothing
SECONDS_BETWEEN_LINES = 2.0


class _Stderr:
    """Standard error; a run is not lost because its progress cannot be written."""

    def write(self, text: str) -> None:
        """Write, or do nothing where stderr is closed, full or not there."""
        with suppress(AttributeError, OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush, in the same way."""
        with suppress(AttributeError, OSError, ValueError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


def watch(
    items: Iterable[T], total: int | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[T]:
    """Yield the items, and show on stderr how many have come, of at most `total`."""
    of = f" of at most {total:,}" if total is not None else ""
    if (tqdm := _import_tqdm()) is None:
        return _print_lines(items, lambda done: f"step {done:,}{of}", clock)
    bar = tqdm(
        items,
        total=total,
        unit="step",
        leave=False,
        delay=SECONDS_BEFORE_BAR,
        file=_Stderr(),
    )
    return iter(bar)


def watch_bytes(
    batches: Iterable[T],
    position: Callable[[], int],
    total: int,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """Yield what is read of a file, and show on stderr how many of its bytes were."""
    if (tqdm := _import_tqdm()) is None:
        of = f" of {total:,} bytes"
        yield from _print_lines(batches, lambda _: f"read {position():,}{of}", clock)
        return
    with tqdm(
        total=total,
        unit="B",
        unit_scale=True,
        leave=False,
        delay=SECONDS_BEFORE_BAR,
        file=_Stderr(),
    ) as bar:
        for batch in batches:
            bar.update(position() - bar.n)
            yield batch


def _import_tqdm() -> Any:
    """Return tqdm's bar, or None where tqdm is not installed."""
    try:
        from tqdm import tqdm  # noqa: PLC0415 - optional: refgd[cli]
    except ImportError:
        return None
    return tqdm


def _print_lines(
    items: Iterable[T], progress: Callable[[int], str], clock: Callable[[], float]
) -> Iterator[T]:
    """Yield the items, with a line on stderr every two seconds."""
    printed = clock()
    for done, item in enumerate(items):
        if clock() - printed >= SECONDS_BETWEEN_LINES:
            printed = clock()
            _Stderr().write(f"refgd: {progress(done)}\n")
        yield item
