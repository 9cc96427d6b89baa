"""What may enter. Every refusal of refgd's numbers is written here, and only here.

A refusal says the argument's name, the rule, and what was got. Nothing is broadcast
and nothing is guessed: a (n, 1) beside a (n,) is an error, not an (n, n) matrix.
"""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from refgd._checks._data import (
    finite,
    for_data,
    for_features,
    for_forward,
    for_grad,
    for_mse,
    for_pairs,
    for_start,
    for_step,
    for_update,
    of_shape,
    samples,
    start,
)
from refgd._checks._kinds import (
    FLOAT64,
    OBJECT,
    alike,
    array,
    float_zeros_like,
    in_kind_of,
    is_exact,
    kind,
    like,
    zeros_like,
)
from refgd._checks._numbers import (
    above_zero,
    at_least,
    below_one,
    choice,
    count,
    flags,
    function,
    none_negative,
    not_negative,
    rate,
    real,
)

__all__ = [
    "FLOAT64",
    "OBJECT",
    "above_zero",
    "alike",
    "array",
    "at_least",
    "below_one",
    "choice",
    "count",
    "finite",
    "flags",
    "float_zeros_like",
    "for_data",
    "for_features",
    "for_forward",
    "for_grad",
    "for_mse",
    "for_pairs",
    "for_start",
    "for_step",
    "for_update",
    "function",
    "guard",
    "in_kind_of",
    "is_exact",
    "kind",
    "like",
    "none_negative",
    "not_negative",
    "of_shape",
    "rate",
    "real",
    "samples",
    "start",
    "zeros_like",
]

P = ParamSpec("P")
R = TypeVar("R")


def guard(
    check: Callable[P, tuple[Any, ...]],
) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Let a function see only what its check returns.

    The bare equation stays reachable as ``function.__wrapped__``, for loops whose
    data were checked once, before the first step.
    """

    def decorate(equation: Callable[..., R]) -> Callable[P, R]:
        @functools.wraps(equation)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            return equation(*check(*args, **kwargs))

        return checked

    return decorate
