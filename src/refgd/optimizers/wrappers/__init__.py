"""Wrappers: what is put around any optimizer, each another optimizer.

Those that change the gradient act before all that they are put around:
``clip_by_value(weight_decay(...))`` clips the gradient alone, and
``weight_decay(clip_by_value(...))`` of kind "coupled" the gradient with its decay.
"""

from refgd.optimizers.wrappers._accumulate import AccumulateState, accumulate
from refgd.optimizers.wrappers._average import (
    WeightAverageState,
    weight_average,
    weight_ema,
)
from refgd.optimizers.wrappers._clip import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
)
from refgd.optimizers.wrappers._lookahead import LookaheadState, lookahead
from refgd.optimizers.wrappers._maximize import maximize
from refgd.optimizers.wrappers._weight_decay import (
    WeightDecayState,
    adamw,
    weight_decay,
)

__all__ = [
    "AccumulateState",
    "LookaheadState",
    "WeightAverageState",
    "WeightDecayState",
    "accumulate",
    "adamw",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "lookahead",
    "maximize",
    "weight_average",
    "weight_decay",
    "weight_ema",
]
