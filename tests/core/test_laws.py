"""The laws of gradient descent, tested on refgd's own four functions."""

from collections.abc import Callable

import refgd
from refgd.testing import parametrize_with_laws


@parametrize_with_laws(
    forward=refgd.forward, mse=refgd.mse, grad=refgd.grad, step=refgd.step
)
def test_law(
    check: Callable[[], int], record_property: Callable[[str, object], None]
) -> None:
    record_property("examples", check())
