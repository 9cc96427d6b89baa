"""What is worth saying though nothing is wrong; and what two failures share."""

import numpy as np

from refgd.testing._examples import MODELS, Example
from refgd.testing._own import verdict
from refgd.testing._questions import Question
from refgd.testing._report import Failure
from refgd.testing._verdict import Trial, flat
from refgd.testing.conventions import CONVENTIONS, Convention


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
