r"""The second pass of a training loop: does it do what the first one does?

**Definition**
From w₀ the first pass steps by d₁ to w₁, the second by d₂. From w₁ the first pass alone
would step by e₂. Then
$$d_2 = c\, e_2 + \beta\, d_1$$
A plain step has c = 1 and β = 0. A rate that changes has another c. A gradient that is
not set to zero has β = 1, a velocity a smaller one.
"""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing._answers import flat
from refgd.testing.gradient._report import Finding
from refgd.testing.programs._excuses import say_memory
from refgd.testing.programs._updates import (
    FEATURES,
    Advance,
    Start,
    Update,
    list_probes,
    quiet,
)

#: So many starts are compared, of the first shape that an update takes.
STARTS = 6

#: So many features are tried at most.
MOST = 5

#: How near two steps are, beside the largest: rounding is less, also in float32.
NEAR = 1e-4

#: How near β must be to 0 or 1.
WHOLE = 1e-3

ADDS_UP = (
    "the gradient is not set to zero before each pass: every pass adds its own to "
    "those before it"
)
TURNS = "the learning rate turns negative, so that later passes climb"


class Steps(NamedTuple):
    """Two steps d₁ and d₂, and e₂, which the first pass makes from the same w₁."""

    first: Array
    second: Array
    alone: Array


def check(update: Update, finding: Finding) -> Finding:
    """Return what is found of an update of which one pass is right.

    If it keeps a gradient for the next pass it is wrong; if it keeps something else
    nothing can be told.
    """
    if update.advance is None or finding.verdict != "right":
        return finding
    if update.ends_in is not None:
        words = f"line {update.ends_in} ends its loop in the first pass"
        return _call_wrong(update, finding, words)
    shapes = _list_shapes(intercept="b" in update.roles)
    runs = (list(_compare(update.advance, starts)) for starts in shapes)
    found = next(filter(None, runs), None)
    if found is None:
        return _call_unclear(update, finding, None) if update.memory else finding
    steps = Steps(*map(np.concatenate, zip(*found, strict=True)))
    c, beta = _explain(steps, rate_changes=update.rate_changes)
    wrong = ""
    if beta is not None and abs(beta) < WHOLE:
        if c > 0:
            return finding
        wrong = TURNS
    elif beta is not None and abs(beta - 1) < WHOLE and c == 1:
        wrong = ADDS_UP
    if wrong:
        return _call_wrong(update, finding, wrong)
    return _call_unclear(update, finding, beta)


def _call_unclear(update: Update, finding: Finding, beta: float | None) -> Finding:
    share = "" if beta is None else f" ({beta:.3g} times the last step)"
    words = f"could not be told: {say_memory(update, share)}"
    return Finding(finding.kind, update.name, "inconclusive", words)


def _call_wrong(update: Update, finding: Finding, words: str) -> Finding:
    text = f"{update.name} is wrong\n  likely mistake: {words}"
    return Finding(finding.kind, update.name, "wrong", words, text=text)


def _explain(steps: Steps, *, rate_changes: bool) -> tuple[float, float | None]:
    """Return c and β; β is None if no two numbers explain the second steps.

    On one weight and one set of data all steps are in proportion, and c or β alone
    explains them: c only where the program changes its rate.
    """
    size = max(np.abs(each).max() for each in steps)

    def fits(c: float, beta: float) -> bool:
        off = steps.second - c * steps.alone - beta * steps.first
        return bool(np.abs(off).max() <= NEAR * size)

    other_rate = _ratio(steps.second, steps.alone), 0.0
    memory = 1.0, _ratio(steps.second - steps.alone, steps.first)
    sides = np.column_stack([steps.alone, steps.first])
    c, beta = map(float, np.linalg.lstsq(sides, steps.second, rcond=None)[0])
    likely = [other_rate, memory] if rate_changes else [memory, other_rate]
    for each in ((1.0, 0.0), *likely, (c, beta)):
        if fits(*each):
            return each
    return 1.0, None


def _ratio(values: Array, others: Array) -> float:
    """Return the number by which others must be multiplied to come near values."""
    return float(values @ others / (others @ others)) if others.any() else 0.0


def _compare(advance: Advance, starts: list[Start]) -> Iterator[Steps]:
    """Yield the steps from each start, if the update makes a second pass from it."""
    for start in starts:
        try:
            with quiet(), _clock.stopped():
                one, two = advance(start, 2)
                again = start._replace(
                    w=_shape_like(one[0], start.w), b=_shape_like(one[1], start.b)
                )
                (alone,) = advance(again, 1)
            begun, first, second, third = map(
                _join, ((start.w, start.b), one, two, alone)
            )
            yield Steps(begun - first, first - second, first - third)
        except Exception:  # noqa: BLE001, S112 - it takes another shape, or one pass
            continue


def _list_shapes(*, intercept: bool) -> Iterator[list[Start]]:
    """Yield some starts of each shape that an update may take, the usual ones first.

    A program may make what it keeps in the size of its own data.
    """
    generator = np.random.default_rng(2)
    sizes = FEATURES, *(d for d in range(1, MOST + 1) if d != FEATURES)
    for d, probe in itertools.product(sizes, list_probes(intercept=intercept)):
        x, y, w = (
            tuple(d if size == FEATURES else size for size in np.shape(each))
            for each in (probe.x, probe.y, probe.w)
        )
        yield [
            Start(
                generator.normal(size=x),
                generator.normal(size=y),
                generator.normal(size=w)[()],
                None if probe.b is None else np.float64(generator.normal()),
                2.0**-4,
            )
            for _ in range(STARTS)
        ]


def _shape_like(value: Any, own: Any) -> Any:
    """Return weights after a pass in the shape of those before it."""
    return None if own is None else np.reshape(_join((value, None)), np.shape(own))[()]


def _join(weights: tuple[Any, Any]) -> Array:
    """Return w and b as one vector.

    Raises:
        ValueError: If they are no numbers.
    """
    parts = []
    for each in weights:
        entries = flat(each) if each is not None else np.empty(0)
        if entries is None:
            raise ValueError
        parts.append(np.ravel(entries))
    return np.concatenate(parts).astype(np.float64)
