"""Which published rule, or which framework's, does an optimizer follow?"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.dialects import Recipe
from refgd.optimizers import Optimizer
from refgd.testing.drivers import Driver
from refgd.testing.drivers._driver import LR_NAMES, taken_rate
from refgd.testing.drivers._update import as_driver
from refgd.testing.optimizer._candidates import Candidate, candidates
from refgd.testing.optimizer._diagnosis import likely
from refgd.testing.optimizer._probes import STEPS, D, Probe, probes
from refgd.testing.optimizer._reference import (
    NONE_IS_ZERO,
    NUMBERS,
    WORDS,
    refuse_unknown,
    stated,
)
from refgd.testing.optimizer._report import Identification, Match, Rival
from refgd.testing.optimizer._tolerance import differs, error

#: Of each rule so many of its variants, the nearest, are searched for a mistake.
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
    lr = taken_rate(given)
    _refuse(given)
    runs = probes(subject, lr)
    paths = [probe.walk(subject) for probe in runs]
    numbers = _numbers(subject) | stated(given)
    table = _measured(runs, paths, numbers)
    right = [each for each in table if each.matches]
    nearest = _nearest(table, right)
    return Identification(
        subject.name,
        _grouped([each.candidate for each in right]),
        max((each.error for each in right), default=float("nan")),
        _in_words(runs, paths[0]),
        _rival(nearest, table, runs, paths, found=bool(right)),
    )


class _Measured(NamedTuple):
    """A candidate at every probe, and how far it is from the optimizer."""

    candidate: Candidate
    recipes: tuple[Recipe, ...]
    key: Any
    assumed: bool
    matches: bool
    error: float
    share: float
    t: int


def _numbers(subject: Driver) -> dict[str, Any]:
    """Return what the driver states; a framework that has no decay, say, has none."""
    numbers = stated(subject.settings)
    return dict.fromkeys(NONE_IS_ZERO, 0.0) | numbers if subject.complete else numbers


def _refuse(given: Mapping[str, Any]) -> None:
    for name in given:
        if name in WORDS and name not in NUMBERS:
            msg = f"{name} is for identify to find out: state numbers alone"
            raise TypeError(msg)
    refuse_unknown(given, [*LR_NAMES, *NUMBERS], "identify")


def _measured(
    runs: list[Probe], paths: list[Array], numbers: Mapping[str, Any]
) -> list[_Measured]:
    """Measure every candidate; the same rule is run once for all its names."""
    known: dict[Any, _Measured] = {}
    table = []
    columns = [candidates({**numbers, **p.numbers}, p.lr) for p in runs]
    for each in zip(*columns, strict=True):
        recipes = tuple(candidate.recipe for candidate in each)
        key = tuple(map(_key, recipes))
        if key not in known:
            known[key] = _measure(each[0], recipes, runs, paths)
        assumed = recipes[0].wd != 0 and "wd" not in numbers  # a default's decay
        found = known[key]._replace(candidate=each[0], key=key, assumed=assumed)
        table.append(found)
    return table


def _key(recipe: Recipe) -> Any:
    """Tell two recipes apart, but for flags that do nothing beside another's zero."""
    flags = dict(recipe.flags)
    if not flags.get("dampening"):
        flags.pop("damp_first", None)
    if not flags.get("beta"):
        flags = {k: flags[k] for k in flags if k not in ("lr_inside", "nesterov")}
    decay = recipe.decay if recipe.wd else None
    return recipe.rule, frozenset(flags.items()), recipe.wd, decay


def _measure(
    candidate: Candidate,
    recipes: tuple[Recipe, ...],
    runs: list[Probe],
    paths: list[Array],
) -> _Measured:
    errors, wrong = [], []
    for probe, recipe, path in zip(runs, recipes, paths, strict=True):
        expected = probe.follow(recipe)
        errors.append(error(path, expected))
        wrong.append(differs(path, expected, recipe))
    differ = np.any(wrong, axis=(0, 2))
    first = int(np.argmax(differ)) if differ.any() else STEPS + 1
    share = float(np.mean(np.minimum(errors, 1)))
    worst = float(np.max(errors))
    return _Measured(
        candidate, recipes, None, False, not differ.any(), worst, share, first
    )


def _nearest(table: list[_Measured], right: list[_Measured]) -> _Measured:
    """Return the nearest that is not it: by its worst difference, where one is it.

    Another weight decay is no other rule. Where none is it, the worst says little, and
    what differs last is nearest.
    """
    if not right:
        return min(table, key=_distance)
    decays = [each.recipes[0].wd for each in right]
    wrong = [each for each in table if not each.matches]
    alike = [each for each in wrong if each.recipes[0].wd in decays]
    return min(alike or wrong, key=lambda each: each.error)


def _distance(each: _Measured) -> tuple[bool, int, float]:
    return each.assumed, -each.t, each.share


def _grouped(right: list[Candidate]) -> tuple[Match, ...]:
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


def _rival(
    nearest: _Measured,
    table: list[_Measured],
    runs: list[Probe],
    paths: list[Array],
    *,
    found: bool,
) -> Rival:
    """Say what is not it, and what is different about it."""
    chosen, words = nearest, None
    for each in [nearest] if found else _by_likelihood(table):
        words = likely(list(zip(runs, each.recipes, strict=True)), paths)
        if words is not None:
            chosen = each
            break
    same = [each.candidate for each in table if each.key == chosen.key]
    return Rival(_match(same), chosen.error, chosen.t, words)


def _by_likelihood(table: list[_Measured]) -> list[_Measured]:
    """Order the dialects' rules, the nearest first, of each rule a few."""
    different = {each.key: each for each in table if each.candidate.dialect}
    ordered = sorted(different.values(), key=_distance)
    chosen: list[_Measured] = []
    for each in ordered:
        rule = each.recipes[0].rule
        if sum(c.recipes[0].rule == rule for c in chosen) < FEW:
            chosen.append(each)
    return chosen


def _in_words(runs: list[Probe], path: Array) -> str:
    """Say what the optimizer was run on."""
    rates = runs[0].rates
    halved = " halved midway" if rates[0] != rates[-1] else ""
    eps = "".join(f", {k} = {v:g}" for probe in runs for k, v in probe.changed.items())
    return (
        f"{STEPS} steps of {D} weights, {path.dtype}, lr = {rates[0]:g}{halved}"
        f"{eps and ', its own eps'}{eps}"
    )
