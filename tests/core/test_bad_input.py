"""What a trainer may be given by mistake: right, or a clear error; never silence.

The 45 cases on which today's trainers return silent wrong numbers. Each runs y = 2x
by 100 steps at lr 0.01, as a user would, with one thing wrong, or odd, about it.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

import refgd

X = np.array([1.0, 2.0, 3.0, 4.0])
Y = 2 * X
N_ITERS = 100

#: What a hundred exact steps give: 2(1 − (17/20)^100).
RIGHT = 2 * (1 - Fraction(17, 20) ** N_ITERS)

#: Each of 100 steps rounds w a few times; the contraction 0.85 keeps the sum of those
#: below 1/(1 − 0.85) < 7 of them, about 20 roundings each.
CLOSE = 150 * 2.0**-53


class SeriesLike:
    """A stranger with the array protocol, like a pandas Series."""

    def __init__(self, values: Any) -> None:
        self._values = np.array(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self._values, dtype=dtype, copy=copy)


class Case(NamedTuple):
    """Arguments of `fit` that replace the ordinary ones, and the error that is due."""

    id: str
    error: type[Exception] | None
    message: str
    right: float
    arguments: dict[str, Any]


def case(
    name: str,
    error: type[Exception] | None = None,
    message: str = "",
    right: float = float(RIGHT),
    **arguments: Any,
) -> Case:
    return Case(name, error, message, right, arguments)


def _gd(x: Any, y: Any, lr: float = 0.01, w: float = 0.0) -> float:
    """The plain loop in float64, for data other than y = 2x."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    for _ in range(N_ITERS):
        w = w - lr * np.mean(2 * x * (w * x - y))
    return float(w)


def _masked() -> Any:
    return np.ma.masked_array(X, mask=[False, True, False, False])


def _frozen(values: Any) -> Any:
    array = np.array(values)
    array.flags.writeable = False
    return array


NOT_FINITE = "must be finite, got"
BIG = np.array([1.0, 2.0, 3.0, 4.0]) * 1e200
SMALL = np.array([1.0, 2.0, 3.0, 4.0]) * 1e-200
HALF = np.array([300.0, 400.0], dtype=np.float16)  # their squares overflow float16
I8 = np.array([50, 100], dtype=np.int8)
U8 = np.array([100, 200], dtype=np.uint8)

