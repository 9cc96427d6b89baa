"""A gradient whose own derivative is not symmetric: a transpose is missing.

Of f = wᵀA w + b·w the gradient is (A + Aᵀ)w + b. Who writes 2 A w + b, or A w + b,
takes A for symmetric: df is straight, its slope J is not symmetric, and f's gradient is
df − J w + ½ (J + Jᵀ) w, or df − J w + (J + Jᵀ) w.
"""

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing.derivative._ladder import NO_VALUE
from refgd.testing.derivative._mistakes import Facts
from refgd.testing.derivative._pair import Pair
from refgd.testing.derivative._point import Point
from refgd.testing.derivative._structure import Layout

#: Of more entries df's slope is not computed; df is straight within this part.
ENTRIES, NEAR = 64, 1e-9

#: How many times the symmetric part of J is f's Hessian, and what that says.
PARTS = (
    (1.0, "lacks a transpose: twice A·w, where (A + Aᵀ)·w is meant"),
    (2.0, "lacks a transpose: A·w, where (A + Aᵀ)·w is meant"),
)


def find_transpose(
    pair: Pair, layout: Layout, point: Point, facts: Facts
) -> str | None:
    """Return that a quadratic function's matrix was taken for a symmetric one."""
    count = point.w.size
    known = np.isfinite(facts.true).all(axis=(1, 2))
    square = facts.claimed.shape[1] == 1 and 1 < count <= ENTRIES
    if not square or point.w.dtype != float or known.sum() < 2:  # noqa: PLR2004 - as below
        return None
    slope = _find_slope(pair, layout, point.w)
    if slope is None or np.allclose(slope, slope.T, NEAR, NEAR):
        return None
    few = facts.pick(known, slice(None), slice(None))
    for times, words in PARTS:
        change = (times * (slope + slope.T) / 2 - slope) @ few.w[:, 0].T
        if few._replace(claimed=few.claimed + change.T[:, None]).fits(few.true):
            return words
    return None


def _find_slope(pair: Pair, layout: Layout, w: Array) -> Array | None:
    """Return df's own Jacobian, if df is straight: a plane through its values."""
    subject = pair.subject(w, layout)
    here, size = subject.claims(w), float(np.max(abs(w))) or 1.0

    def move(by: Array) -> Array:
        _clock.look()
        return subject.claims(w + by)

    try:
        columns = [(move(e) - here) / size for e in size * np.eye(w.size)]
        slope = np.stack(columns, axis=1)
        far = np.random.default_rng(0).uniform(-2, 2, w.size) * size
        off = abs(move(far) - here - slope @ far)
    except (TypeError, *NO_VALUE):
        return None
    return slope if np.max(off) <= NEAR * np.max(abs(slope @ far)) else None
