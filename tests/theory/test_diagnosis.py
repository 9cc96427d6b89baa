"""What `diagnose` says of losses: a bound only where there is one, and no guesses."""

import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import optimizers, theory
from refgd._types import Array
from refgd.testing.strategies import problems
from refgd.theory import Finding, diagnose

X = np.array([[1.0, 2.0], [2.0, -1.0], [3.0, 1.0]])
Y = np.array([5.0, 1.0, 7.0])


def _walk(x: Any, y: Any, w: Any, optimizer: Any, steps: int) -> Array:
    with np.errstate(all="ignore"):
        walk = refgd.descend(refgd.LeastSquares(x, y), w, optimizer)
        return np.array([it.loss for it in islice(walk, steps)])


def _largest_seen(x: Array, y: Array, w: Array) -> float:
    """Return the bound of the directions with 1/10,000 of the first loss and more."""
    values, vectors = np.linalg.eigh(2 / len(x) * x.T @ x)
    off = vectors.T @ (w - np.linalg.lstsq(x, y)[0])
    shares = values * off**2
    return float(2 / values[shares >= 1e-4 * shares.sum()].max())


@given(
    problem=problems(kind=np.float64, d=2) | problems(kind=np.float64, d=3),
    beyond=st.floats(1.001, 100),
    steps=st.sampled_from([10, 40, 160, 640]),
)
def test_the_bound_is_found_within_a_percent(
    problem: Any, beyond: float, steps: int
) -> None:
    """Never below the sharp bound; of what the start has a part of, within 1 %."""
    x, y, w = problem
    bound = float(theory.max_lr(x))
    lr = beyond * bound
    found = diagnose(_walk(x, y, w, optimizers.sgd(lr), steps), lr)
    if found.finding is Finding.TOO_LARGE:
        assert found.max_lr is not None
        assert bound * (1 - 1e-6) <= found.max_lr <= 1.01 * _largest_seen(x, y, w)


@pytest.mark.parametrize("lr", [0.3, 0.5, 2.0])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_run_that_ends_in_overflow_tells_the_bound(lr: float, kind: type) -> None:
    x: Array = X.astype(kind)
    losses = _walk(x, Y.astype(kind), np.zeros(2, kind), optimizers.sgd(lr), 1000)
    found = diagnose(losses, lr)
    assert found.finding is Finding.TOO_LARGE
    precision = 1e-9 if kind is np.float64 else 1e-4
    assert found.max_lr == pytest.approx(theory.max_lr(X), rel=precision)
    assert found.at == np.argmin(np.isfinite(losses))
    assert f"left {kind.__name__}" in found.why


def test_before_the_ratio_settles_it_is_inconclusive() -> None:
    """The same run, cut: the small direction dominates at first."""
    x: Array = np.diag([1.0, 1.1])
    losses = _walk(x, np.zeros(2), [1.0, 1e-2], optimizers.sgd(3), 1000)
    cut = [diagnose(losses[:n], 3) for n in (10, 25, 200)]
    assert [each.finding.name for each in cut[:2]] == ["INCONCLUSIVE"] * 2
    assert cut[2].max_lr == pytest.approx(theory.max_lr(x), rel=1e-6)
    assert "has not settled" in str(cut[0])


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.momentum(0.5),
        optimizers.momentum(0.5, nesterov=True),
        optimizers.adam(0.5),
        optimizers.rmsprop(0.5),
        optimizers.sgd(lambda t: 0.3 + 0.02 * t),
        optimizers.sgd(lambda t: 0.9 if t % 2 else 0.3),
    ],
)
@pytest.mark.parametrize("steps", [10, 30, 100, 300])
def test_other_rules_get_no_bound(optimizer: Any, steps: int) -> None:
    found = diagnose(_walk(X, Y, np.zeros(2), optimizer, steps), 0.5)
    assert found.finding is not Finding.TOO_LARGE
    assert found.max_lr is None


@pytest.mark.parametrize("seed", range(10))
def test_batches_get_no_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    w, losses = np.zeros(2), []
    for row in random.integers(0, 3, 60):
        residual = X[row] @ w - Y[row]
        losses.append(residual**2)
        w = w - 0.4 * residual * X[row]
    assert diagnose(losses, 0.2).max_lr is None


