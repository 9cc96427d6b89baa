"""The likely mistake in words: the catalogue, held against every example.

A mistake predicts what a wrong program would return. It is named only if it predicts
every answer that the program gave, right or wrong, within rounding.
"""

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing import _clock
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _mistakes, _samples
from refgd.testing.gradient._changes import CHANGED, CUTS, WHOLE
from refgd.testing.gradient._conditions import Condition, find_condition
from refgd.testing.gradient._entries import ENTRIES, find_multiples, find_sums
from refgd.testing.gradient._mistakes import Mistake, Prediction, Terms, matches
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._own_mistakes import (
    FEW,
    list_other_losses,
    list_sample_factors,
)
from refgd.testing.gradient._samples import SAMPLES, SHUFFLED
from refgd.testing.gradient._verdict import WRITES, Verdict

#: A mistake must explain this many answers, and a condition as many of each side.
FEWEST = 3

#: Examples of up to so many numbers are looked at first.
SMALL = 64

#: The search for a mistake may take so many seconds, that in a part of the examples
#: fewer: then the condition is still named.
SECONDS, FEWER = 2.0, 1.0

#: This part of the examples must have an answer that can be compared at all.
MOST = 0.9

#: Of the wrong answers that tell anything a mistake must predict this part.
PREDICTED = 0.5


def diagnose(
    oracle: Oracle, verdicts: Sequence[Verdict], convention: Convention
) -> str | None:
    """Return what was seen, or else the first mistake that explains every example."""
    terms = [Terms(oracle, verdict, convention) for verdict in verdicts]
    seen = _name_seen_failure(terms)
    if seen is not None:
        return seen
    known = [t for t in terms if t.verdict.answer is not None]
    if _is_stale(known):
        return _mistakes.REMEMBERS
    if len(known) < MOST * len(terms) or _raised_early(terms):
        return _name_condition(oracle.kind, terms, find_condition(terms))
    ordered = _tell_most_first(known)
    found = next(_find_usual(oracle.kind, ordered), None)
    if found:
        return found
    condition = find_condition(terms)
    if condition is not None and condition.is_exact:
        return _name_condition(oracle.kind, terms, condition)
    found = _find_first(_find_rarer(oracle.kind, ordered), SECONDS)
    return found or _name_condition(oracle.kind, terms, condition)


def find_usual(
    oracle: Oracle, verdicts: Sequence[Verdict], convention: Convention
) -> str | None:
    """Return the first mistake of the catalogue that explains every example."""
    terms = [Terms(oracle, verdict, convention) for verdict in verdicts]
    known = [t for t in terms if t.verdict.answer is not None]
    if not known or len(known) < MOST * len(terms):
        return None
    return next(_find_usual(oracle.kind, _tell_most_first(known)), None)


def _find_first(found: Iterator[str], seconds: float) -> str | None:
    """Return the first that is found, if there is time for it."""
    late: str | None = None
    with _clock.limited(seconds):
        return _clock.unless_late(lambda: next(found, None), late)


def _raised(terms: list[Terms]) -> list[Terms]:
    return [t for t in terms if t.verdict.failure == "raised"]


def _raised_early(terms: list[Terms]) -> bool:
    """Whether it raised where it is not for the size of the numbers."""
    overflow = "it raised OverflowError"
    return any(not t.verdict.detail.startswith(overflow) for t in _raised(terms))


def _tell_most_first(terms: list[Terms]) -> list[Terms]:
    """Return the wrong ones first, and the small ones of them: they soon refute."""
    return sorted(
        terms, key=lambda t: (t.verdict.right, not t.verdict.exact, t.n * t.d)
    )


def _name_seen_failure(terms: list[Terms]) -> str | None:
    """Name what needs no hypothesis: the program was seen to do it."""
    wrong = [t.verdict for t in terms if not t.verdict.right]
    seen = {verdict.failure: verdict.detail for verdict in wrong}
    if "square" in seen:
        return "xᵀ is missing: it runs only where n = d"
    if "input" in seen:
        # what is changed shows more than what would be, were it not read-only
        details = [verdict.detail for verdict in wrong if verdict.failure == "input"]
        return min(details, key=lambda detail: detail.startswith(WRITES))
    if "memory" in seen:
        return _mistakes.REMEMBERS
    if set(seen) == {"layout"}:
        return seen["layout"]
    if set(seen) != {"shape"}:
        return None
    first = terms[0]
    found = next((words for words, is_so in _mistakes.SHAPES if is_so(first)), None)
    return found and found.format(type(first.raw_answer).__name__)


