"""The likely mistake in words: the catalogue, held against every example.

A mistake predicts what a wrong program would return. It is named only if it predicts
every answer that the program gave, right or wrong, within rounding.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _clock, _mistakes
from refgd.testing.gradient._mistakes import Prediction, Terms
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._verdict import WRITES, Verdict

#: A mistake must explain this many answers, and a condition as many of each side.
FEWEST = 3

#: This part of the examples must have an answer that can be compared at all.
MOST = 0.9

#: In floats a prediction's own rounding is far below, a chance agreement far above.
NEAR: Any = Fraction(1, 2**20)


def diagnose(
    oracle: Oracle, verdicts: Sequence[Verdict], convention: Convention
) -> str | None:
    """Return what was seen, or else the first mistake that explains every example."""
    terms = [Terms(oracle, verdict, convention) for verdict in verdicts]
    seen = _name_seen_failure(terms)
    if seen is not None:
        return seen
    known = [t for t in terms if t.verdict.answer is not None]
    found = None
    if len(known) >= MOST * len(terms):
        found = next(_find_mistakes(oracle.kind, known), None)
    return found or _find_condition(terms)


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


def _find_mistakes(kind: str, terms: list[Terms]) -> Iterator[str]:
    """Yield every mistake of values that explains all answers, likeliest first."""
    long = [t for t in terms if t.x.dtype != np.float32]  # a step rounds w + lr·dw too
    for words, predict in (
        terms[0].oracle.function.mistakes
        if any(not t.verdict.right for t in long)
        else ()
    ):
        if explains(predict, long):
            yield words
    for words, factor in _mistakes.FACTORS:
        predict = _mistakes.times(factor)
        if explains(predict, terms):
            yield words.format(kind) + _name_convention(predict, terms)
    for words, predict in _mistakes.EQUATIONS[kind]:
        if explains(predict, terms):
            yield words
    yield from _find_constant(kind, terms)
    for words, direction in _mistakes.PENALTIES if kind == "gradient" else ():
        yield from _find_penalty(words, direction, terms)
    if _is_stale(terms):
        yield _mistakes.REMEMBERS


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
    wrong = telling = explained = 0
    for t in terms:
        _clock.look()
        predicted = predict(t)
        if predicted is not None and not matches(
            predicted, t.verdict, t.verdict.answer
        ):
            return False
        wrong += not t.verdict.right
        if not t.verdict.right:
            telling += not matches(t.expected, t.verdict, t.verdict.answer)
        if predicted is not None and not t.verdict.right:
            explained += not matches(predicted, t.verdict, t.expected)
    return explained >= min(FEWEST, wrong) and explained >= MOST * telling


def matches(predicted: Array, verdict: Verdict, answer: Array) -> bool:
    """Whether an answer is the predicted one, within the prediction's own rounding."""
    if np.shape(predicted) != np.shape(answer):
        return False
    slack: Any = verdict.tolerance * (4 + 4 * verdict.example.n)
    if not verdict.exact:
        slack = slack + np.asarray(abs(predicted)) * NEAR
    return bool(np.all(abs(answer - predicted) <= slack))


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
        yield f"it divides by {float(1 / fixed):.6g}, whatever n is"


def _find_penalty(
    words: str, direction: Prediction, terms: list[Terms]
) -> Iterator[str]:
    """Yield a penalty, whatever its coefficient is."""
    c = _solve_for_coefficient(direction, terms)
    if c and explains(lambda t: t.expected + c * direction(t), terms):
        times = "" if c == 1 else f"{float(c):.6g} times "
        yield f"{times}{words} is added to it: a penalty"


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


def _find_condition(terms: list[Terms]) -> str | None:
    """Name the rarest condition that every wrong answer meets, right without it."""
    _clock.look()
    wrong = [t for t in terms if not t.verdict.right]
    found: Iterator[tuple[int, str]] = (
        (sum(map(is_met, terms)), words)
        for words, is_met in _mistakes.CONDITIONS
        if all(map(is_met, wrong)) and sum(not is_met(t) for t in terms) >= FEWEST
    )
    count, words = min(found, default=(0, ""))
    if len(wrong) < FEWEST or 2 * len(wrong) < count or not words:
        return None
    return f"it is wrong only where {words}, and right on every other example"
