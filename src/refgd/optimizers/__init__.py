"""Optimizers: each a pair of pure functions, written like its equations.

``init(w) -> state`` and ``update(w, dw, state) -> (w, state)``: the core's `step` with
a memory. The minus sign is inside `update`. States are NamedTuples and carry the t
that a schedule needs; t = 0 is the first step. What works elementwise works on any
shape.

An optimizer prints as the call that makes it; pickle and copy make that call again.

Every point where published versions of a rule differ is a flag. Its default is the
original paper's; the docstring gives the equations, where they stand, and which
framework deviates. In the equations g_t = ∇L(w_{t−1}), and t = 1 is the first step, as
in their papers; only η counts from 0.

Rules with roots square the gradient. Each square must be a normal number of w's dtype,
which takes |g| from 1.1e-19 to 1.8e19 in float32, from 1.5e-154 to 1.3e154 in float64:
smaller ones lose their digits, larger ones make the step NaN. Scale the data then.
"""

from refgd.optimizers._adabelief import AdaBeliefState, adabelief
from refgd.optimizers._adadelta import AdadeltaState, adadelta
from refgd.optimizers._adafactor import AdafactorState, adafactor
from refgd.optimizers._adagrad import AdagradState, adagrad
from refgd.optimizers._adam import AdamState, adam
from refgd.optimizers._adamax import AdamaxState, adamax
from refgd.optimizers._adan import AdanState, adan
from refgd.optimizers._amsgrad import AMSGradState, amsgrad
from refgd.optimizers._asgd import ASGDState, asgd
from refgd.optimizers._ftrl import FTRLState, ftrl
from refgd.optimizers._lamb import LambState, lamb
from refgd.optimizers._lars import LarsState, lars
from refgd.optimizers._lion import LionState, lion
from refgd.optimizers._momentum import MomentumState, momentum
from refgd.optimizers._muon import MuonState, muon
from refgd.optimizers._nadam import NAdamState, nadam
from refgd.optimizers._novograd import NovoGradState, novograd
from refgd.optimizers._optimistic import OptimisticState, optimistic
from refgd.optimizers._penalized import PenalizedState, penalized
from refgd.optimizers._protocol import Optimizer
from refgd.optimizers._radam import RAdamState, radam
from refgd.optimizers._rmsprop import RMSpropState, rmsprop
from refgd.optimizers._rprop import RpropState, rprop
from refgd.optimizers._schedule_free import ScheduleFreeState, schedule_free
from refgd.optimizers._sgd import SGDState, sgd
from refgd.optimizers._signum import SignumState, signum
from refgd.optimizers._sm3 import SM3State, sm3
from refgd.optimizers._yogi import YogiState, yogi
from refgd.optimizers.wrappers import (
    AccumulateState,
    LookaheadState,
    WeightAverageState,
    WeightDecayState,
    accumulate,
    adamw,
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    lookahead,
    maximize,
    weight_average,
    weight_decay,
    weight_ema,
)

__all__ = [
    "AMSGradState",
    "ASGDState",
    "AccumulateState",
    "AdaBeliefState",
    "AdadeltaState",
    "AdafactorState",
    "AdagradState",
    "AdamState",
    "AdamaxState",
    "AdanState",
    "FTRLState",
    "LambState",
    "LarsState",
    "LionState",
    "LookaheadState",
    "MomentumState",
    "MuonState",
    "NAdamState",
    "NovoGradState",
    "OptimisticState",
    "Optimizer",
    "PenalizedState",
    "RAdamState",
    "RMSpropState",
    "RpropState",
    "SGDState",
    "SM3State",
    "ScheduleFreeState",
    "SignumState",
    "WeightAverageState",
    "WeightDecayState",
    "YogiState",
    "accumulate",
    "adabelief",
    "adadelta",
    "adafactor",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "adan",
    "amsgrad",
    "asgd",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "ftrl",
    "lamb",
    "lars",
    "lion",
    "lookahead",
    "maximize",
    "momentum",
    "muon",
    "nadam",
    "novograd",
    "optimistic",
    "penalized",
    "radam",
    "rmsprop",
    "rprop",
    "schedule_free",
    "sgd",
    "signum",
    "sm3",
    "weight_average",
    "weight_decay",
    "weight_ema",
    "yogi",
]
