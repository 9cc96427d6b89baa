"""Several ranks in one process: a thread for each, which meet in `all_reduce`."""

import threading
from collections.abc import Callable
from typing import Any

from refgd import _checks

#: What `all_reduce` does, by the names that its `op` goes by.
SUMS, MEANS = ("sum",), ("mean", "avg", "average")


class HangError(RuntimeError):
    """A rank has ended while others wait for it: a real run would hang."""


def run_ranks(
    function: Callable[[int, Callable[..., Any]], Any], n_ranks: int
) -> list[Any]:
    """Run a function once for each rank, at the same time.

    Args:
        function: ``function(rank, all_reduce)``. ``all_reduce(value)`` returns the sum
            of what every rank gave, ``all_reduce(value, "mean")`` their mean; a value
            is a number, an array, a tensor, or a list or tuple of them.
        n_ranks: How many ranks there are.

    Returns:
        What each rank returned.

    Raises:
        RuntimeError: If one rank calls `all_reduce` less often than another: on real
            machines the others wait for ever. What a rank raises is raised.
        TypeError: If n_ranks is not a whole number.
        ValueError: If n_ranks is below 1.

    Example:
        >>> from refgd.testing.accumulation import run_ranks
        >>> run_ranks(lambda rank, all_reduce: all_reduce(10 * rank + 1), 3)
        [33, 33, 33]
    """
    n = _checks.count("n_ranks", n_ranks, least=1)
    meeting = _Meeting(n)
    answers: list[Any] = [None] * n
    errors: list[BaseException | None] = [None] * n

    def run(rank: int) -> None:
        def all_reduce(value: Any, op: Any = "sum") -> Any:
            return meeting.reduce(rank, value, op)

        try:
            answers[rank] = function(rank, all_reduce)
        except BaseException as error:  # noqa: BLE001 - raised below, in the caller
            errors[rank] = error
        finally:
            meeting.leave()

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raised = [error for error in errors if error is not None]
    raised.sort(key=lambda error: isinstance(error, HangError))  # the cause first
    if raised:
        raise raised[0]
    return answers


class _Meeting:
    """Where the ranks hand over their values, and wait for those of the others."""

    def __init__(self, n: int) -> None:
        self.n, self.left, self.round = n, 0, 0
        self.values: dict[int, Any] = {}
        self.reduced: list[Any] = []
        self.changed = threading.Condition()

    def reduce(self, rank: int, value: Any, op: Any) -> Any:
        """Wait until every rank has come, and return the sum or the mean."""
        word = str(op).rpartition(".")[2].lower()
        if word not in SUMS + MEANS:
            msg = f"all_reduce knows {', '.join(SUMS + MEANS)}, got {op!r}"
            raise ValueError(msg)
        with self.changed:
            this = self.round
            self.values[rank] = value
            if len(self.values) == self.n:
                self.reduced = [self.values[i] for i in range(self.n)]
                self.values, self.round = {}, this + 1
                self.changed.notify_all()
            self.changed.wait_for(lambda: self.round > this or self.left)
            if self.round == this:
                msg = "a rank ended without the all_reduce that the others wait in"
                raise HangError(msg)
            values = self.reduced
        return _add(values, self.n if word in MEANS else 1)

    def leave(self) -> None:
        with self.changed:
            self.left += 1
            self.changed.notify_all()


def _add(values: list[Any], parts: int) -> Any:
    """Return the sum over the ranks, divided by `parts`; of lists entry by entry."""
    first = values[0]
    if isinstance(first, tuple | list):
        return type(first)(
            _add(list(each), parts) for each in zip(*values, strict=True)
        )
    total = first
    for value in values[1:]:
        total = total + value
    return total / parts if parts > 1 else total
