"""Known mistakes in any derivative: what a program would return that makes them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing.derivative._structure import Block

#: A mistake predicts the claims within so many bounds of the derivative, and so much of
#: the claim; a number is a simple one within this part.
BOUNDS, NEAR = 16, 1e-6

#: Where the derivative is less than so many of its bounds, its ratio is not looked at.
CLEAR = 200


class Facts(NamedTuple):
    """Claims, the derivative, its bound and w, (points, rows, columns); known numbers.

    NaN where nothing is known.
    """

    claimed: Array
    true: Array
    off: Array
    w: Array
    numbers: Mapping[str, Array]

    @property
    def seen(self) -> Array:
        """Return which are known well enough to tell a mistake."""
        size = np.fmax(abs(self.claimed), abs(self.true))
        scale = np.nanmax(size, initial=0.0)
        finite = np.isfinite(self.claimed) & np.isfinite(self.true)
        found: Array = finite & (self.off <= scale / CLEAR)
        return found

    def pick(self, points: Any, rows: Any, columns: Any) -> "Facts":
        """Return those of some points, rows and columns."""
        claimed, true, off, w = (
            np.array(each)[points][:, rows][:, :, columns] for each in self[:4]
        )
        return Facts(claimed, true, off, w, self.numbers)

    def fits(self, predicted: Array, weight: Any = 1.0) -> bool:
        """Whether a mistake predicts all claims, as far as the derivative is known."""
        seen = self.seen
        scale = np.max(abs(self.claimed[seen]), initial=0.0)
        tolerance = BOUNDS * weight * self.off + NEAR * (abs(predicted) + 1e-3 * scale)
        apart = abs(self.claimed - predicted)
        return bool(seen.any() and np.all(apart[seen] <= tolerance[seen]))

    def reduced(self, values: Array, of: Array) -> float:
        """Return what multiple of one array another is; NaN where none can be told."""
        clear = self.seen & (abs(of) > CLEAR * self.off) & np.isfinite(values)
        return float(np.median(values[clear] / of[clear])) if clear.any() else np.nan


#: From the facts and the shape of the block to words, or None.
Rule = Callable[[Facts, tuple[int, ...]], str | None]


def find_mistake(facts: Facts, shape: tuple[int, ...]) -> str | None:
    """Return the first mistake that explains all claims of a block of this shape."""
    if not facts.seen.any() or facts.fits(facts.true):
        return None
    with np.errstate(all="ignore"):
        found = (rule(facts, shape) for rule in RULES)
        return next((words for words in found if words), None)


def join_names(names: Sequence[str]) -> str:
    """Write a, b and c."""
    return ", ".join(names[:-1]) + f" and {names[-1]}" if names[1:] else "".join(names)


def say(name: str, words: str) -> str:
    """Write that something has a mistake, in the number that its name has."""
    many = name.startswith(("entries", "rows", "columns")) or " and " in name
    verb, _, rest = words.partition(" ")
    plural = {"is": "are", "has": "have", "lacks": "lack"}
    return f"{name} {plural[verb] if many else verb} {rest}"


def _is_zero(facts: Facts, _: Any) -> str | None:
    zero = not np.any(facts.claimed[facts.seen])
    return "is zero: the derivative is missing" if zero else None


def _is_multiple(facts: Facts, _: Any) -> str | None:
    ratio = facts.reduced(facts.claimed, facts.true)
    if not np.isfinite(ratio) or not facts.fits(ratio * facts.true, max(1, abs(ratio))):
        return None
    if facts.claimed.shape[-1] == 1 and not _is_known(ratio, facts.numbers):
        return None
    return name_ratio(ratio, facts.numbers)


def name_ratio(ratio: float, numbers: Mapping[str, Array]) -> str:
    """Write what a multiple of the derivative is: n times, where n is a length."""
    if abs(ratio + 1) <= NEAR:
        return "has the sign turned around"
    sign = ", with the sign turned around" if ratio < 0 else ""
    size = abs(ratio)
    simple = Fraction(size).limit_denominator(1000)
    length = _blame_length(simple, numbers)
    plain = length or min(simple.numerator, simple.denominator) == 1
    if abs(float(simple) - size) > 10 * NEAR * size or not (plain or _is_simple(size)):
        return f"is {size:.6g} times the derivative{sign}"
    words = {Fraction(2): "twice", Fraction(1, 2): "half"}.get(simple, "")
    if not words:
        words = f"{simple} of" if simple < 1 else f"{simple} times"
    return f"is {words} the derivative{sign}{length}"


def _is_simple(ratio: float) -> bool:
    simple = Fraction(ratio).limit_denominator(12)
    few = max(abs(simple.numerator), simple.denominator)
    near = abs(float(simple) - ratio) <= NEAR * abs(ratio)
    return near and (few <= 12 or simple.denominator == 1)  # noqa: PLR2004 - as above


def _is_known(ratio: float, numbers: Mapping[str, Array]) -> bool:
    """Whether it is a simple number, or one that a number of samples explains."""
    near = Fraction(abs(ratio)).limit_denominator(1000)
    return _is_simple(ratio) or bool(_blame_length(near, numbers))


def _blame_length(ratio: Fraction, numbers: Mapping[str, Array]) -> str:
    """Blame the number of samples: a length that all arrays of data share."""
    shapes = {name: each.shape for name, each in numbers.items() if each.shape}
    shared = set.intersection(*map(set, shapes.values())) if shapes else set()
    name = " and ".join(shapes)
    for n in sorted(n for n in shared if n > 1):
        for times, words in (
            (Fraction(n), "a sum where the mean is meant"),
            (Fraction(1, n), "a mean where the sum is meant, or divided by n twice"),
            (Fraction(n, n - 1), "divided by n − 1"),
            (Fraction(n - 1, n), "one sample is missing"),
        ):
            if ratio == times:
                return f" (n = {n}, as in {name}: {words}?)"
    return ""


def _has_offset(facts: Facts, _: Any) -> str | None:
    off = (facts.claimed - facts.true)[facts.seen]
    constant = float(np.median(off))
    enough = len(off) > 1 and facts.fits(facts.true + constant)
    much = "too much" if constant > 0 else "too little"
    return f"has {abs(constant):.6g} {much}, whatever w is" if enough else None


def _lacks_term(facts: Facts, _: Any) -> str | None:
    """A multiple of w, or of its sign: what the derivative of a penalty is."""
    for values, name in ((facts.w, "w"), (np.sign(facts.w), "sign(w)")):
        if np.ptp(values[facts.seen]) == 0:
            continue
        factor = facts.reduced(facts.claimed - facts.true, values)
        if np.isfinite(factor) and facts.fits(facts.true + factor * values):
            verb = "has" if factor > 0 else "lacks"
            much = "too much" if factor > 0 else ""
            term = f"{verb} the term {abs(factor):.6g}·{name} {much}".rstrip()
            return term + _blame_penalty(abs(factor), facts.numbers)
    return None


def _is_multiple_but_for_term(facts: Facts, _: Any) -> str | None:
    """A multiple of the derivative, but not of its penalty."""
    seen = facts.seen
    if seen.sum() < 4:  # noqa: PLR2004 - two numbers explain two
        return None
    table = np.stack([facts.true[seen], facts.w[seen]], axis=1)
    times, term = np.linalg.lstsq(table, facts.claimed[seen])[0]
    predicted = times * facts.true + term * facts.w
    if not _is_known(times, facts.numbers) or not facts.fits(
        predicted, max(1, abs(times))
    ):
        return None
    factor = term / (1 - times)
    name = name_ratio(times, facts.numbers)
    blame = _blame_penalty(abs(factor), facts.numbers)
    return f"{name}, but for the term {factor:.6g}·w{blame}"


def _blame_penalty(factor: float, numbers: Mapping[str, Array]) -> str:
    """Name the number that the term's factor is, as that of a penalty."""
    for name, each in numbers.items():
        for times, what in ((1, name), (2, f"2·{name}")):
            if each.size == 1 and abs(times * float(each.item()) - factor) <= (
                10 * NEAR * factor
            ):
                return f" ({what}·w: what a penalty's derivative has)"
    return ": is it a penalty's derivative?"


