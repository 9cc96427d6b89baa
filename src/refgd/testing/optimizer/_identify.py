"""Which published rule, or which framework's, does an optimizer follow?"""

import inspect
from collections.abc import Mapping
from itertools import combinations, islice
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._rules import (
    MATRICES,
    NONE_IS_ZERO,
    NUMBERS,
    WORDS,
    in_refgd_names,
    refuse_unknown,
)
from refgd._types import Settings
from refgd.dialects._dialect import around_settings
from refgd.testing.drivers import Driver, as_driver
from refgd.testing.drivers._driver import LR_NAMES, take_rate
from refgd.testing.optimizer._candidates import Candidate, published
from refgd.testing.optimizer._parameters import find_shared
from refgd.testing.optimizer._places import (
    NAN,
    describe_mixing,
    describe_program,
    is_nan,
)
from refgd.testing.optimizer._probes import STEPS, Observed, observe, shapes
from refgd.testing.optimizer._report import Identification, Match, NearMiss
from refgd.testing.optimizer._search import BUDGET, find_cause
from refgd.testing.optimizer._tolerance import (
    Expected,
    Precision,
    error,
    precisions,
    usual_precision,
)
from refgd.testing.optimizer._turns import add_near_turns, turns

#: The rules that most people know.
KNOWN: Final = ("sgd", "momentum", "adam", "rmsprop", "adagrad")

#: What an optimizer that does not state it hardly has.
ASSUMED: Final = ("wd", "dampening")

#: So many rules, the nearest and the known, are searched for two mistakes at once.
FEW: Final = 2


def identify(driver: Any, **hyperparameters: Any) -> Identification:
    """Find which published rule or framework dialect an optimizer follows.

    It is run on the gradients of `check_optimizer`, and so are all dialects and all
    rules of refgd with all their flags, with the hyperparameters stated. One that is
    not stated has each candidate's own default.

    Args:
        driver: What `refgd.testing.drivers` makes; a refgd optimizer, an
            ``update(w, dw, state)``, something with a method ``step(w, g)``, or a
            framework's class may come as it is.
        **hyperparameters: The numbers that the optimizer has: lr, betas, eps, momentum,
            weight_decay … in refgd's names or any framework's. Those that the driver
            states of itself need not be repeated.

    Returns:
        The `Identification`; printed, it says what was found.

    Raises:
        TypeError: If a hyperparameter is not known, or the optimizer cannot be run.

    Example:
        >>> from refgd.testing import drivers, identify
        >>> def update(w, dw, velocity, lr, momentum=0.9):
        ...     velocity = momentum * velocity + dw
        ...     return w - lr * velocity, velocity
        >>> found = identify(drivers.update(update, lambda w: 0 * w))
        >>> found.dialects
        ('torch.optim.SGD', 'optax.sgd')
        >>> found.nearest.mistake
        'lr is outside the velocity'
    """
    subject = as_driver(driver)
    given = dict(hyperparameters)
    lr = take_rate(given)
    _refuse_words(given)
    # a framework that has no decay, say, has none
    numbers = dict.fromkeys(NONE_IS_ZERO, 0.0) if subject.complete else {}
    numbers |= in_refgd_names(subject.settings) | in_refgd_names(given)
    for shape in shapes(subject, lr):
        seen = observe(subject, lr, numbers, shape)
        table, precision, right = _compare_all(seen, numbers)
        if any(each.candidate.recipe.rule in MATRICES for each in right):
            seen = observe(subject, lr, numbers, shape, whole=True)
            table, precision, right = _compare_all(seen, numbers)
        turning = (e.expected for e in right if turns(e.expected.lines))
        for expected in islice(turning, 1):
            seen = add_near_turns(subject, seen, expected)
            table, precision, right = _compare_all(seen, numbers)
        if right:
            break
    shared = find_shared(subject, seen, right[0].expected) if right else None
    if shared is not None:
        off = float(np.max(error(shared.seen.trajectories, shared.expected)))
        match = _by_rule([each.candidate for each in right])[0]
        miss = NearMiss(match, off, shared.where[0], shared.words)
        runs = _describe_runs(seen)
        return Identification(subject.name, (), float("nan"), runs, miss)
    nearest = _find_nearest(table, right)
    return Identification(
        subject.name,
        _by_rule([each.candidate for each in right]),
        max((each.error for each in right), default=float("nan")),
        _describe_runs(seen),
        _describe_near_miss(subject, nearest, table, seen, found=bool(right)),
        precision.words,
        _undecided(right, precision),
    )


