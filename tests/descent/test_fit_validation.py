"""`fit` with mini-batches and validation: what it measures, returns and refuses."""

from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refgd
from refgd import stopping
from refgd._types import Array
from refgd.batches import MiniBatches, split
from refgd.optimizers import sgd
from refgd.stopping import Reason
from refgd.testing.strategies import datasets

Data = tuple[Array, Array]

X, Y = np.arange(1.0, 6.0), 2 * np.arange(1.0, 6.0)
HELD = ([1.0, 3.0], [1.0, 2.0])
COLUMNS = pytest.mark.parametrize("d", [None, 2])
BATCHES = st.none() | st.integers(1, 6)


def epoch_length(n: int, batch: int | None) -> int:
    return 1 if batch is None else -(-n // batch)


@COLUMNS
@given(data=st.data(), batch=BATCHES, n=st.integers(0, 9), every=st.integers(1, 3))
def test_every_row_is_measured_at_its_w(
    d: int | None, data: st.DataObject, batch: int | None, n: int, every: int
) -> None:
    """Training and validation loss over all their rows, one row an epoch."""
    x, y = data.draw(datasets(d=d, max_n=6))
    held = data.draw(datasets(d=d, max_n=6))
    run = refgd.fit(x, y, batch_size=batch, validation=held, n_iters=n, every=every)
    t, w, loss, validation = run.history
    steps = epoch_length(len(y), batch) * every
    assert validation is not None
    assert t.tolist() == sorted({*range(0, run.n_iters + 1, steps), run.n_iters})
    train, other = refgd.LeastSquares(x, y), refgd.LeastSquares(*held)
    for row in range(len(t)):
        at = w[row][()]
        assert (loss[row], validation[row]) == (train(at)[0], other(at)[0])
    assert (run.loss, run.validation) == (loss[-1], validation[-1])
    assert np.all(run.w == w[-1])


@given(data=datasets(max_n=6), batch=st.integers(1, 6), seed=st.integers(0, 99))
def test_fit_with_batches_is_descend_on_them(data: Data, batch: int, seed: int) -> None:
    x, y = data
    lr = float(refgd.batches.default_lr(x, batch))
    run = refgd.fit(x, y, lr=lr, batch_size=batch, seed=seed, n_iters=12)
    objective = MiniBatches(x, y, batch, seed=seed)
    start = objective.whole.weights()
    walk = list(islice(refgd.descend(objective, start, sgd(lr)), 13))
    if batch < len(y) and run.reason is not Reason.GRADIENT:
        assert run.w == walk[12].w


@COLUMNS
@given(data=st.data(), more=st.integers(0, 3))
def test_a_batch_of_all_rows_is_the_full_batch(
    d: int | None, data: st.DataObject, more: int
) -> None:
    """In their own order, so that the seed changes nothing, to the last bit."""
    x, y = data.draw(datasets(d=d, max_n=6))
    whole = refgd.fit(x, y, n_iters=5)
    run = refgd.fit(x, y, n_iters=5, batch_size=len(y) + more, seed=3)
    np.testing.assert_equal(run.history, whole.history)


@given(data=datasets(min_n=2, max_n=6), batch=BATCHES)
def test_validation_does_not_change_the_path(data: Data, batch: int | None) -> None:
    run = refgd.fit(*data, batch_size=batch, n_iters=7, validation=HELD)
    plain = refgd.fit(*data, batch_size=batch, n_iters=7)
    np.testing.assert_equal(run.history[:3], plain.history[:3])
    assert plain.history.validation is None
    assert plain.validation is None


@given(data=datasets(min_n=2, max_n=6), batch=BATCHES, share=st.floats(0.1, 0.9))
def test_a_fraction_is_its_split(data: Data, batch: int | None, share: float) -> None:
    """Held out rows are not trained on, not even by the default lr."""
    kept, held = split(*data, share, seed=5)
    options: dict[str, Any] = {"batch_size": batch, "seed": 5, "n_iters": 7}
    run = refgd.fit(*data, validation=share, **options)
    by_hand = refgd.fit(*kept, validation=held, **options)
    np.testing.assert_equal(run.history, by_hand.history)
    assert run.lr == by_hand.lr


@COLUMNS
@given(
    data=st.data(),
    batch=BATCHES,
    validated=st.booleans(),
    first=st.integers(0, 9),
    every=st.integers(1, 3),
)
def test_a_run_goes_on_as_if_it_had_never_stopped(  # noqa: PLR0913, PLR0917 - drawn
    d: int | None,
    data: st.DataObject,
    batch: int | None,
    validated: bool,
    first: int,
    every: int,
) -> None:
    """In the same bits: w, history, best row, reason; from within an epoch, too."""
    x, y = data.draw(datasets(d=d, max_n=6))
    options: dict[str, Any] = {"batch_size": batch, "every": every, "tol": 1e-3}
    if validated:
        options["validation"] = data.draw(datasets(d=d, max_n=6))
        options["stop"] = stopping.patience(3) | stopping.loss_change(1e-9)
    whole = refgd.fit(x, y, n_iters=12, **options)
    part = refgd.fit(x, y, n_iters=first, **options)
    again = refgd.fit(x, y, part.so_far, n_iters=12, **options)
    for name in ("w", "loss", "n_iters", "reason", "validation", "history", "so_far"):
        np.testing.assert_equal(getattr(again, name), getattr(whole, name), name)


def test_every_counts_epochs() -> None:
    """Five rows in batches of 2 are epochs of 3 steps; of them every third is kept."""
    run = refgd.fit(X, Y, batch_size=2, every=3, n_iters=20)
    assert run.history.t.tolist() == [0, 9, 18, 20]


def test_so_far_has_the_last_two_ends_of_epochs() -> None:
    run = refgd.fit(X, Y, batch_size=2, n_iters=11)
    so_far = run.so_far
    points = (so_far.first, so_far.previous, so_far.epoch, so_far.last)
    assert [point.t for point in points] == [0, 6, 9, 11]
    assert so_far.history.t.tolist() == [0, 3, 6, 9]
    assert run.history.t.tolist() == [0, 3, 6, 9, 11]


@pytest.mark.parametrize("seed", range(4))
def test_a_loss_beyond_the_floats_is_refused_though_its_batch_s_is_not(
    seed: int,
) -> None:
    """One row's loss at w is 1e200, the other's overflows."""
    with pytest.raises(refgd.Diverged, match="the loss at the start is inf"):
        refgd.fit([1.0, 1e100], Y[:2], 1e100, batch_size=1, seed=seed, n_iters=0)


def test_a_batch_without_gradient_is_not_convergence() -> None:
    """At w = 0 the row (1, 0) has none; the whole has."""
    firsts = set()
    for seed in range(4):
        run = refgd.fit([1.0, 1.0], [0.0, 2.0], batch_size=1, seed=seed, n_iters=1)
        assert run.reason is Reason.N_ITERS
        firsts.add(float(run.w))
    assert 0.0 in firsts  # some run did begin with that row


def test_tol_is_met_by_the_gradient_of_all_rows() -> None:
    run = refgd.fit(X, Y, batch_size=2, tol=1e-6)
    assert run.converged
    assert run.n_iters % 3 == 0
    first, last = (refgd.LeastSquares(X, Y)(w)[1] for w in (0.0, run.w))
    assert abs(last) <= 1e-6 * abs(first)


def test_batches_that_run_away_diverge() -> None:
    with pytest.raises(refgd.Diverged, match="the loss went from 44 to") as caught:
        refgd.fit(X, Y, lr=10.0, batch_size=2, n_iters=10_000)
    assert caught.value.run.reason is Reason.NOT_FINITE
    assert caught.value.max_lr is None


def test_batches_that_end_above_their_start_say_so() -> None:
    """Steps of batches may rise and fall: it is a reason, not an error."""
    run = refgd.fit(X, Y, lr=1.0, batch_size=2, n_iters=5)
    assert run.reason is Reason.ABOVE_START
    assert run.loss > run.history.loss[0]


def test_plain_descent_diverges_though_the_best_w_is_its_start() -> None:
    with pytest.raises(refgd.Diverged) as caught:
        refgd.fit(X, Y, lr=0.1, validation=HELD, stop=stopping.patience(2))
    assert caught.value.run.w == 0


def test_one_large_row_does_not_make_batches_diverge() -> None:
    """The default lr of the whole data set, ten times too large, would."""
    x = np.array([100.0] + [0.1] * 99)
    run = refgd.fit(x, 2 * x, batch_size=1, n_iters=1000)
    assert run.loss < run.history.loss[0] / 1000


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
def test_the_dtype_is_kept(kind: type) -> None:
    run = refgd.fit(X.astype(kind), Y, batch_size=2, validation=HELD, n_iters=7)
    assert run.history.validation is not None
    columns = (*run.history[1:3], run.history.validation, run.w, run.loss)
    assert {column.dtype for column in columns} == {np.dtype(kind)}


def test_fractions_stay_exact() -> None:
    x = np.array([Fraction(k) for k in range(1, 6)])
    run = refgd.fit(x, Y, batch_size=2, validation=HELD, n_iters=4)
    assert isinstance(run.validation, Fraction)
    assert run.validation == ((run.w - 1) ** 2 + (3 * run.w - 2) ** 2) / 2


def test_inputs_are_not_changed() -> None:
    arrays = [a.copy() for a in (X, Y, *map(np.array, HELD))]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    refgd.fit(*arrays[:2], batch_size=2, validation=(arrays[2], arrays[3]), n_iters=9)
    np.testing.assert_equal(arrays, before)


TWO = np.ones((5, 2))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"seed": None}, TypeError, "seed must be a whole number"),
        ({"validation": 1.5}, ValueError, "must lie between 0 and 1, got 1.5"),
        ({"validation": "x"}, TypeError, "must be a real number"),
        ({"validation": (X,)}, ValueError, r"a fraction or \(x, y\), got 1 parts"),
        ({"validation": (X, Y, X)}, ValueError, "got 3 parts"),
        ({"validation": (X, Y[:4])}, ValueError, "validation: y must have shape"),
        ({"validation": ([], [])}, ValueError, "validation: x must not be empty"),
        ({"validation": ([np.nan], [1])}, ValueError, "validation: x must be finite"),
        ({"validation": (["a"], [1])}, TypeError, "validation: x must hold real"),
        ({"validation": (TWO, Y)}, ValueError, "validation: x must have the features"),
    ],
)
def test_bad_options_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        refgd.fit(X, Y, **options)


