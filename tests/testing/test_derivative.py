"""check_derivative: right, wrong, and inconclusive where no honest bound decides."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd.testing import DerivativeError, check_derivative
from refgd.testing.derivative._point import AT_W

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
    with pytest.raises(AssertionError, match="df is wrong"):
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
    with pytest.raises(AssertionError, match=r"mistake: w\[2\] is half"):
        check_derivative(lambda v: (v**2).sum(), lambda v: v * np.array([2, 2, 1]), w)
    with pytest.raises(
        AssertionError, match=r"have shape \(3,\), as w has, got shape \(\)"
    ):
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
    "bump": (
        lambda w: math.exp(-1 / w**2) if w else 0.0,
        lambda w: 2 / w**3 * math.exp(-1 / w**2) if w else 0.0,
    ),
    "tiny": (lambda w: 1e-200 * np.sin(w), lambda w: 1e-200 * np.cos(w)),
    "huge": (lambda w: 1e200 * np.sin(w), lambda w: 1e200 * np.cos(w)),
    "offset": (lambda w: 1e12 + np.sin(w), np.cos),
    "noise": (lambda w: np.sin(w) + 1e-9 * np.sin(1e12 * w), np.cos),
    "bell": (
        lambda w: np.exp(-900 * w * w),
        lambda w: -1800 * w * np.exp(-900 * w * w),
    ),
    "power": (lambda w: abs(w) ** 1.3, lambda w: 1.3 * abs(w) ** 0.3 * np.sign(w)),
    "narrow": (lambda w: np.tanh(w * 1e8), lambda w: 1e8 / np.cosh(w * 1e8) ** 2),
}
PLACES = (0.0, 1e-100, 1e-8, -1e-4, 0.3, 1.0, -7.0, 100.0, 1e4, 1e8, 1e12, 1e100)


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("w", PLACES)
def test_a_hard_derivative_is_never_called_wrong(name: str, w: float) -> None:
    f, df = HARD[name]
    with np.errstate(all="ignore"):
        assert check_derivative(f, df, w).answer in ("right", "inconclusive")


@pytest.mark.parametrize("w", [0.0, Fraction(0)])
@pytest.mark.parametrize(("f", "ends"), [(abs, (-1, 1)), (lambda w: max(w, 0), (0, 1))])
@pytest.mark.parametrize("part", [0.0, 0.3, 1.0, -0.1, 1.1, -30.0])
def test_at_a_kink_every_subgradient_is_right(
    f: Function, ends: tuple[float, float], w: Any, part: float
) -> None:
    slope = ends[0] + part * (ends[1] - ends[0])
    if 0 <= part <= 1:
        report = check_derivative(f, lambda _: slope, w)
        assert report.answer == "right"
        assert f"its slopes there are {ends[0]} and {ends[1]}" in report.notes[0]
    else:
        with pytest.raises(AssertionError, match=f"{ends[0]} below, {ends[1]} above"):
            check_derivative(f, lambda _: slope, w)


def test_a_kink_that_is_not_at_w_is_none_at_w() -> None:
    assert check_derivative(abs, lambda _: 1.0, 1e-100).answer == "inconclusive"


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("w", [0.3, -1.2, 100.0, 522959.94])
def test_a_missing_derivative_does_not_hide_under_an_offset(
    scale: float, w: float
) -> None:
    """0 is small beside the value of f, but not beside what f moves by."""
    try:
        answer = check_derivative(lambda w: scale + np.sin(w), lambda _: 0.0, w).answer
    except AssertionError:
        return
    assert answer == "inconclusive"


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
        with pytest.raises(AssertionError, match=rf"\n    w\[{j}\] .* 1.001"):
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


# --- exact only where it is proved ---------------------------------------------------


def _vanishing(w: Any) -> Any:
    """Return a polynomial whose derivative at 0, 5/4, its differences do not show."""
    return w * ((w**2 - 1) * (w**2 - Fraction(1, 4)) + 1)


def test_equal_differences_prove_nothing() -> None:
    zero = Fraction(0)
    verdict = check_derivative(_vanishing, lambda _: Fraction(5, 4), zero)
    assert (verdict.answer, *verdict.numeric, *verdict.bound) == (
        "right",
        Fraction(5, 4),
        0,
    )
    with pytest.raises(AssertionError, match=r"w  1   5/4  +0  4/5"):
        check_derivative(_vanishing, lambda _: Fraction(1), zero)


def _two_hinges(w: Any) -> Any:
    near = Fraction(1, 1000)
    return 3 * w + max(w - near, 0) + max(-w - near, 0) / 2


def _steps(w: Any) -> Any:
    return w + math.floor(w)


#: What branches on Fractions: the function, its derivative at a point, and the point.
BRANCHING: dict[str, tuple[Function, Fraction, Fraction]] = {
    "hinges": (_two_hinges, Fraction(3), Fraction(0)),
    "floor": (_steps, Fraction(1), Fraction(1, 2)),
    "remainder": (lambda w: w + w % 1, Fraction(2), Fraction(1, 2)),
    "size": (lambda w: abs(w - 4) + abs(w + 4), Fraction(0), Fraction(0)),
    "whole": (lambda w: 2 * w if int(w) == 0 else w, Fraction(2), Fraction(1, 3)),
    "equal": (lambda w: w if w == 0 else w * w + w, Fraction(1), Fraction(0)),
}


@pytest.mark.parametrize("name", BRANCHING)
@pytest.mark.parametrize("off", [Fraction(0), Fraction(1), Fraction(-1, 2)])
def test_what_branches_is_not_exact(name: str, off: Fraction) -> None:
    f, slope, w = BRANCHING[name]
    if not off:
        verdict = check_derivative(f, lambda _: slope, w)
        assert verdict.answer in ("right", "inconclusive")
        assert all(verdict.bound)
        return
    try:
        answer = check_derivative(f, lambda _: slope + off, w).answer
    except AssertionError:
        answer = "wrong"
    assert answer in ("wrong", "inconclusive")


def test_what_hides_its_argument_is_not_exact() -> None:
    def hides(w: Any) -> Any:
        return w**2 if isinstance(w, Fraction | float) else 5 * w

    assert check_derivative(hides, lambda w: 2 * w, Fraction(3)).answer == "right"


@pytest.mark.parametrize(
    ("f", "df"),
    [
        (lambda w: np.dot(w, w[::-1]) / 3, lambda w: 2 * w[::-1] / 3),
        (lambda w: np.mean((w - 1) ** 2), lambda w: 2 * (w - 1) / len(w)),
        (lambda w: (w.T @ w) * np.int64(2), lambda w: 4 * w),
        (lambda w: -sum(+w) + np.sum(2 - w), lambda w: 0 * w - 2),
        (lambda w: np.vdot(w, w).conjugate(), lambda w: 2 * w),
        (lambda w: [w[0] * w[1] * w[2]], lambda w: np.prod(w) / w),
        (lambda _: 7, lambda w: 0 * w),
    ],
    ids=["dot", "mean", "matmul", "sums", "vdot", "list", "constant"],
)
def test_a_polynomial_is_exact_however_it_is_written(f: Function, df: Function) -> None:
    w = np.array([Fraction(1, 2), Fraction(-3), Fraction(5, 7)])
    verdict = check_derivative(f, df, w)
    assert verdict.answer == "right"
    assert not any(verdict.bound)
    with pytest.raises(AssertionError, match="all 3 entries"):
        check_derivative(f, lambda v: df(v) + Fraction(1, 10**9), w)


# --- kinks ---------------------------------------------------------------------------


def _relu(w: Any) -> Any:
    return np.sum(np.maximum(w, 0))


@pytest.mark.parametrize("w", [-0.5, -1e-4, -30.0, 0.5, 3.0, 1e-4, -1e-100])
def test_a_kink_at_a_distance_does_not_matter(w: float) -> None:
    slope = float(w > 0)
    assert check_derivative(_relu, lambda _: slope, w).answer == "right"
    with pytest.raises(AssertionError, match="df is wrong"):
        check_derivative(_relu, lambda _: 1 - slope, w)


@pytest.mark.parametrize("factor", [30, -1, 0.5])
@pytest.mark.parametrize("w", [[0.3, -0.2, 0.1], [0.0, 0.0, 0.0], [2.0, 1.0, -1.0]])
def test_a_jump_of_the_derivative_is_not_its_rounding(
    factor: float, w: list[float]
) -> None:
    x = np.array([[1.0, 2.0, -1.0], [-2.0, 0.5, 1.0], [0.5, -1.5, 2.0]])
    y = np.array([1.0, -1.0, 1.0])

    def hinge(w: Any) -> Any:
        return np.mean(np.maximum(0, 1 - y * (x @ w)))

    def slope(w: Any) -> Any:
        return -x.T @ (y * (1 - y * (x @ w) > 0)) / len(y)

    start = np.array(w)
    assert check_derivative(hinge, slope, start).answer == "right"
    with pytest.raises(AssertionError, match="df is wrong"):
        check_derivative(hinge, lambda w: factor * slope(w), start)


@pytest.mark.parametrize("apart", [0.0, *(10.0**-k for k in range(16))])
@pytest.mark.parametrize("sides", [(-1.0, 1.0), (2.0, 0.0), (1.0, 1.01), (0.0, 3.0)])
def test_no_wrong_word_however_near_the_kink(
    apart: float, sides: tuple[float, float]
) -> None:
    """The kink is a little above w: the slope at w is the lower one's."""
    w = 0.3
    kink = w + apart

    def f(v: Any) -> Any:
        return (sides[0] if v < kink else sides[1]) * (v - kink)

    if apart and kink > w:
        right = check_derivative(f, lambda _: sides[0], w).answer
        assert right in ("right", "inconclusive")
    for slope in (sides[1], sum(sides) / 2):

        def df(_: Any, slope: float = slope) -> float:
            return slope

        try:
            answer = check_derivative(f, df, w).answer
        except AssertionError:
            assert apart > AT_W * w
        else:
            near = abs(slope - sides[0]) <= 1e-3 * abs(slope)
            assert answer == "inconclusive" or near or apart <= AT_W * w


