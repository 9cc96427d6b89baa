"""How far `refgd fit` goes, and how many steps it takes at once."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import refgd
from refgd import optimizers, theory
from refgd._types import Array
from refgd.cli import main
from refgd.cli.fit._leaps import leaps
from refgd.cli.fit._options import Options
from refgd.cli.fit._plan import MOST_SINGLE, Plan, choose_plan
from refgd.cli.fit._problem import Problem
from refgd.theory._curvature import curvature

#: Some thousand steps of a few roundings each, which the contraction does not add up.
CLOSE = 1e-13


def _problem(shape: tuple[int, ...]) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.normal(1, 1, shape), rng.normal(size=shape[0])


@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 3), (2, 4)])
@pytest.mark.parametrize(("k", "n"), [(1, 4), (3, 9), (7, 24), (1000, 2500)])
def test_leaps_are_their_steps(shape: tuple[int, ...], k: int, n: int) -> None:
    """With dependent columns too: where there is no gradient w stays."""
    x, y = _problem(shape)
    lr = float(theory.default_lr(x))
    single = refgd.fit(x, y, lr=lr, n_iters=n)
    rule = leaps(x, lr, k, n)
    at_once = Plan(n, k, leaps=True).counted(
        refgd.fit(x, y, optimizer=rule, n_iters=-(-n // k)), lr
    )
    assert list(at_once.history.t) == [*range(0, n, k), n]
    assert at_once.n_iters == n
    expected = single.history.w[at_once.history.t]
    assert at_once.history.w == pytest.approx(expected, rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize("k", [1, 2, 9])
def test_the_sum_of_powers_is_the_exact_one(k: int) -> None:
    x = np.array([[1, 2], [0, 1], [3, 1]], dtype=object) + Fraction(0)
    lr = Fraction(1, 16)
    hessian = 2 * np.dot(x.T, x) / 3
    once = np.eye(2, dtype=int) - lr * hessian
    powers = [np.linalg.matrix_power(once, j) for j in range(k)]
    exact = np.array(lr * sum(powers, 0 * once), dtype=float)
    h = curvature(x.astype(float))
    got = np.array([h.times(h.sums(float(lr), k), unit) for unit in np.eye(2)])
    assert got == pytest.approx(exact, rel=CLOSE, abs=CLOSE)


def test_the_gradient_tells_the_error() -> None:
    """On a quadratic w - w* is the inverse Hessian times the gradient, anywhere."""
    x, y = _problem((9, 3))
    w = np.array([3.0, -1, 2])
    _, dw = refgd.LeastSquares(x, y)(w)
    error = w - np.linalg.lstsq(x, y)[0]
    h = curvature(x)
    assert h.times(1 / h.values, dw) == pytest.approx(error, rel=1e-12)


COLLINEAR = np.column_stack([[1.0, 2, 3, 4], [1.0, 2, 3, 4.05]])
NEEDED = theory.steps_to(COLLINEAR, theory.default_lr(COLLINEAR), 1e-16)


@pytest.mark.parametrize(
    ("options", "plan"),
    [
        (Options(), (NEEDED, 1000, True)),
        (Options(n_iters=20_001), (20_001, 5, True)),
        (Options(n_iters=MOST_SINGLE), (MOST_SINGLE, 1, False)),
        (Options(tol=0), (10_000, 1, False)),
        (Options(tol=0, n_iters=200_000), (200_000, 2, False)),
        (Options(tol=0, n_iters=200_000, every=7), (200_000, 7, False)),
        (Options(batch_size=2), (10_000, 1, False)),
        (Options(validation=0.5), (10_000, 1, False)),
        (Options(checkpoint="run.npz"), (10_000, 1, False)),
    ],
)
def test_a_plan_goes_as_far_as_theory_says(
    options: Options, plan: tuple[float, int, bool]
) -> None:
    problem = Problem([], COLLINEAR, np.ones(4), ["a", "b"], "y")
    lr = float(theory.default_lr(COLLINEAR))
    assert not choose_plan(options, problem, None).leaps
    assert choose_plan(options, problem, lr) == plan


@pytest.mark.parametrize("lr", [0.0, 1e-20, 1e3])
def test_where_theory_says_nothing_it_takes_ten_thousand(lr: float) -> None:
    problem = Problem([], COLLINEAR, np.ones(4), ["a", "b"], "y")
    assert choose_plan(Options(), problem, lr) == (10_000, 1, False)


@pytest.mark.parametrize("options", ["", "--n-iters 20001"])
def test_the_command_says_how_many_at_once(
    options: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{a!r},{b!r},{a - b + 1!r}\n" for a, b in COLLINEAR.tolist())
    Path("near.csv").write_text("a,b,y\n" + rows)
    status = main(["fit", "near.csv", "--x", "a,b", "--intercept", *options.split()])
    assert status == (3 if options else 0)
    out = capsys.readouterr().out
    assert re.search(r"^[0-9,]+ steps at once, in closed form$", out, re.MULTILINE)
    if options:
        assert "stopped after 20,001 steps: all n_iters steps were taken" in out
    else:
        got = [float(w) for w in re.findall(r"^w\[.*\] += (.*)$", out, re.MULTILINE)]
        assert got == pytest.approx([1, -1, 1], rel=1e-8)


def test_a_leap_is_an_optimizer_like_others() -> None:
    """It refuses a gradient of another shape."""
    rule = leaps(COLLINEAR, 0.01, 5, 10)
    assert isinstance(rule, optimizers.Optimizer)
    with pytest.raises(ValueError, match="dw must have the shape of w"):
        rule.update(np.zeros(2), np.zeros(3), rule.init(np.zeros(2)))
