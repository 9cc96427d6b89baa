"""The bounds: right in small cases done by hand, and not far from what happens."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from refgd import forward, grad, mse, step
from refgd.testing import bounds
from refgd.testing.exact import fractions

U = Fraction(1, 2**53)
ETA = Fraction(1, 2**1074)


def test_the_constants_of_float64() -> None:
    assert bounds.unit_roundoff(np.float64) == U
    assert bounds.smallest_subnormal(np.float64) == ETA
    assert bounds.gamma(2, np.float64) == 2 * U / (1 - 2 * U)
    assert bounds.unit_roundoff(np.float32) == Fraction(1, 2**24)
    assert bounds.smallest_subnormal(np.float32) == Fraction(1, 2**149)


def test_gamma_ends_where_nothing_is_known() -> None:
    with pytest.raises(ValueError, match="16777216 roundings in float32 leave"):
        bounds.gamma(2**24, np.float32)


def test_the_bounds_by_hand() -> None:
    """One sample, x = 3, y = 5, w = 2: p = 6, r = 1, s = 11, g = 6."""
    x, y, w = fractions([3]), fractions([5]), Fraction(2)

    def gamma(k: int) -> Fraction:
        return bounds.gamma(k, np.float64)

    assert bounds.forward_bound(w, x, np.float64)[0] == gamma(1) * 6 + 2 * ETA
    rho = gamma(2) * 11 + 4 * ETA
    wanted = (1 + gamma(2)) * (1 + rho) ** 2 - 1 + 3 * ETA
    assert bounds.mse_bound(w, x, y, np.float64) == wanted
    wanted = gamma(4) * 2 * 3 * 11 + ETA * (16 * 3 + 5)
    assert bounds.grad_bound(w, x, y, np.float64) == wanted
    wanted = U * 2 + gamma(2) * Fraction(1, 2) * 6 + 2 * ETA
    assert bounds.step_bound(w, Fraction(-6), Fraction(1, 2), np.float64) == wanted


def test_the_bounds_by_hand_for_two_columns() -> None:
    """X = (1, 2), (3, 4), w = (1, −1), y = (1, 1): p = −1, −1, s = 4, 8."""
    x, y, w = fractions([[1, 2], [3, 4]]), fractions([1, 1]), fractions([1, -1])
    got = bounds.forward_bound(w, x, np.float64)
    assert list(got) == [bounds.gamma(2, np.float64) * s + 4 * ETA for s in (3, 7)]
    got = bounds.grad_bound(w, x, y, np.float64)
    products = [1 * 4 + 3 * 8, 2 * 4 + 4 * 8]
    wanted = [
        bounds.gamma(6, np.float64) * products[j] + ETA * (16 * (4 + 2 * j) + 5)
        for j in (0, 1)
    ]
    assert list(got) == wanted
    rho = [bounds.gamma(3, np.float64) * s + 8 * ETA for s in (4, 8)]
    worst = sum((2 + each) ** 2 for each in rho)
    wanted_loss = ((1 + bounds.gamma(3, np.float64)) * worst - 8) / 2 + 3 * ETA
    assert bounds.mse_bound(w, x, y, np.float64) == wanted_loss


def _errors(seed: int) -> list[Fraction]:
    """Real errors in float32 over their bounds: forward, mse, grad, step."""
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(2, 20)).astype(np.float32)
    w, lr = np.float32(generator.normal()), np.float32(0.1)
    fx, fy, fw, flr = map(fractions, (x, y, w, lr))
    p, fp = forward(w, x), forward(fw, fx)
    g, fg = grad(x, y, p), grad(fx, fy, fp)
    kind = np.float32

    def share(got: Any, wanted: Any, bound: Any) -> Fraction:
        return Fraction(np.max(abs(fractions(got) - wanted) / bound))

    return [
        share(p, fp, bounds.forward_bound(fw, fx, kind)),
        share(mse(y, p), mse(fy, fp), bounds.mse_bound(fw, fx, fy, kind)),
        share(g, fg, bounds.grad_bound(fw, fx, fy, kind)),
        share(
            step(w, g, lr),
            step(fw, fractions(g), flr),
            bounds.step_bound(fw, fractions(g), flr, kind),
        ),
    ]


def test_the_bounds_hold_and_are_not_slack() -> None:
    """Errors add up like a random walk, so n = 20 leaves a factor of some dozens."""
    worst = [max(column) for column in zip(*map(_errors, range(30)), strict=True)]
    assert all(share <= 1 for share in worst)
    assert all(share > Fraction(1, 200) for share in worst)