CASES = [
    case("baseline"),
    case("int64", x=np.arange(1, 5), y=2 * np.arange(1, 5)),
    case("bool x", x=X > 2, y=Y, right=_gd(X > 2, Y)),
    case("bool x and y", x=X > 2, y=Y > 2, right=_gd(X > 2, Y > 2)),
    case("stride 2", x=np.repeat(X, 2)[::2], y=np.repeat(Y, 2)[::2]),
    case("read-only x and y", x=_frozen(X), y=_frozen(Y)),
    case("about 1e-200", ValueError, "x is too small for the squares", x=SMALL),
    case(
        "y (n, 1)",
        ValueError,
        r"y must have shape \(4,\) to match x \(4,\), got \(4, 1\); use y.ravel\(\)",
        y=Y[:, None],
    ),
    case(
        "y (1, n)",
        ValueError,
        r"y must have shape \(4,\) .* got \(1, 4\); use y.ravel\(\)",
        y=Y[None, :],
    ),
    case("y one short", ValueError, r"y must have shape \(4,\) .* got \(3,\)", y=Y[:3]),
    case(
        "n_iters 2.5", TypeError, "n_iters must be a whole number, got 2.5", n_iters=2.5
    ),
    case(
        "x (4, 2) with a scalar w",
        ValueError,
        r"w must have shape \(2,\) to match x \(4, 2\), got shape \(\)",
        x=np.ones((4, 2)),
        w=0.0,
    ),
    case("y of length 1", ValueError, r"y must have shape \(4,\) .* \(1,\)", y=Y[:1]),
    case("y a number", ValueError, r"y must have shape \(4,\) .* got \(\)", y=2.0),
    case("no data", ValueError, r"x must not be empty, got shape \(0,\)", x=[], y=[]),
    case(
        "NaN in x",
        ValueError,
        r"x must be finite, got nan at x\[1\]",
        x=[1, np.nan, 3, 4],
    ),
    case(
        "NaN in y",
        ValueError,
        r"y must be finite, got nan at y\[3\]",
        y=[2, 4, 6, np.nan],
    ),
    case("lr NaN", ValueError, "lr must be finite, got nan", lr=np.nan),
    case("w NaN", ValueError, "w must be finite, got nan", w=np.nan),
    case(
        "inf in x",
        ValueError,
        r"x must be finite, got inf at x\[0\]",
        x=[np.inf, 2, 3, 4],
    ),
    case("lr inf", ValueError, "lr must be finite, got inf", lr=np.inf),
    case("int8 x", x=I8, y=I8, lr=1e-4, right=_gd(I8, I8, 1e-4)),
    case("uint8 x", x=U8, y=U8, lr=1e-5, right=_gd(U8, U8, 1e-5)),
    case("int64 w", w=np.int64(0)),
    case("uint8 w", w=np.uint8(0)),
    case("object dtype floats", x=X.astype(object), y=Y.astype(object)),
    case(
        "object dtype strings",
        TypeError,
        r"x must hold real numbers, got an object array with '1' \(str\)",
        x=np.array(["1", "2", "3", "4"], dtype=object),
    ),
    case(
        "complex x",
        TypeError,
        "x must hold real numbers, got dtype complex128",
        x=X + 1j,
    ),
    case("float16", x=HALF, y=HALF, lr=1e-6, right=_gd(HALF, HALF, 1e-6)),
    case("lr negative", ValueError, "lr must not be negative, got -0.01", lr=-0.01),
    case(
        "lr beyond the bound",
        refgd.Diverged,
        "diverged: the loss went from 30 to 4.8.*e.61 in 100 steps; the largest lr "
        "this data allows is 0.133333, got 0.2",
        lr=0.2,
    ),
    case("n_iters 0", n_iters=0, right=0.0),
    case("n_iters -5", ValueError, "n_iters must be at least 0, got -5", n_iters=-5),
    case(
        "w (4,)",
        ValueError,
        r"w must be a scalar to match x \(4,\), got shape \(4,\)",
        w=np.zeros(4),
    ),
    case("w (4, 1)", ValueError, "w must be a scalar .* got shape", w=np.zeros((4, 1))),
    case("about 1e200", ValueError, "x is too large for the squares", x=BIG, y=BIG),
    case("lists", x=[1, 2, 3, 4], y=[2, 4, 6, 8]),
    case("tuples", x=(1.0, 2.0, 3.0, 4.0), y=(2.0, 4.0, 6.0, 8.0)),
    case("numbers", x=3.0, y=6.0, right=_gd(3.0, 6.0)),
    case("a stranger with the array protocol", x=SeriesLike(X), y=SeriesLike(Y)),
    case("negative stride", x=X[::-1], y=Y[::-1]),
    case("big-endian", x=X.astype(">f8"), y=Y.astype(">f8")),
    case(
        "read-only w (1,)",
        ValueError,
        r"w must be a scalar to match x \(4,\), got shape \(1,\)",
        w=_frozen([0.0]),
    ),
    case("w kept by the caller", x=X[:, None], w=np.zeros(1)),
    case(
        "masked",
        TypeError,
        "x must not be a masked array: .* select the rows",
        x=_masked(),
    ),
]


def test_there_are_45_cases() -> None:
    assert len({each.id for each in CASES}) == len(CASES) == 45


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.id)
def test_bad_input_is_right_or_a_clear_error(each: Case) -> None:
    arguments: dict[str, Any] = {"x": X, "y": Y, "lr": 0.01, "n_iters": N_ITERS}
    arguments |= each.arguments
    kept = {name: np.array(value) for name, value in arguments.items()}
    if each.error:
        with pytest.raises(each.error, match=f"^{each.message}"):
            refgd.fit(**arguments)
    else:
        w = refgd.fit(**arguments).w
        assert w == pytest.approx(each.right, rel=CLOSE, abs=0)
    for name, value in arguments.items():
        np.testing.assert_array_equal(np.array(value), kept[name])
