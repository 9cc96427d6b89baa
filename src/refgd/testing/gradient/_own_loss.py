r"""Is a gradient the derivative of the user's own loss, whatever loss that is?

For a loss that is quadratic in w the central difference
$(L(w + h e_j) - L(w - h e_j)) / 2h$ IS the derivative for every h, so on Fractions two
steps that agree give it exactly; else Richardson's table does, for a polynomial. A loss
with floats in it, such as 0.1 · w², is exact in `ExactNumber`s; one that leaves them is
differentiated in floats, within `derivative`'s bound.

What rounding may do to the user's gradient follows from the loss too: its derivative
where no terms cancel, at |x|, −|y| and |w|.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import conventions, derivative
from refgd.testing._answers import flat
from refgd.testing.exact import fractions
from refgd.testing.gradient import _oracle
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.gradient._verdict import Verdict


class ExactNumber(Fraction):
    """A Fraction that takes a float for the Fraction of the same value.

    Example:
        >>> from refgd.testing.gradient._own_loss import ExactNumber
        >>> ExactNumber(1, 3) * 0.5
        ExactNumber(1, 6)
    """

    def __pow__(self, power: Any, modulo: Any = None) -> Any:
        """Raise to a power: exact for a whole one."""
        whole = int(power) if power == int(power) else power
        return _as_exact_number(Fraction(self) ** whole)


def _as_exact_number(value: Any) -> Any:
    return ExactNumber(value) if isinstance(value, Fraction) else value


def _with_floats(name: str) -> Callable[..., Any]:
    plain = getattr(Fraction, name)

    def operation(self: ExactNumber, *others: Any) -> Any:
        return _as_exact_number(plain(self, *map(_float_to_fraction, others)))

    return operation


def _float_to_fraction(value: Any) -> Any:
    finite = isinstance(value, float) and math.isfinite(value)
    return Fraction(value) if finite else value


for _name in ("add", "sub", "mul", "truediv"):
    for _side in ("", "r"):
        _method = f"__{_side}{_name}__"
        setattr(ExactNumber, _method, _with_floats(_method))
for _name in ("__neg__", "__pos__", "__abs__"):
    setattr(ExactNumber, _name, _with_floats(_name))


def exact_numbers(values: Any) -> Any:
    """Return the same values as ExactNumbers: one for a number, else an array."""
    entries = np.asarray(values)
    found = np.empty(entries.shape, dtype=object)
    found.flat[:] = [ExactNumber(*entry.as_integer_ratio()) for entry in entries.flat]
    return found[()]


#: Terms of an unknown loss may cancel otherwise than thought: room for that.
ROOM = 16

#: An answer that may be off by more than this part of itself decides nothing; this
#: many decisive ones are needed to say that a gradient belongs to a loss.
DECISIVE, FEWEST = Fraction(1, 1000), 3


def own_loss_oracle(function: UserFunction, loss: UserFunction) -> Oracle:
    slopes = functools.lru_cache(maxsize=None)(functools.partial(_differentiate, loss))
    plain = _oracle.gradient_oracle(function, conventions.get("mse"))

    def expected(example: Example) -> Any:
        return slopes(example)[0]

    def magnitude(example: Example) -> Array:
        x, y, w = abs(example.x), -abs(example.y), abs(example.w)
        spread, _ = slopes(replace(example, x=x, y=y, w=w))
        own = abs(expected(example)) + (0 if spread is None else abs(spread))
        return np.asarray(ROOM * (own + plain.magnitude(example)))

    def slack(example: Example) -> Any:
        return slopes(example)[1]

    return Oracle(
        "gradient",
        function,
        expected,
        magnitude,
        plain.shape,
        slack,
        _can_differentiate,
        from_own_loss=True,
    )


#: Floats whose loss can be differentiated within reason: this many entries, within this
#: factor of 1.
ENTRIES, REACH = 64, 1e10


def _can_differentiate(e: Example) -> bool:
    if e.exact:
        return True
    largest = max(abs(e.x).max(), abs(e.y).max(), abs(e.weights).max())
    return bool(e.x.size <= ENTRIES and 1 / REACH < largest < REACH)


def _differentiate(loss: UserFunction, example: Example) -> tuple[Array | None, Any]:
    """Return the loss's derivative and its error bound; None if undecided."""
    for kind in (fractions,) if example.exact else (fractions, exact_numbers):
        x, y, w = kind(example.x), kind(example.y), kind(example.w)
        found = _differentiate_exactly(loss, replace(example, x=x, y=y, w=w))
        if found is not None:
            return found, 0
    return (None, 0) if example.exact else _differentiate_in_floats(loss, example)


def _differentiate_exactly(loss: UserFunction, example: Example) -> Array | None:
    """Return the exact derivative, or None where the loss is not rational."""
    try:
        columns = range(len(example.weights))
        found = [_difference_quotient(_move_weight(loss, example, j)) for j in columns]
    except Exception:  # noqa: BLE001 - many a loss cannot take Fractions
        return None
    return None if None in found else np.array(found, dtype=object)


def _move_weight(loss: UserFunction, example: Example, j: int) -> Callable[[Any], Any]:
    """Return the loss as a function of a change of one weight."""

    def moved(h: Any) -> Any:
        w = np.atleast_1d(np.array(example.w))
        w[j] = w[j] + h
        there = replace(example, w=w if np.ndim(example.w) else w[0])
        entries = flat(loss(there.inputs()))
        return None if entries is None or entries.size != 1 else entries.ravel()[0]

    return moved


def _difference_quotient(f: Callable[[Any], Any]) -> Fraction | None:
    """Return the exact derivative at 0, or None if f is not rational, or no quadratic.

    Of a polynomial of a higher degree Richardson's table has it.
    """
    quotients = []
    for h in (Fraction(1), Fraction(1, 3)):
        ends = f(h), f(-h)
        if not all(isinstance(end, Fraction | int) for end in ends):
            return None
        quotients.append((ends[0] - ends[1]) / (2 * h))
    if quotients[0] == quotients[1]:
        return Fraction(quotients[0])
    return derivative.exact(f)


def _differentiate_in_floats(
    loss: UserFunction, example: Example
) -> tuple[Array | None, Any]:
    sizes = np.abs(np.atleast_1d(np.asarray(example.w, dtype=float)))
    wide = replace(example, w=np.array(example.w, dtype=float)[()])
    try:
        with np.errstate(all="ignore"):
            found = [
                derivative.estimate(_move_weight(loss, wide, j), size)
                for j, size in enumerate(sizes)
            ]
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return None, 0
    if not np.all(np.isfinite(found)) or not all(bound for _, bound in found):
        return None, 0  # where nothing is rounded nothing is seen: f did not move
    numeric, bound = (fractions(np.array(each)) for each in zip(*found, strict=True))
    return np.asarray(numeric), np.asarray(ROOM * bound)


def is_derivative(verdicts: Sequence[Verdict]) -> bool | None:
    """Whether the gradient is the derivative of the loss; None if undecided."""
    if not all(v.right for v in verdicts):
        return False
    decisive = [v for v in verdicts if np.any(v.expected) and _is_decisive(v)]
    return True if len(decisive) >= FEWEST else None


def _is_decisive(verdict: Verdict) -> bool:
    return bool(np.all(verdict.tolerance <= DECISIVE * np.max(abs(verdict.expected))))
