"""Is somebody's optimizer the rule that it is meant to be?"""

from collections.abc import Callable
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.dialects import Recipe
from refgd.optimizers import Optimizer
from refgd.testing.drivers import Driver
from refgd.testing.drivers._driver import taken_rate
from refgd.testing.drivers._update import as_driver
from refgd.testing.optimizer._diagnosis import likely
from refgd.testing.optimizer._probes import GRADIENTS, START, D, Probe, probes
from refgd.testing.optimizer._reference import NUMBERS, Like, Made, reference, stated
from refgd.testing.optimizer._report import _difference
from refgd.testing.optimizer._tolerance import first_difference


def check_optimizer(
    driver: Driver | Optimizer | Callable[..., Any],
    like: Like = "adam",
    **hyperparameters: Any,
) -> None:
    """Check that an optimizer takes the same path as its reference, step by step.

    Both are run on the same gradients: normal ones, of size 1e-8, of 1e3, always zero,
    intermittent (zero at first) and constant; from 0 and from other weights; with a
    learning rate that is halved midway; and, where the optimizer has an eps, with
    eps = 1e-2 and 1e-8 beside its own.

    Args:
        driver: What `refgd.testing.drivers` makes; a refgd optimizer or an
            ``update(w, dw, state)`` may come as it is.
        like: The name of a rule of `refgd.optimizers` or of `refgd.dialects`, or an
            optimizer, or a function that makes one from lr.
        **hyperparameters: Of the reference, in its own names or in another framework's.
            Those that the driver states of itself need not be repeated.

    Raises:
        WrongOptimizer: If they differ: an AssertionError, which says in which step.
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
        likely: lr is inside the velocity
    """
    __tracebackhide__ = True
    subject = as_driver(driver)
    given = dict(hyperparameters)
    lr = taken_rate(given)
    runs = _runs(subject, like, given, probes(subject, lr))
    paths = [probe.walk(subject) for probe, _ in runs]
    for (probe, rule), path in zip(runs, paths, strict=True):
        where = first_difference(path, probe.follow(rule), rule)
        if where is not None:
            words = _likely(subject, runs, paths)
            raise _difference(subject, like, (probe, rule, path), where, words)


def _runs(
    subject: Driver, like: Like, given: dict[str, Any], all_probes: list[Probe]
) -> list[tuple[Probe, Recipe | Made]]:
    """Return the rule at each probe; only the first if it has no eps to change."""
    runs = [(probe, _reference(subject, like, given, probe)) for probe in all_probes]
    blind = isinstance(runs[0][1], Made) and "eps" not in runs[0][1].flags
    return runs[:1] if blind else runs


def _reference(
    subject: Driver, like: Like, given: dict[str, Any], probe: Probe
) -> Recipe | Made:
    """Return the rule at this probe: an eps that is tried goes for both."""
    theirs = stated(subject.settings) | probe.numbers
    others = {name: given[name] for name in given if not _tried(name, probe)}
    return reference(like, others, theirs, probe.lr)


def _tried(name: str, probe: Probe) -> bool:
    return not probe.numbers.keys().isdisjoint(NUMBERS.get(name, ()))


def _likely(
    subject: Driver, runs: list[tuple[Probe, Recipe | Made]], paths: list[Array]
) -> str | None:
    """Return the likely mistake in words; of the program first, then of the rule."""
    probe, rule = runs[0]
    if not np.array_equal(probe.walk(subject), paths[0], equal_nan=True):
        return "it remembers an earlier run: its state must come from init alone"
    if "beta1" in rule.flags and np.isnan(paths[0][1:]).all():
        return "NaN from the first step on, as where t starts at 0: 1 - beta^0 is 0"
    found = likely(runs, paths)
    if found is None and all(_alone_is_right(subject, *run) for run in runs):
        return "each weight by itself is right: it mixes them, as by a norm or a mean"
    return found


def _alone_is_right(subject: Driver, probe: Probe, rule: Recipe | Made) -> bool:
    """Whether every weight that is run by itself takes its path."""
    expected = probe.follow(rule)
    for j in range(D):
        one = slice(j, j + 1)
        inputs = GRADIENTS[:, one], probe.rates, START[one]
        try:
            path = subject.run(*inputs, **probe.changed)
        except Exception:  # noqa: BLE001 - anybody's code, which may need more weights
            return False
        if first_difference(path, expected[:, one], rule) is not None:
            return False
    return True
