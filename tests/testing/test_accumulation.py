"""check_accumulation: what weights the parts rightly passes, mistakes are named."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_accumulation

Accumulate = Callable[..., Any]


def grad(w: Any, x: Any, y: Any) -> Any:
    """Return the gradient of the sum of squares."""
    return 2 * np.dot(x.T, np.dot(x, w) - y)


def mean(w: Any, x: Any, y: Any) -> Any:
    return grad(w, x, y) / len(y)


def size(batches: Any) -> int:
    return sum(len(y) for _, y in batches)


def sums(w: Any, batches: Any) -> Any:
    return sum(grad(w, x, y) for x, y in batches)


def whole(w: Any, batches: Any) -> Any:
    return sums(w, batches) / size(batches)


def weighted(w: Any, batches: Any) -> Any:
    return sum(mean(w, *b) * Fraction(len(b[1]), size(batches)) for b in batches)


def running(w: Any, batches: Any) -> Iterator[Any]:
    total, n = 0 * w, 0
    for x, y in batches:
        total, n = total + grad(w, x, y), n + len(y)
        yield total / n


def concatenated(w: Any, batches: Any) -> Any:
    x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return mean(w, x, y)


def in_floats(w: float, batches: Any) -> Any:
    total, n = 0.0, 0
    for x, y in batches:
        total += 2.0 * float(np.mean(x * (w * x - y))) * len(y)
        n += len(y)
    return total / n


def drained(weights: Any, loader: Any) -> Any:
    total, n = 0 * weights, 0
    while True:
        try:
            x, y = next(loader)
        except StopIteration:
            return total / n
        total, n = total + grad(weights, x, y), n + len(y)


def of_tokens(w: Any, batches: Any) -> Any:
    total = sum((mask * 2 * x * (w * x - y)).sum() for x, y, mask in batches)
    return total / sum(mask.sum() for _, _, mask in batches)


def of_token_means(w: Any, batches: Any) -> Any:
    n = sum(mask.sum() for _, _, mask in batches)
    means = [(m.sum(), 2 * np.mean((x * (w * x - y))[m])) for x, y, m in batches]
    return sum(k * value for k, value in means) / n


def of_ranks(w: Any, x: Any, y: Any, all_reduce: Any) -> Any:
    return all_reduce(grad(w, x, y)) / all_reduce(len(y))


def of_a_pair(w: Any, x: Any, y: Any, *, all_reduce: Any) -> Any:
    total, n = all_reduce((grad(w, x, y), len(y)))
    return total / n


def of_scaled_ranks(w: Any, x: Any, y: Any, all_reduce: Any, world_size: int) -> Any:
    share = Fraction(len(y) * world_size, all_reduce(len(y)))
    return all_reduce(share * mean(w, x, y), "mean")


def of_ranks_and_batches(w: Any, micro_batches: Any, all_mean: Any) -> Any:
    return all_mean(sums(w, micro_batches)) / all_mean(Fraction(size(micro_batches)))


RIGHT: dict[str, Accumulate] = {
    each.__name__: each
    for each in (
        *(whole, weighted, running, concatenated, in_floats, drained, of_tokens),
        *(of_token_means, of_ranks, of_a_pair, of_scaled_ranks, of_ranks_and_batches),
    )
} | {
    "a step": lambda w, batches, lr: w - lr * whole(w, batches),
    "rate by name": lambda w, batches, lr=0.5: w - lr * whole(w, batches),
    "a change": lambda w, batches, lr: -lr * whole(w, batches),
    "lists": lambda w, xs, ys: whole(w, [*zip(xs, ys, strict=True)]),
    "total": lambda w, batches, num_items_in_batch: (
        sums(w, batches) / num_items_in_batch
    ),
    "float32": lambda w, batches: np.float32(whole(w, batches)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_weighted_rightly_passes(name: str) -> None:
    report = check_accumulation(RIGHT[name])
    assert report.examples > 20
    assert any("shorter" in note for note in report.notes) == (name == "float32")
    assert (report.exact == 0) == (name in ("in_floats", "float32"))


def step_in_loop(w: Any, batches: Any, lr: Any) -> Any:
    for x, y in batches:
        w = w - lr * mean(w, x, y)
    return w


def masked(rule: Callable[..., Any]) -> Accumulate:
    """Return the mean over batches of what a rule makes of residuals and mask."""
    return lambda w, batches: (
        sum(rule(2 * x * (w * x - y), mask) for x, y, mask in batches) / len(batches)
    )


def each_sample(terms: Any, mask: Any) -> Any:
    pairs = zip(terms, mask, strict=True)
    return sum(row[used].mean() for row, used in pairs) / len(terms)


def halved(w: Any, batches: Any) -> Any:
    value = mean(w, *batches[0])
    for batch in batches[1:]:
        value = (value + mean(w, *batch)) / 2
    return value


WRONG: dict[str, Accumulate] = {
    "mean of means: every batch": lambda w, b: sum(mean(w, *p) for p in b) / len(b),
    "the means of the batches are added up": lambda w, b: sum(mean(w, *p) for p in b),
    "the sum over all samples is not divided": sums,
    "divided once more, by the number of batches": lambda w, b: whole(w, b) / len(b),
    "a mean of means, divided once more": lambda w, b: (
        sum(mean(w, *p) for p in b) / len(b) ** 2
    ),
    "divided once more, by the number of samples": lambda w, b: whole(w, b) / size(b),
    "divided by the number of batches, not of": lambda w, b: sums(w, b) / len(b),
    "the last batch is left out": lambda w, b: whole(w, b[:-1]),
    "the last batch is left out, but counted": lambda w, b: sums(w, b[:-1]) / size(b),
    "the first batch is left out": lambda w, b: whole(w, b[1:]),
    "only the last batch counts": lambda w, b: mean(w, *b[-1]),
    "only the first batch counts": lambda w, b: mean(w, *b[0]),
    "only the last batch counts, divided by the number of b": lambda w, b: (
        mean(w, *b[-1]) / len(b)
    ),
    "batches smaller than the first": lambda w, b: whole(
        w, [p for p in b if len(p[1]) >= len(b[0][1])]
    ),
    "times the first one's size": lambda w, b: sums(w, b) / (len(b) * len(b[0][1])),
    "times the last one's size": lambda w, b: sums(w, b) / (len(b) * len(b[-1][1])),
    "times the largest one's size": lambda w, b: (
        sums(w, b) / (len(b) * max(len(y) for _, y in b))
    ),
    "divided by the largest batch's size": lambda w, b: (
        sums(w, b) / max(len(y) for _, y in b)
    ),
    "a running average": halved,
    "the sign is turned around": lambda w, b: -whole(w, b),
    "half the gradient": lambda w, b: whole(w, b) / 2,
    "3 times the gradient": lambda w, b: 3 * whole(w, b),
    "the means are added up and divided by 4": lambda w, b: (
        sum(mean(w, *p) for p in b) / 4
    ),
    "divided by 8, however many samples": lambda w, b: sums(w, b) / 8,
    "it takes a step after each batch": step_in_loop,
    "mean of means: every batch counts the same, however many token": masked(
        lambda terms, mask: terms[mask].mean()
    ),
    "mean of means: of each sample's tokens, then": masked(each_sample),
    "the padding is counted, in a mean of means": masked(lambda t, m: (t * m).mean()),
    "the padding is not masked, in a mean": masked(lambda terms, _: terms.mean()),
    "the padding is counted: divided by all": lambda w, b: (
        sum((m * 2 * x * (w * x - y)).sum() for x, y, m in b)
        / sum(m.size for *_, m in b)
    ),
    "mean of means: every sample counts the same": lambda w, b: (
        sum(each_sample(2 * x * (w * x - y), m) * len(m) for x, y, m in b)
        / sum(len(m) for *_, m in b)
    ),
    "weighted by their samples, not by their tokens": lambda w, b: (
        sum((2 * x * (w * x - y))[m].mean() * len(m) for x, y, m in b)
        / sum(len(m) for *_, m in b)
    ),
    "each rank keeps its own": lambda w, x, y, all_reduce: [
        g := mean(w, x, y),
        all_reduce(g),
    ][0],  # as if it worked in place
    "mean of means: every rank": lambda w, x, y, all_mean: all_mean(mean(w, x, y)),
    "the means of the ranks are": lambda w, x, y, all_reduce: all_reduce(mean(w, x, y)),
    "in each rank, mean of means: every batch counts the same, however many samples it "
    "has; then the ranks are added up": lambda w, batches, all_reduce: all_reduce(
        sum(mean(w, *b) for b in batches) / len(batches)
    ),
    "a rank ended without": lambda w, x, y, all_reduce, rank: (
        of_ranks(w, x, y, all_reduce) if rank == 0 else mean(w, x, y)
    ),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_mistake_is_named(words: str) -> None:
    with pytest.raises(GradientError) as caught:
        check_accumulation(WRONG[words], signature=_signature(WRONG[words]))
    assert words in str(caught.value.diagnosis)
    assert "expected" in str(caught.value)


def _signature(function: Accumulate) -> str | None:
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return "w, batches" if names == ("w", "b") else None
