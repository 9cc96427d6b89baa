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


def _float32(f: Function) -> Function:
    return lambda w: float(f(np.float32(w)))


#: Right pairs that are hard: noise, cancellation, kinks, flat parts, high degrees.
HARD: dict[str, tuple[Function, Function]] = {
    "exp": (np.exp, np.exp),
    "log": (lambda w: np.log(abs(w)), lambda w: 1 / w),
    "log-cosh": (lambda w: np.log(np.cosh(w)), np.tanh),
    "degree-14": (lambda w: (w - 1) ** 14, lambda w: 14 * (w - 1) ** 13),
    "fast-wave": (lambda w: np.sin(1e6 * w), lambda w: 1e6 * np.cos(1e6 * w)),
    "ripple": (
        lambda w: w + 1e-3 * np.sin(1e4 * w),
        lambda w: 1 + 10 * np.cos(1e4 * w),
    ),
    "cancels": (lambda w: (1e8 + w) - 1e8, lambda w: 1.0 + 0 * w),
    "cancels-more": (lambda w: (1e16 + w) - 1e16, lambda w: 1.0 + 0 * w),
    "derivative-cancels": (lambda w: w * w / 2, lambda w: (1e8 + w) - 1e8),
    "small-on-large": (lambda w: 1e10 + np.sin(w), np.cos),
    "float32": (_float32(np.sin), _float32(np.cos)),
    "float32-derivative": (np.sin, _float32(np.cos)),
    "constant": (lambda w: 5.0 + 0 * w, lambda w: 0 * w),
    "size": (abs, np.sign),
    "relu": (lambda w: max(w, 0.0), lambda w: float(w > 0)),
    "rounded": (lambda w: round(float(w), 3), lambda _: 1.0),
    "narrow": (lambda w: np.tanh(w * 1e8), lambda w: 1e8 / np.cosh(w * 1e8) ** 2),
}
PLACES = (0.0, 1e-100, 1e-8, -1e-4, 0.3, 1.0, -7.0, 100.0, 1e4, 1e8, 1e12, 1e100)


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("w", PLACES)
def test_a_hard_derivative_is_never_called_wrong(name: str, w: float) -> None:
    f, df = HARD[name]
    with np.errstate(all="ignore"):
        assert check_derivative(f, df, w).answer in ("right", "inconclusive")


@pytest.mark.parametrize("w", [0.0, Fraction(0), 1e-100])
def test_a_kink_is_inconclusive(w: Any) -> None:
    assert check_derivative(abs, lambda _: w * 0 + 1, w).answer == "inconclusive"


def _off_in_one(df: Function, j: int) -> Function:
    return lambda v: df(v) * (1 + 1e-3 * np.eye(3)[j])


def test_coordinates_may_differ_in_scale() -> None:
    w = np.array([1e-8, 1.0, 1e8])
    scales = 1 / w

    def f(v: Any) -> Any:
        return np.sum(np.sin(v * scales))

    def df(v: Any) -> Any:
        return scales * np.cos(v * scales)

    assert check_derivative(f, df, w).answer == "right"
    for j in range(3):
        with pytest.raises(AssertionError, match=f"entry {j} is"):
            check_derivative(f, _off_in_one(df, j), w)


def test_a_derivative_in_floats_of_a_rational_function_is_no_alarm() -> None:
    verdict = check_derivative(lambda w: w**3, lambda w: 3.0 * w**2, Fraction(1, 3))
    assert verdict.answer == "right"


def test_a_constant_has_no_slope() -> None:
    with pytest.raises(AssertionError, match="df is wrong"):
        check_derivative(lambda w: 5.0 + 0 * w, lambda _: 1.0, 2.0)


def test_what_cannot_be_decided_is_inconclusive() -> None:
    """At 1e100 the sine of neighbouring floats has nothing to do with a slope."""
    assert check_derivative(np.sin, np.cos, 1e100).answer == "inconclusive"
    assert check_derivative(np.sqrt, lambda _: np.inf, 0.0).answer == "inconclusive"