def test_no_slope_is_said_across_a_kink() -> None:
    """6e-12 above the kink the slope is 0.93; across it, about 0."""
    kink = 2.5312836924943554

    def f(w: Any) -> Any:
        return abs(w - kink) + np.sin(-1.877418395497605 * w)

    verdict = check_derivative(f, lambda _: 0.0, 2.53128369250073)
    assert verdict.answer == "inconclusive"


def test_small_steps_that_a_term_does_not_follow_do_not_decide() -> None:
    """log(1 - p) moves in jumps, as p is near 1: between them only the sine moves."""

    def f(w: Any) -> Any:
        return -np.log(1 - _sigmoid(-26.25 * (w + 0.45))) + np.sin(w)

    def df(w: Any) -> Any:
        return -26.25 * _sigmoid(-26.25 * (w + 0.45)) + np.cos(w)

    for w in np.linspace(-1.75, -1.3, 50):
        assert check_derivative(f, df, w).answer in ("right", "inconclusive")


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# --- hard to call --------------------------------------------------------------------


def test_who_writes_into_an_argument_is_named() -> None:
    def writes(w: Any, *_: Any) -> Any:
        w *= 8
        return w

    def spoils(w: Any, x: Any) -> Any:
        x += 1
        return w @ w

    w = np.array([1.0, 2.0])
    with pytest.raises(AssertionError, match=r"^df writes into w"):
        check_derivative(lambda w: 4 * w @ w, writes, w)
    with pytest.raises(AssertionError, match=r"^f writes into w"):
        check_derivative(lambda w: np.sum(writes(w)), lambda w: 8 + 0 * w, w)
    with pytest.raises(AssertionError, match=r"^f writes into args\[0\]"):
        check_derivative(spoils, lambda w, _: 2 * w, w, args=[np.ones(2)])
    assert w.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize(
    "w", [5e-324, 1e-310, 1e308, -1.7e308, Fraction(10) ** 400, Fraction(1, 10**400)]
)
def test_the_ends_of_the_floats_are_no_crash(name: str, w: Any) -> None:
    f, df = SMOOTH[name]
    with np.errstate(all="ignore"):
        assert check_derivative(f, df, w).answer in ("right", "inconclusive")


