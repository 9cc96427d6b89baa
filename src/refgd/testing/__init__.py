"""The kit: is your gradient right? With exact arithmetic and bounds that are derived.

`strategies` needs Hypothesis (``pip install hypothesis``); the rest does not.
"""

from refgd.testing import drivers
from refgd.testing.accumulation import check_accumulation
from refgd.testing.derivative import Derivative, DerivativeError, check_derivative
from refgd.testing.gradient import GradientError, Report, check_gradient
from refgd.testing.laws import parametrize_with_laws
from refgd.testing.optimizer import WrongOptimizer, check_optimizer
from refgd.testing.optimizer._identify import identify
from refgd.testing.optimizer._report import Identification
from refgd.testing.step import StepError, check_step

__all__ = [
    "Derivative",
    "DerivativeError",
    "GradientError",
    "Identification",
    "Report",
    "StepError",
    "WrongOptimizer",
    "check_accumulation",
    "check_derivative",
    "check_gradient",
    "check_optimizer",
    "check_step",
    "drivers",
    "identify",
    "parametrize_with_laws",
]
