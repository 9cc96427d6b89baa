"""Is your gradient right? `check_gradient` says so, or says what is wrong with it."""

from refgd.testing.gradient._check import DEFAULT_EXAMPLES, check_gradient
from refgd.testing.gradient._report import GradientError, Report

__all__ = ["DEFAULT_EXAMPLES", "GradientError", "Report", "check_gradient"]
