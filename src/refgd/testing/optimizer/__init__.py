"""Is an optimizer the rule that it is meant to be, and which rule is it?"""

from refgd.testing.drivers import as_driver
from refgd.testing.optimizer._check import check_optimizer
from refgd.testing.optimizer._diagnosis import likely
from refgd.testing.optimizer._identify import identify
from refgd.testing.optimizer._report import Identification, WrongOptimizer
from refgd.testing.optimizer._tolerance import first_difference

__all__ = [
    "Identification",
    "WrongOptimizer",
    "as_driver",
    "check_optimizer",
    "first_difference",
    "identify",
    "likely",
]
