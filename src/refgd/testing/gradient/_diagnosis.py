"""The likely mistake in words: hypotheses held against every example.

A hypothesis predicts what a wrong program would return. It is said only if it predicts
every answer that the program gave, within rounding, right ones and wrong ones alike.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _mistakes
from refgd.testing.gradient._mistakes import CONDITIONS, FACTORS, Factor, Predict, Terms
from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._verdict import Trial

#: A hypothesis must explain this many answers, and a condition as many of each side.
FEWEST = 3

#: This part of the examples must have an answer that can be compared at all.
MOST = 0.9

#: In floats a prediction's own rounding is far below, a chance agreement far above.
NEAR: Any = Fraction(1, 2**20)


def diagnose(
    question: Question, trials: Sequence[Trial], convention: Convention
) -> str | None:
    """Return the first hypothesis that holds on every example, or None."""
    known = [trial for trial in trials if trial.got is not None]
    if MOST * len(trials) > len(known):
        return _condition(trials)
    said = _of_values(question, known, convention)
    return said or _condition(trials)


def _of_values(
    question: Question, trials: Sequence[Trial], convention: Convention
) -> str | None:
    name = question.what
    for factor in FACTORS:
        if _holds(trials, functools.partial(_times, factor.value)):
            words = factor.words.format(name)
            return f"yours is {words}{_other(factor, trials, convention)}"
    terms = {id(t): _mistakes.terms(question, t, convention) for t in trials}
    for words, predict in _mistakes.TABLES[name]:
        if _holds(trials, functools.partial(_predicted, predict, terms)):
            return words
    return _constant(trials, name) or _penalty(trials, name) or _stale(trials)


def _times(value: Callable[[int, int], Fraction | None], trial: Trial) -> Any:
    factor = value(trial.example.n, trial.example.rows.shape[1])
    return None if factor is None else factor * trial.truth


def _predicted(predict: Predict, terms: dict[int, Terms], trial: Trial) -> Any:
    return predict(terms[id(trial)])


def _other(factor: Factor, trials: Sequence[Trial], convention: Convention) -> str:
    """Name the convention under which it would be right."""
    if convention.name not in CONVENTIONS:
        return ""
    sizes = {trial.example.n for trial in trials}
    for other in CONVENTIONS.values():
        if other == convention:
            continue
        ratios = [other.loss(n) / convention.loss(n) for n in sizes]
        if ratios == [factor.value(n, 1) for n in sizes]:
            return f" (right only if you mean convention={other.name!r}, {other.words})"
    return ""


def _holds(trials: Sequence[Trial], predict: Callable[[Trial], Any]) -> bool:
    """Whether a prediction meets every answer, and tells the wrong ones from right."""
    wrong = explained = 0
    for trial in trials:
        wanted = predict(trial)
        if wanted is not None and not _meets(trial, wanted, trial.got):
            return False
        wrong += not trial.right
        if wanted is not None and not trial.right:
            explained += not _meets(trial, wanted, trial.truth)
    return explained >= min(FEWEST, wrong) and explained >= MOST * wrong


def _meets(trial: Trial, wanted: Array, got: Array) -> bool:
    """Whether an answer is the predicted one, within the prediction's own rounding."""
    if np.shape(wanted) != np.shape(got):
        return False
    slack: Any = trial.bound * (4 + 4 * trial.example.n)
    if not trial.exact:
        slack = slack + np.asarray(abs(wanted)) * NEAR
    return bool(np.all(abs(got - wanted) <= slack))


def _constant(trials: Sequence[Trial], name: str) -> str | None:
    """One constant times the truth, or a fixed number where n is meant."""
    known = [t for t in trials if np.any(t.truth)]
    if not known or known[0].got is None:
        return None
    first = max(known[:20], key=lambda t: t.exact)
    i = int(np.argmax(abs(first.truth)))
    ratio = first.got[i] / first.truth[i]
    if _holds(trials, lambda t: ratio * t.truth):
        rate = "; is a learning rate folded in?" if 0 < ratio < 1 else ""
        return f"yours is {float(ratio):.6g} times the {name}, everywhere{rate}"
    fixed = ratio / first.example.n
    if fixed and _holds(trials, lambda t: fixed * t.example.n * t.truth):
        count = 1 / fixed
        return f"it divides by {float(count):.6g}, whatever n is"
    return None


def _penalty(trials: Sequence[Trial], name: str) -> str | None:
    """A penalty, whatever its coefficient is."""
    if name != "gradient":
        return None
    found = _mistakes.penalties(trials)
    return next((words for words, predict in found if _holds(trials, predict)), None)


def _stale(trials: Sequence[Trial]) -> str | None:
    """Each wrong answer was given before, for another example: it remembers."""
    seen: set[tuple[Any, ...]] = set()
    again: set[tuple[Any, ...]] = set()
    for trial in trials:
        answer = tuple(trial.got)
        if not trial.right:
            if answer not in seen:
                return None
            again.add(answer)
        seen.add(answer)
    return "it remembers an earlier call" if len(again) >= FEWEST else None


def _condition(trials: Sequence[Trial]) -> str | None:
    """Name the rarest condition that every wrong answer meets, right without it."""
    wrong = [trial for trial in trials if not trial.right]
    found: Iterator[tuple[int, str]] = (
        (sum(map(met, trials)), words)
        for words, met in CONDITIONS
        if all(map(met, wrong)) and sum(not met(t) for t in trials) >= FEWEST
    )
    count, words = min(found, default=(0, ""))
    if len(wrong) < FEWEST or 2 * len(wrong) < count or not words:
        return None
    return f"it is wrong only where {words}, and right on every other example"