def test_a_fall_has_its_factor_and_its_steps() -> None:
    lr = 0.02
    losses = _walk(X, Y, np.zeros(2), optimizers.sgd(lr), 120)
    found = diagnose(losses, lr)
    slowest = (1 - lr * theory.eigenvalues(X)[0]) ** 2
    assert found.finding is Finding.FALLING
    assert found.ratio is not None
    assert found.ratio == pytest.approx(slowest, rel=1e-4)
    assert found.steps == math.ceil(math.log(1e-6) / math.log(found.ratio))


NOISE = np.random.default_rng(0).normal(size=200)
WAVE = np.cos(np.arange(200) * 0.7)
GROWING = [3.0 * 1.5**t for t in range(30)]


@pytest.mark.parametrize(
    ("losses", "finding", "words"),
    [
        ([0.1] * 3, Finding.INCONCLUSIVE, "3 losses are too few"),
        ([9 + 0.1**t for t in range(12)], Finding.INCONCLUSIVE, "has not settled"),
        ([0.1] * 30, Finding.INCONCLUSIVE, "never changed"),
        ([1.0, -1.0] * 5, Finding.INCONCLUSIVE, "never negative"),
        ([1 / t for t in range(1, 99)], Finding.INCONCLUSIVE, "has not settled"),
        ([30 * 0.5**t + 7 for t in range(90)], Finding.AT_FLOOR, "rounding alone"),
        ([30 * 0.2**t for t in range(90)], Finding.AT_FLOOR, "is rounding beside"),
        (5 + NOISE, Finding.AT_FLOOR, "with the noise of batches"),
        (15 - 0.05 * np.arange(200) + NOISE, Finding.INCONCLUSIVE, "not the losses"),
        (3 + WAVE, Finding.OSCILLATING, "a peak every"),
        ([*GROWING, math.nan], Finding.TOO_LARGE, "multiplies the loss by 1.5;"),
        ([math.nan, 1.0], Finding.NOT_FINITE, "at step 0: the start or the data"),
        ([3.0, 2.0, math.nan], Finding.NOT_FINITE, "from which no overflow follows"),
        ([1e3, 1e120, 1e240, math.inf], Finding.NOT_FINITE, "left float64"),
        ([1e3, 1e20, 1e37, math.nan], Finding.NOT_FINITE, "left float32"),
        ([0.0, 0.0, math.inf], Finding.NOT_FINITE, "no overflow follows"),
        ([5.0, math.inf], Finding.NOT_FINITE, "no overflow follows"),
        ([*[0.0] * 9, 1.0], Finding.INCONCLUSIVE, "not the losses"),
    ],
)
def test_each_answer(losses: Any, finding: Finding, words: str) -> None:
    found = diagnose(losses)
    assert found.finding is finding, found
    assert words in str(found)
    assert str(found).startswith(finding.value)


@pytest.mark.parametrize("form", ["{:.6g}", "{:.4f}"])
def test_digits_that_were_not_printed_are_not_made_up(form: str) -> None:
    """A short log of few digits is inconclusive; a longer one has the bound."""
    losses = _walk(X, Y, np.zeros(2), optimizers.sgd(0.6), 200)
    printed = [float(form.format(loss)) for loss in losses]
    early = diagnose(printed[:10], 0.6)
    assert early.max_lr is None or "f" in form
    assert diagnose(printed, 0.6).max_lr == pytest.approx(theory.max_lr(X), rel=1e-4)


@pytest.mark.parametrize(
    ("losses", "lr", "error"),
    [
        ([], None, ValueError),
        ([[1.0]], None, ValueError),
        (["a"], None, TypeError),
        ([1.0], 0, ValueError),
        ([1.0], "a", TypeError),
    ],
)
def test_refusals(losses: Any, lr: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"losses|lr"):
        diagnose(losses, lr)


def test_a_published_nan_on_a_straight_line() -> None:
    """tensorflow/tensorflow#12030: x = 1, 2, 3, 4, 35 and lr = 0.01, summed squares."""
    x, y = np.array([1, 2, 3, 4, 35.0]), np.array([0, -1, -2, -3, -34.0])
    columns = refgd.add_intercept(x)
    w, losses = np.array([0.3, -0.3]), []
    for _ in range(40):
        residual = columns @ w - y
        losses.append(residual @ residual)
        w = w - 0.01 * 2 * columns.T @ residual
    said = str(diagnose(losses, lr=0.01))
    assert "the largest stable one is 0.00079578684603, and it is 0.01" in said
    bound = 2 / np.linalg.eigvalsh(2 * columns.T @ columns).max()
    assert f"{bound:.11g}" == "0.00079578684603"
