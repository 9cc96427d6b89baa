"""Every dialect against the framework itself."""

import inspect
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings

from refgd.dialects import DIALECTS, REQUIRED, Dialect

from .drivers import run
from .problems import TOLERANCE, Problem, error, problems, recipe_of, refgd_path

#: One example runs 20 steps of six gradients: a rule that differs does so in nearly
#: all of them. keras takes a fifth of a second for one, scikit-learn a tenth, and optax
#: compiles once for each combination of its words.
EXAMPLES = {"torch": 50, "optax": 25, "keras": 12, "sklearn": 12}

EACH = pytest.mark.parametrize("name", DIALECTS)


def installed(dialect: Dialect) -> Any:
    """Return the framework's own optimizer, or skip."""
    pytest.importorskip(dialect.framework, reason=f"{dialect.framework} not installed")
    module, _, optimizer = dialect.name.rpartition(".")
    return getattr(import_module(module), optimizer)


@EACH
def test_dialect_is_the_framework(name: str) -> None:
    """In float64, for all hyperparameters, schedules and gradients drawn."""
    dialect = DIALECTS[name]
    installed(dialect)

    @settings(max_examples=EXAMPLES[dialect.framework], deadline=None)
    @given(p=problems(dialect))
    def holds(p: Problem) -> None:
        recipe = recipe_of(dialect, p.arguments, p.rates)
        reference = run(name, p.arguments, p.gradients, p.rates, p.w)
        assert error(refgd_path(recipe, p.gradients, p.w), reference) <= TOLERANCE

    holds()


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
