"""check_derivative: right, wrong, and inconclusive where no honest bound decides."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd.testing import check_derivative

Function = Callable[[Any], Any]

SMOOTH: dict[str, tuple[Function, Function]] = {
    "square": (lambda w: w * w, lambda w: 2 * w),
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda w: 1 - np.tanh(w) ** 2),
    "atan": (np.arctan, lambda w: 1 / (1 + w * w)),
    "wave": (lambda w: np.sin(1000 * w), lambda w: 1000 * np.cos(1000 * w)),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("w", [0.0, 1e-100, 1e-8, 0.3, 2.0, -7.0, 1e4, 1e8, 1e100])
def test_a_right_derivative_is_never_called_wrong(name: str, w: float) -> None:
    f, df = SMOOTH[name]
    assert check_derivative(f, df, w).answer in ("right", "inconclusive")


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("w", [0.3, 2.0, -7.0])
def test_a_derivative_is_decided_at_ordinary_points(name: str, w: float) -> None:
    f, df = SMOOTH[name]
    assert check_derivative(f, df, w).answer == "right"
    with pytest.raises(AssertionError, match="entry 0 is"):
        check_derivative(f, lambda v: df(v) * 1.001, w)


def test_polynomials_are_exact_on_fractions() -> None:
    w = np.array([Fraction(2), Fraction(-1, 3)])

    def f(w: Any) -> Any:
        return (w**5).sum() + w[0] * w[1]

    def df(w: Any) -> Any:
        return 5 * w**4 + w[::-1]

    verdict = check_derivative(f, df, w)
    assert verdict.answer == "right"
    assert list(verdict.bound) == [0, 0]
    assert list(verdict.numeric) == list(df(w))
    tiny = Fraction(1, 10**30)
    with pytest.raises(AssertionError, match="df is wrong"):
        check_derivative(f, lambda v: df(v) + tiny, w)


def test_every_coordinate_is_checked() -> None:
    w = np.array([1.0, 2.0, 3.0])
    with pytest.raises(AssertionError, match="entry 2 is"):
        check_derivative(lambda v: (v**2).sum(), lambda v: v * np.array([2, 2, 1]), w)
    with pytest.raises(AssertionError, match="one entry for each of w's 3, got 1"):
        check_derivative(lambda v: (v**2).sum(), lambda v: v[0], w)


def test_what_cannot_be_decided_is_inconclusive() -> None:
    """At 1e100 the sine of neighbouring floats has nothing to do with a slope."""
    assert check_derivative(np.sin, np.cos, 1e100).answer == "inconclusive"
    assert check_derivative(np.sqrt, lambda _: np.inf, 0.0).answer == "inconclusive"
