"""Ctrl-C and SIGTERM as reasons to stop, so that what there is can be printed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from refgd.history import Recorder
from refgd.stopping import Reason, Rule

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """The first signal is a reason to stop; the next one ends the process as ever.

    Attributes:
        signal: The signal that came; 0 for none.
        rule: The stop rule that answers INTERRUPTED once one has come.
    """

    def __init__(self) -> None:
        self.signal = 0
        self.rule = Rule(self._answer, "interruption()")
        self._previous: dict[int, Any] = {}

    def _answer(self, _: Recorder) -> Reason | None:
        return Reason.INTERRUPTED if self.signal else None

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        self.end()

    def begin(self) -> None:
        """Hear the signals, but those that are ignored, as in the background."""
        for number in SIGNALS:
            previous = signal.getsignal(number)
            if callable(previous) or previous is signal.SIG_DFL:
                self._previous[number] = signal.signal(number, self._hear)

    def end(self) -> None:
        """Put back what heard them before."""
        while self._previous:
            signal.signal(*self._previous.popitem())


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Hear SIGINT and SIGTERM; only the main thread can ask for signals."""
    heard = Interruption()
    if threading.current_thread() is threading.main_thread():
        heard.begin()
    try:
        yield heard
    finally:
        heard.end()
