"""The table of checkers: its wrong gradients are wrong, and a tiny size of it runs."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import report_checkers
from benchmarks.checkers import CHECKERS, Checker
from benchmarks.measure_checkers import SIZES, measure, rejected, right_ones
from benchmarks.wrong_held_out import (
    Case,
    cases,
    gradient,
    mean_square,
    objective,
    right,
)

CASES = {f"{case.name} ({case.shape})": case for case in cases()}

#: Rows that are seen twice, one of zeros, an odd number of them, and large numbers.
ROWS = np.array(
    [[3, -1], [2, 5], [2, 5], [0, 0], [30, 2], [-1, 0.5], [1.123456789, -2]]
)
TARGETS = np.array([1, 3, 3, -2.5, 7, 5, 2])
WEIGHTS = np.array([-1.25, 0.5, 2.5])

#: Far above rounding, and below the least of the mistakes: n + 1e-8 for n.
DIFFERENT = 1e-10


def telling(shape: str) -> tuple[Any, Any, Any]:
    if shape == "one":
        return ROWS[:, 0].copy(), TARGETS.copy(), WEIGHTS[0]
    return ROWS.copy(), TARGETS.copy(), WEIGHTS[: 2 + (shape == "intercept")]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case_is_wrong(case: Case) -> None:
    """By its numbers, in the second of two calls, or in what it leaves behind."""
    x, y, w = telling(case.shape)
    loss, grad = objective(case.shape, mean_square), gradient(case.shape, right)
    expected = loss(w, x, y), grad(w, x, y)
    try:
        got = [(case.loss(w, x, y), case.grad(w, x, y)) for _ in range(2)]
    except ValueError:  # no transpose: it does not run
        return
    alike = all(
        np.allclose(a, b, rtol=DIFFERENT, atol=0)
        for each in got
        for a, b in zip(each, expected, strict=True)
    )
    assert not (alike and np.array_equal(y, TARGETS))


def test_there_are_many() -> None:
    assert len(CASES) == len(list(cases())) >= 98


@pytest.mark.parametrize(
    "case", list(right_ones()), ids=lambda c: f"{c.name} ({c.shape})"
)
def test_right_one_is_right(case: Case) -> None:
    x, y, w = telling(case.shape)
    expected = gradient(case.shape, right)(w, x, y)
    assert np.allclose(case.grad(w, x, y), expected, rtol=1e-12, atol=0)


@pytest.fixture(params=CHECKERS)
def checker(request: pytest.FixtureRequest) -> Checker:
    """Each that is installed."""
    found = CHECKERS[request.param]
    if find_spec(found.needs) is None:
        pytest.skip(f"{found.needs} is not installed: refgd[bench,frameworks]")
    return found


def test_checker_is_asked_as_it_should_be(checker: Checker) -> None:
    """It accepts what is right, and rejects a wrong sign, in a plain case."""
    loss = objective("several", mean_square)
    fair = Case("right", "several", "", loss, gradient("several", right))
    assert not rejected(checker, fair)
    if checker is not CHECKERS["the loss decreases"]:
        assert rejected(checker, CASES["n - 1 (several)"])
    assert rejected(checker, CASES["sign (several)"])


def test_report_has_a_row_for_each_and_every_miss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {
        "refgd check_gradient": Checker(lambda _task: True, chooses=True),
        "refgd check_derivative": CHECKERS["refgd check_derivative"],
        "none": Checker(lambda _task: True, needs="no_such_package"),
    }
    monkeypatch.setattr(report_checkers, "CHECKERS", few)
    report_checkers.main(str(tmp_path), "tiny")
    out, err = capsys.readouterr()
    assert "none: skipped, no_such_package is not installed" in err
    assert out == (tmp_path / "checkers.md").read_text("utf-8")
    assert "| refgd check_gradient | 0/2 | 0/1 | " in out
    assert "| own data | own data | 8/8 |" in out
    assert "- `check_gradient` accepts: sum for mean (one), " in out
    assert "- `check_gradient` is blind to: sum for mean, no factor 2, " in out
    assert "- `check_derivative` rejects of the right: none\n" in out
    found = json.loads((tmp_path / "checkers.json").read_text("utf-8"))
    assert found["size"] == "tiny"
    assert list(found["checkers"]) == list(few)[:2]
    missed = found["checkers"]["refgd check_gradient"]["missed"]
    assert missed["one"] == {"of": 1, "names": ["sum for mean (one)"]}


def test_misses_are_named() -> None:
    found = measure(CHECKERS["the loss decreases"], SIZES["tiny"])
    misses = report_checkers.misses_of(found)
    assert "sum for mean (one)" in misses["accepts"]
    assert misses["is blind to"]
    assert misses["rejects of the right"]