def test_a_run_does_not_go_on_with_other_validation() -> None:
    bare = refgd.fit(X, Y, n_iters=1).so_far
    with pytest.raises(ValueError, match="had no validation data, now there are some"):
        refgd.fit(X, Y, bare, validation=HELD)
    validated = refgd.fit(X, Y, n_iters=1, validation=HELD).so_far
    with pytest.raises(ValueError, match="had validation data, now there are none"):
        refgd.fit(X, Y, validated)
    with pytest.raises(ValueError, match="w must have shape"):
        refgd.fit(TWO, Y, bare)


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("n_iters", [0, 1, 9])
@pytest.mark.parametrize(
    "other",
    [(X, Y + 1), (X, -Y), (X + 1, Y), (2 * X, Y), (X[:4], Y[:4]), (X[::-1], Y)],
    ids=["y", "sign", "x", "scale", "fewer", "order"],
)
def test_a_run_does_not_go_on_with_other_data(
    other: Data, n_iters: int, batch: int | None
) -> None:
    options: dict[str, Any] = {"lr": 1e-3, "batch_size": batch}
    so_far = refgd.fit(X, Y, 0.5, n_iters=n_iters, **options).so_far
    with pytest.raises(ValueError, match="the run so far was of other data"):
        refgd.fit(*other, so_far, **options)


