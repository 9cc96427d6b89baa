"""What a program returns that puts the parts together wrongly.

A rule predicts the answer from the sums over each part. It is named only where it
predicts every answer.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing.accumulation._examples import Example, Part, merge

Rule = Callable[[Sequence[Part]], Any]


def whole(parts: Sequence[Part]) -> Any:
    """Return the gradient of the mean over all that counts."""
    return add(parts) / _counted(parts)


def add(parts: Sequence[Part]) -> Any:
    """Return the gradient of the sum."""
    return sum((p.total for p in parts[1:]), parts[0].total)


def _counted(parts: Sequence[Part]) -> int:
    return sum(p.counted for p in parts)


def _means(parts: Sequence[Part]) -> Any:
    """Return the sum of the parts' means."""
    values = [p.total / p.counted for p in parts]
    return sum(values[1:], values[0])


def _halved(parts: Sequence[Part]) -> Any:
    value = parts[0].total / parts[0].counted
    for p in parts[1:]:
        value = (value + p.total / p.counted) / 2
    return value


def _full(parts: Sequence[Part]) -> list[Part]:
    return [p for p in parts if p.counted >= parts[0].counted]


def _groups(parts: Sequence[Part], size: int) -> Sequence[Part]:
    """Return the parts that fill groups of a size: a step is made for each group."""
    return parts[: len(parts) // size * size]


#: What is wrong, with {part} for batch or rank and {item} for sample or token.
MISTAKES: tuple[tuple[str, Rule], ...] = (
    (
        "mean of means: every {part} counts the same, however many {item}s it has",
        lambda ps: _means(ps) / len(ps),
    ),
    ("the means of the {part}es are added up, and not averaged", _means),
    ("the sum over all {item}s is not divided by how many there are", add),
    ("divided once more, by the number of {part}es", lambda ps: whole(ps) / len(ps)),
    (
        "a mean of means, divided once more by the number of {part}es",
        lambda ps: _means(ps) / len(ps) ** 2,
    ),
    (
        "divided once more, by the number of {item}s",
        lambda ps: whole(ps) / _counted(ps),
    ),
    ("divided by the number of {part}es, not of {item}s", lambda ps: add(ps) / len(ps)),
    ("the last {part} is left out", lambda ps: whole(ps[:-1])),
    (
        "the last {part} is left out, but counted",
        lambda ps: add(ps[:-1]) / _counted(ps),
    ),
    (
        "the last {part} is left out, in a mean of means",
        lambda ps: _means(ps[:-1]) / len(ps[:-1]),
    ),
    (
        "the last {part} is left out, but counted, in a mean of means",
        lambda ps: _means(ps[:-1]) / len(ps),
    ),
    ("the first {part} is left out", lambda ps: whole(ps[1:])),
    (
        "the first {part} is left out, but counted",
        lambda ps: add(ps[1:]) / _counted(ps),
    ),
    (
        "only the last {part} counts: is each set to zero, or overwritten?",
        lambda ps: whole(ps[-1:]),
    ),
    (
        "only the last {part} counts, divided by the number of {part}es",
        lambda ps: whole(ps[-1:]) / len(ps),
    ),
    (
        "only the last {part} counts, divided by the number of all {item}s",
        lambda ps: add(ps[-1:]) / _counted(ps),
    ),
    ("only the first {part} counts", lambda ps: whole(ps[:1])),
    ("{part}es smaller than the first are left out", lambda ps: whole(_full(ps))),
    (
        "divided by the number of {part}es times the first one's size",
        lambda ps: add(ps) / (len(ps) * ps[0].counted),
    ),
    (
        "divided by the number of {part}es times the last one's size",
        lambda ps: add(ps) / (len(ps) * ps[-1].counted),
    ),
    (
        "divided by the number of {part}es times the largest one's size",
        lambda ps: add(ps) / (len(ps) * max(p.counted for p in ps)),
    ),
    ("divided by the first {part}'s size alone", lambda ps: add(ps) / ps[0].counted),
    ("divided by the last {part}'s size alone", lambda ps: add(ps) / ps[-1].counted),
    (
        "divided by the largest {part}'s size alone",
        lambda ps: add(ps) / max(p.counted for p in ps),
    ),
    ("the last {part} counts twice", lambda ps: whole([*ps, ps[-1]])),
    ("the first {part} counts twice", lambda ps: whole([ps[0], *ps])),
    ("the odd {part} at the end is left out", lambda ps: whole(_groups(ps, 2))),
    (
        "{part}es at the end that fill no group of 3 are left out",
        lambda ps: whole(_groups(ps, 3)),
    ),
    (
        "the odd {part} at the end is left out, in a mean of means",
        lambda ps: _means(_groups(ps, 2)) / len(_groups(ps, 2)),
    ),
    (
        "the means of the {part}es are added up, and divided by the number of {item}s",
        lambda ps: _means(ps) / _counted(ps),
    ),
    ("a running average, in which each {part} halves what came before", _halved),
    ("the sign is turned around", lambda ps: -whole(ps)),
    ("half the gradient: the factor 2 is missing", lambda ps: whole(ps) / 2),
    ("twice the gradient", lambda ps: 2 * whole(ps)),
)


def _rows(parts: Sequence[Part]) -> int:
    return sum(p.rows for p in parts)


def _area(parts: Sequence[Part]) -> int:
    return sum(p.area for p in parts)


def _padded(parts: Sequence[Part]) -> Any:
    return sum(p.padded for p in parts)


#: Of tokens with padding.
OF_TOKENS: tuple[tuple[str, Rule], ...] = (
    (
        "mean of means: every sample counts the same, however many tokens it has",
        lambda ps: sum(sum(p.means) for p in ps) / _rows(ps),
    ),
    (
        "mean of means: of each sample's tokens, then of each {part}'s samples",
        lambda ps: sum(sum(p.means) / p.rows for p in ps) / len(ps),
    ),
    (
        "the {part}es are weighted by their samples, not by their tokens",
        lambda ps: sum(p.rows * p.total / p.counted for p in ps) / _rows(ps),
    ),
    ("divided by the number of samples, not of tokens", lambda ps: add(ps) / _rows(ps)),
    ("the padding is counted: divided by all tokens", lambda ps: add(ps) / _area(ps)),
    (
        "the padding is counted, in a mean of means",
        lambda ps: sum(p.total / p.area for p in ps) / len(ps),
    ),
    (
        "the padding is counted in each {part}'s mean, not in the weights",
        lambda ps: sum(p.counted * p.total / p.area for p in ps) / _counted(ps),
    ),
    ("the padding is not masked", lambda ps: _padded(ps) / _area(ps)),
    (
        "the padding is not masked, and not counted",
        lambda ps: _padded(ps) / _counted(ps),
    ),
    (
        "the padding is not masked, and the {part}es are weighted by their samples",
        lambda ps: sum(p.rows * p.padded / p.area for p in ps) / _rows(ps),
    ),
    (
        "the padding is not masked, in a mean of means",
        lambda ps: sum(p.padded / p.area for p in ps) / len(ps),
    ),
)

#: Where a sum is meant.
OF_SUMS: tuple[tuple[str, Rule], ...] = (
    ("a mean over all {item}s where the sum is meant", whole),
)

#: What counts as a part: where a rank has one batch, x and y, it is the rank.
UNITS = {"": ("batch",), "x": ("rank",), "batches": ("rank", "batch")}

Prediction = Callable[[Example], list[Any]]  # x · residual, put together by each rank


def list_mistakes(
    *, mean: bool, ranked: str, tokens: bool
) -> Iterator[tuple[str, Prediction]]:
    """Yield what is wrong, in words, and what each rank would return then."""
    own = MISTAKES if mean else (*OF_SUMS, *(m for m in MISTAKES if m[1] is not add))
    rules = (*own, *(OF_TOKENS if tokens else ()))
    item = "token" if tokens else "sample"
    if ranked:
        right = whole if mean else add
        yield "each rank keeps its own gradient: all_reduce is missing", _apart(right)
        said = f"divided by the ranks times this one's own {item}s"
        yield said, _by_own_size
    for part in UNITS[ranked]:
        for words, rule in rules:
            said = words.format(part=part, item=item).replace("rankes", "ranks")
            yield said, _together(rule, of_ranks=part == "rank")
    for words, rule in (("", whole), *rules) if ranked == "batches" else ():
        said = words.format(part="batch", item=item) or "the mean is right"
        for outer, divided in (("averaged", True), ("added up", False)):
            nested = _nested(rule, divided=divided)
            yield f"in each rank, {said}; then the ranks are {outer}", nested
        yield f"each rank keeps its own gradient; and in each, {said}", _apart(rule)


def _by_own_size(example: Example) -> list[Any]:
    ranks = [merge(parts) for parts in example.parts]
    return [add(ranks) / (len(ranks) * rank.counted) for rank in ranks]


def _together(rule: Rule, *, of_ranks: bool) -> Prediction:
    def predict(example: Example) -> list[Any]:
        ranks = example.parts
        parts = [merge(r) for r in ranks] if of_ranks else [p for r in ranks for p in r]
        return [rule(parts)] * len(ranks)

    return predict


def _apart(rule: Rule) -> Prediction:
    return lambda example: [rule(parts) for parts in example.parts]


def _nested(rule: Rule, *, divided: bool) -> Prediction:
    def predict(example: Example) -> list[Any]:
        values = [rule(parts) for parts in example.parts]
        total = sum(values[1:], values[0])
        return [total / len(values) if divided else total] * len(values)

    return predict


#: By these a fixed number may be seen: what is divided by it.
NUMERATORS: tuple[tuple[str, Rule], ...] = (
    ("{q} times the gradient", whole),
    ("the means are added up and divided by {d}, however many there are", _means),
    ("divided by {d}, however many samples there are", add),
)


def list_constants(
    example: Example, seen: Fraction, ranked: str
) -> Iterator[tuple[str, Prediction]]:
    """Yield what a fixed number would explain, from the first entry of an answer."""
    for words, rule in NUMERATORS:
        predict = _together(rule, of_ranks=ranked == "x")
        first = np.ravel(predict(example)[0])[0]
        if first and seen:
            q = (seen / first).limit_denominator(1000)
            said = words.format(q=q, d=1 / q)
            yield said, _scaled(predict, q)


def _scaled(predict: Prediction, q: Fraction) -> Prediction:
    return lambda example: [q * value for value in predict(example)]
