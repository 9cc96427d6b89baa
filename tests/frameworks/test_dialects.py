"""Every dialect against the framework itself."""

import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refgd.dialects import DIALECTS, REQUIRED, Dialect, Picks

from .drivers import run
from .problems import (
    SHAPES,
    STEPS,
    TOLERANCE,
    error,
    gradients,
    problems,
    recipe_of,
    refgd_path,
)

#: One example is 20 steps of six gradients, with hyperparameters and flags drawn: a
#: rule that differs does so in nearly all of them. keras takes a fifth of a second for
#: one, and optax compiles anew for each combination of flags.
EXAMPLES = settings().max_examples // 2

EACH = pytest.mark.parametrize("name", DIALECTS)


def installed(dialect: Dialect) -> Any:
    """Return the framework's own optimizer, or skip."""
    pytest.importorskip(dialect.framework, reason=f"{dialect.framework} not installed")
    module, _, optimizer = dialect.name.rpartition(".")
    return getattr(import_module(module), optimizer)


@EACH
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_dialect_is_the_framework(name: str, data: st.DataObject) -> None:
    """In float64, for all hyperparameters, schedules and gradients drawn."""
    dialect = DIALECTS[name]
    installed(dialect)
    p = data.draw(problems(dialect))
    recipe = recipe_of(dialect, p.arguments, p.rates)
    reference = run(name, p.arguments, p.gradients, p.rates, p.w)
    assert error(refgd_path(recipe, p.gradients, p.w), reference) <= TOLERANCE


@EACH
def test_dialect_at_its_defaults_is_the_framework(name: str) -> None:
    """The numbers are the framework's own, but for the learning rate."""
    dialect = DIALECTS[name]
    installed(dialect)
    words = {a.name: a.default for a in dialect.arguments if isinstance(a.role, Picks)}
    rates, w = np.full(STEPS, 0.1), np.linspace(0.25, 0.75, 6)
    for shape in SHAPES.get(str(dialect.settings["rule"]), [(6,)]):
        dw, start = gradients(0, STEPS).reshape(STEPS, *shape), w.reshape(shape)
        path = refgd_path(recipe_of(dialect, words, rates), dw, start)
        assert error(path, run(name, words, dw, rates, start)) <= TOLERANCE


def test_centered_rmsprop_of_optax_with_its_bias_corrected() -> None:
    """What the draws leave out: v - m² is 0 in the first step, so eps must be large.

    It is then within rounding of eps = 1: each |g| < 4, so v is off by less than 16 u
    times the few roundings of a step.
    """
    dialect = DIALECTS["optax.rmsprop"]
    installed(dialect)
    words = {"centered": True, "bias_correction": True, "eps": 1.0, "decay": 0.9}
    dw = np.clip(gradients(0, STEPS)[:, [0, 1, 4, 5]], -4, 4)
    rates, w = np.full(STEPS, 0.1), np.zeros(4)
    path = refgd_path(recipe_of(dialect, words, rates), dw, w)
    assert error(path, run(dialect.name, words, dw, rates, w)) <= TOLERANCE


@EACH
def test_dialect_has_the_arguments_and_defaults_of_the_framework(name: str) -> None:
    """All of them, in order, but for the weights and Keras's ``**kwargs``."""
    dialect = DIALECTS[name]
    parameters = inspect.signature(installed(dialect)).parameters.values()
    theirs = {
        p.name: REQUIRED if p.default is p.empty else p.default
        for p in parameters
        if p.name != "params" and p.kind is not p.VAR_KEYWORD
    }
    ours = {argument.name: argument.default for argument in dialect.arguments}
    assert list(ours.items()) == list(theirs.items())