def _lacks_factor(facts: Facts, shape: tuple[int, ...]) -> str | None:
    for name, values in _list_factors(facts, shape):
        if np.ptp(values[facts.seen]) == 0:
            continue
        for claimed, words in (
            (facts.claimed * values, "lacks the factor"),
            (facts.claimed / values, "has a factor too many:"),
        ):
            scaled = facts._replace(claimed=claimed)
            ratio = scaled.reduced(claimed, facts.true)
            whole = np.array_equal(scaled.seen, facts.seen)
            if (
                whole
                and np.isfinite(ratio)
                and scaled.fits(ratio * facts.true, abs(ratio) + 1)
            ):
                return f"{words} {_write_factor(1 / ratio, name)}"
    return None


def _write_factor(number: float, name: str) -> str:
    simple = Fraction(number).limit_denominator(1000)
    if abs(float(simple) - number) > 10 * NEAR * abs(number):
        return f"{number:.6g}·{name}"
    return name if simple == 1 else f"{simple}·{name}"


def _list_factors(facts: Facts, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Yield powers of w, and known arrays of the block's shape."""
    yield "w", facts.w
    yield "w²", facts.w**2
    for name, each in facts.numbers.items():
        if each.shape == shape and each.size == facts.claimed.shape[-1] > 1:
            values = np.broadcast_to(each.astype(float).ravel(), facts.claimed.shape)
            yield name, values


def _is_reordered(facts: Facts, shape: tuple[int, ...]) -> str | None:
    count = facts.claimed.shape[-1]
    known = np.isfinite(facts.true).all(axis=(1, 2))
    if count == 1 or not known.any():
        return None
    whole = facts.pick(known, slice(None), slice(None))
    true, claimed, off = whole.true, whole.claimed, whole.off
    worst = np.broadcast_to(off.max(axis=-1, keepdims=True), off.shape)
    loose = whole._replace(off=worst)
    square = len(shape) == 2 and shape[0] * shape[1] == count  # noqa: PLR2004 - a matrix
    orders: list[tuple[str, Array]] = []
    if true.shape[1] == count > 1:
        orders.append(("is transposed", np.swapaxes(true, 1, 2)))
    if square and min(shape) > 1:
        turned = true.reshape(*true.shape[:2], *shape)
        flat = np.swapaxes(turned, 2, 3).reshape(true.shape)
        orders.append(("is transposed", flat))
    orders += [
        ("is in reverse order", true[..., ::-1]),
        ("is moved by one entry", np.roll(true, 1, axis=-1)),
        ("is moved by one entry", np.roll(true, -1, axis=-1)),
    ]
    for words, predicted in orders:
        if loose.fits(predicted):
            return words
    same = np.sort(true, axis=-1), np.sort(claimed, axis=-1)
    if loose._replace(claimed=same[1]).fits(same[0]):
        return "has the right entries in another order"
    return None


def _is_no_hessian(facts: Facts, _: Any) -> str | None:
    """What is symmetric where it is right: the Hessian, for one."""
    true, claimed = facts.true, facts.claimed
    count = true.shape[-1]
    if true.shape[1] != count or count == 1 or not facts.seen.all():
        return None
    if facts.fits(true * np.eye(count)):
        return "has only the diagonal"
    turned = facts._replace(claimed=np.swapaxes(true, 1, 2))
    if turned.fits(true) and not facts.fits(np.swapaxes(claimed, 1, 2)):
        return "is not symmetric"
    return None


def _is_other_function(facts: Facts, _: Any) -> str | None:
    true, claimed = facts.true, facts.claimed
    norm = np.sqrt(np.sum(np.where(np.isfinite(true), true, 0) ** 2, (1, 2)))
    most = np.nanmax(abs(claimed))
    several = facts.seen.sum() > 1
    for words, predicted in (
        ("is the derivative's absolute value", abs(true)),
        ("is the derivative's sign", np.sign(true)),
        ("is the derivative over its norm", true / norm[:, None, None]),
        (f"is cut off at {most:.6g}", np.clip(true, -most, most)),
        ("is cut off below 0", np.maximum(true, 0)),
        ("is the derivative's square", true**2),
        ("is a mean over the entries", np.nanmean(true, -1, keepdims=True) + 0 * true),
        ("is a sum over the entries", np.nansum(true, -1, keepdims=True) + 0 * true),
    ):
        if several and facts.fits(predicted):
            return words
    return None


RULES: Sequence[Rule] = (
    _is_zero,
    _is_multiple,
    _has_offset,
    _is_reordered,
    _lacks_term,
    _is_multiple_but_for_term,
    _lacks_factor,
    _is_no_hessian,
    _is_other_function,
)


def find_order(facts: Facts, blocks: Sequence[Block]) -> str | None:
    """Return whether two blocks of the same size are exchanged."""
    for i, one in enumerate(blocks):
        for other in blocks[i + 1 :]:
            if one.size == other.size:
                true = facts.true.copy()
                true[..., one.part] = facts.true[..., other.part]
                true[..., other.part] = facts.true[..., one.part]
                if facts.fits(true):
                    return f"has {one.name} and {other.name} exchanged"
    return None