@pytest.mark.parametrize("w", [math.inf, -math.inf, math.nan])
def test_w_must_be_finite(w: float) -> None:
    with pytest.raises(ValueError, match="w must be finite"):
        check_derivative(np.sin, np.cos, w)


@pytest.mark.parametrize(
    ("f", "df", "w"),
    [
        (math.log, lambda w: 1 / w, 0.5),
        (math.sqrt, lambda w: 0.5 / math.sqrt(w), 0.01),
        (math.asin, lambda w: 1 / math.sqrt(1 - w * w), 0.99),
        (lambda w: w**0.5, lambda w: 0.5 / w**0.5, 0.5),
        (lambda w: 1 / w, lambda w: -1 / w**2, 2.0),
        (math.exp, math.exp, 700.0),
    ],
    ids=["log", "sqrt", "asin", "root", "inverse", "exp"],
)
def test_steps_stay_in_the_domain(f: Function, df: Function, w: float) -> None:
    assert check_derivative(f, df, w).answer == "right"
    with pytest.raises(AssertionError, match="df is wrong"):
        check_derivative(f, lambda v: 1.01 * df(v), w)


def test_one_number_in_an_array_is_a_number() -> None:
    for w in (3.0, Fraction(3)):
        verdict = check_derivative(lambda w: np.array([w * w]), lambda w: 2 * w, w)
        assert verdict.answer == "right"


