import numpy as np
import pytest

import refgd
from refgd.cli.fit._plan import stride
from refgd.cli.fit._report import lines


@pytest.mark.parametrize(
    ("steps", "expected"),
    [(0, 1), (20, 1), (21, 2), (40, 2), (41, 5), (101, 10), (1000, 50), (10**6, 50000)],
)
def test_stride_is_round_and_makes_ten_to_twenty_rows(
    steps: int, expected: int
) -> None:
    assert stride(steps, 20) == expected


@pytest.mark.parametrize("d", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("name", ["x", "a name of a column that goes on and on"])
def test_the_table_fits_80_columns(d: int, name: str) -> None:
    history = refgd.fit(np.eye(d), np.arange(d) - 1e-10, n_iters=3).history
    history = history._replace(w=history.w - 1.23456e-123)
    table = list(lines(history, [name] * d, None))
    assert max(map(len, table)) <= 80
    assert len({len(row) for row in table[1:]}) == 1
    shown = table[0].count(name[:17])
    assert shown == d or table[0].endswith(f"and {d - shown} more")
