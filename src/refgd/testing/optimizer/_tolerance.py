"""How far two right programs may be apart, in the floats that they compute in."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from refgd import vectors
from refgd._types import Array
from refgd.dialects import Recipe
from refgd.testing.optimizer._bounded import Units
from refgd.testing.optimizer._equations import Line, equations, has_lines
from refgd.testing.optimizer._excuses import find_unexcused, is_off
from refgd.testing.optimizer._probes import Probe
from refgd.testing.optimizer._program import (
    UNKNOWN_LINES,
    Inputs,
    bounded_steps,
    inputs,
    run,
    unknown_inputs,
)
from refgd.testing.optimizer._reference import Rule

#: The least tolerance in float64, of the way that a weight has come. Programs in other
#: languages may have other roots and powers; the nearest published variant of any rule
#: is `APART`.
FLOOR: Final = vectors.TOLERANCE

#: How far apart published variants are in float64, or further.
APART: Final = 1e-3

#: So many steps tell most rules apart.
SOON: Final = 2

#: The roundings of an optimizer whose lines are not known: as many as Adam's.
UNKNOWN_ROUNDINGS: Final = 5000


class Precision(NamedTuple):
    """What a program may compute in: in words, and the floats of its parts."""

    words: str
    units: Units

    @property
    def shortest(self) -> str:
        """The name of the shortest of its floats."""
        return np.dtype(max(self.units, key=lambda kind: np.finfo(kind).eps)).name


DOUBLE: Final = Precision("", Units(np.float64, np.float64, np.float64))


def precisions(kind: Any) -> tuple[Precision, ...]:
    """Return what a program may compute in whose weights are in this kind of float.

    What is rounded least comes first.
    """
    if kind == np.float64:
        single = np.float32
        return (
            DOUBLE,
            # numbers such as beta in float32 are hardly more than states in it
            Precision(
                "with its states or some hyperparameters in float32",
                Units(kind, kind, single),
            ),
            Precision("with its hyperparameters in float32", Units(single, kind, kind)),
            Precision(
                "with its hyperparameters and states in float32",
                Units(single, kind, single),
            ),
        )
    words = f"computed in {kind.__name__}"
    return (
        DOUBLE,  # sums of numbers with few digits are exact in any
        Precision(words, Units(np.float64, kind, kind)),
        Precision(words, Units(kind, kind, kind)),
    )


def usual_precision(kind: Any) -> Precision:
    """Return what weights of this kind are computed in, where no precision explains."""
    return precisions(kind)[0 if kind == np.float64 else -1]


def path_length(expected: Array) -> Array:
    """Return how far each weight has come, from 0 by way of its start."""
    with np.errstate(all="ignore"):  # a rule with another's numbers may overflow
        steps = np.diff(expected, axis=0, prepend=0 * expected[:1])
        return np.cumsum(np.abs(steps), axis=0)


def error(trajectory: Array, expected: Array) -> Array:
    r"""Return each weight's error, relative to the length of its trajectory so far.

    **Definition**
    $$e_{tj} = \frac{|w_{tj} - \bar w_{tj}|}
      {|\bar w_{0j}| + \sum_{s \le t} |\bar w_{sj} - \bar w_{s-1,j}|}$$

    0 / 0 is 0; NaN or inf in the trajectory is inf.
    """
    with np.errstate(all="ignore"):
        apart = np.abs(trajectory - expected)
        e = np.where(apart == 0, 0.0, apart / path_length(expected))
    return np.where(np.isfinite(e), e, np.inf)


class Expected:
    """What a rule does at every probe, and what another program of it may do.

    Args:
        rules: The rule at each probe.
        probes: The probes.
    """

    def __init__(self, rules: Sequence[Rule], probes: Sequence[Probe]) -> None:
        self.rules = rules
        self.probes = probes
        self.recipes = [rule for rule in rules if isinstance(rule, Recipe)]
        self.known = bool(self.recipes) and has_lines(self.recipes[0])

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return equations(self.recipes[0]) if self.known else UNKNOWN_LINES

    @cached_property
    def inputs(self) -> Inputs:
        if self.known:
            return inputs(self.recipes, self.probes)
        return unknown_inputs([rule.make() for rule in self.rules], self.probes)

    @cached_property
    def trajectories(self) -> Array:
        """(T + 1, P, D)."""
        return run(self.lines, self.inputs)

    def takes_path(self, seen: Array) -> bool:
        """Whether it does what was seen, within `FLOOR`; a few steps refute most."""
        soon = self.inputs._replace(each=self.inputs.each[:SOON])
        return _is_near(seen[: SOON + 1], run(self.lines, soon)) and _is_near(
            seen, self.trajectories
        )

    @cached_property
    def length(self) -> Array:
        return path_length(self.trajectories)

    def bounds(
        self, seen: Array, precision: Precision
    ) -> Iterator[tuple[Array, Array]]:
        """Yield the weights after each step, and how far each may be off.

        Each step is taken from the weights that were seen, where the lines are known.
        """
        floor = (
            FLOOR * self.length if precision == DOUBLE else np.zeros_like(self.length)
        )
        if not self.known:
            unit = float(np.finfo(precision.units.array).eps) / 2
            allowed = floor + unit * UNKNOWN_ROUNDINGS * self.length
            yield from zip(self.trajectories, allowed, strict=True)
            return
        steps = bounded_steps(self.lines, self.inputs, precision.units, seen)
        for least, w in zip(floor, steps, strict=True):
            yield w.value, w.error + least

    def wrong(self, seen: Array, precision: Precision) -> Array:
        """Return which weights are not the rule's; NaN and inf never are."""
        off = np.stack([is_off(w, *b) for w, b in self._each(seen, precision)])
        return off if off.any() else self._find_unexcused(seen, precision)

    def first_difference(self, seen: Array, precision: Precision) -> int | None:
        """Return the first step that is not the rule's; None if there is none."""
        each = enumerate(self._each(seen, precision))
        first = next((t for t, (w, bound) in each if is_off(w, *bound).any()), None)
        if first is not None:
            return first
        steps = self._find_unexcused(seen, precision).any(axis=(1, 2))
        return int(steps.argmax()) if steps.any() else None

    def _find_unexcused(self, seen: Array, precision: Precision) -> Array:
        """Return which weights are not the rule's though they are in bounds."""
        if precision == DOUBLE or not self.known:
            return np.zeros(seen.shape, dtype=bool)
        kind = self.probes[0].kind
        tried = precisions(kind)[: precisions(kind).index(precision)]
        # weights that are short are rounded for sure
        finer = (self.wrong(seen, p) for p in tried if p.units.array == kind)
        return find_unexcused(self.lines, self.inputs, precision.units, seen, finer)

    def _each(self, seen: Array, precision: Precision) -> Any:
        return zip(seen, self.bounds(seen, precision), strict=True)

    def is_sharp(self, seen: Array, precision: Precision) -> bool:
        """Whether rounding hides nothing that is `APART`."""
        allowed = np.stack([each for _, each in self.bounds(seen, precision)])
        hidden = 2 * np.cumsum(allowed, axis=0)  # that of this rule, and of another
        return bool((hidden <= APART * self.length).all())

    def differs_from(self, other: "Expected") -> bool:
        """Whether two rules are `APART` in float64, as published variants are."""
        return bool((error(self.trajectories, other.trajectories) >= APART).any())


def _is_near(seen: Array, expected: Array) -> bool:
    return bool(error(seen, expected).max() <= FLOOR)
