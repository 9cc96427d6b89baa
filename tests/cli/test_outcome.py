import numpy as np
import pytest

import refgd
from refgd import stopping
from refgd.cli.fit._problem import Problem
from refgd.cli.fit._report import outcome


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
