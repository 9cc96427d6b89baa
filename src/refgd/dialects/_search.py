"""What another framework has for a call: the same path, or the nearest to it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.dialects._call import STEPS, Call, Translation
from refgd.dialects._chain import read_source, write_heads
from refgd.dialects._dialect import (
    Dialect,
    Picks,
    Recipe,
    Sets,
    around_settings,
    wrappers_of,
)
from refgd.dialects._invert import (
    candidates,
    compose,
    find_single,
    shorten,
    write_rates,
)
from refgd.dialects._same_path import Proviso, drop_wrappers, same_paths, simplify
from refgd.optimizers._protocol import follow

#: Two paths are the same up to here, see tests/frameworks/problems.py.
TOLERANCE = 1e-11

#: Of the gradients that two paths are compared on.
SIZES = (1.0, 1e-16)


def translate_call(
    dialects: Mapping[str, Dialect], source: Call, to: str
) -> Translation:
    """Return what the framework `to` has for a call of another."""
    found = _translate(dialects, source, to)
    for words, test in dialects[source.name].needs.items():
        said = (*found.conditions, words), (*found.tests, test)
        verdict = found.verdict if found.verdict == "none" else "exact while"
        found = found._replace(verdict=verdict, conditions=said[0], tests=said[1])
    return found


def _translate(dialects: Mapping[str, Dialect], source: Call, to: str) -> Translation:
    recipe = read_source(dialects, source)
    targets = [d for d in dialects.values() if d.framework == to and not d.needs]
    for other, provisos in same_paths(recipe):
        parts = find_single(targets, other)
        if parts is None and to == "optax":
            parts = compose(targets, other)
        if parts is not None:
            return _found(source, to, parts, provisos)
    return _nearest(dialects[source.name], source, to, recipe, targets)


def _found(
    source: Call, to: str, parts: tuple[Call, ...], provisos: tuple[Proviso, ...]
) -> Translation:
    return Translation(
        source,
        to,
        "exact while" if provisos else "exact",
        tuple(map(write_rates, parts)),
        tuple(proviso.words for proviso in provisos),
        tuple(proviso.test for proviso in provisos),
    )


# --- the nearest ------------------------------------------------------------------


def _nearest(
    dialect: Dialect, source: Call, to: str, recipe: Recipe, targets: list[Dialect]
) -> Translation:
    """Return the call with the fewest differences, and of these the nearest."""
    known = {name for d in targets for a in d.arguments for name in wrappers_of(a)}
    heads = write_heads(recipe) if to == "optax" else None
    if heads:
        recipe = recipe._replace(around={})
    wanted, provisos = drop_wrappers(simplify(recipe), known)
    found = [
        (_differences(wanted, made), target, arguments, made)
        for target in targets
        for arguments, made in candidates(target, _fixed(wanted))
    ]
    least = min(len(differences) for differences, *_ in found)
    paths = {size: _path(wanted, size) for size in SIZES}
    few = [each for each in found if len(each[0]) == least]
    different = {repr(made): made for *_, made in few}
    gaps_of = {key: _gaps(paths, made) for key, made in different.items()}
    measured = [(gaps_of[repr(each[-1])], *each) for each in few]
    apart = min(float(gaps.max()) for gaps, *_ in measured)
    gaps, differences, target, arguments, made = min(
        (each for each in measured if float(each[0].max()) == apart),
        key=lambda each: len(shorten(*each[2:]).arguments),
    )
    step = int(np.argmax(gaps > TOLERANCE))
    return Translation(
        source,
        to,
        "none",
        (*(heads or ()), shorten(target, arguments, made)),
        conditions=tuple(proviso.words for proviso in provisos),
        tests=tuple(proviso.test for proviso in provisos),
        lost=tuple(
            _lost(dialect, *difference) for difference in dict.fromkeys(differences)
        ),
        step=step or None,
        apart=float(gaps[step]),
        apart_later=float(gaps.max()),
    )


def _fixed(recipe: Recipe) -> Recipe:
    """Return the recipe at the rate that it starts with."""
    lr = recipe.flags["lr"]
    first = float(lr(0)) if callable(lr) else lr
    return recipe._replace(flags={**recipe.flags, "lr": first})


def _differences(one: Recipe, two: Recipe) -> tuple[tuple[str, Any, Any], ...]:
    """Return what two recipes differ in, and its values; another rule is the most."""
    was, now = (
        {"wd": r.wd, "decay": r.decay, **around_settings(r)} for r in (one, two)
    )
    differ = [
        (key, was.get(key), now.get(key))
        for key in dict.fromkeys([*was, *now])
        if was.get(key) != now.get(key)
    ]
    if one.rule != two.rule:
        return (("rule", one.rule, two.rule), *differ) * len(one.flags)
    flags = one.flags.items()
    return (*differ, *[(k, v, two.flags[k]) for k, v in flags if v != two.flags[k]])


def _path(recipe: Recipe, size: float) -> Array:
    """Return the path of a matrix from 1, on normal gradients of this size."""
    w = np.ones((2, 3))
    dw = size * np.random.default_rng(0).normal(size=(STEPS, *w.shape))
    return follow(recipe.make(), dw, w)


def _gaps(paths: Mapping[float, Array], other: Recipe) -> Array:
    """Return after each step how far a path is apart from another, relative to its way.

    If they part nowhere, what is there for tiny gradients?
    """
    for size, path in paths.items():
        went = np.maximum.accumulate(np.abs(path - path[0]).max(axis=(1, 2)))
        apart = np.abs(path - _path(other, size)).max(axis=(1, 2))
        gaps: Array = apart / np.where(went > 0, went, 1)
        if gaps.max() > TOLERANCE:
            break
    return gaps


def _lost(dialect: Dialect, flag: str, was: Any, now: Any) -> str:
    """Return one difference in words, by the source's argument that sets it."""
    if flag == "rule":
        return f"the rule {was}: the nearest is {now}"
    named = [a.name for a in dialect.arguments if _sets(a.role, flag)]
    argument = f"{', '.join(named)}: " if named else ""
    return f"{argument}{flag} is {was!r} in refgd's words, and {now!r} in the nearest"


def _sets(role: Any, flag: str) -> bool:
    if isinstance(role, Sets):
        return flag in {*role.flags, *role.also}
    return isinstance(role, Picks) and any(flag in case for case in role.cases.values())
