"""Is an optimizer the rule that it is meant to be?"""

from collections.abc import Callable
from typing import Any

import numpy as np

from refgd._rules import NUMBERS, in_refgd_names
from refgd._types import Array
from refgd.optimizers import Optimizer
from refgd.testing.drivers import Driver
from refgd.testing.drivers._driver import take_rate
from refgd.testing.drivers._update import as_driver
from refgd.testing.optimizer._diagnosis import Runs, likely
from refgd.testing.optimizer._probes import GRADIENTS, START, D, Probe, probes
from refgd.testing.optimizer._reference import CustomRule, Like, Rule, reference
from refgd.testing.optimizer._report import describe_difference
from refgd.testing.optimizer._tolerance import first_difference

__tracebackhide__ = True  # pytest shows the test, not the kit


def check_optimizer(
    driver: Driver | Optimizer | Callable[..., Any],
    like: Like = "adam",
    **hyperparameters: Any,
) -> None:
    """Check that an optimizer takes the same path as its reference, step by step.

    Both are run on the same gradients: normal ones, of size 1e-8, of 1e3, always zero,
    intermittent (zero at first) and constant; from 0 and from other weights; with a
    learning rate that is halved midway; and, where the optimizer has an eps, with
    eps = 1e-2 and 1e-8 as well as its own.

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
    subject = as_driver(driver)
    given = dict(hyperparameters)
    lr = take_rate(given)
    theirs = in_refgd_names(subject.settings)
    runs = _with_rules(probes(subject, lr), like, given, theirs)
    trajectories = [probe.run(subject) for probe, _ in runs]
    for (probe, rule), trajectory in zip(runs, trajectories, strict=True):
        where = first_difference(trajectory, probe.trajectory(rule), rule)
        if where is not None:
            words = _diagnose(subject, runs, trajectories)
            run = probe, rule, trajectory
            raise describe_difference(subject.name, like, run, where, words)


def _with_rules(
    every: list[Probe], like: Like, given: dict[str, Any], theirs: dict[str, Any]
) -> Runs:
    """Return the rule at each probe; only the first if it has no eps to change.

    An eps that a probe changes goes for both, the optimizer and the rule.
    """
    runs = []
    for probe in every:
        changed = probe.numbers.keys()
        kept = {k: given[k] for k in given if not changed & {*NUMBERS.get(k, ())}}
        rule = reference(like, kept, theirs | probe.numbers, probe.lr)
        if isinstance(rule, CustomRule) and "eps" not in rule.flags:
            return [(every[0], rule)]
        runs.append((probe, rule))
    return runs


def _diagnose(subject: Driver, runs: Runs, trajectories: list[Array]) -> str | None:
    """Return the likely mistake in words; of the program first, then of the rule."""
    probe, rule = runs[0]
    if not np.array_equal(probe.run(subject), trajectories[0], equal_nan=True):
        return "it remembers an earlier run: its state must come from init alone"
    if "beta1" in rule.flags and np.isnan(trajectories[0][1:]).all():
        return "NaN from the first step on, as where t starts at 0: 1 - beta^0 is 0"
    found = likely(runs, trajectories)
    if found is None and all(_is_right_alone(subject, *run) for run in runs):
        return "each weight by itself is right: it mixes them, as by a norm or a mean"
    return found


def _is_right_alone(subject: Driver, probe: Probe, rule: Rule) -> bool:
    """Whether every weight that is run by itself takes its trajectory."""
    expected = probe.trajectory(rule)
    for j in range(D):
        one = slice(j, j + 1)
        inputs = GRADIENTS[:, one], probe.rates, START[one]
        try:
            trajectory = subject.run(*inputs, **probe.changed)
        except Exception:  # noqa: BLE001 - any code, which may need more weights
            return False
        if first_difference(trajectory, expected[:, one], rule) is not None:
            return False
    return True
