r"""Is a gradient the derivative of the user's own loss, whatever loss that is?

Where the loss is a polynomial in w, running it on $w + h e_j$ for an unknown h shows
it: the coefficient of h is the derivative, exactly. A loss with floats in it, such as
0.1 · w², is exact in `ExactNumber`s; one that branches, or is no polynomial, is
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
from refgd.testing._polynomial import find_derivative
from refgd.testing.exact import fractions
from refgd.testing.gradient import _kinks, _oracle
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._kinks import Ends
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
    found.flat[:] = [ExactNumber(each) for each in np.ravel(fractions(entries))]
    return found[()]


#: Terms of an unknown loss may cancel otherwise than thought: room for that.
ROOM = 16

#: An answer that may be off by more than this part of itself decides nothing; this
#: many decisive ones are needed to say that a gradient belongs to a loss.
DECISIVE, FEWEST = Fraction(1, 1000), 3


def own_loss_oracle(function: UserFunction, loss: UserFunction) -> Oracle:
    """Return the oracle of the derivative of the user's loss."""
    slopes = functools.lru_cache(maxsize=None)(functools.partial(differentiate, loss))
    plain = _oracle.gradient_oracle(function, conventions.get("mse"))

    def expected(example: Example) -> Any:
        return slopes(example)[0]

    @functools.cache
    def magnitude(example: Example) -> Array:
        spread, _ = slopes(_without_signs(example))
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
        loss=loss,
    )


#: Floats whose loss can be differentiated within reason: this many entries, within this
#: factor of 1.
ENTRIES, REACH = 64, 1e10


def _can_differentiate(e: Example) -> bool:
    if e.exact:
        return True
    largest = max(abs(e.x).max(), abs(e.y).max(), abs(e.weights).max())
    return bool(e.x.size <= ENTRIES and 1 / REACH < largest < REACH)


def _without_signs(e: Example) -> Example:
    return replace(e, x=abs(e.x), y=-abs(e.y), w=abs(e.w))


def differentiate(loss: UserFunction, example: Example) -> tuple[Array | None, Any]:
    """Return the loss's derivative and its error bound; None if undecided."""
    found = _differentiate_exactly(loss, _convert(fractions, example))
    if found is None and not example.exact:
        numbers = _convert(exact_numbers, example)
        found = _differentiate_exactly(loss, numbers, floats=True)
    if found is not None or example.exact:
        return found, 0
    return _differentiate_in_floats(loss, example)


def _convert(kind: Callable[[Any], Any], e: Example) -> Example:
    return replace(e, x=kind(e.x), y=kind(e.y), w=kind(e.w))


def _differentiate_exactly(
    loss: UserFunction, example: Example, *, floats: bool = False
) -> Array | None:
    """Return the exact derivative, or None where the loss is no polynomial."""
    found: list[Fraction] = []
    for j in range(len(example.weights)):
        slope = find_derivative(_move_weight(loss, example, j), floats=floats)
        if slope is None:
            return None
        found.append(slope)
    return np.array(found, dtype=object)


def _move_weight(loss: UserFunction, example: Example, j: int) -> Callable[[Any], Any]:
    """Return the loss as a function of a change of one weight."""
    roles = loss.needs

    def moved(h: Any) -> Any:
        w = np.array(example.w, ndmin=1)
        w[j] = w[j] + h
        changed = example.at(w if np.ndim(example.w) else w[0])
        return loss(changed.inputs(roles=roles))

    return moved


