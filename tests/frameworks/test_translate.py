"""Every translation in both frameworks: the same gradients, the same path."""

from importlib import import_module
from operator import attrgetter
from typing import Any

import numpy as np
import pytest

from refgd import dialects
from refgd._types import Array
from refgd.dialects import Call, Translation

from .drivers import run
from .problems import STEPS, TOLERANCE, error, gradients, lr_name

DW = gradients(0, STEPS)

#: For what is exact, and for what is so while the rate is constant.
CHANGING = np.where(np.arange(STEPS) < STEPS // 2, 0.05, 0.025)
CONSTANT = np.full(STEPS, 0.05)


def _found() -> list[Translation]:
    """Translate each row of the table, at a rate that is the same everywhere."""
    return [each for each in dialects.translations() if each.verdict != "none"]


def run_source(call: Call, rates: Array, dw: Array, w: Array) -> Array:
    """Run a call as it is, but for its rate; a chain as those it is made of."""
    if call.heads:
        return run_chain((*call.heads, call._replace(heads=())), rates, dw, w)
    name = lr_name(dialects.dialect(call.name))
    given = {k: v for k, v in call.arguments.items() if k != name}
    return run(call.name, given, dw, rates, w)


def run_target(found: Translation, rates: Array, dw: Array, w: Array) -> Array:
    """Run the calls there."""
    if found.to != "optax":
        return run_source(found.parts[0], rates, dw, w)
    return run_chain(found.parts, rates, dw, w)


def run_chain(calls: tuple[Call, ...], rates: Array, dw: Array, w: Array) -> Array:
    """Run optax's calls step by step, which needs no compilation."""
    optax, jnp = import_module("optax"), import_module("jax.numpy")
    schedule = jnp.array(rates).__getitem__
    parts = []
    for call in calls:
        given: dict[str, Any] = dict(call.arguments)
        if call.name == "optax.adafactor":  # else its share of the new is in float32
            given["decay_rate"] = np.float64(given.get("decay_rate", 0.8))
        if "learning_rate" in given and not callable(given["learning_rate"]):
            given["learning_rate"] = schedule
        parts.append(attrgetter(call.name.removeprefix("optax."))(optax)(**given))
    optimizer = optax.chain(*parts)
    now, state, path = jnp.array(w), optimizer.init(jnp.array(w)), [w]
    for g in dw:
        updates, state = optimizer.update(jnp.array(g), state, now)
        now = optax.apply_updates(now, updates)
        path.append(np.asarray(now))
    return np.stack(path)


@pytest.mark.parametrize("found", _found(), ids=lambda t: f"{t.source} in {t.to}")
def test_translation_walks_the_same_path(found: Translation) -> None:
    """Each answer but "none", at a rate that changes where no condition forbids it."""
    for framework in (found.to, found.source.framework):
        pytest.importorskip(framework, reason=f"{framework} not installed")
    recipe = dialects.recipe(found.source.name, **found.source.arguments)
    said = " ".join(found.conditions)
    rates = CONSTANT if "stays constant" in said else CHANGING
    lr = recipe.flags["lr"]
    falls = callable(lr)  # by itself, from the first
    w = np.linspace(0.25, 0.75, 6)
    path = run_source(found.source, np.full(STEPS, lr(0)) if falls else rates, DW, w)
    if falls:
        rates = np.array([lr(t) for t in range(STEPS)])
    dw = DW + recipe.wd * path[:-1] if "added to the gradient" in said else DW
    there = run_target(found, rates, dw, w)
    if "is multiplied by" in said:
        there = _decayed(there, 1 - recipe.wd * rates)
    if "group of its own" in said:
        there[:, -1] = run_target(_without_decay(found), rates, dw, w)[:, -1]
    assert error(there, path) <= TOLERANCE


def _decayed(path: Array, shares: Array) -> Array:
    """Take the steps of a path, with the weights multiplied before each."""
    decayed = [path[0]]
    for share, step in zip(shares, np.diff(path, axis=0), strict=True):
        decayed.append(share * decayed[-1] + step)
    return np.stack(decayed)


def _without_decay(found: Translation) -> Translation:
    parts = [
        part._replace(arguments={**part.arguments, "weight_decay": 0.0})
        if "weight_decay" in part.arguments
        else part
        for part in found.parts
    ]
    return found._replace(parts=tuple(parts))
