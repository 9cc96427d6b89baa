"""Schedules against their formulas, exactly where these are rational."""

import copy
import math
import pickle
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refgd import optimizers, schedules

rates = st.fractions(0, 8, max_denominator=64)
times = st.integers(0, 12)
lengths = st.integers(1, 6)

#: A cosine, its square and a product.
ROUNDING = 4 * 2.0**-52


def _made(call: str) -> Any:
    """What a call of this module's functions makes, as they print it."""
    return eval(call, dict(vars(schedules)))  # noqa: S307 - the text is a test's own


MADE = {
    "constant(0.5)": schedules.constant(0.5),
    "step(1, every=2, gamma=0.1)": schedules.step(1, every=2),
    "exponential(1.0, gamma=0.5)": schedules.exponential(1.0, gamma=0.5),
    "cosine(1, n_iters=9, end=0.0)": schedules.cosine(1, n_iters=9),
    "inverse_scaling(1, power=0.5, decay=1)": schedules.inverse_scaling(1, power=0.5),
    "warm_up(1, n_iters=4, start=0)": schedules.warm_up(1, n_iters=4),
    "joined(0.5, constant(1), at=(3,))": schedules.joined(
        0.5, schedules.constant(1), at=(3,)
    ),
}


@given(lr=rates, t=times)
def test_constant_is_constant(lr: Fraction, t: int) -> None:
    assert schedules.constant(lr)(t) == lr


@given(lr=rates, gamma=rates, every=lengths, t=times)
def test_step_multiplies_once_a_stretch(
    lr: Fraction, gamma: Fraction, every: int, t: int
) -> None:
    """Between two changes nothing happens; a change is gamma; it starts with lr."""
    curve = schedules.step(lr, every=every, gamma=gamma)
    assert curve(0) == lr
    assert curve(t + 1) == (curve(t) * gamma if (t + 1) % every == 0 else curve(t))


@given(lr=rates, gamma=rates, t=times)
def test_exponential_multiplies_each_time(
    lr: Fraction, gamma: Fraction, t: int
) -> None:
    curve = schedules.exponential(lr, gamma=gamma)
    assert (curve(0), curve(t + 1)) == (lr, gamma * curve(t))


@given(lr=rates, end=rates, n=lengths, t=times)
def test_cosine_is_half_a_wave(lr: Fraction, end: Fraction, n: int, t: int) -> None:
    """From lr to end, halfway at n/2, and then at rest."""
    curve = schedules.cosine(lr, n_iters=n, end=end)
    wave = (1 + math.cos(math.pi * min(t, n) / n)) / 2
    size = float(lr + end)
    assert abs(curve(t) - float(end + (lr - end) * Fraction(wave))) <= ROUNDING * size
    assert abs(curve(0) - lr) <= ROUNDING * size
    assert curve(n + t) == float(end)


@given(lr=rates, power=st.integers(0, 3), decay=rates, t=times)
def test_inverse_scaling_is_its_formula(
    lr: Fraction, power: int, decay: Fraction, t: int
) -> None:
    """η_t (1 + k t)^p = η_0, exactly."""
    curve = schedules.inverse_scaling(lr, power=power, decay=decay)
    assert curve(t) * (1 + decay * t) ** power == lr


def test_inverse_scaling_counts_as_scikit_learn_does() -> None:
    """eta0 / t^0.25 of its t = 16 is that of step 15 here."""
    assert schedules.inverse_scaling(0.5, power=0.25)(15) == 0.25


@given(lr=rates, start=rates, n=lengths, t=times)
def test_warm_up_is_a_line_then_rests(
    lr: Fraction, start: Fraction, n: int, t: int
) -> None:
    curve = schedules.warm_up(lr, n_iters=n, start=start)
    assert n * (curve(t) - start) == (lr - start) * min(t, n)


@given(
    pieces=st.lists(rates, min_size=1, max_size=4),
    gaps=st.lists(lengths, min_size=3, max_size=3),
    t=times,
)
def test_joined_gives_each_piece_its_own_time(
    pieces: Any, gaps: list[int], t: int
) -> None:
    """Each piece is asked for the time since it began."""
    starts = [0]
    for gap in gaps[: len(pieces) - 1]:
        starts.append(starts[-1] + gap)
    halving = [schedules.exponential(lr, gamma=Fraction(1, 2)) for lr in pieces]
    curve = schedules.joined(*halving, at=tuple(starts[1:]))
    i = max(k for k, begin in enumerate(starts) if begin <= t)
    assert curve(t) == pieces[i] / 2 ** (t - starts[i])


