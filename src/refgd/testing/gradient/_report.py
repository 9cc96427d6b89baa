"""What the checks say: a report if all is right, else an error that explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from refgd.testing._answers import flat
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _counterexample
from refgd.testing.gradient._diagnosis import diagnose
from refgd.testing.gradient._examples import MODELS, Example
from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._own_loss import verdict
from refgd.testing.gradient._verdict import WRITES, Trial


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


def notes(question: Question, answers: dict[str, list[Trial]]) -> list[str]:
    """Return the notes on a function that is right."""
    found = [_swallowed(question, name) for name in list(answers)[:1] if name]
    trials = [trial for trials in answers.values() for trial in trials]
    if any(_short(trial) for trial in trials):
        found.append("computes in a shorter kind of number than its data")
    found += dict.fromkeys(trial.refused for trial in trials)
    return [f"{question.subject.name} {note}" for note in found if note]


def _short(trial: Trial) -> bool:
    entries = flat(trial.shown)
    if entries is None or entries.dtype.kind != "f" or trial.example.exact:
        return False
    return bool(np.finfo(entries.dtype).eps > np.finfo(trial.example.x.dtype).eps)


def _swallowed(question: Question, name: str) -> str:
    """Whether NaN in y comes out as a number."""
    model = MODELS[name]
    x = np.ones(3) if model.d is None else np.ones((3, model.d))
    w = np.ones(model.weights) if model.weights else np.float64(1)
    y = np.array([1.0, np.nan, 2.0])
    example = Example(x, y, w, model.intercept, model.column)
    try:
        entries = flat(question.subject(example.inputs()))
    except Exception:  # noqa: BLE001 - a refusal is well
        return ""
    if question.what == "predictions" or entries is None:
        return ""
    finite = np.all(np.isfinite(entries.astype(float)))
    return "swallows NaN: for a NaN in y it returns a number" if finite else ""


def agreement(failures: list[Failure]) -> str:
    """Say so where a loss and a gradient are wrong in the same way."""
    found = {each.question.what: each.diagnosis for each in failures}
    if not {"loss", "gradient"} <= set(found):
        return ""
    about = found["gradient"]
    return ", but both differ from the convention" + (f": {about}" if about else "")


INCONCLUSIVE = "inconclusive: rounding hides whether it is the derivative of the loss"


def of_own(trials: list[Trial], convention: Convention | None) -> list[str]:
    """Say what the user's own loss is, and whether the derivative was decided."""
    open_yet = [INCONCLUSIVE] if verdict(trials) is None else []
    return [f"the loss is {of_loss(convention)}", *open_yet]


def of_loss(convention: Convention | None) -> str:
    """Name what a loss is."""
    if convention is None:
        return f"none of {', '.join(CONVENTIONS)}"
    return f"{convention.name}, {convention.words}"
