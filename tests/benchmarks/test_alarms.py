"""No right gradient is flagged, at any scale, size and kind of a part of the grid."""

from importlib.util import find_spec

import pytest

from benchmarks import alarms

NEEDS = {"torch": "torch", "torch_from_numpy": "torch", "torch_too": "torch"}
NEEDS |= {"jax_too": "jax", "pandas": "pandas"}


@pytest.mark.parametrize("name", alarms.RIGHT)
def test_a_right_gradient_raises_no_alarm(name: str) -> None:
    """All of the grid: PYTHONPATH=tests python -m benchmarks.alarms."""
    if name in NEEDS and find_spec(NEEDS[name]) is None:
        pytest.skip(f"needs {NEEDS[name]}")
    judged, flagged = alarms.flagged(name, thin=True)
    assert judged > 30
    assert flagged == []
