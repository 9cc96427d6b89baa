"""The strategies: valid, able to reach what matters, and shrinking to plain cases."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from refgd.testing import strategies
from refgd.testing.strategies import (
    datasets,
    gradient_sequences,
    numbers,
    problems,
    weights,
)

KINDS = [np.float64, np.float32, np.longdouble, Fraction]
any_kind = pytest.mark.parametrize("kind", KINDS)
SEARCH = settings(max_examples=2000, derandomize=True, database=None)
MINIMAL = settings(SEARCH, max_examples=10, phases=[Phase.generate, Phase.shrink])
GENERATE = settings(SEARCH, phases=[Phase.generate])  # found is enough, not shrunk


def _reach(strategy: st.SearchStrategy[Any], condition: Callable[[Any], Any]) -> Any:
    return find(strategy, lambda drawn: bool(condition(drawn)), settings=GENERATE)


def _minimal(strategy: st.SearchStrategy[Any]) -> Any:
    return find(strategy, lambda _: True, settings=MINIMAL)


@any_kind
@pytest.mark.parametrize("d", [None, 1, 3])
@given(data=st.data())
def test_datasets_are_valid(kind: type, d: int | None, data: st.DataObject) -> None:
    x, y = data.draw(datasets(kind=kind, d=d, min_n=2, max_n=5))
    assert 2 <= len(y) <= 5
    assert x.shape == ((len(y),) if d is None else (len(y), d))
    assert x.dtype == y.dtype == (object if kind is Fraction else kind)
    assert all(isinstance(entry, kind) for entry in [*x.flat, *y.flat])
    assert x.any()


@given(data=datasets(kind=Fraction, line=True))
def test_a_line_has_a_loss_of_zero(data: Any) -> None:
    x, y = data
    k = np.dot(x, y) / np.dot(x, x)
    assert np.all(k * x == y)


@any_kind
@given(data=st.data())
def test_numbers_are_zero_or_near_their_scale(kind: type, data: st.DataObject) -> None:
    a = data.draw(numbers(kind=kind, scale=2.0**40))
    if kind is not Fraction and a:
        assert 2.0**30 <= abs(a) <= 2.0**50
    assert abs(a) <= 2.0**50


DATASETS = {
    "one sample": lambda x, _: len(x) == 1,
    "odd": lambda x, _: len(x) > 8 and len(x) % 2,
    "both signs": lambda x, _: any(x < 0) and any(x > 0),
    "negative y": lambda _, y: any(y < 0),
    "repeats": lambda x, _: len(x) > 1 and len(set(x)) < len(x) and x.all(),
    "distinct": lambda x, _: len(x) > 2 and x.all() and len(set(x)) == len(x),
    "zeros": lambda x, _: not x.all() and len(x) > 1,
    "large": lambda x, _: max(abs(x)) > 500,
}


@any_kind
@pytest.mark.parametrize("condition", DATASETS.values(), ids=DATASETS)
def test_datasets_reach(kind: type, condition: Callable[[Any, Any], Any]) -> None:
    _reach(datasets(kind=kind), lambda drawn: condition(*drawn))


@any_kind
def test_datasets_shrink_to_one_plain_sample(kind: type) -> None:
    x, y = _minimal(datasets(kind=kind))
    assert len(x) == 1
    assert y[0] == 0
    assert abs(x[0]) in {1, Fraction(1, 64), strategies.SMALLEST}


@pytest.mark.parametrize("d", [None, 2])
def test_large_datasets_have_their_sizes(d: int | None) -> None:
    sizes = (60, 90)
    x, y = _reach(
        strategies.large_datasets(kind=np.float32, d=d, sizes=sizes, scale=1e5),
        lambda drawn: len(drawn[1]) == 90,
    )
    assert x.shape == ((90,) if d is None else (90, d))
    assert x.dtype == y.dtype == np.float32
    assert len(set(x.flat)) > 80
    assert 1e4 < np.abs(x).max() < 1e6


@any_kind
def test_weights_are_scalars_or_vectors(kind: type) -> None:
    assert _minimal(weights(kind=kind)) == 0
    assert _reach(weights(kind=kind, d=3), all).shape == (3,)


@pytest.mark.parametrize("d", [None, 3])
@given(data=st.data())
def test_problems_are_a_data_set_and_a_weight(
    d: int | None, data: st.DataObject
) -> None:
    x, y, w = data.draw(problems(kind=Fraction, d=d, max_n=4, weight_scale=2.0))
    assert 1 <= len(x) == len(y) <= 4
    assert x.any()
    assert np.shape(w) == x.shape[1:]
    assert np.all(abs(w) <= 2048)


@pytest.mark.parametrize("kind", KINDS[:3])
@given(data=st.data())
def test_seeded_entries_are_zero_or_near_their_scale(
    kind: type, data: st.DataObject
) -> None:
    x, y, w = data.draw(problems(kind=kind, d=2, scale=2.0**40, seeded=True))
    assert x.dtype == y.dtype == w.dtype == kind
    size = abs(np.concatenate([x.ravel(), y])) / kind(2) ** 40
    low, high = strategies.SMALLEST * (1 - 1e-6), strategies.LARGEST * (1 + 1e-6)
    assert np.all((size == 0) | ((low <= size) & (size <= high)))


def test_seeded_arrays_reach_both_signs_zero_and_the_ends() -> None:
    a = _reach(strategies.seeded_arrays((99,)), lambda _: True)
    assert {-1, 0, 1} == set(np.sign(a))
    assert abs(a).max() > 500
    assert abs(a[a != 0]).min() < 1 / 500
    line = datasets(d=2, seeded=True, line=True)
    x, y = _reach(line, lambda drawn: len(drawn[1]) > 2 and drawn[1].all())
    assert np.linalg.matrix_rank(np.column_stack([x, y])) <= 2
    assert isinstance(_reach(weights(seeded=True), bool), np.float64)


@pytest.mark.parametrize("kind", [float, Fraction])
def test_learning_rates_reach_both_ends(kind: type) -> None:
    upper = Fraction(3, 4)
    rates = strategies.learning_rates(kind=kind, upper=upper)
    assert _minimal(rates) == 0
    assert _reach(rates, lambda lr: lr == upper) == upper
    assert type(_reach(rates, lambda lr: 0 < lr < upper)) is kind


@any_kind
@given(data=st.data())
def test_gradient_sequences_are_valid(kind: type, data: st.DataObject) -> None:
    drawn = data.draw(gradient_sequences(kind=kind, min_steps=2, max_steps=6, d=2))
    assert drawn.ndim == 2
    assert 2 <= len(drawn) <= 6
    assert drawn.shape[1] == 2
    assert all(isinstance(entry, kind) for entry in drawn.flat)


SEQUENCES = {
    "zero": lambda g: not g.any(),
    "constant": lambda g: all(g == 1),
    "tiny": lambda g: all(abs(g) < 1e-4) and g.any(),
    "huge": lambda g: any(abs(g) > 1e5),
    "intermittent": lambda g: len(g) > 5 and not g[0] and g[2] and not g[3] and g[5],
    "both signs": lambda g: len(g) > 2 and any(g < 0) and any(g > 0),
}


@pytest.mark.parametrize("condition", SEQUENCES.values(), ids=SEQUENCES)
def test_gradient_sequences_reach(condition: Callable[[Any], Any]) -> None:
    _reach(gradient_sequences(d=1), lambda drawn: condition(drawn[:, 0]))


def test_gradient_sequences_shrink_to_one_step_of_zeros() -> None:
    assert _minimal(gradient_sequences()).tolist() == [[0, 0, 0]]
