r"""Is a gradient the derivative of the user's own loss, whatever loss that is?

For a loss that is quadratic in w the central difference
$(L(w + h e_j) - L(w - h e_j)) / 2h$ IS the derivative for every h, so on Fractions two
steps that agree give it exactly; else Richardson's table does, for a polynomial. A loss
with floats in it, such as 0.1 · w², is exact in `Mixed` numbers; one that leaves them
is differentiated in floats, within `derivative`'s bound.

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
from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._signature import Subject
from refgd.testing.gradient._verdict import Trial


class Mixed(Fraction):
    """A Fraction that takes a float for the Fraction of the same value.

    Example:
        >>> from refgd.testing.gradient._own_loss import Mixed
        >>> Mixed(1, 3) * 0.5
        Mixed(1, 6)
    """

    def __pow__(self, power: Any, modulo: Any = None) -> Any:
        """Raise to a power: exact for a whole one."""
        whole = int(power) if power == int(power) else power
        return _mixed(Fraction(self) ** whole)


def _mixed(value: Any) -> Any:
    return Mixed(value) if isinstance(value, Fraction) else value


def _beside_floats(name: str) -> Callable[..., Any]:
    plain = getattr(Fraction, name)

    def operation(self: Mixed, *others: Any) -> Any:
        return _mixed(plain(self, *map(_exact, others)))

    return operation


def _exact(value: Any) -> Any:
    finite = isinstance(value, float) and math.isfinite(value)
    return Fraction(value) if finite else value


for _name in ("add", "sub", "mul", "truediv"):
    for _side in ("", "r"):
        _method = f"__{_side}{_name}__"
        setattr(Mixed, _method, _beside_floats(_method))
for _name in ("__neg__", "__pos__", "__abs__"):
    setattr(Mixed, _name, _beside_floats(_name))


def mixed(values: Any) -> Any:
    """Return the same values as Mixed ones: one for a number, else an array."""
    entries = np.asarray(values)
    found = np.empty(entries.shape, dtype=object)
    found.flat[:] = [Mixed(*entry.as_integer_ratio()) for entry in entries.flat]
    return found[()]


#: Terms of an unknown loss may cancel otherwise than thought: room for that.
ROOM = 16

#: An answer that may be off by more than this part of itself decides nothing; so many
#: that decide are wanted to say that a gradient belongs to a loss.
PART, FEWEST = Fraction(1, 1000), 3


def of_own(subject: Subject, loss: Subject) -> Question:
    """Ask for the derivative of the user's loss."""
    slopes = functools.lru_cache(maxsize=None)(functools.partial(_slopes, loss))
    plain = _oracle.of_grad(subject, conventions.get("mse"))

    def truth(example: Example) -> Any:
        return slopes(example)[0]

    def size(example: Example) -> Array:
        spread, _ = slopes(_without_signs(example))
        own = abs(truth(example)) + (0 if spread is None else abs(spread))
        return np.asarray(ROOM * (own + plain.size(example)))

    def spare(example: Example) -> Any:
        return slopes(example)[1]

    return Question(
        "gradient", subject, truth, size, plain.shape, spare, _suits, is_own=True
    )


#: Floats whose loss can be differentiated within reason: this many entries, within this
#: factor of 1.
ENTRIES, REACH = 64, 1e10


def _suits(e: Example) -> bool:
    if e.exact:
        return True
    largest = max(abs(e.x).max(), abs(e.y).max(), abs(e.weights).max())
    return bool(e.x.size <= ENTRIES and 1 / REACH < largest < REACH)


def _without_signs(e: Example) -> Example:
    return replace(e, x=abs(e.x), y=-abs(e.y), w=abs(e.w))


def _slopes(loss: Subject, example: Example) -> tuple[Array | None, Any]:
    """Return the loss's derivative and how far it may be off; None if that is open."""
    for kind in (fractions,) if example.exact else (fractions, mixed):
        found = _rational(loss, _in(kind, example))
        if found is not None:
            return found, 0
    return (None, 0) if example.exact else _in_floats(loss, example)


def _in(kind: Callable[[Any], Any], e: Example) -> Example:
    return replace(e, x=kind(e.x), y=kind(e.y), w=kind(e.w))


def _rational(loss: Subject, example: Example) -> Array | None:
    """Return the exact derivative, or None where the loss is not rational."""
    try:
        columns = range(len(example.weights))
        found = [_quotient(_along(loss, example, j)) for j in columns]
    except Exception:  # noqa: BLE001 - many a loss cannot take Fractions
        return None
    return None if None in found else np.array(found, dtype=object)


def _along(loss: Subject, example: Example, j: int) -> Callable[[Any], Any]:
    """Return the loss as a function of a change of one weight."""

    def moved(h: Any) -> Any:
        w = np.atleast_1d(np.array(example.w))
        w[j] = w[j] + h
        there = replace(example, w=w if np.ndim(example.w) else w[0])
        entries = flat(loss(there.inputs()))
        return None if entries is None or entries.size != 1 else entries.ravel()[0]

    return moved


def _quotient(f: Callable[[Any], Any]) -> Fraction | None:
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


def _in_floats(loss: Subject, example: Example) -> tuple[Array | None, Any]:
    sizes = np.abs(np.atleast_1d(np.asarray(example.w, dtype=float)))
    wide = replace(example, w=np.array(example.w, dtype=float)[()])
    try:
        with np.errstate(all="ignore"):
            found = [
                derivative.estimate(_along(loss, wide, j), size)
                for j, size in enumerate(sizes)
            ]
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return None, 0
    if not np.all(np.isfinite(found)) or not all(bound for _, bound in found):
        return None, 0  # where nothing is rounded nothing is seen: f did not move
    numeric, bound = (fractions(np.array(each)) for each in zip(*found, strict=True))
    return np.asarray(numeric), np.asarray(ROOM * bound)


def verdict(trials: Sequence[Trial]) -> bool | None:
    """Whether the gradient is the derivative of the loss; None where it is open."""
    if not all(trial.right for trial in trials):
        return False
    telling = [t for t in trials if np.any(t.truth) and _tells(t)]
    return True if len(telling) >= FEWEST else None


def _tells(trial: Trial) -> bool:
    return bool(np.all(trial.bound <= PART * np.max(abs(trial.truth))))
