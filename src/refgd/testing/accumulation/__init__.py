"""Are the gradients of parts put together rightly? `check_accumulation` tells.

A mean of means is not the mean where the parts differ in size. That goes for
micro-batches, for sequences of tokens, and for ranks.
"""

from refgd.testing.accumulation._check import check_accumulation
from refgd.testing.accumulation._ranks import run_ranks

__all__ = ["check_accumulation", "run_ranks"]
