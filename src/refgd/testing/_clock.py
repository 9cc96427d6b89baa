"""How long a check itself may take, beside what the user's own calls take.

The kit looks at the clock between calls; it interrupts none.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TypeVar

Answer = TypeVar("Answer")

MAX_SECONDS = 5.0

#: The project's own tests switch the clock off: they are about words, not about time.
ENABLED = True

#: Of this thread alone: what else the machine does counts for nothing.
now: Callable[[], float] = getattr(time, "thread_time", time.perf_counter)


def check_seconds(seconds: float | None) -> None:
    """Raise a ValueError for a limit that is not above 0."""
    if seconds is not None and not seconds > 0:
        msg = f"max_seconds must be above 0, or None, got {seconds!r}"
        raise ValueError(msg)


class OutOfTimeError(Exception):
    """The check has taken its time; what is not known yet stays unknown."""


class _Clock:
    """When the time is over; later by what the user's calls take."""

    def __init__(self, seconds: float) -> None:
        self.end = now() + seconds


_current: ContextVar[_Clock | None] = ContextVar("clock", default=None)


@contextlib.contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Limit the seconds of what is done inside; None for no limit."""
    clock = _Clock(seconds) if ENABLED and seconds is not None else None
    token = _current.set(clock)
    try:
        yield
    finally:
        _current.reset(token)


class stopped:  # noqa: N801 - a context, as contextlib's own are named
    """Stop the clock while the user's own code runs."""

    def __enter__(self) -> None:
        self._clock = _current.get()
        self._start = now() if self._clock else 0.0

    def __exit__(self, *_: object) -> None:
        if self._clock is not None:
            self._clock.end += now() - self._start


def look() -> None:
    """Go on if there is time left.

    Raises:
        OutOfTimeError: If there is none.
    """
    clock = _current.get()
    if clock is not None and now() > clock.end:
        raise OutOfTimeError


def unless_broken(find: Callable[[], Answer], broken: Answer) -> Answer:
    """Return what is found, or `broken` where the kit itself fails.

    For what a verdict stands without. Where the clock is switched off, faults are seen.
    """
    try:
        return find()
    except Exception as error:
        if not ENABLED or isinstance(error, OutOfTimeError):
            raise
        return broken


def unless_late(find: Callable[[], Answer], late: Answer) -> Answer:
    """Return what is found, or `late` where the time is over before."""
    try:
        look()
        return find()
    except OutOfTimeError:
        return late