def _differentiate_in_floats(
    loss: UserFunction, example: Example
) -> tuple[Array | None, Any]:
    sizes = np.abs(np.atleast_1d(np.asarray(example.w, dtype=float)))
    wide = replace(example, w=np.array(example.w, dtype=float)[()])
    if not _has_room(loss, example):
        return None, 0
    try:
        noise = _measure_digits(loss, wide)
        with np.errstate(all="ignore"):
            found = [
                derivative.estimate(_one_number(loss, wide, j), size, noise)
                for j, size in enumerate(sizes)
            ]
        vague = any(b * ROOM > DECISIVE * abs(v) for v, b in found)
        ends = find_kinks(loss, example) if vague else [None] * len(found)
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return None, 0
    if not np.all(np.isfinite(found)) or not all(bound for _, bound in found):
        return None, 0  # where nothing is rounded nothing is seen: f did not move
    triples = [_at_a_kink(*each) for each in zip(found, ends, strict=True)]
    numeric, bound = (fractions(np.array(each)) for each in zip(*triples, strict=True))
    return np.asarray(numeric), np.asarray(bound)


def _at_a_kink(found: tuple[float, float], ends: Ends | None) -> tuple[float, float]:
    """Return an estimate with room for rounding; at a kink all between the ends."""
    if ends is None:
        return found[0], ROOM * found[1]
    half = (ends.high - ends.low) / 2
    return ends.low + half, half + ROOM * ends.bound


def find_kinks(loss: UserFunction, example: Example) -> list[Ends | None]:
    """Return for each weight the ends of the loss's subgradient; None off a kink."""
    sizes = np.abs(np.atleast_1d(np.asarray(example.w, dtype=float)))
    wide = replace(example, w=np.array(example.w, dtype=float)[()])
    try:
        noise = _measure_digits(loss, wide)
        return [
            _kinks.find_ends(_one_number(loss, wide, j), size or 1.0, noise)
            for j, size in enumerate(sizes)
        ]
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return [None] * len(sizes)


def _one_number(
    loss: UserFunction, example: Example, j: int
) -> Callable[[Any], np.floating[Any] | float]:
    """Return the loss as a function of a change of one weight; NaN where it is none."""
    moved = _move_weight(loss, example, j)
    return lambda h: _read(moved(h))


def _read(answer: Any) -> np.floating[Any] | float:
    if isinstance(answer, np.floating):
        return answer
    entries = flat(answer)
    if entries is None or entries.size != 1:
        return math.nan
    found: Any = entries.ravel()[0]
    return found if isinstance(found, np.floating) else float(found)


#: The gradient may overflow a little before the loss does: it is so at these times w.
NEAR_OVERFLOW = (0.75, 1.0, 1.25)


def _has_room(loss: UserFunction, example: Example) -> bool:
    """Whether the loss is finite in the example's own dtype, and not just barely."""
    try:
        for factor in NEAR_OVERFLOW:
            w = np.asarray(example.w * factor).astype(np.asarray(example.w).dtype)[()]
            if not np.isfinite(_read(loss(example.at(w).inputs(roles=loss.needs)))):
                return False
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return False
    return True


def _measure_digits(loss: UserFunction, example: Example) -> float:
    """Return how far the loss is from what it is with more digits: its rounding.

    Where terms are lost, as in log(1 - p) with p near 1, it moves in steps, too rarely
    for steps of w to show them.
    """
    kinds = (np.float64, np.longdouble)
    in_kinds = [_convert(functools.partial(_cast, kind), example) for kind in kinds]
    values: list[Any] = [_read(loss(e.inputs(roles=loss.needs))) for e in in_kinds]
    return float(abs(values[0] - values[1]))


def _cast(kind: Any, part: Any) -> Any:
    return np.array(part, dtype=kind)[()]


def is_derivative(verdicts: Sequence[Verdict]) -> bool | None:
    """Whether the gradient is the derivative of the loss; None if undecided."""
    if not all(v.right for v in verdicts):
        return False
    decisive = [v for v in verdicts if np.any(v.expected) and _is_decisive(v)]
    return True if len(decisive) >= FEWEST else None


def _is_decisive(verdict: Verdict) -> bool:
    return bool(np.all(verdict.tolerance <= DECISIVE * np.max(abs(verdict.expected))))
