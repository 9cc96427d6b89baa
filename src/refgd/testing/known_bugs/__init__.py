"""A museum of wrong gradients: what they are, where they happened, what catches them.

Each is a few lines, and each was written by somebody; with most of them the loss fell.

Example:
    >>> from refgd.testing.known_bugs import BUGS
    >>> print(BUGS["tutorial"].title)
    the sum for the mean: dot has summed already, mean does nothing
"""

from refgd.testing.known_bugs import _many_weights, _one_weight
from refgd.testing.known_bugs._exhibit import BUGS, Bug

__all__ = ["BUGS", "Bug", "_many_weights", "_one_weight"]
