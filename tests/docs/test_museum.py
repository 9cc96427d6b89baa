"""What docs/check/museum.md says: its formulas, its files, its outputs."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("markdown", reason="needs refgd[docs]")

import refgd
from docs._ext import ROOT
from docs._ext.content import museum
from refgd.testing import exact
from refgd.testing.known_bugs import BUGS


@given(data=st.data())
def test_n_times_the_gradient_is_n_times_the_rate(data: st.DataObject) -> None:
    """Exactly w' − w* = (1 − n η H)(w − w*), and without the n if it is right."""
    number = st.fractions(-8, 8, max_denominator=6)
    rows = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=8))
    w, lr = data.draw(number), data.draw(st.fractions(0, 2, max_denominator=8))
    x, y = (exact.fractions(list(column)) for column in zip(*rows, strict=True))
    x[0] += 9  # so that x is not 0
    n = len(x)
    h, best = Fraction(2, n) * np.dot(x, x), np.dot(x, y) / np.dot(x, x)
    wrong = BUGS["summed"].function(w, x, y)
    right = refgd.grad(x, y, refgd.forward(w, x))
    assert refgd.step(w, wrong, lr) - best == (1 - n * lr * h) * (w - best)
    assert refgd.step(w, right, lr) - best == (1 - lr * h) * (w - best)


@given(data=st.data())
def test_the_tutorials_gradient_is_the_sum(data: st.DataObject) -> None:
    """On whole numbers, where floats are exact."""
    whole = st.integers(-100, 100)
    rows = data.draw(st.lists(st.tuples(whole, whole), min_size=1, max_size=8))
    w = data.draw(whole)
    x, y = (np.array(column, float) for column in zip(*rows, strict=True))
    tutorial = BUGS["tutorial"].function(x, y, w * x)
    assert tutorial == BUGS["summed"].function(w, x, y)


def test_every_known_bug_hangs_in_one_room() -> None:
    page = (ROOT / "docs" / "check" / "museum.md").read_text("utf-8")
    rooms = re.findall(r'museum\.room\("(\w+)"\)', page)
    assert sorted(rooms) == sorted({bug.room for bug in BUGS.values()})


def test_a_report_is_linked() -> None:
    bug = BUGS["tutorial"]._replace(
        where="a/b#1 and #2; c/d.e#3: so; x, pull requests 4"
    )
    assert museum.where(bug) == (
        "[a/b#1](https://github.com/a/b/issues/1) and "
        "[#2](https://github.com/a/b/issues/2); "
        "[c/d.e#3](https://github.com/c/d.e/issues/3): so; x, pull requests 4"
    )
    pulls = bug._replace(where="a/b, pull requests 5, 10 and 11: long ago")
    assert museum.where(pulls).count("](https://github.com/a/b/issues/") == 3
