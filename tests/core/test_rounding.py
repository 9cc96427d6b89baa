"""The four functions in floats: within the derived bound of the exact answer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.at_weight import gradient, loss
from refgd import forward, grad, mse, step, theory
from refgd.testing import bounds, exact, strategies

#: A kind of float with the sizes of data that it must serve: DESIGN's two ends, the
#: middle; each is the scale at which the greatest entry drawn is the end itself.
SCALES = [
    (np.float64, 1.0),
    (np.float64, 1e150 / strategies.LARGEST),
    (np.float64, 1e-150 / strategies.SMALLEST),
    (np.float32, 1.0),
    (np.float32, 1e15 / strategies.LARGEST),
    (np.float32, 1e-15 / strategies.SMALLEST),
    (np.longdouble, 1.0),
]

any_scale = pytest.mark.parametrize(("kind", "scale"), SCALES)

#: Every d in float64, and every scale with one of them in turn.
D = (None, 1, 2, 3)
SIZES = [
    *((*SCALES[0], d) for d in D[:3]),
    *((*s, D[3 - i % 4]) for i, s in enumerate(SCALES)),
]
any_size = pytest.mark.parametrize(("kind", "scale", "d"), SIZES)


def _problems(kind: type, scale: float, **data: Any) -> Any:
    small = 1 / strategies.LARGEST
    return strategies.problems(
        kind=kind, scale=scale, weight_scale=small, seeded=True, **data
    )


def _within(got: Any, wanted: Any, bound: Any) -> bool:
    return bool(np.all(abs(exact.fractions(got) - wanted) <= bound))


def _check_within_bounds(w: Any, x: Any, y: Any) -> None:
    dtype = x.dtype
    fx, fy, fw = exact.fractions(x), exact.fractions(y), exact.fractions(w)
    y_pred = forward(w, x)
    assert y_pred.dtype == mse(y, y_pred).dtype == grad(x, y, y_pred).dtype == dtype
    wanted = forward(fw, fx)
    assert _within(y_pred, wanted, bounds.forward_bound(fw, fx, dtype))
    loss_bound = bounds.mse_bound(fw, fx, fy, dtype)
    assert _within(mse(y, y_pred), mse(fy, wanted), loss_bound)
    grad_bound = bounds.grad_bound(fw, fx, fy, dtype)
    assert _within(grad(x, y, y_pred), grad(fx, fy, wanted), grad_bound)


@any_size
@given(data=st.data())
def test_floats_stay_within_the_bound(
    kind: type, scale: float, d: int | None, data: st.DataObject
) -> None:
    x, y, w = data.draw(_problems(kind, scale, d=d))
    _check_within_bounds(w, x, y)


@any_size
@given(data=st.data())
def test_a_residual_stays_within_its_bound(
    kind: type, scale: float, d: int | None, data: st.DataObject
) -> None:
    """|r̂_i − r_i| ≤ γ_{d+1} s_i + 4dη, with s_i = Σ_j |x_ij w_j| + |y_i|."""
    x, y, w = data.draw(_problems(kind, scale, d=d))
    fw, fx, fy = exact.fractions(w), exact.fractions(x), exact.fractions(y)
    columns, eta = d or 1, bounds.smallest_subnormal(x.dtype)
    size = forward(abs(fw), abs(fx)) + abs(fy)
    allowed = bounds.gamma(columns + 1, x.dtype) * size + 4 * columns * eta
    assert _within(forward(w, x) - y, forward(fw, fx) - fy, allowed)


# Few: ten thousand samples are a second of rational arithmetic.
@settings(max_examples=2)
@pytest.mark.parametrize(
    ("kind", "scale", "d"), [(*s, (None, 2)[i % 2]) for i, s in enumerate(SCALES[:6])]
)
@given(data=st.data())
def test_large_floats_stay_within_the_bound(
    kind: type, scale: float, d: int | None, data: st.DataObject
) -> None:
    x, y = data.draw(strategies.large_datasets(kind=kind, d=d, scale=scale))
    w = data.draw(strategies.weights(kind=kind, d=d, scale=1 / strategies.LARGEST))
    _check_within_bounds(w, x, y)


@any_scale
@given(data=st.data(), line=st.booleans())
def test_a_float_step_rises_by_its_rounding_at_most(
    kind: type, scale: float, data: st.DataObject, *, line: bool
) -> None:
    """With w' = w − lr·g + ε, L(w') = L(w) − lr·g²(1 − lr·a) + g'·ε + a·ε².

    g' is the gradient after the exact step and a = mean(x²); lr exceeds 1/a by the
    rounding of n + 2 operations at most.
    """
    x, y, w = data.draw(_problems(kind, scale, line=line))
    share = data.draw(st.floats(0, 1))
    lr = kind(share) * kind(theory.max_lr(x))
    after = step(w, gradient(w, x, y), lr)

    fx, fy, fw, flr = map(exact.fractions, (x, y, w, lr))
    g = gradient(fw, fx, fy)
    grad_error = bounds.grad_bound(fw, fx, fy, kind)
    error = flr * grad_error + bounds.step_bound(fw, abs(g) + grad_error, flr, kind)
    slope = abs(gradient(step(fw, g, flr), fx, fy))
    square = np.dot(fx, fx) / len(fx)
    excess = max(0, flr * square - 1)
    assert excess <= bounds.gamma(len(x) + 4, kind)
    rise = flr * g**2 * excess + slope * error + square * error**2
    assert loss(exact.fractions(after), fx, fy) <= loss(fw, fx, fy) + rise


@any_scale
@given(data=st.data())
def test_the_float_central_difference_needs_no_small_h(
    kind: type, scale: float, data: st.DataObject
) -> None:
    """There is no truncation error, so h = 1 leaves the rounding of L over 2h alone."""
    x, y, w = data.draw(_problems(kind, scale))
    h = kind(1)
    fx, fy = exact.fractions(x), exact.fractions(y)
    up, down = exact.fractions(w + h), exact.fractions(w - h)
    numeric = theory.central_difference(lambda v: loss(v, x, y), w, h)
    high, low = loss(up, fx, fy), loss(down, fx, fy)
    loss_error = bounds.mse_bound(up, fx, fy, kind) + bounds.mse_bound(
        down, fx, fy, kind
    )
    u, eta = bounds.unit_roundoff(kind), bounds.smallest_subnormal(kind)
    error = ((1 + u) * loss_error + u * (high + low)) / 2 + eta
    assert _within(numeric, (high - low) / 2, error)
