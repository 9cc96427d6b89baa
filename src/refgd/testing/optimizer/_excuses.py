"""Does rounding excuse all that an optimizer does otherwise than the lines of a rule?

A bound on the rounding is not enough. Hyperparameters in float32 are particular
numbers, the same in each step. And a branch that rounding could turn is excused only
if that rounding is seen elsewhere, where nothing turns.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing.optimizer._bounded import Units
from refgd.testing.optimizer._changes import SHARES
from refgd.testing.optimizer._equations import Line
from refgd.testing.optimizer._program import Inputs, bounded_steps, names_read

#: Where a program may have a number of its own: 0.001 in place of 1 - beta2.
COMPLEMENT: Final = re.compile(r"\(1 - (\w+)\)")
POWER: Final = re.compile(r"\b(\w+) \*\* ")

#: What rounding may turn.
BRANCH: Final = re.compile(r"\b(where|sign)\(")


class Choice(NamedTuple):
    """Which numbers of a program are rounded.

    Attributes:
        shares: Each share, such as beta1.
        others: The other numbers.
        rates: The learning rates.
        rest: What 1 - beta is: that of the share as it is, or a number of its own.
        power: Whether the share in beta^t is rounded where the share is not.
    """

    shares: tuple[bool, ...]
    others: bool
    rates: bool
    rest: str
    power: bool


def find_off(
    lines: Sequence[Line], data: Inputs, units: Units, seen: Array, floor: Any = 0.0
) -> Array:
    """Return which weights (T + 1, P, D) are further off than rounding takes them."""
    steps = bounded_steps(lines, data, units, seen)
    least = np.broadcast_to(floor, seen.shape)
    each = zip(seen, steps, least, strict=True)
    return np.stack([is_off(w, found.value, found.error + a) for w, found, a in each])


def is_off(seen: Array, expected: Array, allowed: Array) -> Array:
    """Return which weights are further off than is allowed, or not finite."""
    with np.errstate(all="ignore"):
        right: Array = np.abs(seen - expected) <= allowed
    return ~right | ~np.isfinite(seen)


def find_unexcused(
    lines: Sequence[Line],
    data: Inputs,
    units: Units,
    seen: Array,
    finer: Iterator[Array],
) -> Array:
    """Return which weights (T + 1, P, D) these floats do not excuse, though in bounds.

    Args:
        lines: The lines of a rule.
        data: What they are run on.
        units: The floats.
        seen: The weights of the optimizer.
        finer: Which weights are off in each kind of floats that rounds less.
    """
    sizes = np.finfo(units.scalar).bits, np.finfo(units.array).bits
    if sizes[0] < sizes[1]:
        off = _find_off_with_numbers(lines, data, units, seen)
        if off.any():
            return off
    none = np.zeros(seen.shape, dtype=bool)
    if not any(BRANCH.search(text) for _, text in lines):
        return none
    turned = find_off(lines, data._replace(decided=True), units, seen)
    if turned.any() and any(not (each & ~turned).any() for each in finer):
        return turned
    return none


def _find_off_with_numbers(
    lines: Sequence[Line], data: Inputs, units: Units, seen: Array
) -> Array:
    """Return which weights are off, for the choice of rounded numbers that fits best.

    Its numbers are exact; what is computed of them is bounded.
    """
    chosen, tiled, n = _round_numbers(lines, data, units.scalar)
    off = find_off(chosen, tiled, units, np.tile(seen, (1, n, 1)))
    each: Array = off.reshape(len(off), n, -1).swapaxes(0, 1)
    wrong: Array = np.any(each, axis=-1, keepdims=True)[..., 0]
    first = np.where(wrong.any(axis=1), wrong.argmax(axis=1), wrong.shape[1])
    best: Array = each[int(np.argmax(first))]
    return best.reshape(seen.shape)


def _round_numbers(
    lines: Sequence[Line], data: Inputs, kind: Any
) -> tuple[Sequence[Line], Inputs, int]:
    """Return lines and inputs with n choices of rounded numbers, in n times P rows.

    Each share is rounded or not, all other numbers are, and the rates are; and where a
    share stands in 1 - beta or in beta^t, it may be another number than elsewhere.
    """

    def rounded(value: Any) -> Array:
        return np.asarray(value).astype(kind).astype(float)

    def moves(value: Any) -> bool:
        return not np.array_equal(rounded(value), np.asarray(value))

    read = {name for _, text in lines for name in names_read(text)}
    own = {name for name, value in data.numbers.items() if moves(value)}
    shares = [name for name in SHARES if name in own & read]
    choices = _list_choices(
        len(shares),
        others=bool(own - {*shares, "lr_0"}),
        rates=any(moves(given["lr"]) for given in data.each),
    )
    n, rows = len(choices), len(data.start)

    def tile(value: Any, which: Sequence[bool] = ()) -> Any:
        """Return the value in each choice: rounded in some."""
        value = np.tile(value, (n, 1)) if np.ndim(value) else value
        if not any(which):
            return value
        return np.where(np.repeat(which, rows)[:, None], rounded(value), value)

    numbers: dict[str, Any] = {}
    for name, value in data.numbers.items():
        which = [c.rates if name == "lr_0" else c.others for c in choices]
        numbers[name] = tile(value, which)
    for i, name in enumerate(shares):
        value, on = data.numbers[name], [c.shares[i] for c in choices]
        numbers[name] = tile(value, on)
        other = [c.shares[i] != c.power for c in choices]
        numbers[f"{name}_power"] = tile(value, other)
        literal = 1 - tile(1 - value, [c.rest == "rounded" for c in choices])
        alone = np.repeat([c.rest != "as it is" for c in choices], rows)[:, None]
        numbers[f"{name}_rest"] = np.where(alone, literal, numbers[name])
    rates = [c.rates for c in choices]
    each = [
        {k: tile(v, rates if k.startswith("lr") else ()) for k, v in given.items()}
        for given in data.each
    ]
    init = {name: tile(value) for name, value in data.init.items()}
    if "initial_accumulator" in numbers:
        init["v"] = numbers["initial_accumulator"]
    made = data._replace(each=each, numbers=numbers, init=init, exact=True)
    split = [(name, _split(text, shares)) for name, text in lines]
    return split, made._replace(start=tile(data.start)), n


def _list_choices(shares: int, *, others: bool, rates: bool) -> list[Choice]:
    """Return every choice of what is rounded: of so many shares, and of the rest."""
    both, no = (False, True), (False,)
    every = product(
        product(both, repeat=shares),
        both if others else no,
        both if rates else no,
        ("as it is", "exact", "rounded") if shares else ("as it is",),
        both if shares else no,
    )
    return [Choice(*each) for each in every]


def _split(text: str, shares: Sequence[str]) -> str:
    """Give the shares names of their own in 1 - beta, and in powers."""

    def named(suffix: str, form: str) -> Any:
        def name(found: re.Match[str]) -> str:
            known = found[1] in shares
            return form.format(found[1] + suffix) if known else found[0]

        return name

    text = COMPLEMENT.sub(named("_rest", "(1 - {})"), text)
    return POWER.sub(named("_power", "{} ** "), text)
