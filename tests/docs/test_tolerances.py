"""The formulas of docs/scale/tolerances.md: both sides, evaluated on drawn data."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from refgd.testing import bounds, exact
from refgd.testing.strategies import arrays, numbers


@given(data=st.data(), kind=st.sampled_from([np.float32, np.float64]))
def test_a_dot_product_stays_within_gamma(data: st.DataObject, kind: type) -> None:
    """|fl(a·b) − a·b| ≤ γ_n Σ|a_i b_i| + 2nη: in whatever order it is summed."""
    n = data.draw(st.integers(1, 40))
    a, b = (data.draw(arrays((n,), kind=kind)) for _ in range(2))
    fa, fb = exact.fractions(a), exact.fractions(b)
    error = abs(exact.fractions(np.dot(a, b)) - np.dot(fa, fb))
    size = np.dot(abs(fa), abs(fb))
    eta = bounds.smallest_subnormal(kind)
    assert error <= bounds.gamma(n, kind) * size + 2 * n * eta


@given(data=st.data(), kind=st.sampled_from([np.float32, np.float64]))
def test_a_product_that_underflows_loses_eta(data: st.DataObject, kind: type) -> None:
    """fl(ab) = ab(1 + δ) + e, |δ| ≤ u and |e| ≤ η; e is what subnormal results lose."""
    tiny = float(np.sqrt(np.finfo(kind).smallest_subnormal))
    a, b = (data.draw(numbers(kind=kind, scale=tiny)) for _ in range(2))
    got, wanted = exact.fractions(a * b), exact.fractions(a) * exact.fractions(b)
    u, eta = bounds.unit_roundoff(kind), bounds.smallest_subnormal(kind)
    assert abs(got - wanted) <= u * abs(wanted) + eta
