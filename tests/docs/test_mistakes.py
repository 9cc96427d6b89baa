"""The formula of docs/learn/mistakes.md: both sides, evaluated on drawn data."""

from hypothesis import given
from hypothesis import strategies as st

from refgd import optimizers

UNIT = 2.0**-53  # the unit roundoff of float64
sizes = st.floats(1e-12, 1e3)


@given(g=sizes, eps=sizes, lr=st.floats(1e-6, 10), up=st.booleans())
def test_the_first_step_of_adam_is_the_share_of_eps(
    g: float, eps: float, lr: float, up: bool
) -> None:
    """Adam's first step is |g| / (|g| + ε) times the learning rate, downhill."""
    adam = optimizers.adam(lr, eps=eps)
    w, _ = adam.update(0.0, g if up else -g, adam.init(0.0))
    length = lr * g / (g + eps)
    # the averages and their corrections, the root, the quotients and the product here
    # and there: under thirty roundings
    assert abs(abs(float(w)) - length) <= 30 * UNIT * length
    assert (w < 0) == up
