"""Is an optimizer the rule that it is meant to be, and which rule is it?"""

from refgd.testing.drivers import as_driver
from refgd.testing.optimizer._check import check_optimizer
from refgd.testing.optimizer._identify import identify
from refgd.testing.optimizer._report import (
    Identification,
    Inconclusive,
    WrongOptimizer,
)

__all__ = [
    "Identification",
    "Inconclusive",
    "WrongOptimizer",
    "as_driver",
    "check_optimizer",
    "identify",
]