@pytest.mark.parametrize("name", MADE)
def test_schedules_print_and_compare_as_their_calls(name: str) -> None:
    curve = MADE[name]
    assert repr(curve) == name
    again = _made(name)
    assert again == curve
    assert hash(again) == hash(curve)
    assert [again(t) for t in range(12)] == [curve(t) for t in range(12)]
    assert all(curve != other for key, other in MADE.items() if key != name)


@pytest.mark.parametrize("name", MADE)
def test_schedules_survive_a_copy(name: str) -> None:
    """Pickled, as for another process, or copied: equal, with the same rates."""
    curve = MADE[name]
    for again in (pickle.loads(pickle.dumps(curve)), copy.deepcopy(curve)):  # noqa: S301 - our own
        assert again == curve
        assert [again(t) for t in range(12)] == [curve(t) for t in range(12)]


@pytest.mark.parametrize("name", MADE)
def test_schedules_are_frozen(name: str) -> None:
    with pytest.raises(AttributeError):
        MADE[name].name = "another"  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize(("t", "error"), [(-1, ValueError), (0.5, TypeError)])
def test_schedules_take_whole_times_alone(name: str, t: Any, error: type) -> None:
    with pytest.raises(error, match=r"^t must be"):
        MADE[name](t)


def test_value_at_refuses_a_negative_rate() -> None:
    optimizer = optimizers.sgd(lambda t: 1.0 - t)
    state = optimizer.init(0.0)
    for _ in range(2):
        _, state = optimizer.update(0.0, 1.0, state)
    with pytest.raises(ValueError, match=r"^lr\(2\) must not be negative, got -1.0"):
        optimizer.update(0.0, 1.0, state)


# a call: the error, its message
BAD: dict[str, tuple[type[Exception], str]] = {
    "constant(-1)": (ValueError, "lr must not be negative, got -1"),
    "constant('1')": (TypeError, "lr must be a real number, got '1'"),
    "step(1, every=0)": (ValueError, "every must be at least 1, got 0"),
    "step(1, every=1, gamma=-1)": (ValueError, "gamma must not be negative, got -1"),
    "exponential(-1, gamma=1)": (ValueError, "lr must not be negative, got -1"),
    "exponential(1, gamma=math.nan)": (ValueError, "gamma must be finite, got nan"),
    "cosine(1, n_iters=2.5)": (TypeError, "n_iters must be a whole number, got 2.5"),
    "cosine(1, n_iters=2, end=-1)": (ValueError, "end must not be negative, got -1"),
    "inverse_scaling(1, power=-1)": (ValueError, "power must not be negative, got -1"),
    "inverse_scaling(1, power=1, decay=-1)": (
        ValueError,
        "decay must not be negative, got -1",
    ),
    "warm_up(1, n_iters=0)": (ValueError, "n_iters must be at least 1, got 0"),
    "warm_up(1, n_iters=1, start=-1)": (
        ValueError,
        "start must not be negative, got -1",
    ),
    "joined(1, 2, at=5)": (TypeError, "at must be a tuple of steps, got 5"),
    "joined(at=())": (
        ValueError,
        "joined needs at least one number or schedule, got none",
    ),
    "joined(1, 2, at=())": (
        ValueError,
        "at must be 1 rising steps, one per change, got ()",
    ),
    "joined(1, 2, 3, at=(4, 4))": (
        ValueError,
        "at must be 2 rising steps, one per change, got (4, 4)",
    ),
    "joined(1, 2, at=(0,))": (ValueError, "at must be at least 1, got 0"),
    "joined(1, -2, at=(4,))": (ValueError, "lr must not be negative, got -2"),
}


@pytest.mark.parametrize("call", BAD)
def test_schedules_refuse(call: str) -> None:
    error, message = BAD[call]
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        _made(call)


@pytest.mark.parametrize(
    ("call", "t"),
    [
        ("exponential(1.0, gamma=2.0)", 2000),
        ("step(1.0, every=1, gamma=2.0)", 2000),
        ("inverse_scaling(1.0, power=400, decay=1)", 10),
    ],
)
def test_schedules_beyond_the_floats_say_so(call: str, t: int) -> None:
    message = f"{call} leaves the range of floats at t = {t}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _made(call)(t)
