r"""What is known of gradient descent on a least-squares loss, to hold a run against.

L is quadratic with the Hessian H = (2/n) xᵀx, so the error w − w* is multiplied by
(I − lr·H) in each step, and everything here follows from the eigenvalues λ of H.
"""

from refgd.theory._diagnosis import Diagnosis, Finding, diagnose
from refgd.theory._difference import central_difference
from refgd.theory._momentum import Momentum, best_momentum, momentum_rate
from refgd.theory._rates import best_lr, default_lr, eigenvalues, max_lr, rate, steps_to
from refgd.theory._trajectory import trajectory

__all__ = [
    "Diagnosis",
    "Finding",
    "Momentum",
    "best_lr",
    "best_momentum",
    "central_difference",
    "default_lr",
    "diagnose",
    "eigenvalues",
    "max_lr",
    "momentum_rate",
    "rate",
    "steps_to",
    "trajectory",
]