@pytest.mark.parametrize("answer", [None, "a", 1 + 2j, []])
def test_what_is_no_number_is_said(answer: Any) -> None:
    with pytest.raises(TypeError, match="f must return real numbers"):
        check_derivative(lambda _: answer, lambda w: w, 1.0)


@pytest.mark.parametrize("answer", [None, "a", 1j])
def test_what_is_no_derivative_is_said(answer: Any) -> None:
    with pytest.raises(TypeError, match="df must return real numbers"):
        check_derivative(np.sin, lambda _: answer, 1.0)


def _stairs(w: Any, count: float) -> Any:
    return np.floor(count * w) / count


@pytest.mark.parametrize("w", [1.0, 0.7, -3.1, 1e3])
@pytest.mark.parametrize("count", [10.0, 1e3, 1e5])
def test_the_slope_of_a_stair_is_not_wrong(w: float, count: float) -> None:
    for f, df in (
        (lambda v: v + _stairs(v, count), lambda v: 1 + 0 * v),
        (lambda v: np.sin(v) + _stairs(v, count), np.cos),
        (lambda v: _stairs(v, count), lambda v: 0 * v),  # but for float32's rounding
    )[: 2 if count * w > 1e6 else 3]:
        assert check_derivative(f, df, w).answer != "wrong"


@pytest.mark.parametrize(
    ("w", "height", "waves"),
    [(1e4, 1e-6, 1e7), (-2e4, 1e-6, 1e7), (1e6, 1e-4, 1e5), (1e4, 2e-6, 1e7)],
)
def test_the_slope_of_a_little_wave_is_not_wrong(
    w: float, height: float, waves: float
) -> None:
    def f(v: Any) -> Any:
        return v + height * np.sin(waves * v)

    def df(v: Any) -> Any:
        return 1 + height * waves * np.cos(waves * v)

    assert check_derivative(f, df, w).answer != "wrong"
    with pytest.raises(DerivativeError):
        check_derivative(f, lambda v: 3 * df(v) + 7, w)


def test_a_derivative_that_is_rounded_to_a_few_places_is_not_called_right() -> None:
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(50, 3)), rng.normal(size=50), np.array([0.3, -1.2, 2.0])

    def loss(w: Any) -> Any:
        return ((x @ w - y) ** 2).mean()

    def rounded(w: Any) -> Any:
        return np.round(2 * x.T @ (x @ w - y) / len(y), 4)

    found = check_derivative(loss, rounded, w, on_inconclusive="return")
    assert not found
    assert "inconclusive" in str(found)
