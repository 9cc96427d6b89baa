"""Mini-batches: a partition of the data, drawn from (seed, epoch) and nothing else."""

from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import theory
from refgd._types import Array, Weights
from refgd.batches import MiniBatches, default_lr, split
from refgd.optimizers import Optimizer
from refgd.testing.strategies import datasets, problems

Data = tuple[Array, Array]

SIZES = st.integers(1, 15)
SEEDS = st.integers(0, 2**64)
EPOCHS = st.integers(0, 1000)
COLUMNS = pytest.mark.parametrize("d", [None, 2])

FIVE = np.arange(1.0, 6.0)


class Velocity(NamedTuple):
    """A heavy ball's memory."""

    v: Weights


def heavy_ball(lr: float, beta: float) -> Optimizer:
    """Return the rule v' = beta v + dw, w' = w - lr v': one with a state."""

    def update(w: Weights, dw: Weights, state: Velocity) -> tuple[Weights, Velocity]:
        v = beta * state.v + dw
        return w - lr * v, Velocity(v)

    return Optimizer(lambda w: Velocity(0 * w), update)


@COLUMNS
@given(data=st.data(), size=SIZES, seed=SEEDS, epoch=EPOCHS)
def test_an_epoch_is_the_whole(
    d: int | None, data: st.DataObject, size: int, seed: int, epoch: int
) -> None:
    """At one w, an epoch's losses and gradients average to the whole's, exactly."""
    x, y, w = data.draw(problems(kind=Fraction, d=d, max_n=7))
    batches = MiniBatches(x, y, size, seed=seed)
    parts = [batches.at(epoch * batches.steps + i) for i in range(batches.steps)]
    measured = [(len(part.y), *part(w)) for part in parts]
    loss, dw = batches(w)
    assert sum(n * part for n, part, _ in measured) / len(y) == loss
    assert np.all(sum(n * part for n, _, part in measured) / len(y) == dw)
    assert loss == refgd.mse(y, refgd.forward(w, x))


@given(n=st.integers(1, 40), size=SIZES, seed=SEEDS, epoch=EPOCHS)
def test_an_epoch_takes_every_row_once(
    n: int, size: int, seed: int, epoch: int
) -> None:
    """All batches but the last have the size asked for; the last has what is left."""
    batches = MiniBatches(np.ones(n), np.ones(n), size, seed=seed)
    rows = [batches.rows(epoch * batches.steps + i) for i in range(batches.steps)]
    assert sorted(np.concatenate(rows)) == list(range(n))
    assert {len(part) for part in rows[:-1]} <= {size}
    assert 1 <= len(rows[-1]) <= size


@given(seed=SEEDS, steps=st.lists(st.integers(0, 30), min_size=1))
def test_a_batch_depends_on_seed_and_t_alone(seed: int, steps: list[int]) -> None:
    """Batches asked for in any order are those of a fresh object."""
    used = MiniBatches(FIVE, FIVE, 2, seed=seed)
    for t in steps:
        fresh = MiniBatches(FIVE, FIVE, 2, seed=seed)
        assert used.rows(t).tolist() == fresh.rows(t).tolist()
        assert used.at(t).x.tolist() == FIVE[fresh.rows(t)].tolist()


def test_batches_are_drawn_from_the_seed_and_the_epoch() -> None:
    """Known answers: another stream would break every resumed run in silence."""
    batches = MiniBatches(FIVE, FIVE, 2, seed=7)
    for epoch in (0, 3):
        order = np.random.default_rng([7, epoch]).permutation(5)
        rows = [batches.rows(3 * epoch + i) for i in range(3)]
        assert np.concatenate(rows).tolist() == order.tolist()


def test_epochs_and_seeds_differ() -> None:
    wide = np.ones(100)
    orders = {
        tuple(MiniBatches(wide, wide, 50, seed=seed).rows(2 * epoch))
        for seed in range(5)
        for epoch in range(5)
    }
    assert len(orders) == 25


def test_no_global_random_state_is_touched() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002 - it is what is tested
    MiniBatches(FIVE, FIVE, 2).at(0)
    split(FIVE, FIVE, 0.5)
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    assert str(before) == str(after)


@COLUMNS
@given(data=st.data(), size=st.integers(1, 5), seed=SEEDS, t=st.integers(0, 12))
def test_a_walk_resumes_from_any_iterate(
    d: int | None, data: st.DataObject, size: int, seed: int, t: int
) -> None:
    """Bit for bit, with a momentum and in the middle of an epoch."""
    x, y = data.draw(datasets(d=d, max_n=6))
    optimizer = heavy_ball(float(theory.default_lr(x)), 0.5)
    start = refgd.LeastSquares(x, y).weights()

    def walk(first: Any) -> list[refgd.Iterate]:
        objective = MiniBatches(x, y, size, seed=seed)
        return list(islice(refgd.descend(objective, first, optimizer), 16))

    whole = walk(start)
    np.testing.assert_equal(walk(whole[t])[: 16 - t], whole[t:])


@pytest.mark.parametrize(
    ("n", "fraction", "held"),
    [
        (2, 0.01, 1),
        (2, 0.99, 1),
        (5, 0.2, 1),
        (10, 0.25, 2),  # a half goes to the even number
        (10, 0.26, 3),
        (10, Fraction(1, 3), 3),
        (100, 0.999, 99),
        (100, 0.001, 1),
        (100, np.float32(0.2), 20),
    ],
)
def test_split_holds_out_the_nearest_number(n: int, fraction: Any, held: int) -> None:
    """But never none, and never all."""
    (x, y), (x_held, y_held) = split(np.arange(n), np.arange(n), fraction)
    assert (len(x), len(x_held)) == (len(y), len(y_held)) == (n - held, held)


