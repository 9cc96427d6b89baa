"""Right gradients by other libraries, or in other ways, are never flagged."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from refgd.testing import check_gradient

pytest.importorskip("torch", reason="torch not installed")
pytest.importorskip("jax", reason="jax not installed")
sys.path.insert(0, str(Path(__file__).parents[1]))

RIGHT = import_module("right_in_other_ways")

#: jax traces every size anew.
FEW = {"jax": 2}


@pytest.mark.parametrize("name", RIGHT.SCALAR)
def test_a_gradient_of_predictions_in_another_way(name: str) -> None:
    assert check_gradient(RIGHT.SCALAR[name], max_examples=20).examples > 100


@pytest.mark.parametrize("name", RIGHT.OF_WEIGHTS)
def test_a_gradient_of_weights_in_another_way(name: str) -> None:
    count = FEW.get(name, 20)
    assert check_gradient(RIGHT.OF_WEIGHTS[name], max_examples=count).examples > 100
