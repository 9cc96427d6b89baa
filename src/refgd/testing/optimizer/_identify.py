"""Which published rule, or which framework's, does an optimizer follow?"""

import inspect
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._rules import NONE_IS_ZERO, NUMBERS, WORDS, in_refgd_names, refuse_unknown
from refgd._types import Array, Settings
from refgd.dialects import Recipe
from refgd.optimizers import Optimizer
from refgd.testing.drivers import Driver
from refgd.testing.drivers._driver import LR_NAMES, take_rate
from refgd.testing.drivers._update import as_driver
from refgd.testing.optimizer._candidates import Candidate, candidates
from refgd.testing.optimizer._diagnosis import likely
from refgd.testing.optimizer._probes import STEPS, D, Probe, probes
from refgd.testing.optimizer._report import Identification, Match, NearMiss
from refgd.testing.optimizer._tolerance import differs, error

#: Of each rule that many of its variants, the nearest, are searched for a mistake.
FEW: Final = 3


def identify(
    driver: Driver | Optimizer | Callable[..., Any], **hyperparameters: Any
) -> Identification:
    """Find which published rule or framework dialect an optimizer follows.

    It is run on the gradients of `check_optimizer`, and so are all dialects and all
    rules of refgd with all their flags, with the hyperparameters stated. One that is
    not stated has each candidate's own default.

    Args:
        driver: What `refgd.testing.drivers` makes; a refgd optimizer or an
            ``update(w, dw, state)`` may come as it is.
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
    runs = probes(subject, lr)
    trajectories = [probe.run(subject) for probe in runs]
    # a framework that has no decay, say, has none
    numbers = dict.fromkeys(NONE_IS_ZERO, 0.0) if subject.complete else {}
    numbers |= in_refgd_names(subject.settings) | in_refgd_names(given)
    table = _compare_all(runs, trajectories, numbers)
    right = [each for each in table if each.matches]
    nearest = _find_nearest(table, right)
    return Identification(
        subject.name,
        _by_rule([each.candidate for each in right]),
        max((each.error for each in right), default=float("nan")),
        _describe_runs(runs, trajectories[0]),
        _describe_near_miss(nearest, table, runs, trajectories, found=bool(right)),
    )


class Comparison(NamedTuple):
    """A candidate at every probe, and how far it is from the optimizer."""

    candidate: Candidate
    identity: Any
    assumed: bool
    recipes: tuple[Recipe, ...]
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
    runs: list[Probe], trajectories: list[Array], numbers: Settings
) -> list[Comparison]:
    """Compare every candidate; a rule is run once for all its names."""
    known: dict[Any, tuple[tuple[Recipe, ...], float, float, int]] = {}
    table = []
    columns = [candidates({**numbers, **p.numbers}, p.lr) for p in runs]
    for each in zip(*columns, strict=True):
        recipes = tuple(candidate.recipe for candidate in each)
        key = tuple(map(_identity, recipes))
        if key not in known:
            known[key] = recipes, *_compare(recipes, runs, trajectories)
        assumed = recipes[0].wd != 0 and "wd" not in numbers  # a default's decay
        table.append(Comparison(each[0], key, assumed, *known[key]))
    return table


def _identity(recipe: Recipe) -> Any:
    """Return a key that ignores flags without effect."""
    flags = dict(recipe.flags)
    if not flags.get("dampening"):
        flags.pop("damp_first", None)
    if not flags.get("beta"):
        flags = {k: flags[k] for k in flags if k not in ("lr_inside", "nesterov")}
    decay = recipe.decay if recipe.wd else None
    return recipe.rule, frozenset(flags.items()), recipe.wd, decay


def _compare(
    recipes: tuple[Recipe, ...], runs: list[Probe], trajectories: list[Array]
) -> tuple[float, float, int]:
    """Return the largest error, the mean one, and the first step that differs."""
    errors, wrong = [], []
    for probe, recipe, trajectory in zip(runs, recipes, trajectories, strict=True):
        expected = probe.trajectory(recipe)
        errors.append(error(trajectory, expected))
        wrong.append(differs(trajectory, expected, recipe))
    differ = np.any(wrong, axis=(0, 2))
    first = int(np.argmax(differ)) if differ.any() else STEPS + 1
    return float(np.max(errors)), float(np.mean(np.minimum(errors, 1))), first


def _find_nearest(table: list[Comparison], right: list[Comparison]) -> Comparison:
    """Return the nearest that is not it: by its worst difference, where one is it.

    Another weight decay is no other rule. Where none is it, the worst says little, and
    what differs last is nearest.
    """
    if not right:
        return min(table, key=_distance)
    decays = [each.recipes[0].wd for each in right]
    wrong = [each for each in table if not each.matches]
    same_decay = [each for each in wrong if each.recipes[0].wd in decays]
    return min(same_decay or wrong, key=lambda each: each.error)


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
    kinds = dict.fromkeys(c.recipe.decay for c in same if c.recipe.wd)
    if kinds and len({c.recipe.wd for c in same}) == 1:
        flags["wd"] = first.wd
    calls = dict.fromkeys(c.call for c in same if c.call)
    names = dict.fromkeys(c.dialect for c in same if c.dialect)
    return Match(first.rule, flags, tuple(kinds), tuple(calls), tuple(names))


def _describe_near_miss(
    nearest: Comparison,
    table: list[Comparison],
    runs: list[Probe],
    trajectories: list[Array],
    *,
    found: bool,
) -> NearMiss:
    """Return the nearest that is not it, and what is different about it."""
    chosen, words = nearest, None
    for each in [nearest] if found else _by_likelihood(table):
        words = likely(list(zip(runs, each.recipes, strict=True)), trajectories)
        if words is not None:
            chosen = each
            break
    same = [each.candidate for each in table if each.identity == chosen.identity]
    return NearMiss(_match(same), chosen.error, chosen.t, words)


def _by_likelihood(table: list[Comparison]) -> list[Comparison]:
    """Order the dialects' rules, the nearest first, of each rule a few."""
    different = {each.identity: each for each in table if each.candidate.dialect}
    ordered = sorted(different.values(), key=_distance)
    chosen: list[Comparison] = []
    for each in ordered:
        rule = each.recipes[0].rule
        if sum(c.recipes[0].rule == rule for c in chosen) < FEW:
            chosen.append(each)
    return chosen


def _describe_runs(runs: list[Probe], trajectory: Array) -> str:
    rates = runs[0].rates
    halved = " halved midway" if rates[0] != rates[-1] else ""
    eps = "".join(f", {k} = {v:g}" for probe in runs for k, v in probe.changed.items())
    return (
        f"{STEPS} steps of {D} weights, {trajectory.dtype}, lr = {rates[0]:g}{halved}"
        f"{eps and ', its own eps'}{eps}"
    )
