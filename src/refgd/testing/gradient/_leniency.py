"""Right programs that are less exact than they could be: is that all?

One computes in float32, whatever its data are. Its answers are off by more than
float64's rounding, so they are judged again with float32's. That alone would excuse a
factor of 1 + 1e-9. But one sample of small whole numbers is exact in float32 too: there
a right program is right to the last digit.

Another takes a detour, such as (x + r)² − (x − r)² for 4xr, and loses digits where x
and r differ much in size. In rational arithmetic it is right all the same.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._verdict import Trial, allowance, attempt, judge

Answers = dict[str, list[Trial]]

SHORT = np.float32

#: So many exact answers for one sample of whole numbers below this must be right:
#: products of three stay below 2²⁴.
ENOUGH, WHOLE = 3, 2**6


def in_float32(question: Question, answers: Answers) -> Answers | None:
    """Return the trials judged in float32, or None if that does not explain them."""
    trials = [trial for each in answers.values() for trial in each]
    wrong = [trial for trial in trials if not trial.right]
    if not wrong or any(t.problem not in ("value", "nan") or t.exact for t in wrong):
        return None
    if not all(_beyond(question, trial) for trial in wrong):
        return None
    again = {name: _again(question, each, SHORT) for name, each in answers.items()}
    judged = [trial for each in again.values() for trial in each]
    told = [trial for trial in judged if _tells(trial) and _is_among(trial, wrong)]
    explained = all(trial.right for trial in judged) and len(told) >= ENOUGH
    return again if explained and _whole_are_right(question, trials) else None


def _beyond(question: Question, trial: Trial) -> bool:
    """Whether an answer is float32's, or what float32 makes of too great a number."""
    bound = allowance(question, trial.example, SHORT)
    if trial.got is None or bound is None:
        return True
    return bool(np.all(abs(trial.got - trial.truth) <= bound))


def _tells(trial: Trial) -> bool:
    return bool(np.any(abs(trial.truth) > 2 * trial.bound))


def _is_among(trial: Trial, wrong: Sequence[Trial]) -> bool:
    return any(trial.example is other.example for other in wrong)


def _whole_are_right(question: Question, trials: Sequence[Trial]) -> bool:
    """Whether one sample of whole numbers, as floats, has the exact gradient."""
    plain = [trial.example for trial in trials if _plain(trial)]
    floats = [attempt(question, e.in_floats if e.exact else e) for e in plain]
    known = [trial for trial in floats if trial is not None]
    return len(known) >= ENOUGH and all(trial.right for trial in known)


def by_cancellation(question: Question, answers: Answers) -> Answers | None:
    """Return the trials judged by a detour's rounding, or None if that is not all."""
    trials = [trial for each in answers.values() for trial in each]
    wrong = [trial for trial in trials if not trial.right]
    exact = [trial for trial in trials if trial.exact and np.any(trial.truth)]
    if not wrong or question.joint is None or len(exact) < ENOUGH:
        return None
    detour = question._replace(size=question.joint)
    if any(t.problem != "value" or t.exact for t in wrong):
        return None
    again = {
        name: _again(detour, each, np.longdouble) for name, each in answers.items()
    }
    judged = [trial for each in again.values() for trial in each]
    return again if all(trial.right for trial in judged) else None


def _plain(trial: Trial) -> bool:
    """Whether nothing of it would be rounded in float32."""
    example = trial.example
    unit, *parts = example.whole
    small = all(np.all(abs(part) < WHOLE) for part in parts)
    return example.n == 1 and unit == 1 and small


def _again(question: Question, trials: Sequence[Trial], kind: Any) -> list[Trial]:
    """Judge again in a kind of number, and leave out what it has no number for."""
    known = [
        trial
        if trial.right
        else judge(question, trial.example, trial.shown, trial.truth, kind)
        for trial in trials
    ]
    return [trial for trial in known if trial is not None]
