"""Right gradients by other libraries, or in other ways, are never flagged."""

import pytest

from refgd.testing import check_gradient
from testing.gradient import right_held_out as right

pytest.importorskip("torch", reason="torch not installed")
pytest.importorskip("jax", reason="jax not installed")

#: jax compiles anew for every size: tests/benchmarks/test_alarms.py asks it of fewer.
SLOW = {"jax"}


@pytest.mark.parametrize("name", right.SCALAR)
def test_a_gradient_of_predictions_in_another_way(name: str) -> None:
    assert check_gradient(right.SCALAR[name], max_examples=20).examples > 100


@pytest.mark.parametrize("name", sorted({*right.OF_WEIGHTS} - SLOW))
def test_a_gradient_of_weights_in_another_way(name: str) -> None:
    assert check_gradient(right.OF_WEIGHTS[name], max_examples=20).examples > 100
