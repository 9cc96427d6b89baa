"""Optimizers: each a pair of pure functions, written like its equations.

``init(w) -> state`` and ``update(w, dw, state) -> (w, state)``: the core's `step` with
a memory. The minus sign is inside `update`. States are NamedTuples and carry the t
that a schedule needs; t = 0 is the first step.
"""

from refgd.optimizers._protocol import Optimizer
from refgd.optimizers._sgd import SGDState, sgd

__all__ = ["Optimizer", "SGDState", "sgd"]
