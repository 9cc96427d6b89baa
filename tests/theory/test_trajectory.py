"""The closed form against the run itself, exactly, and against itself in floats."""

import decimal
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import datasets, theory
from refgd._types import Array, Number
from refgd.optimizers import momentum, sgd

UNIT = 2.0**-53  # the unit roundoff of float64
DELTA = 2.0**-20  # the relative change whose effect is a sensitivity
# LAPACK's SVD is that of an x changed by at most some max(n, d) ulp (here 4), and each
# factor of the recurrence takes about ten roundings more.
ROUNDINGS = 40
NORRIS_DIGITS = 1e-12  # NIST certifies 15; the condition number 850 takes three


class Problem(NamedTuple):
    """A least-squares problem, a start, and the settings of a run."""

    x: Array
    y: Array
    w: Array
    lr: Number
    beta: Number
    nesterov: bool

    def after(self, t: Any) -> Any:
        """What `trajectory` says, in the arithmetic of x."""
        return theory.trajectory(
            self.x, self.y, self.w, self.lr, t, beta=self.beta, nesterov=self.nesterov
        )


@st.composite
def problems(draw: st.DrawFn, top: Fraction = Fraction(5, 4)) -> Problem:
    """Small whole numbers in Fractions: x (n,) or (n, d); lr to `top` of the bound."""
    n = draw(st.integers(1, 4))
    shape = draw(st.sampled_from([(n,), (n, 1), (n, 2), (n, 3)]))
    entries = st.integers(-9, 9)

    def block(*size: int) -> Array:
        count = int(np.prod(size))
        drawn = draw(st.lists(entries, min_size=count, max_size=count))
        return np.asarray(np.array(drawn).reshape(size) * Fraction(1))

    x = block(*shape)
    # mean |x|² is the sum of the eigenvalues of H/2: at least the largest of them
    trace = max(Fraction(np.sum(x * x)) / n, Fraction(1))
    share = draw(st.fractions(0, top, max_denominator=64))
    return Problem(
        x,
        block(n),
        np.asarray(block(*shape[1:])),
        share / trace,
        draw(st.fractions(0, Fraction(63, 64), max_denominator=64)),
        draw(st.booleans()),
    )


def iterates(problem: Problem, optimizer: refgd.optimizers.Optimizer) -> Iterator[Any]:
    objective = refgd.LeastSquares(problem.x, problem.y)
    run = refgd.descend(objective, problem.w[()], optimizer)
    return (iterate.w for iterate in run)


@pytest.mark.parametrize("lr_inside", [True, False])
@given(problem=problems())
def test_trajectory_is_the_optimizers(
    problem: Problem,
    lr_inside: bool,
) -> None:
    """On Fractions the closed form IS the run of heavy ball and Nesterov."""
    rule = momentum(
        problem.lr, beta=problem.beta, nesterov=problem.nesterov, lr_inside=lr_inside
    )
    run = np.array(list(islice(iterates(problem, rule), 6)))
    assert np.array_equal(problem.after(range(6)), run)


@given(problems())
def test_plain_trajectory_is_the_optimizers(problem: Problem) -> None:
    plain = problem._replace(beta=Fraction(0))
    run = np.array(list(islice(iterates(plain, sgd(plain.lr)), 6)))
    assert np.array_equal(plain.after(range(6)), run)


@given(st.lists(st.integers(1, 60), min_size=2, max_size=4, unique=True))
def test_plain_descent_at_its_best_is_tight(sigma: list[int]) -> None:
    """Along μ and L the error is (±ρ)ᵗ, exactly, with ρ = (κ − 1)/(κ + 1)."""
    n, low, high = len(sigma), min(sigma) ** 2, max(sigma) ** 2
    lr, rate = Fraction(n, low + high), Fraction(high - low, high + low)
    x, ones = np.diag(sigma) * Fraction(1), np.ones(n, dtype=int) * Fraction(1)
    zeros, slow, fast = 0 * ones, int(np.argmin(sigma)), int(np.argmax(sigma))
    plain = Problem(x, zeros, ones, lr, Fraction(0), nesterov=False)
    for t, w in enumerate(islice(iterates(plain, sgd(lr)), 12)):
        assert w[slow] == rate**t
        assert w[fast] == (-rate) ** t
        assert np.all(np.abs(w) <= rate**t)
    assert float(lr) == pytest.approx(theory.best_lr(x), rel=10 * UNIT, abs=0)
    assert float(rate) == pytest.approx(theory.rate(x, lr), rel=0, abs=10 * UNIT)


