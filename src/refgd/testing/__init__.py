"""The kit: data to draw, exact arithmetic, and bounds that are derived, not chosen.

`strategies` needs Hypothesis (``pip install 'refgd[test]'``); `exact` and `bounds` do
not.
"""

from refgd.testing import drivers
from refgd.testing._identification import Identification
from refgd.testing._identify import identify
from refgd.testing.optimizer import WrongOptimizer, check_optimizer

__all__ = [
    "Identification",
    "WrongOptimizer",
    "check_optimizer",
    "drivers",
    "identify",
]