class Comparison(NamedTuple):
    """A candidate at every probe, and how far it is from the optimizer."""

    candidate: Candidate
    identity: Any
    assumed: bool
    expected: Expected
    error: float
    share: float
    t: int

    @property
    def matches(self) -> bool:
        """Whether no step differs."""
        return bool(self.t > STEPS)


def _refuse_words(given: Settings) -> None:
    for name in given:
        if name in WORDS and name not in NUMBERS:
            msg = f"{name} is for identify to find out: state numbers alone"
            raise TypeError(msg)
    refuse_unknown(given, [*LR_NAMES, *NUMBERS], "identify")


def _compare_all(
    seen: Observed, numbers: Settings
) -> tuple[list[Comparison], Precision, list[Comparison]]:
    """Compare every candidate, in the precision that explains the optimizer best.

    The last are those that match.
    """
    every = published(seen.probes, numbers)
    one_each = {each.identity: each.expected for each in every}
    for precision in precisions(seen.kind):
        first = _first_differences(one_each, seen, precision)
        if STEPS + 1 in first.values():
            break
    else:
        precision = usual_precision(seen.kind)
        first = _first_differences(one_each, seen, precision)
    apart = {k: error(seen.trajectories, e.trajectories) for k, e in one_each.items()}
    table = []
    for candidate, key, expected in every:
        stated = {**candidate.recipe.flags, "wd": candidate.recipe.wd}
        assumed = any(stated.get(k) and k not in numbers for k in ASSUMED)
        e = apart[key]
        sizes = float(np.max(e)), float(np.mean(np.minimum(e, 1)))
        table.append(Comparison(candidate, key, assumed, expected, *sizes, first[key]))
    return table, precision, [each for each in table if each.matches]


def _first_differences(
    rules: Mapping[Any, Expected], seen: Observed, precision: Precision
) -> dict[Any, int]:
    """Return the first step at which each rule differs; T + 1 if none does."""
    found = (
        (key, expected.first_difference(seen.trajectories, precision))
        for key, expected in rules.items()
    )
    return {key: STEPS + 1 if t is None else t for key, t in found}


def _undecided(right: list[Comparison], precision: Precision) -> str:
    """Return the floats that do not tell the matches apart; nothing where they do."""
    different = {each.identity: each.expected for each in right}.values()
    pairs = combinations(different, 2)
    mixed = any(one.differs_from(other) for one, other in pairs)
    return precision.shortest if mixed else ""


def _find_nearest(table: list[Comparison], right: list[Comparison]) -> Comparison:
    """Return the nearest that is not it: by its worst difference, where one is it.

    Another weight decay is no other rule. Where none is it, the worst says little, and
    what differs last is nearest. What no framework has is held against what one calls
    by the same name.
    """
    if not right:
        return min(table, key=_distance)
    decays = [each.candidate.recipe.wd for each in right]
    wrong = [each for each in table if not each.matches]
    same_decay = [each for each in wrong if each.candidate.recipe.wd in decays]
    same_rule: list[Comparison] = []
    if not any(each.candidate.dialect for each in right):
        rules = {each.candidate.recipe.rule for each in right}
        named = (each for each in same_decay if each.candidate.dialect)
        same_rule = [each for each in named if each.candidate.recipe.rule in rules]
    return min(same_rule or same_decay or wrong, key=lambda each: each.error)