def _find_usual(kind: str, terms: list[Terms]) -> Iterator[str]:
    """Yield every mistake of the catalogue that explains all answers."""
    long = [t for t in terms if t.x.dtype != np.float32]  # a step rounds w + lr·dw too
    yield from _find_in(terms[0].oracle.function.mistakes, long)
    for words, factor in _mistakes.FACTORS:
        predict = _mistakes.times(factor)
        if explains(predict, terms):
            yield words.format(kind) + _name_convention(predict, terms)
    yield from _find_in(_mistakes.EQUATIONS[kind], terms)
    yield from _find_constant(kind, terms)
    for words, direction in _mistakes.PENALTIES if kind == "gradient" else ():
        yield from _find_penalty(words, direction, terms)


def _find_rarer(kind: str, terms: list[Terms]) -> Iterator[str]:
    """Yield the rarer mistakes of a gradient that explain all answers."""
    if kind != "gradient":
        return
    yield from _find_small(terms)
    own = terms[0].oracle.loss is not None
    if own:
        yield from _find_in_few(list_sample_factors(), FEW, terms)
    yield from _find_in_parts(terms)
    yield from _find_in(_list_rarer(terms), terms)
    if own:
        yield from _find_in(list_other_losses(), terms)
    else:
        yield from _find_in_few(SHUFFLED, _samples.FEW, terms)
    if explains(_point_as_meant, terms):
        yield WRONG_LENGTH


def _find_in(mistakes: Iterable[Mistake], terms: list[Terms]) -> Iterator[str]:
    """Yield those of some mistakes that explain all answers."""
    return (words for words, predict in mistakes if explains(predict, terms))


def _find_in_few(
    mistakes: Iterable[Mistake], samples: int, terms: list[Terms]
) -> Iterator[str]:
    """Yield what explains all answers for few samples; more are not looked at."""
    few = sorted((t for t in terms if t.n <= samples), key=lambda t: t.n)
    yield from _find_in(mistakes, few)


WRONG_LENGTH = (
    "it points the right way, and its length is wrong, by another factor for other "
    "data: what is it divided by?"
)


def _point_as_meant(t: Terms) -> Any:
    """Return the gradient in the answer's length; not where all point one way."""
    if min(t.n, np.count_nonzero(t.expected)) <= 1:
        return None
    i = int(np.argmax(abs(t.expected)))
    return max(t.verdict.answer[i] / t.expected[i], 0) * t.expected


def _list_rarer(terms: list[Terms]) -> Iterator[tuple[str, Prediction]]:
    for more, predict in find_multiples(lambda t: t.expected, None, terms):
        yield f"the gradient is {more}", predict
    own = any(t.oracle.loss is not None for t in terms)  # whose terms are not known
    yield from WHOLE
    yield from () if own else (*SAMPLES, *CHANGED)
    yield from _list_entries(terms)
    yield from find_sums(terms)
    if own:
        return
    for words, base in (*_mistakes.GRADIENTS, *CHANGED, *SAMPLES):
        for more, predict in find_multiples(base, None, terms):
            yield f"{words}; and it is {more}", predict
    yield from CUTS


def _list_entries(terms: list[Terms]) -> Iterator[tuple[str, Prediction]]:
    for name, mask in ENTRIES:
        for more, predict in find_multiples(lambda t: t.expected, mask, terms):
            yield f"the entry of {name} is {more}; the others are right", predict


def _find_in_parts(terms: list[Terms]) -> Iterator[str]:
    """Yield a mistake in the slopes with another in the intercept."""
    if not all(t.intercept and t.oracle.loss is None for t in terms):
        return
    slopes, intercept = (
        next(_explain_part(part, terms), None) for part in (slice(-1), slice(-1, None))
    )
    if slopes and intercept:
        yield f"the slopes: {slopes}; the intercept: {intercept}"


RIGHT = "right"


