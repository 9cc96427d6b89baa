"""The plain rules that the pages show are refgd's own, with no flag set."""

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from docs import plain_rules
from refgd import optimizers
from refgd.testing.strategies import gradient_sequences

#: Which of the settings of plain_rules each rule has.
SETTINGS = {
    "momentum": ("lr", "beta"),
    "adagrad": ("lr", "eps"),
    "rmsprop": ("lr", "rho"),
    "adadelta": ("rho", "eps"),
    "adam": ("lr", "beta1", "beta2", "eps"),
    "amsgrad": ("lr", "beta1", "beta2"),
}


def follow(rule: Any, gradients: Any) -> Any:
    """Return the weights of a plain rule, from w = 0 with nothing remembered."""
    w, path = np.zeros(gradients.shape[1]), []
    memory: Any = [0] * (len(inspect.signature(rule).parameters) - 2)
    for g in gradients:
        w, *memory = rule(w, g, *memory)
        path.append(w)
    return np.array(path)


@pytest.mark.parametrize("name", SETTINGS)
@given(drawn=gradient_sequences(min_steps=8, max_steps=8))
def test_a_plain_rule_is_the_real_one(name: str, drawn: Any) -> None:
    """Each w, to 1e-12 of the way that |g| would have gone."""
    rule = getattr(plain_rules, name)
    gradients = np.vstack([np.ones(3), drawn])  # no weight that has had no gradient yet
    settings = {each: getattr(plain_rules, each) for each in SETTINGS[name]}
    optimizer = getattr(optimizers, name)(**settings)
    w = np.zeros(3)
    state = optimizer.init(w)
    for g, plain, way in zip(
        gradients, follow(rule, gradients), follow(rule, abs(gradients)), strict=True
    ):
        w, state = optimizer.update(w, g, state)
        assert np.all(abs(w - plain) <= 1e-12 * abs(way))
