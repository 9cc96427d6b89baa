"""A museum of wrong gradients: what they are, where they happened, what catches them.

Each is a few lines, and each was written by somebody; with most of them the loss fell.

Example:
    >>> from refgd.testing.known_bugs import BUGS
    >>> print(BUGS["tutorial"].title)
    the sum for the mean: dot has summed already, mean does nothing
"""

from refgd.testing.known_bugs._exhibits import EXHIBITS, Bug

__all__ = ["BUGS", "Bug"]

#: Every exhibit by its name.
BUGS = {bug.name: bug for bug in EXHIBITS}
