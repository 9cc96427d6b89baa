"""Ctrl-C as a reason to stop, so that what there is can be printed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from refgd.stopping import Reason, Rule


class _Flag:
    """Set by the first SIGINT; the next one interrupts as ever."""

    def __init__(self) -> None:
        self.is_set = False
        self.previous = signal.getsignal(signal.SIGINT)

    def set(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_set = True
        signal.signal(signal.SIGINT, self.previous)


@contextmanager
def interruption() -> Iterator[Rule]:
    """Yield a stop rule that answers INTERRUPTED once SIGINT has come.

    Where SIGINT is ignored, as in the background of a shell script, it stays ignored;
    and only the main thread can ask for signals.
    """
    flag = _Flag()
    heard = threading.current_thread() is threading.main_thread() and callable(
        flag.previous
    )
    if heard:
        signal.signal(signal.SIGINT, flag.set)
    try:
        yield Rule(
            lambda _: Reason.INTERRUPTED if flag.is_set else None, "interruption()"
        )
    finally:
        if heard:
            signal.signal(signal.SIGINT, flag.previous)
