"""The names that the annotations use.

Shapes are in the docstrings and enforced by `_checks`; the type system keeps out of
them. ``n`` is the number of samples, ``d`` the number of features.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

#: float32, float64, longdouble, or object when it holds Fractions.
Array: TypeAlias = npt.NDArray[Any]

#: One number of an array's kind: a NumPy scalar or a Fraction.
Scalar: TypeAlias = Any

#: What a caller may pass for data: a number, a sequence, an array, a Series …
Data: TypeAlias = npt.ArrayLike | Fraction | Sequence[Any]

#: Data as a guarded function takes it; its equation gets an array. The guard has the
#: type for the caller, so that this one need not stand in the way of the arithmetic.
Guarded: TypeAlias = Any

#: A weight: a scalar when x is (n,), an array (d,) when x is (n, d).
Weights: TypeAlias = Any

#: A hyperparameter such as a learning rate.
Number: TypeAlias = float | Fraction | np.floating[Any] | np.integer[Any]

#: A hyperparameter, or a function of the step t (t = 0 is the first step).
Schedule: TypeAlias = Callable[[int], Number]


#: Hyperparameters by name.
Settings: TypeAlias = Mapping[str, Any]


class Objective(Protocol):
    """What `descend` walks down: ``w -> (loss, dw)``."""

    def __call__(self, w: Weights, /) -> tuple[Scalar, Weights]:
        """Return the loss and its gradient at w."""
        ...  # pragma: no cover