def _explain_part(part: slice, terms: list[Terms]) -> Iterator[str]:
    """Yield what explains some entries of every answer."""

    def predict_part(base: Prediction) -> Prediction:
        """Return a prediction of these entries, with the answer's own beside."""

        def predict(t: Terms) -> Any:
            predicted = base(t)
            if predicted is None or np.shape(predicted) != np.shape(t.verdict.answer):
                return None
            whole = t.verdict.answer.copy()
            whole[part] = predicted[part]
            return whole

        return predict

    def agrees(base: Prediction) -> bool:
        predict = predict_part(base)
        return all(_agrees(predict, t) for t in terms)

    if agrees(lambda t: t.expected):
        yield RIGHT
    factors = ((w.format("gradient"), _mistakes.times(f)) for w, f in _mistakes.FACTORS)
    for words, base in (*factors, *_mistakes.GRADIENTS, *SAMPLES, *CHANGED):
        if agrees(base):
            yield words


def _agrees(predict: Prediction, t: Terms) -> bool:
    _clock.look()
    predicted = predict(t)
    return predicted is not None and matches(predicted, t.verdict, t.verdict.answer)


def _find_small(terms: list[Terms]) -> Iterator[str]:
    """Yield what makes an error that is too small for the other mistakes to tell."""
    if any(t.tells for t in terms):
        return
    rows = list(_list_errors([t for t in terms if not t.verdict.right]))
    for words, quotient in SMALL_ERRORS:
        found = [quotient(*row[:3]) for row in rows]
        if _are_near(found):
            yield words.format(_write_signed(float(found[0])))


#: A small error in words, and what of it is always the same.
SMALL_ERRORS: tuple[tuple[str, Callable[[Terms, Any, Any], Any]], ...] = (
    ("it returns 1 {} times the gradient", lambda _, e, g: e / g if g else None),
    (
        "it is divided by n {} where n is meant",
        lambda t, e, g: -t.n * e / (g + e) if g + e else None,
    ),
    ("{} is added to every entry", lambda _, e, __: e),
)


def _list_errors(wrong: list[Terms]) -> Iterator[tuple[Terms, Any, Any, Any]]:
    """Yield the errors that rounding does not make, and what they are errors of."""
    for t in wrong:
        off = t.verdict.answer - t.expected
        magnitude = t.oracle.magnitude(t.verdict.example)
        numbers = zip(off, t.expected, t.verdict.tolerance, magnitude, strict=True)
        for error, expected, tolerance, size in numbers:
            if abs(error) > CLEAR * tolerance:
                yield t, error, expected, size


def _name_lost_digits(terms: list[Terms]) -> str | None:
    """Say to how many digits every answer is right, if it is to some."""
    wrong = [t for t in terms if not t.verdict.right]
    if any(t.verdict.answer is None for t in wrong):
        return None
    parts = [float(abs(e) / m) if m else 1.0 for _, e, _, m in _list_errors(wrong)]
    if not parts or max(parts) > MOST_LOST:
        return None
    digits = -math.log10(max(parts))
    return f"{FEW_DIGITS}: every answer is right to about {digits:.0f} digits"


#: An error counts that is so many times the rounding; quotients are equal to this part;
#: lost digits are no more than those of float16.
CLEAR, EQUAL, MOST_LOST = 16, Fraction(1, 8), 2.0**-9

#: So many samples the first example has, in every check.
FIRST_N = 5

FEW_DIGITS = "digits are lost, by rounding, cutting, or a short kind of number"


def _are_near(found: list[Any]) -> bool:
    return len(found) >= FEWEST and all(
        each is not None and abs(each - found[0]) <= EQUAL * abs(found[0])
        for each in found
    )


def _write_signed(value: float) -> str:
    return f"{'+' if value > 0 else '−'} {abs(value):.3g}"


def _name_convention(predict: Prediction, terms: list[Terms]) -> str:
    """Name the convention under which it would be right."""
    stated = terms[0].convention
    if stated.name not in CONVENTIONS:
        return ""
    for other in CONVENTIONS.values():

        def rescale(t: Terms, other: Convention = other) -> Any:
            return other.loss(t.n) / stated.loss(t.n) * t.expected

        same = (np.array_equal(predict(t), rescale(t)) for t in terms)
        if other != stated and all(same):
            return f" (right only if you mean convention={other.name!r}, {other.words})"
    return ""


