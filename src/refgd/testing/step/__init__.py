"""Is your step right? `check_step` holds it against w − lr·dw."""

from refgd.testing.step._check import NAMES, SPARE, StepError, check_step

__all__ = ["NAMES", "SPARE", "StepError", "check_step"]
