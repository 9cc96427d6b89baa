"""The museum: every exhibit is caught, with the diagnosis that belongs to it."""

from typing import Any

import numpy as np
import pytest

from refgd.testing import GradientError, check_gradient
from refgd.testing.known_bugs import BUGS
from refgd.testing.proofs import symbols


@pytest.mark.usefixtures("few_floats")
@pytest.mark.parametrize("name", BUGS)
def test_a_known_bug_is_caught_and_named(name: str) -> None:
    bug = BUGS[name]
    error = bug.caught()
    assert error is not None
    assert bug.diagnosis in str(error.diagnosis)


def test_what_is_right_is_not_caught() -> None:
    assert BUGS["padding_counted"]._replace(function=_masked_mean).caught() is None


def _masked_mean(w: Any, batches: Any) -> Any:
    total = sum(np.sum(mask * 2 * x * (w * x - y)) for x, y, mask in batches)
    return total / sum(mask.sum() for _, _, mask in batches)


def test_what_remembers_a_symbol_of_a_proof_remembers() -> None:
    velocity: list[Any] = [0]

    def grad(x: Any, y: Any, y_pred: Any) -> Any:
        velocity[0] = velocity[0] / 2 + np.mean(2 * x * (y_pred - y))
        return velocity[0]

    x, y, y_pred = (np.array([symbol], object) for symbol in symbols("x y y_pred"))
    grad(x, y, y_pred)
    with pytest.raises(GradientError, match="it remembers an earlier call"):
        check_gradient(grad)