def explains(predict: Prediction, terms: list[Terms]) -> bool:
    """Whether a prediction is every answer, and differs from the right one if wrong.

    A wrong answer as near to the right one as a prediction may be tells nothing.
    """
    least = sum(not (t.verdict.right or t.is_extreme) for t in terms)
    if sum(t.tells for t in terms) < max(1, min(FEWEST, least)):
        return False
    wrong = telling = explained = 0
    # what refutes most, for what it costs, is first
    for t in sorted(terms, key=operator.attrgetter("rate"), reverse=True):
        _clock.look()
        try:
            predicted = t.predict(predict)
        except ArithmeticError:  # beyond what floats hold
            predicted = None
        if predicted is not None and not matches(
            predicted, t.verdict, t.verdict.answer
        ):
            if t.is_extreme:  # its own squares may be beyond what floats hold
                continue
            t.count_refutation()
            return False
        wrong += not t.verdict.right
        telling += t.tells
        if predicted is not None and t.tells:
            explained += not matches(predicted, t.verdict, t.expected)
    return (
        wrong > 0
        and explained >= min(FEWEST, wrong)
        and explained >= PREDICTED * telling
    )


def _find_constant(kind: str, terms: list[Terms]) -> Iterator[str]:
    """Yield one constant factor, or a fixed number where n is meant."""
    known = [t for t in terms if np.any(t.expected)]
    if not known:
        return
    first = max(known[:20], key=lambda t: t.verdict.exact)
    i = int(np.argmax(abs(first.expected)))
    ratio = first.verdict.answer[i] / first.expected[i]
    if explains(lambda t: ratio * t.expected, terms):
        rate = "; is a learning rate folded in?" if 0 < ratio < 1 else ""
        yield f"it returns {float(ratio):.6g} times the {kind}, everywhere{rate}"
    fixed = ratio / first.n
    if fixed and explains(lambda t: fixed * t.n * t.expected, terms):
        given = f": {FIRST_N} were given first" if 1 / fixed == FIRST_N else ""
        yield f"it divides by {float(1 / fixed):.6g}, whatever n is{given}"


def _find_penalty(
    words: str, direction: Prediction, terms: list[Terms]
) -> Iterator[str]:
    """Yield a penalty, whatever its coefficient is."""
    c = _solve_for_coefficient(direction, terms)
    if c and explains(lambda t: t.expected + c * direction(t), terms):
        times = "" if abs(c) == 1 else f"{abs(float(c)):.6g} times "
        done = "added to it" if c > 0 else "missing from it, or subtracted"
        yield f"{times}{words} is {done}: a penalty"


def _solve_for_coefficient(
    direction: Prediction, terms: list[Terms]
) -> Fraction | None:
    """Solve for it exactly, else where the gradient is smallest beside the penalty."""
    found: list[tuple[bool, Fraction, Fraction]] = []
    for t in terms:
        along, verdict = direction(t), t.verdict
        i = int(np.argmax(abs(along)))
        if along[i]:
            c = (verdict.answer[i] - t.expected[i]) / along[i]
            relative = abs(t.expected[i] / along[i]) + verdict.tolerance[i]
            found.append((not verdict.exact, relative, c))
    return min(found)[-1] if found else None


def _is_stale(terms: list[Terms]) -> bool:
    """Whether each wrong answer was given before, for another example."""
    seen: set[tuple[Any, ...]] = set()
    again: set[tuple[Any, ...]] = set()
    for t in terms:
        answer = tuple(t.verdict.answer)
        if not t.verdict.right:
            if answer not in seen:
                return False
            again.add(answer)
        seen.add(answer)
    return len(again) >= FEWEST


#: What is said of a condition, and of the mistake where it is met.
ONLY_WHERE, THERE = " only where ", "; there: "


def is_condition(words: str) -> bool:
    """Whether it is said where a program is wrong, and not what is wrong."""
    return words.startswith(f"it is wrong{ONLY_WHERE}") and THERE not in words


def _name_condition(
    kind: str, terms: list[Terms], condition: Condition | None
) -> str | None:
    """Name the condition under which it is wrong, and what it does there."""
    if condition is None:
        return _name_lost_digits(terms)
    raised = _raised(terms)
    wrong = [t for t in terms if not t.verdict.right]
    what = "it is wrong"
    if raised and len(raised) == len(wrong):
        what = raised[0].verdict.detail.partition(":")[0]
    said = f"{what}{ONLY_WHERE}{condition.words}, and {RIGHT} on every other example"
    if any(t.verdict.answer is None for t in wrong):
        return said
    there = [t for t, met in zip(terms, condition.met, strict=True) if met]
    there = _tell_most_first([t for t in there if t.verdict.answer is not None])
    found = itertools.chain(_find_usual(kind, there), _find_rarer(kind, there))
    cause = _find_first(found, FEWER) or _name_lost_digits(there)
    return f"{said}{THERE}{cause}" if cause else said