def test_a_run_does_not_go_on_with_other_rows_held_out() -> None:
    so_far = refgd.fit(X, Y, n_iters=1, validation=HELD).so_far
    with pytest.raises(ValueError, match="the run so far had other validation data"):
        refgd.fit(X, Y, so_far, validation=([1.0, 3.0], [1.0, 3.0]))


@given(data=datasets(d=2, min_n=2, max_n=6), n_iters=st.integers(0, 5))
def test_a_run_goes_on_with_its_rows_in_another_order(data: Data, n_iters: int) -> None:
    """The sums round in another way: that is not other data."""
    x, y = data
    so_far = refgd.fit(x, y, n_iters=n_iters).so_far
    order = np.argsort(y, kind="stable")
    run = refgd.fit(x[order], y[order], so_far, n_iters=6)
    assert run.n_iters >= so_far.last.t


@pytest.mark.parametrize("name", ["n_iters", "batch_size", "every", "seed"])
@pytest.mark.parametrize("value", [True, False, np.True_])
def test_true_is_no_count(name: str, value: Any) -> None:
    options: dict[str, Any] = {name: value}
    with pytest.raises(TypeError, match=f"{name} must be a whole number, got"):
        refgd.fit(X, Y, **options)


@pytest.mark.parametrize("value", [1, "no", None])
def test_progress_is_true_or_false(value: Any) -> None:
    with pytest.raises(TypeError, match="progress must be True or False, got"):
        refgd.fit(X, Y, progress=value)


ROW = np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize(
    "x",
    [ROW, [ROW, ROW], (ROW, [1.0, 2.0]), [[1.0, np.ma.masked], [1.0, 2.0]]],
    ids=["array", "rows", "a row", "an entry"],
)
def test_a_mask_is_not_lost(x: Any) -> None:
    with pytest.raises(TypeError, match="x must not be a masked array"):
        refgd.fit(x, [1.0, 2.0])


def test_series_of_different_indexes_are_not_paired_by_place() -> None:
    pd = pytest.importorskip("pandas", reason="an index is a Series's")
    x, y = pd.Series([1.0, 2.0, 3.0]), pd.Series([6.0, 4.0, 2.0], index=[2, 1, 0])
    message = (
        "x and y have different indexes: row 0 is 0 in x and 2 in y; align them, or "
        "pass arrays"
    )
    for call in (refgd.fit, refgd.LeastSquares, refgd.compress):
        with pytest.raises(ValueError, match=message):
            call(x, y)
        with pytest.raises(ValueError, match=message):
            call(x.to_frame(), y)
        call(x, y.to_numpy())
        call(x, y.loc[x.index])
    with pytest.raises(ValueError, match="x and y have different indexes"):
        refgd.grad(x, y, x)
    with pytest.raises(ValueError, match="y and y_pred have different indexes"):
        refgd.mse(y, x)
    with pytest.raises(ValueError, match="validation: x and y have different indexes"):
        refgd.fit(x, x, validation=(x, y))