def _distance(each: Comparison) -> tuple[bool, int, float]:
    return each.assumed, -each.t, each.share


def _by_rule(right: list[Candidate]) -> tuple[Match, ...]:
    """Put the candidates of one rule together; flags that differ make no difference."""
    rules = dict.fromkeys(candidate.recipe.rule for candidate in right)
    return tuple(_match([c for c in right if c.recipe.rule == rule]) for rule in rules)


def _match(same: list[Candidate]) -> Match:
    first = same[0].recipe
    flags = {
        name: value
        for name, value in first.flags.items()
        if name != "lr" and all(c.recipe.flags[name] == value for c in same)
    }
    if not inspect.ismethod(first.flags["lr"]):  # the probe's own, or one that falls
        flags["lr"] = "falling"
    flags |= around_settings(first)
    kinds = dict.fromkeys(c.recipe.decay for c in same if c.recipe.wd)
    if kinds and len({c.recipe.wd for c in same}) == 1:
        flags["wd"] = first.wd
    calls = dict.fromkeys(c.call for c in same if c.call)
    names = dict.fromkeys(c.dialect for c in same if c.dialect)
    return Match(first.rule, flags, tuple(kinds), tuple(calls), tuple(names))


def _describe_near_miss(
    subject: Driver,
    nearest: Comparison,
    table: list[Comparison],
    seen: Observed,
    *,
    found: bool,
) -> NearMiss:
    """Return the nearest that is not it, and what is different about it."""
    if found:
        chosen, words = nearest, find_cause(nearest.expected, seen, subject, budget=0)
    else:
        chosen, words = _find_mistake(subject, nearest, table, seen)
    same = [each.candidate for each in table if each.identity == chosen.identity]
    return NearMiss(_match(same), chosen.error, chosen.t, words)


def _find_mistake(
    subject: Driver, nearest: Comparison, table: list[Comparison], seen: Observed
) -> tuple[Comparison, str | None]:
    """Return the rule that one small edit makes it, if there is one; else that two do.

    Of several rules it is the one that most people know.
    """
    program = describe_program(subject, seen)
    if program is not None:
        return nearest, program
    if is_nan(seen):
        return nearest, NAN
    likely = _by_likelihood(table)
    rules = {each.candidate.recipe.rule: each for each in reversed(table)}  # the first
    few = [rules[name] for name in KNOWN] + likely[:FEW]
    known, few = (sorted(each, key=_how_known) for each in (likely, few))
    mixed = describe_mixing(subject, seen)  # which is a mistake of its own
    pairs = [] if mixed else [(each, BUDGET // 2) for each in few]
    for each, budget in (*((each, 0) for each in known), *pairs):
        words = find_cause(
            each.expected, seen, subject, budget=budget, mixed=bool(mixed)
        )
        if words is not None:
            return each, words
    return nearest, mixed


def _how_known(each: Comparison) -> int:
    rule = each.candidate.recipe.rule
    return [*KNOWN, rule].index(rule)


def _by_likelihood(table: list[Comparison]) -> list[Comparison]:
    """Order the dialects' rules, the nearest first."""
    different = {each.identity: each for each in table if each.candidate.dialect}
    return sorted(different.values(), key=_distance)


def _describe_runs(seen: Observed) -> str:
    rates = seen.probes[0].rates
    halved = " halved midway" if rates[0] == 2 * rates[-1] else ""
    changed = "".join(
        f", {k} = {v:g}" for probe in seen.probes for k, v in probe.changed.items()
    )
    own = ", its own eps" if changed and not seen.probes[0].changed else ""
    longest = max(probe.rates[0] for probe in seen.probes)
    changed += f", and lr = {longest:g}" if longest > rates[0] else ""
    size, kind = len(seen.probes[0].start), np.dtype(seen.kind).name
    return (
        f"{STEPS} steps of {size} weights, {kind}, "
        f"lr = {rates[0]:g}{halved}{own}{changed}"
    )
