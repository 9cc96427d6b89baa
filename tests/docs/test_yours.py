"""What docs/check/yours.md says: its formulas, its files, its outputs."""

import random
import sys
import types
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs._ext.content import homework, terminal
from refgd.testing import GradientError, bounds, exact

Numbers = Sequence[Any]

KINDS = pytest.mark.parametrize("kind", [np.float64, np.float32])


def in_order(terms: Numbers) -> Any:
    return sum(terms)


def backwards(terms: Numbers) -> Any:
    return sum(reversed(terms))


def shuffled(terms: Numbers) -> Any:
    return sum(random.Random(1).sample(list(terms), len(terms)))  # noqa: S311 - an order


def by_halves(terms: Numbers) -> Any:
    half = len(terms) // 2
    if half == 0:
        return terms[0]
    return by_halves(terms[:half]) + by_halves(terms[half:])


@KINDS
@pytest.mark.parametrize("add", [in_order, backwards, shuffled, by_halves])
@given(data=st.data())
def test_a_gradient_in_any_order_is_within_the_bound(
    kind: Any, add: Callable[[Numbers], Any], data: st.DataObject
) -> None:
    """|g − ∇L| ≤ γ_k (2/n) Σ|x|(|ŷ| + |y|) with k = 4(n + d) + 40, exactly."""
    n, d = data.draw(st.integers(1, 40)), 1
    number = st.floats(-1024, 1024, width=16, allow_subnormal=False)
    rows = data.draw(
        st.lists(st.tuples(number, number, number), min_size=n, max_size=n)
    )
    x, y, w = (np.array(column, kind) for column in zip(*rows, strict=True))
    y_pred = x * w[0]
    g = 2 * add(list(x * (y_pred - y))) / kind(n)
    x, y, y_pred = exact.fractions(x), exact.fractions(y), exact.fractions(y_pred)
    truth = Fraction(2, n) * np.dot(x, y_pred - y)
    size = Fraction(2, n) * np.dot(abs(x), abs(y_pred) + abs(y))
    error = abs(exact.fractions(g) - truth)
    assert error <= bounds.gamma(4 * (n + d) + 40, kind) * size


def the_pages_test(file: terminal.File, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the test that the page shows, of a homework."""
    module = types.ModuleType("homework")
    exec(file.text, vars(module))  # noqa: S102 - the page's own file
    monkeypatch.setitem(sys.modules, "homework", module)
    names: dict[str, Any] = {}
    exec(homework.TEST.text, names)  # noqa: S102 - likewise
    return names["test_gradient"]


def test_the_test_on_the_page_tells_wrong_from_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    the_pages_test(homework.FIXED, monkeypatch)()
    wrong = the_pages_test(homework.WRONG, monkeypatch)
    with pytest.raises(GradientError, match="a sum where the mean is meant"):
        wrong()
