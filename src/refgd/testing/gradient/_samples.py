"""Mistakes in which samples count: some left out, some twice, some beside another's."""

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.gradient._mistakes import Mistake, Prediction, Terms, mean_over

#: What is chosen of a number of samples: a slice of them, their indices, or a mask.
Choice = Callable[[Terms], Any]


def _not_the(entries: Callable[[Terms], Array]) -> Choice:
    """Return the choice of all samples but that of the greatest entry."""
    return lambda t: np.delete(np.arange(t.n), int(np.argmax(abs(entries(t)))))


def _first_of_each(t: Terms) -> Any:
    rows = [(*row, y, p) for row, y, p in zip(t.a, t.y, t.p, strict=True)]
    return sorted({row: i for i, row in reversed(list(enumerate(rows)))}.values())


def _where(keep: Callable[[Terms], Any]) -> Choice:
    return lambda t: np.flatnonzero(keep(t))


#: In words, and which samples count.
CHOICES: tuple[tuple[str, Choice], ...] = (
    ("every other sample is left out", lambda _: slice(None, None, 2)),
    ("every other sample is left out", lambda _: slice(1, None, 2)),
    ("only the first half of the samples counts", lambda t: slice(t.n // 2)),
    ("only the second half of the samples counts", lambda t: slice(t.n // 2, None)),
    ("the first sample and the last are missing", lambda _: slice(1, -1)),
    ("the last two samples are missing", lambda _: slice(None, -2)),
    (
        "samples where x is 0 are left out",
        _where(lambda t: t.x.reshape(t.n, -1).any(1)),
    ),
    (
        "samples with an x of 0 are left out",
        _where(lambda t: (t.x.reshape(t.n, -1) != 0).all(1)),
    ),
    (
        "samples with a negative x are left out",
        _where(lambda t: (t.x.reshape(t.n, -1) >= 0).all(1)),
    ),
    (
        "samples with a positive x are left out",
        _where(lambda t: (t.x.reshape(t.n, -1) <= 0).all(1)),
    ),
    ("samples where y is 0 are left out", _where(lambda t: t.y != 0)),
    ("samples where y is negative are left out", _where(lambda t: t.y >= 0)),
    ("samples where y is positive are left out", _where(lambda t: t.y <= 0)),
    ("samples where y_pred is 0 are left out", _where(lambda t: t.p != 0)),
    ("samples where y_pred is negative are left out", _where(lambda t: t.p >= 0)),
    ("samples with a negative residual are left out", _where(lambda t: t.r >= 0)),
    ("samples with a positive residual are left out", _where(lambda t: t.r <= 0)),
    ("samples with a residual of 0 are left out", _where(lambda t: t.r != 0)),
    ("the sample with the largest residual is left out", _not_the(lambda t: t.r)),
    ("the sample with the largest y is left out", _not_the(lambda t: t.y)),
    (
        "the sample with the largest x is left out",
        _not_the(lambda t: abs(t.a).max(axis=1)),
    ),
    ("samples that occur twice count once", _first_of_each),
)

#: Up to so many samples every order of them is tried.
FEW = 5


def _in_another_order(make: Callable[[Terms, list[int]], Any]) -> Prediction:
    """Return the gradient with the samples in that order which fits best."""

    def predict(t: Terms) -> Any:
        if t.n > FEW:
            return None
        orders = map(list, itertools.permutations(range(t.n)))
        made = (make(t, order) for order in orders)
        return min(made, key=lambda g: max(abs(g - t.verdict.answer)))

    return predict


#: What is shuffled, as up to `FEW` samples show it.
SHUFFLED: tuple[Mistake, ...] = (
    (
        "x is in another order than the residuals: is it shuffled alone?",
        _in_another_order(lambda t, order: t.sum(t.a[order], t.r)),
    ),
    (
        "y is in another order than x: is it shuffled alone?",
        _in_another_order(lambda t, order: t.sum(t.a, t.p - t.y[order])),
    ),
)


#: The sizes of batches, and after how many samples a program may stop.
BATCHES = (2, 3, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 256, 500, 512)
STOPS = (*BATCHES, 200, 250, 1000, 1024, 2000, 2048, 5000)


def _whole_batches(size: int) -> Choice:
    return lambda t: slice(t.n // size * size or t.n)


def _stop_at(size: int) -> Choice:
    return lambda _: slice(size)


def _list_choices() -> Iterator[tuple[str, Choice]]:
    yield from CHOICES
    yield "the last sample is missing where n is odd", _whole_batches(2)
    for size in BATCHES:
        words = f"the last batch is left out where it is not full: batches of {size}"
        yield words, _whole_batches(size)
    for size in STOPS:
        yield f"only the first {size} samples count", _stop_at(size)


def _add(choice: Choice) -> Callable[[Terms], Any]:
    def predict(t: Terms) -> Any:
        part = choice(t)
        return t.sum(t.a[part], t.r[part]) if len(t.r[part]) else 0 * t.expected

    return predict


def _average(choice: Choice) -> Callable[[Terms], Any]:
    return lambda t: mean_over(t, choice(t))


def _mean_of_means(size: int) -> Callable[[Terms], Any]:
    def predict(t: Terms) -> Any:
        batches = (slice(i, i + size) for i in range(0, t.n, size))
        means: list[Any] = [mean_over(t, batch) for batch in batches]
        return sum(means) * Fraction(1, len(means))

    return predict


def _median(t: Terms) -> Any:
    return t.c * t.n * np.array([_middle(sorted(each)) for each in _terms(t).T])


def _middle(ordered: Any) -> Any:
    k = len(ordered)
    return (ordered[k // 2] + ordered[(k - 1) // 2]) * Fraction(1, 2)


def _terms(t: Terms) -> Array:
    return np.asarray(t.a * t.r[:, None])


def _with_again(i: int, *, longer: bool) -> Callable[[Terms], Any]:
    """Return the prediction with a sample counted twice; n counts it too, if longer."""

    def predict(t: Terms) -> Any:
        share = Fraction(t.n, t.n + longer)
        return (t.expected + t.c * t.a[i] * t.r[i]) * share

    return predict


def _pair(
    x: Callable[[Terms], Any], r: Callable[[Terms], Any]
) -> Callable[[Terms], Any]:
    return lambda t: t.sum(x(t), r(t))


def _count_from(first: int, t: Terms) -> Array:
    return np.array(range(first, first + t.n), dtype=object)


OFF = "off by one: x stands beside the residual of the sample "

#: What is left: means of another kind, samples twice, x beside another's residual.
OTHERS: tuple[Mistake, ...] = (
    ("the median is taken where the mean is meant", _median),
    (
        "the maximum is taken where the mean is meant",
        lambda t: t.c * t.n * _terms(t).max(axis=0),
    ),
    ("the first sample counts twice", _with_again(0, longer=False)),
    ("the last sample counts twice", _with_again(-1, longer=False)),
    ("the first sample counts twice", _with_again(0, longer=True)),
    ("the last sample counts twice", _with_again(-1, longer=True)),
    (
        OFF + "before",
        _pair(lambda t: np.roll(t.a, 1, axis=0), lambda t: t.r),
    ),
    (OFF + "before", _pair(lambda t: t.a[1:], lambda t: t.r[:-1])),
    (OFF + "after", _pair(lambda t: np.roll(t.a, -1, axis=0), lambda t: t.r)),
    (OFF + "after", _pair(lambda t: t.a[:-1], lambda t: t.r[1:])),
    (
        "x is in reverse order beside the residuals",
        _pair(lambda t: t.a[::-1], lambda t: t.r),
    ),
    (
        "x is sorted, and the residuals are not",
        _pair(lambda t: np.sort(t.a, axis=0), lambda t: t.r),
    ),
    (
        "the residuals are sorted, and x is not",
        _pair(lambda t: t.a, lambda t: np.sort(t.r)),
    ),
    ("y is sorted, and x is not", _pair(lambda t: t.a, lambda t: t.p - np.sort(t.y))),
    (
        "y_pred is sorted, and y is not",
        _pair(lambda t: t.a, lambda t: np.sort(t.p) - t.y),
    ),
    ("y is in reverse order", _pair(lambda t: t.a, lambda t: t.p - t.y[::-1])),
    (
        "y is shifted by one sample",
        _pair(lambda t: t.a, lambda t: t.p - np.roll(t.y, 1)),
    ),
    (
        "y is shifted by one sample",
        _pair(lambda t: t.a, lambda t: t.p - np.roll(t.y, -1)),
    ),
    ("y_pred is in reverse order", _pair(lambda t: t.a, lambda t: t.p[::-1] - t.y)),
    (
        "samples are weighted by their number: the first 1, the second 2",
        lambda t: t.sum(t.a, t.r * _count_from(1, t)),
    ),
    (
        "samples are weighted by their number: the first 0, the second 1",
        lambda t: t.sum(t.a, t.r * _count_from(0, t)),
    ),
)


def _sort_rows(t: Terms) -> Any:
    a = np.sort(t.a, axis=0)
    return t.sum(a, a @ t.w - t.y) if len(t.w) == t.d else None


SAMPLES: tuple[Mistake, ...] = (
    ("x is sorted, and y is not", _sort_rows),
    *((words, _average(choice)) for words, choice in _list_choices()),
    *((words, _add(choice)) for words, choice in _list_choices()),
    *OTHERS,
    *(
        (
            f"the mean of the means of batches of {size}, where the last is not full",
            _mean_of_means(size),
        )
        for size in BATCHES
    ),
)
