"""Is an optimizer the rule that it is meant to be?"""

from typing import Any

import numpy as np

from refgd._rules import MATRICES, NUMBERS, in_refgd_names, rule_of
from refgd.dialects._dialect import around_settings
from refgd.testing.drivers import Driver, as_driver
from refgd.testing.drivers._driver import take_rate
from refgd.testing.optimizer._candidates import published
from refgd.testing.optimizer._parameters import find_shared
from refgd.testing.optimizer._places import (
    NAN,
    describe_mixing,
    describe_program,
    is_nan,
)
from refgd.testing.optimizer._probes import Observed, choose_shape, observe
from refgd.testing.optimizer._reference import CustomRule, Like, Rule, reference
from refgd.testing.optimizer._report import describe_difference, describe_undecided
from refgd.testing.optimizer._search import BUDGET, find_cause
from refgd.testing.optimizer._tolerance import (
    Expected,
    Precision,
    precisions,
    usual_precision,
)
from refgd.testing.optimizer._turns import add_near_turns

__tracebackhide__ = True  # pytest shows the test, not the kit


def check_optimizer(
    driver: Any,
    like: Like = "adam",
    **hyperparameters: Any,
) -> None:
    """Check that an optimizer takes the same path as its reference, step by step.

    Both are run on the same gradients: normal ones, of size 1e-8, of 1e3, always zero,
    intermittent (zero at first) and constant; from 0 and from other weights; with a
    learning rate that is halved midway; and, where the optimizer has an eps, with
    eps = 1e-2 and 1e-8 as well as its own. A difference is one that rounding, in the
    floats that the optimizer computes in, cannot explain.

    Args:
        driver: What `refgd.testing.drivers` makes; a refgd optimizer, an
            ``update(w, dw, state)``, something with a method ``step(w, g)``, or a
            framework's class may come as it is.
        like: The name of a rule of `refgd.optimizers` or of `refgd.dialects`, or an
            optimizer, or a function that makes one from lr.
        **hyperparameters: Of the reference, in its own names or in another framework's.
            Those that the driver states of itself need not be repeated.

    Raises:
        WrongOptimizer: If they differ: an AssertionError, which says in which step.
        Inconclusive: If it is right, but computes in floats so short that it may be
            another published rule as well: an AssertionError too.
        TypeError: If there is no such hyperparameter, or the optimizer cannot be run.
        ValueError: If there is no such reference.

    Example:
        >>> from refgd.testing import check_optimizer, drivers
        >>> def update(w, dw, velocity, lr):
        ...     velocity = 0.9 * velocity - lr * dw
        ...     return w + velocity, velocity
        >>> mine = drivers.update(update, lambda w: 0 * w)
        >>> check_optimizer(mine, "keras.optimizers.SGD", momentum=0.9)
        >>> check_optimizer(mine, "torch.optim.SGD", momentum=0.9)
        ... # doctest: +ELLIPSIS
        Traceback (most recent call last):
        refgd.testing.optimizer.WrongOptimizer: update is not torch.optim.SGD...
        likely: lr is inside the velocity, which is keras.optimizers.SGD(momentum=0.9)
    """
    subject = as_driver(driver)
    given = dict(hyperparameters)
    lr = take_rate(given)
    theirs = in_refgd_names(subject.settings)
    rule = rule_of(like)
    shape = choose_shape(subject, rule)
    numbers = theirs | in_refgd_names(given)
    seen = observe(subject, lr, numbers, shape, whole=rule in MATRICES)
    seen, expected = _expect(subject, seen, like, given, theirs)
    for precision in precisions(seen.kind):
        if expected.first_difference(seen.trajectories, precision) is None:
            shared = find_shared(subject, seen, expected)
            if shared is not None:
                names = subject.name, like
                raise describe_difference(names, *shared)
            _refuse_undecided(subject.name, like, seen, expected, precision)
            return
    precision = usual_precision(seen.kind)
    wrong = expected.wrong(seen.trajectories, precision)
    k = int(np.argmax(wrong.any(axis=(0, 2))))
    t, j = (int(i) for i in np.argwhere(wrong[:, k])[0])
    words = _diagnose(subject, seen, expected)
    paths = expected.trajectories
    raise describe_difference((subject.name, like), seen, paths, (t, k, j), words)


def _expect(
    driver: Driver,
    seen: Observed,
    like: Like,
    given: dict[str, Any],
    theirs: dict[str, Any],
) -> tuple[Observed, Expected]:
    """Return the rule at each probe; where it has no eps, at those that change none.

    An eps that a probe changes goes for both, the optimizer and the rule.
    """
    rules: list[Rule] = []
    for probe in seen.probes:
        changed = probe.numbers.keys()
        kept = {k: given[k] for k in given if not changed & {*NUMBERS.get(k, ())}}
        rules.append(reference(like, kept, theirs | probe.numbers, probe.lr))
    custom = isinstance(rules[0], CustomRule) and "eps" not in rules[0].flags
    which = [i for i, p in enumerate(seen.probes) if not (custom and p.changed)]
    seen = seen.keep(which)
    expected = Expected([rules[i] for i in which], seen.probes)
    more = add_near_turns(driver, seen, expected)
    if more is seen:
        return seen, expected
    return more, Expected([*expected.rules, rules[0]], more.probes)


def _refuse_undecided(
    name: str, like: Like, seen: Observed, expected: Expected, precision: Precision
) -> None:
    """Raise `Inconclusive` where these floats do not tell the rule from others."""
    rule = expected.rules[0]
    if isinstance(rule, CustomRule) or expected.is_sharp(seen.trajectories, precision):
        return
    others = {
        other.candidate.title: None
        for other in published(seen.probes, _numbers(expected))
        if other.expected.differs_from(expected)
        and other.expected.first_difference(seen.trajectories, precision) is None
    }
    if others:
        raise describe_undecided(name, like, precision.shortest, [*others])


def _diagnose(subject: Driver, seen: Observed, expected: Expected) -> str | None:
    """Return the likely mistake in words; of the program first, then of the rule."""
    program = describe_program(subject, seen)
    if program is not None:
        return program
    if "beta1" in expected.rules[0].flags and is_nan(seen):
        return NAN
    same = [] if isinstance(expected.rules[0], CustomRule) else _same(seen, expected)
    mixed = describe_mixing(subject, seen)
    slow = any(rule.rule in MATRICES for rule in expected.recipes)
    budget = 0 if same or slow else BUDGET
    words = find_cause(expected, seen, subject, budget=budget, mixed=bool(mixed))
    if same:
        return f"{words}, which is {same[0]}" if words else f"it is exactly {same[0]}"
    return words or mixed


def _same(seen: Observed, expected: Expected) -> list[str]:
    """Return what published rules the optimizer is, with the numbers of another."""
    return [
        each.candidate.title
        for each in published(seen.probes, _numbers(expected))
        if each.expected.takes_path(seen.trajectories)
    ]


def _numbers(expected: Expected) -> dict[str, Any]:
    """Return the hyperparameters of a rule, but for lr, and its weight decay."""
    rule = expected.recipes[0]
    stated = {**rule.flags, "wd": rule.wd, **around_settings(rule)}
    return {key: stated[key] for key in NUMBERS if key in stated and key != "lr"}
