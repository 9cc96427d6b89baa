"""The data sets: as published, and fitted to their known answers."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd import datasets, fit, theory
from refgd.testing import exact


def _decimals(values: Any) -> Any:
    """The printed decimals as Fractions, not the floats nearest to them."""
    flat = [Fraction(str(value)) for value in values.flat]
    return np.array(flat, dtype=object).reshape(values.shape)


@pytest.mark.parametrize("make", datasets.ALL.values(), ids=datasets.ALL)
def test_a_data_set_says_what_it_is(make: Any) -> None:
    data = make()
    assert data.name == make.__name__
    assert data.x.shape == data.y.shape
    assert all([data.source, data.answer, data.x_name, data.y_name])


@pytest.mark.parametrize("name", ["noint1", "noint2", "norris"])
def test_the_certified_answers_are_the_exact_ones(name: str) -> None:
    """NIST's 15 digits are those of the rational optimum of the printed decimals."""
    data = datasets.ALL[name]()
    best = np.atleast_1d(exact.optimum(_decimals(data.samples), _decimals(data.y)))
    for value, certified in zip(best, np.atleast_1d(data.w), strict=True):
        assert f"{float(value):.14e}" == f"{certified:.14e}"


def test_hubbles_answer_is_the_exact_one() -> None:
    data = datasets.hubble()
    assert len(data.x) == 24
    assert float(exact.optimum(_decimals(data.x), _decimals(data.y))) == data.w


def test_noint2_is_eight_elevenths() -> None:
    data = datasets.noint2()
    assert exact.optimum(data.x, data.y) == Fraction(8, 11)


@pytest.mark.parametrize("name", ["noint1", "noint2"])
def test_fit_has_all_certified_digits(name: str) -> None:
    data = datasets.ALL[name]()
    assert f"{fit(data.x, data.y).w:.14e}" == f"{data.w:.14e}"


def test_fit_has_hubbles_slope_to_the_last_digit_or_the_next() -> None:
    data = datasets.hubble()
    w = fit(data.x, data.y).w
    assert abs(w - data.w) <= np.spacing(data.w) * 2
    assert abs(float(f"{w:.15e}") - float(f"{data.w:.15e}")) <= 1.01e-13


def test_norris_has_not_arrived_and_the_rate_says_why() -> None:
    """A thousand of some ten million steps: fit says that it has not converged."""
    data = datasets.norris()
    run = fit(data.samples, data.y)
    lr = theory.default_lr(data.samples)
    assert run.lr == lr
    assert not run.converged
    per_digit = np.log(10) / -np.log(theory.rate(data.samples, lr))
    assert 1e5 < per_digit < 1e7
