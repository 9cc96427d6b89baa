"""How the same numbers may lie in memory, and that they may not be written to."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array


class Layout(NamedTuple):
    """A way to lie in memory, in words, as code, and done."""

    words: str
    code: str
    lay: Callable[[Array], Array]

    def of(self, a: Array) -> Any:
        """Return the same numbers in this layout, read-only."""
        laid = self.lay(a)
        laid.flags.writeable = False
        return laid


LAYOUTS = (
    Layout("read-only arrays", "{}", np.array),
    Layout(
        "arrays with gaps, such as a[::2]",
        "np.repeat({}, 2, axis=0)[::2]",
        lambda a: np.repeat(a, 2, axis=0)[::2],
    ),
    Layout(
        "arrays that lie backwards, such as a[::-1]",
        "np.flip({}, axis=0).copy()[::-1]",
        lambda a: np.flip(a, axis=0).copy()[::-1],
    ),
    Layout(
        "arrays in Fortran's order",
        "np.asfortranarray({})",
        lambda a: np.array(a, order="F"),
    ),
)


def layout(n: int) -> Layout:
    """Return the layout for an example of n samples: each has its turn."""
    return LAYOUTS[n % len(LAYOUTS)]
