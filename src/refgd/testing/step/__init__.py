"""Is your step right? `check_step` holds it against w − lr·dw."""

from refgd.testing.step._check import StepError, check_step

__all__ = ["StepError", "check_step"]
