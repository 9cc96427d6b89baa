"""No right gradient is flagged, at any scale, size and kind of a part of the grid."""

from importlib.util import find_spec

import pytest

from benchmarks import alarms

NEEDS = {"torch": "torch", "torch_from_numpy": "torch", "torch_too": "torch"}
NEEDS |= {"pandas": "pandas"}

#: jax compiles anew for every size, half a minute of it: the command asks it too.
SLOW = {"jax_too"}


@pytest.mark.parametrize("name", sorted({*alarms.RIGHT} - SLOW))
def test_a_right_gradient_raises_no_alarm(name: str) -> None:
    """All of the grid: PYTHONPATH=tests python -m benchmarks.alarms."""
    if name in NEEDS and find_spec(NEEDS[name]) is None:
        pytest.skip(f"needs {NEEDS[name]}")
    judged, flagged = alarms.flagged(name, thin=True)
    assert judged > 30
    assert flagged == []
