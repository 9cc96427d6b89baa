"""What the checks say: a report if all is right, else an error that explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from refgd.testing import _counterexample
from refgd.testing._diagnosis import diagnose
from refgd.testing._questions import Question
from refgd.testing._verdict import WRITES, Trial, flat
from refgd.testing.conventions import Convention


class GradientError(AssertionError):
    """A function is wrong; the text is the diagnosis.

    Attributes:
        diagnosis: The likely mistake in words, or None where no hypothesis holds.
    """

    __module__ = "refgd.testing"  # where it is public: tracebacks name it

    def __init__(self, text: str, diagnosis: str | None = None) -> None:
        """Keep the diagnosis beside the text."""
        super().__init__(text)
        self.diagnosis = diagnosis


@dataclass(frozen=True)
class Report:
    """What was checked and found right."""

    functions: tuple[str, ...]
    models: tuple[str, ...]
    examples: int
    exact: int
    convention: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a few lines."""
        bounded = self.examples - self.exact
        lines = [
            f"all right: {', '.join(self.functions)} (convention {self.convention})",
            f"  for {'; '.join(self.models)}",
            f"  {self.exact} answers equal in rational arithmetic",
            f"  {bounded} answers within a derived rounding bound",
        ]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


class Failure(NamedTuple):
    """A function that is wrong: the likely mistake, and all that is said of it."""

    question: Question
    trials: Sequence[Trial]
    diagnosis: str | None
    text: str


PROPERTIES = {
    "gradient": "it is the gradient of {}",
    "loss": "it is {}",
    "predictions": "it predicts x · w",
}

BROKEN = {
    "raised": "it runs on every data set",
    "shape": "it returns the shape that is meant",
    "nan": "it is finite where the exact value is",
    "input": "it leaves its inputs alone",
    "memory": "the same numbers give the same answer",
    "layout": "how the numbers lie in memory changes nothing",
}


def failure(
    question: Question, trials: Sequence[Trial], convention: Convention
) -> Failure:
    """Explain what is wrong."""
    found = _plain(trials) or diagnose(question, trials, convention)
    worst = _counterexample.smallest(question, trials)
    words = PROPERTIES[question.what].format(convention.words)
    broken = BROKEN.get(worst.problem or "", words)
    wrong = sum(not trial.right for trial in trials)
    lines = [
        f"{question.subject.name} is wrong",
        f"  property: {broken} (fails on {wrong} of {len(trials)} examples)",
        *([f"  likely mistake: {found}"] if found else []),
        *(
            [f"  seen: {worst.detail}"]
            if worst.detail and worst.detail != found
            else []
        ),
        "  smallest counterexample:",
        *(f"    {line}" for line in _counterexample.code(question, worst)),
    ]
    return Failure(question, trials, found, "\n".join(lines))


def _plain(trials: Sequence[Trial]) -> str | None:
    """Say what needs no hypothesis: the program was seen to do it."""
    seen = {trial.problem: trial.detail for trial in trials if not trial.right}
    if "square" in seen:
        return "xᵀ is missing: it runs only where n = d"
    if "input" in seen:
        # what is changed says more than what would be, were it not read-only
        details = [t.detail for t in trials if t.problem == "input"]
        return min(details, key=lambda detail: detail.startswith(WRITES))
    if "memory" in seen:
        return "it remembers an earlier call"
    if set(seen) == {"layout"}:
        return seen["layout"]
    return _of_shape(trials[0]) if set(seen) == {"shape"} else None


def _of_shape(trial: Trial) -> str | None:
    """Say what a wrong shape tells, or an answer that has none."""
    if trial.shown is None:
        return "it returns None: is a return missing?"
    if flat(trial.shown) is None:
        kind = type(trial.shown).__name__
        return f"it returns a {kind}: an array is meant, or a tuple of numbers"
    got, n, wanted = np.shape(trial.shown), trial.example.n, trial.truth.shape
    if got == (n, n):
        return "(n, 1) against (n,): every residual was paired with every other"
    if wanted != (n,) and got[:1] == (n,):
        return "it returns one number a sample: they are not added up"
    if got == ():
        return "it returns one number for all weights: the features are added up too"
    column = len(got) > 1 and np.prod(got) == len(trial.truth)
    return "it returns a matrix where one row of numbers is meant" if column else None
