"""What is worth saying though nothing is wrong; and what two failures share."""

import numpy as np

from refgd.testing._examples import MODELS, Example
from refgd.testing._questions import Question
from refgd.testing._report import Failure
from refgd.testing._verdict import Trial, flat


def notes(question: Question, answers: dict[str, list[Trial]]) -> list[str]:
    """Return the notes on a function that is right."""
    name = question.subject.name
    found = [_swallowed(question, next(iter(answers)))]
    trials = [trial for trials in answers.values() for trial in trials]
    if any(_short(trial) for trial in trials):
        found.append("computes in a shorter kind of number than its data")
    return [f"{name} {note}" for note in found if note]


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
    example = Example(x, np.array([1.0, np.nan, 2.0]), w, model.intercept)
    try:
        entries = flat(question.subject(example.inputs()))
    except Exception:  # noqa: BLE001 - a refusal is well
        return ""
    if question.what == "predictions" or entries is None:
        return ""
    finite = np.all(np.isfinite(entries.astype(float)))
    return "swallows NaN: for a NaN in y it returns a number" if finite else ""


def agreement(failures: list[Failure]) -> str | None:
    """Say so where a loss and a gradient are wrong in the same way."""
    said = {each.question.what: each.diagnosis for each in failures}
    if not (said.get("loss") and said.get("gradient")):
        return None
    loss, gradient = (str(said[k]).replace(k, "it") for k in ("loss", "gradient"))
    if loss != gradient:
        return None
    return (
        "your loss and your gradient agree with each other, but both differ from the "
        f"convention: {said['gradient']}"
    )
