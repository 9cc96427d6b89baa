"""Is df the derivative of f? `check_derivative` says right, wrong or inconclusive."""

from refgd.testing.derivative._check import check_derivative
from refgd.testing.derivative._entry import estimate
from refgd.testing.derivative._report import Derivative, DerivativeError

__all__ = ["Derivative", "DerivativeError", "check_derivative", "estimate"]
