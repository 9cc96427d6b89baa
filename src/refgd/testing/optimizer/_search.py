"""Search the cause: the edits of a rule's lines that do what an optimizer did.

An edit is a cause only if it takes every step of every probe, within the rounding of
the floats that the optimizer computes in; and then once more on other gradients, which
the search has not seen.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

import numpy as np

from refgd._types import Array
from refgd.testing.drivers import Driver
from refgd.testing.optimizer._changes import changes
from refgd.testing.optimizer._edits import (
    Edit,
    Lines,
    arrays_of,
    edit_line,
    edits,
    late_edits,
    whole_edits,
)
from refgd.testing.optimizer._fits import fits
from refgd.testing.optimizer._flags import variants
from refgd.testing.optimizer._probes import Observed, others_of
from refgd.testing.optimizer._program import Inputs, first_step, run
from refgd.testing.optimizer._sharing import describe_sharing
from refgd.testing.optimizer._target import Target
from refgd.testing.optimizer._tolerance import Expected, precisions
from refgd.testing.optimizer._turns import put_near_turns, turns

#: How many steps of pairs of edits are taken, at most: some seconds.
BUDGET: Final = 60_000

#: How many first steps of one line's changes take as long as one step by itself.
BATCH: Final = 4

#: How many edits, the most promising, are tried with a number that is solved for.
FITTED: Final = 10


def find_cause(
    expected: Expected,
    seen: Observed,
    driver: Driver,
    *,
    budget: int = BUDGET,
    mixed: bool = False,
) -> str | None:
    """Return in words the edit, or the two, that do what the optimizer did.

    If it mixes the weights, pairs are not tried, but one state for all of them is.
    """
    tried = precisions(seen.kind)
    if not expected.known:
        tried = tried[:1]  # how it rounds is not known
    whole, finite = _finite(seen.trajectories, expected.inputs)
    if len(finite.start[0]) < expected.inputs.start.shape[1] / 2:
        return None
    single = [*variants(expected), *edits(expected.lines)]
    paths: dict[Lines, list[Array]] = {edit.lines: [] for edit in single}
    # what is rounded least, then what is rounded most
    for precision in dict.fromkeys((tried[0], tried[-1])):
        with np.errstate(all="ignore"):
            target = Target(whole, finite, precision, paths)
            pairs = budget if precision == tried[0] and not mixed else 0
            for edit in _search(target, expected.lines, single, pairs):
                confirmed = _is_confirmed(edit.lines, target, expected, driver)
                if confirmed and _differ(edit.lines, expected.lines, finite):
                    return _with_nan(edit, seen.trajectories, expected)
            words = describe_sharing(expected.lines, target) if mixed else None
            if words is not None:
                return words
    return None


def _differ(lines: Lines, others: Lines, data: Inputs) -> bool:
    one, other = (run(each, data) for each in (lines, others))
    return not np.array_equal(one, other, equal_nan=True)


def _finite(seen: Array, data: Inputs) -> tuple[Array, Inputs]:
    """Return the weights that stay finite, and what they were run on."""
    places = np.flatnonzero(np.isfinite(seen).all(axis=(0, 1)))
    if len(places) == seen.shape[-1]:
        return seen, data
    return seen[:, :, places], data.at(*places)


def _with_nan(edit: Edit, seen: Array, expected: Expected) -> str | None:
    """Return the words; of weights that are not finite only if they are not with it."""
    if np.isfinite(seen).all():
        return edit.words
    path = run(edit.lines, expected.inputs._replace(over=np.divide))
    lost = ~np.isfinite(seen).all(axis=(0, 1))
    same = np.array_equal(lost, ~np.isfinite(path).all(axis=(0, 1)))
    return f"{edit.words}, so that weights become NaN" if same else None


def _search(
    target: Target, lines: Lines, single: list[Edit], budget: int
) -> Iterator[Edit]:
    """Yield what explains the probes: single edits, then pairs of them."""
    t, _ = target.compare(lines)
    every = [*single, *late_edits(lines, t - 1)]
    # a sign, or a maximum, may hide what happened for some steps
    late = chain.from_iterable(late_edits(lines, k) for k in range(t - 2, 0, -1))
    yield from (e for e in chain(every, late) if target.agrees(e.lines))
    yield from fits(lines, target)
    if not budget:
        return
    ranked = sorted(every, key=lambda each: target.compare(each.lines), reverse=True)
    target.spent = 0
    found = (
        *(_with_a_number(edit, target) for edit in ranked[:FITTED]),
        *(_with_one_more_change(edit, target) for edit in ranked),
        *(_with_another(edit, target) for edit in ranked),
    )
    for pair in chain(*found):
        if pair is not None:
            yield pair
        if target.spent > budget:
            return


def _join(first: Edit, second: Edit) -> Edit:
    """Return both edits, of which the second was made in the lines of the first."""
    return Edit(f"{first.words}; and {second.words}", second.lines)


def _with_a_number(edit: Edit, target: Target) -> Iterator[Edit | None]:
    for other in fits(edit.lines, target):
        yield _join(edit, other)
    yield None


def _with_one_more_change(edit: Edit, target: Target) -> Iterator[Edit | None]:
    """Yield the edits of one expression more that explain everything.

    The first step is taken with all changes of a line at once.
    """
    lines, arrays = edit.lines, arrays_of(edit.lines)
    for k, (_, text) in enumerate(lines):
        every = changes(text, arrays)
        if not every:
            continue
        target.spent += len(every) // BATCH
        tried = first_step(lines, k, [new for _, new in every], target.data)
        right = np.abs(tried - target.seen[1]) <= target.allowed[1]
        for (words, new), passed in zip(every, right.all(axis=(1, 2)), strict=True):
            if passed:
                other = edit_line(lines, k, words, new)
                yield _join(edit, other) if target.agrees(other.lines) else None
        yield None


def _with_another(edit: Edit, target: Target) -> Iterator[Edit | None]:
    """Yield the edits of the whole step that explain everything with another one."""
    t, _ = target.compare(edit.lines)
    for other in chain(whole_edits(edit.lines), late_edits(edit.lines, t - 1)):
        if other.lines not in target.known and target.agrees(other.lines):
            yield _join(edit, other)
        else:
            yield None


def _is_confirmed(
    lines: Lines, target: Target, expected: Expected, driver: Driver
) -> bool:
    """Whether lines explain the driver, on other gradients too if it can be run."""
    if not target.explains(lines):
        return False
    if driver.record:  # there are no others
        return True
    other = [others_of(probe) for probe in expected.probes]
    if turns(lines):
        other = put_near_turns(lines, Expected(expected.rules, other).inputs, other)
    seen = np.stack([probe.run(driver) for probe in other], axis=1)
    whole, finite = _finite(seen, Expected(expected.rules, other).inputs)
    return Target(whole, finite, target.precision).explains(lines)