def test_the_tutorials_run_in_closed_form() -> None:
    """w_t = 2(1 − (17/20)ᵗ)."""
    x, y = np.array([1, 2, 3, 4]) * Fraction(1), np.array([2, 4, 6, 8])
    got = theory.trajectory(x, y, None, Fraction(1, 100), range(21))
    assert list(got) == [2 * (1 - Fraction(17, 20) ** t) for t in range(21)]


def rounded(problem: Problem) -> Problem:
    """The same problem in float64."""
    x, y, w = (np.asarray(a, dtype=float) for a in problem[:3])
    lr, beta = float(problem.lr), float(problem.beta)
    return Problem(x, y, w, lr, beta, problem.nesterov)


def walked(problem: Problem, t: int) -> Array:
    """Where the optimizer is after t steps."""
    rule = momentum(problem.lr, beta=problem.beta, nesterov=problem.nesterov)
    return np.asarray(next(islice(iterates(problem, rule), t, None)))


def sensitivity(problem: Problem, t: int) -> float:
    """Sum the changes of w_t when each datum, and lr, move by a part of their norm."""
    here, total = walked(problem, t), 0.0
    for field in ("x", "y", "w", "lr"):
        value = np.asarray(getattr(problem, field))
        size = float(np.sqrt(np.sum(value * value)))
        for place in np.ndindex(value.shape):
            moved = value.copy()
            moved[place] += size * DELTA
            changed = problem._replace(**{field: moved[()]})  # type: ignore[arg-type] # each field by its own kind
            total += float(np.max(np.abs(walked(changed, t) - here))) / DELTA
    return total


@given(problems(), st.sampled_from([0, 1, 2, 3, 10, 30]))
def test_trajectory_in_floats_is_the_exact_one(problem: Problem, t: int) -> None:
    """The error is that of a few ulp's change of the data and of lr."""
    exact, floats = np.asarray(problem.after(t), dtype=float), rounded(problem)
    error = np.max(np.abs(floats.after(t) - exact))
    scale = sensitivity(floats, t) + np.max(np.abs(floats.w) + np.abs(exact))
    assert error <= ROUNDINGS * UNIT * scale


def billion(h: float | Decimal, beta: float, t: int, *, nesterov: bool) -> Decimal:
    """e_t of the recurrence in 60 digits: the power of its companion matrix."""
    with decimal.localcontext(prec=60):
        h_, b, one = Decimal(h), Decimal(beta), Decimal(1)
        p, q = ((1 + b) * (1 - h_), b * (1 - h_)) if nesterov else (1 + b - h_, b)
        e1 = 1 - h_ - b * h_ if nesterov else 1 - h_
        step = np.array([[p, -q], [one, one * 0]])
        return Decimal(np.dot(np.linalg.matrix_power(step, t), np.array([e1, one]))[1])


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.9999, 1 - 2.0**-30])
@pytest.mark.parametrize("h", [2.0**-40, 2.0**-30, 1e-5, 0.1, 1.0])
@pytest.mark.parametrize("t", [0, 1, 1000, 10**6, 10**9 + 1, 10**30])
def test_trajectory_of_a_billion_steps(
    h: float,
    beta: float,
    t: int,
    nesterov: bool,
) -> None:
    """At x = 1, y = 0, w_0 = 1: w_t = e_t(h) with h = 2 lr, and no step is taken."""
    got = theory.trajectory([1.0], [0], 1, h / 2, t, beta=beta, nesterov=nesterov)
    expected = billion(h, beta, t, nesterov=nesterov)
    # |h ∂e/∂h|: what an ulp of h does
    nudge = Decimal(h) * (1 + Decimal(2) ** -30)
    moved = billion(nudge, beta, t, nesterov=nesterov)
    scale = 1 + float(abs(moved - expected)) * 2.0**30
    assert abs(float(Decimal(float(got)) - expected)) <= ROUNDINGS * UNIT * scale


@pytest.mark.parametrize("copies", [1, 2000])
def test_norris_after_a_billion_steps(copies: int) -> None:
    """Its 36 rows, and 72,000 of the same, which come in blocks."""
    norris = datasets.norris()
    x, y = np.tile(norris.samples, (copies, 1)), np.tile(norris.y, copies)
    w = theory.trajectory(x, y, None, theory.default_lr(x), 10**9)
    assert w == pytest.approx(np.array(norris.w), rel=NORRIS_DIGITS, abs=0)


@given(problems(top=Fraction(1, 2)))
def test_trajectory_ends_at_the_nearest_optimum(problem: Problem) -> None:
    """The limit is w_0 + x⁺(y − x w_0): along a zero eigenvalue w stays at w_0."""
    floats = rounded(problem)._replace(lr=float(problem.lr) or 1e-3)
    x = floats.x.reshape(len(floats.x), -1)
    w = floats.w.ravel()
    end = w + np.linalg.pinv(x) @ (floats.y - x @ w)
    # whole numbers up to 9 in at most 4 × 3: κ is below 10⁴ where it is not infinite
    assert np.ravel(floats.after(10**30)) == pytest.approx(end, rel=1e-10, abs=1e-10)


