"""What the measurement of memory sees."""

import sys

import pytest

from benchmarks import memory

ROWS = 1_000_000  # 16 MB of x and y
COLUMN = 8 * ROWS


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize(
    ("peer", "least", "most"),
    [
        ("the tutorial's loop", 2 * COLUMN, 6 * COLUMN),  # 2x, y_pred, residuals
        ("refgd.fit", 0, COLUMN // 2),
        ("refgd.compress + fit", 0, COLUMN // 2),
    ],
)
def test_growth_is_that_of_the_temporaries(peer: str, least: int, most: int) -> None:
    grown = memory.growth(peer, ((1000, None), (ROWS, None)))
    assert grown is not None
    assert least <= grown[1] <= most