@given(n=st.integers(2, 40), share=st.floats(0.01, 0.99), seed=SEEDS)
def test_split_parts_the_rows(n: int, share: float, seed: int) -> None:
    """Every row is on one side, with its own target, in the order that it had."""
    x, y = np.arange(2.0 * n).reshape(n, 2), np.arange(float(n))
    parts = split(x, y, share, seed)
    rows = [part_y.astype(int) for _, part_y in parts]
    assert sorted(np.concatenate(rows)) == list(range(n))
    for part_rows, (part_x, _) in zip(rows, parts, strict=True):
        assert part_rows.tolist() == sorted(part_rows)
        assert part_x.tolist() == x[part_rows].tolist()


def test_split_is_drawn_from_its_seed() -> None:
    """The same seed holds out the same rows, another one others."""
    wide = np.arange(100)
    held = [tuple(split(wide, wide, 0.5, seed)[1][0]) for seed in (0, 0, 1)]
    assert held[0] == held[1] != held[2]


def test_split_is_another_draw_than_the_first_epoch() -> None:
    wide = np.arange(100)
    first = MiniBatches(wide, wide, 50, seed=0).rows(0)
    assert set(split(wide, wide, 0.5, 0)[1][0]) != set(first)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
def test_batches_and_split_keep_the_dtype(kind: type) -> None:
    x: Array = FIVE.astype(kind)
    assert {a.dtype for part in split(x, x, 0.5) for a in part} == {np.dtype(kind)}
    loss, dw = MiniBatches(x, x, 2).at(0)(kind(0))
    assert loss.dtype == dw.dtype == kind


def test_a_batch_of_tiny_rows_is_not_refused() -> None:
    """The data are checked as a whole; one batch's squares may vanish."""
    x = np.array([1e-200, 1.0])
    losses = {float(MiniBatches(x, x, 1).at(t)(0.0)[0]) for t in (0, 1)}
    assert losses == {0.0, 1.0}


@given(data=datasets(kind=Fraction, max_n=7), size=SIZES, seed=SEEDS)
def test_default_lr_is_a_quarter_of_every_batch_s_bound(
    data: Data, size: int, seed: int
) -> None:
    """And tight: the rows of largest norm, as few as a batch may have, meet it."""
    x, y = data
    batches = MiniBatches(x, y, size, seed=seed)
    lr = default_lr(x, size)
    parts = [batches.at(t).x for t in range(2 * batches.steps)]
    assert all(lr <= theory.max_lr(part) / 4 for part in parts)
    fewest = min(len(part) for part in parts)
    worst = sorted(abs(x))[-fewest:]
    assert lr == theory.max_lr(worst) / 4


@given(data=datasets(d=3, max_n=7), size=SIZES, seed=SEEDS)
def test_default_lr_of_columns_breaks_no_bound(
    data: Data, size: int, seed: int
) -> None:
    x, y = data
    batches = MiniBatches(x, y, size, seed=seed)
    rounding = 1 + 1e-9  # the bound itself comes from an SVD
    for t in range(batches.steps):
        bound = theory.max_lr(batches.at(t).x)
        assert float(default_lr(x, size)) <= float(bound) / 4 * rounding


def test_default_lr_of_zeros_is_one() -> None:
    assert default_lr(np.zeros(3), 2) == 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be a whole number"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"y": FIVE[:4]}, ValueError, "y must have shape"),
    ],
)
def test_bad_batches_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    good: dict[str, Any] = {"x": FIVE, "y": FIVE, "batch_size": 2}
    with pytest.raises(error, match=message):
        MiniBatches(**good | options)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"fraction": 0}, ValueError, "between 0 and 1, got 0"),
        ({"fraction": 1.0}, ValueError, "between 0 and 1, got 1.0"),
        ({"fraction": -0.5}, ValueError, "between 0 and 1, got -0.5"),
        ({"fraction": np.nan}, ValueError, "fraction must be finite"),
        ({"fraction": "half"}, TypeError, "fraction must be a real number"),
        ({"x": [1], "y": [1]}, ValueError, "at least 2 rows, got 1"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"y": FIVE[:4]}, ValueError, "y must have shape"),
    ],
)
def test_bad_splits_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    good: dict[str, Any] = {"x": FIVE, "y": FIVE, "fraction": 0.5}
    with pytest.raises(error, match=message):
        split(**good | options)


@pytest.mark.parametrize(
    ("t", "error", "message"),
    [
        (-1, ValueError, "t must be at least 0, got -1"),
        (0.5, TypeError, "t must be a whole number, got 0.5"),
    ],
)
def test_batches_have_no_step_before_the_first(
    t: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        MiniBatches(FIVE, FIVE, 2).at(t)


@pytest.mark.parametrize(
    ("x", "size", "error", "message"),
    [
        ([1.0, np.nan], 1, ValueError, "x must be finite"),
        ([], 1, ValueError, "x must not be empty"),
        ("a", 1, TypeError, "x must hold real numbers"),
        (FIVE, 0, ValueError, "batch_size must be at least 1, got 0"),
        (FIVE, 1.5, TypeError, "batch_size must be a whole number, got 1.5"),
    ],
)
def test_default_lr_refuses(
    x: Any, size: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        default_lr(x, size)