@given(problems())
def test_no_step_is_the_start(problem: Problem) -> None:
    assert np.array_equal(problem.after(0), problem.w)
    assert np.array_equal(rounded(problem).after(0), rounded(problem).w)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(4,), (4, 2)])
@pytest.mark.parametrize("t", [3, [0, 1, 2], [[0, 1, 2], [3, 4, 10**30]]])
def test_trajectory_has_the_shapes_of_t_and_w(
    kind: type, shape: tuple[int, ...], t: Any
) -> None:
    x: Array = np.arange(1.0, 1 + np.prod(shape)).reshape(shape).astype(kind)
    x.flags.writeable = False
    w = theory.trajectory(x, np.ones(4), None, 0.01, t)
    assert w.shape == np.asarray(t, dtype=object).shape + shape[1:]
    assert w.dtype == kind


@pytest.mark.parametrize(
    ("lr", "beta", "nesterov", "t", "expected"),
    [
        (1.5, 0.0, False, 10**9, np.inf),  # (−2)ᵗ, t even
        (1.5, 0.0, False, 10**9 + 1, -np.inf),
        (1.5, 0.0, False, 100, 2.0**100),
        (1e200, 0.0, False, 1, -2e200),
        (1e200, 0.5, False, 1, -2e200),
        (1e200, 0.5, True, 1, -3e200),
        (1e200, 0.5, False, 2, np.inf),
        (0.5, 0.5, True, 1, -0.5),  # h = 1: both roots are zero
        (0.5, 0.5, True, 2, 0.0),
        (0.75, 0.5, False, 1, -0.5),  # p = 0: the roots are ±i√β
        (0.75, 0.5, False, 2, -0.5),
        (0.75, 0.5, False, 3, 0.25),
        (0.125, 0.25, False, 4, 3 / 16),  # a double root: (1 + t/2)/2ᵗ
        (0.0, 0.9, False, 10**30, 1.0),
    ],
)
def test_trajectory_by_hand(
    lr: float,
    beta: float,
    nesterov: bool,
    t: int,
    expected: float,
) -> None:
    """At x = 1, y = 0, w_0 = 1; the Hessian is 2."""
    got = theory.trajectory([1.0], [0], 1, lr, t, beta=beta, nesterov=nesterov)
    # growth is exp(t log r): an ulp of the exponent, up to 700, is that many of w
    assert got == pytest.approx(expected, rel=1000 * UNIT, abs=10 * UNIT)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.5, 1 - 2.0**-30])
def test_a_small_step_keeps_its_digits(
    beta: float,
    nesterov: bool,
) -> None:
    """From w_0 = 0 one step goes h, or (1 + β) h for Nesterov, however small h is."""
    got = theory.trajectory([1.0], [1], 0, 5e-18, 1, beta=beta, nesterov=nesterov)
    # complex roots take the difference of two parts of size 1 − β: 1e-6 of them
    assert got == pytest.approx(1e-17 * (1 + beta * nesterov), rel=1e-6, abs=0)


def test_the_optimum_stays_where_every_other_start_diverges() -> None:
    assert theory.trajectory([1.0], [2], 2, 10.0, 10**9) == 2


def test_zero_data_move_nothing() -> None:
    got = theory.trajectory(np.zeros((3, 2)), np.ones(3), [5, 6], 0.1, [0, 1, 10**9])
    assert np.array_equal(got, [[5, 6]] * 3)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"t": -1}, ValueError, "t must be at least 0"),
        ({"t": [1, 2.5]}, TypeError, "t must be a whole number"),
        ({"t": 10**400}, ValueError, "t must be at most"),
        ({"lr": -1}, ValueError, "lr must not be negative"),
        ({"lr": np.nan}, ValueError, "lr must be finite"),
        ({"beta": 1}, ValueError, r"beta must be in \[0, 1\)"),
        ({"nesterov": 1}, TypeError, "nesterov must be True or False"),
        ({"w": [1, 2]}, ValueError, "w must be a scalar"),
        ({"y": [[1], [2]]}, ValueError, "y must have shape"),
        ({"x": [1, np.nan]}, ValueError, "x must be finite"),
    ],
)
def test_trajectory_refuses(
    changed: dict[str, Any], error: type[Exception], message: str
) -> None:
    arguments: dict[str, Any] = {"x": [1.0, 2], "y": [1, 2], "w": 0, "lr": 0.1, "t": 1}
    with pytest.raises(error, match=message):
        theory.trajectory(**arguments | changed)
