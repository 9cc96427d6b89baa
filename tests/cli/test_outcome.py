import numpy as np
import pytest

import refgd
from refgd import stopping
from refgd.cli.fit._problem import Problem
from refgd.cli.fit._report import measure_excess, outcome


@pytest.mark.parametrize(
    ("lr", "n_iters", "tol", "message"),
    [
        (
            0.01,
            20,
            1e-12,
            (
                "a step leaves up to 0.85 of the error, so tol = 1e-12 needs "
                "up to 170 steps (--n-iters)"
            ),
        ),
        (
            1e-9,
            20,
            1e-3,
            (
                "a step leaves up to 0.999999985 of the error, so tol = 0.001 "
                "needs up to 460,000,000 steps (--n-iters)"
            ),
        ),
        (
            1 / 15,
            0,
            1e-3,
            (
                "a step leaves up to 0 of the error, so tol = 0.001 "
                "needs up to 1 step (--n-iters)"
            ),
        ),
        (
            0.0,
            20,
            1e-3,
            "at lr = 0 a step need not shrink the error; the best lr is 0.0666667",
        ),
        (0.01, 20, 0.0, "tol = 0 waits for a gradient of exactly 0"),
        (0.03, 2000, 1e-30, "rounding keeps the gradient above tol = 1e-30"),
    ],
)
def test_a_run_that_did_not_converge_gets_advice(
    lr: float, n_iters: int, tol: float, message: str
) -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    y = np.array([2.1, 3.9, 6.1, 7.7])
    run = refgd.fit(x, y, lr=lr, n_iters=n_iters, tol=tol)
    problem = Problem([], x, y, ["x"], "y")
    assert list(outcome(problem, run, tol))[-1] == f"not converged: {message}"


LATE = "a step leaves up to {} of the error, so tol = 1e-12 needs up to {} (--n-iters)"
CURE = ", or 40 steps with --standardize"


@pytest.mark.parametrize(
    ("lr", "standardize", "message"),
    [
        (None, False, LATE.format("0.999165", "33,000 steps") + CURE),
        (0.01, False, LATE.format("0.99879", "23,000 steps") + CURE + " and no --lr"),
        (None, True, LATE.format("0.5", "40 steps")),
    ],
)
def test_columns_of_one_size_are_advised_where_they_help(
    lr: float | None, standardize: bool, message: str
) -> None:
    """Far from 0 beside an intercept they do; on them, and on a line, they do not."""
    x = np.column_stack([[4.0, 5.0, 6.0, 8.0], np.ones(4)])
    problem = Problem([], x, np.array([1.0, 2.0, 2.0, 5.0]), ["x", "b"], "y", True)
    problem = problem.standardized() if standardize else problem
    run = refgd.fit(problem.x, problem.y, lr=lr, n_iters=3)
    said = list(outcome(problem, run, 1e-12))[-1]
    assert said == f"not converged: {message}"


def test_every_reason_is_a_sentence_for_the_last_line() -> None:
    assert all(str(reason) == reason.value for reason in stopping.Reason)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("rows", [1, 3, 40])
def test_the_excess_is_the_loss_above_the_least_one(
    rows: int, *, intercept: bool, standardize: bool
) -> None:
    """By the pseudoinverse; with fewer rows than weights, too."""
    rng = np.random.default_rng(rows)
    x, y = rng.normal([0, 1000], 9, (rows, 2)), rng.normal(0, 9, rows)
    x = refgd.add_intercept(x) if intercept else x
    problem = Problem([], x, y, [*"abc"[: x.shape[1]]], "y", intercept)
    problem = problem.standardized() if standardize else problem
    run = problem.original_run(refgd.fit(problem.x, problem.y, n_iters=4))
    excess, least = measure_excess(problem, run.w)
    best = y - x @ np.linalg.pinv(x) @ y
    assert least == pytest.approx(best @ best / rows, rel=1e-9, abs=1e-18)
    assert excess == pytest.approx(run.loss - best @ best / rows, rel=1e-9)


def test_the_excess_of_the_best_w_is_rounding() -> None:
    """Far below the last digit of the loss, where a difference of losses is noise."""
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])
    excess, least = measure_excess(Problem([], x, y, ["x"], "y"), x @ y / (x @ x))
    assert excess < 1e-30
    assert least == pytest.approx((y @ y - (x @ y) ** 2 / (x @ x)) / 3)


@pytest.mark.parametrize(
    "x", [[[0.0, 0.0]] * 3, [[1e-9, 1e9], [2e-9, 1e9], [4e-9, 1e9]]]
)
def test_the_least_loss_of_columns_of_zeros_and_of_any_size(
    x: list[list[float]],
) -> None:
    """A small column counts as much as a large one."""
    columns, y = np.array(x), np.array([1.0, 2.0, 3.0])
    _, least = measure_excess(Problem([], columns, y, ["a", "b"], "y"), np.zeros(2))
    line = np.array([1.0, 2.0, 4.0])
    fitted = np.polyval(np.polyfit(line, y, 1), line) if columns.any() else 0 * y
    assert least == pytest.approx(np.mean((y - fitted) ** 2))
