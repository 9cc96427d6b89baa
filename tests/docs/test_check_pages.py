"""What the pages about checking claim: their formulas, their files, their outputs."""

# ruff: noqa: E402 - what the imports below need may be missing, which is no error

import random
import re
import shlex
import sys
import types
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

for needed in ("markdown_exec", "quickjs"):
    pytest.importorskip(needed, reason="needs refgd[docs]")

import refgd
from docs._ext import ROOT
from docs._ext.content import homework, museum, rosetta, terminal
from refgd import cli
from refgd.testing import GradientError, bounds, exact
from refgd.testing.known_bugs import BUGS

Numbers = Sequence[Any]

CHECK = sorted((ROOT / "docs" / "check").glob("*.md"))

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
    with pytest.raises(GradientError, match="you sum where the mean is meant"):
        wrong()


def test_the_optimizers_test_on_the_page_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = types.ModuleType("mine")
    exec(homework.UNCORRECTED.text, vars(module))  # noqa: S102 - the page's own file
    monkeypatch.setitem(sys.modules, "mine", module)
    names: dict[str, Any] = {}
    exec(homework.OPTIMIZER_TEST.text, names)  # noqa: S102 - likewise
    with pytest.raises(AssertionError, match="likely: no bias correction"):
        names["test_my_adam"]()


def test_what_torch_printed_is_what_it_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Run homework.TORCH into homework.PRINTED_BY_TORCH where this fails."""
    pytest.importorskip("torch", reason="torch not installed")
    kept = homework.PRINTED_BY_TORCH.read_text("utf-8")
    assert cli.main(shlex.split(homework.TORCH)[1:]) == 0
    assert unrounded(capsys.readouterr().out) == unrounded(kept)


def unrounded(printed: str) -> str:
    """Leave out a difference that is only rounding: processors round differently."""
    return re.sub(r"difference is \d\.\de-1[2-9]", "difference is tiny", printed)


def test_optax_adadelta_climbs_where_the_page_says_so() -> None:
    """By default, from w = 1 on w²: optax's own, in float64."""
    optax = pytest.importorskip("optax", reason="optax not installed")
    jax = pytest.importorskip("jax", reason="optax runs on jax: jax not installed")
    with jax.enable_x64(True):
        optimizer = optax.adadelta()
        w = jax.numpy.float64(1.0)
        state = optimizer.init(w)
        for _ in range(50):
            updates, state = optimizer.update(2 * w, state, w)
            w = optax.apply_updates(w, updates)
        assert float(w) == pytest.approx(rosetta.uphill(50), abs=1e-11)


@pytest.mark.parametrize("page", CHECK, ids=lambda page: page.name)
def test_every_test_that_is_named_in_words_is_there(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    missing = {n for n in named if not any(f"def {n}(" in text for text in sources)}
    assert not missing


def test_the_terminal_shows_what_is_printed() -> None:
    shown = terminal.run("refgd --version")
    assert shown.startswith("```{.console .wraps}\n$ refgd --version\nrefgd ")
    assert terminal.commands() == ["fit", "check", "identify", "vectors"]


def test_another_status_breaks_the_build() -> None:
    with pytest.raises(RuntimeError, match="ended with 0, not 1"):
        terminal.output("refgd --version", status=1)


def test_what_is_shown_says_nothing_of_this_machine() -> None:
    printed = terminal.run("refgd check nothing.py", status=2)
    assert "is no file" in printed
    assert str(ROOT) not in printed
