"""Ask a question of every kind of model that a function takes, and explain the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from refgd.testing import _own, _questions, conventions
from refgd.testing._examples import COLUMNS, FLAT, MODELS, examples
from refgd.testing._models import models, untransposed
from refgd.testing._precision import SHORT, by_cancellation, in_float32
from refgd.testing._questions import Question
from refgd.testing._report import Failure, failure
from refgd.testing._subject import Subject
from refgd.testing._verdict import Trial, attempt
from refgd.testing.conventions import CONVENTIONS, Convention


class Checked(NamedTuple):
    """A question, the answers for each kind of model, and what to note."""

    question: Question
    answers: dict[str, list[Trial]]
    notes: Sequence[str] = ()

    @property
    def trials(self) -> list[Trial]:
        """All answers."""
        return [trial for trials in self.answers.values() for trial in trials]

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return all(trial.right for trial in self.trials)


def ask(
    question: Question, convention: Convention, model: str | None, count: int
) -> Checked:
    """Ask on the examples of every kind of model; forgive what is honest."""
    checked = _ask(question, model, count)
    short = in_float32(question, checked.answers)
    if short is not None:
        note = (
            f"{question.subject.name} computes in {SHORT.__name__}, whatever the data"
        )
        return Checked(question, short, (note,))
    detour = by_cancellation(question, checked.answers)
    if detour is not None:
        return Checked(question, detour, (f"{question.subject.name} {LOSES}",))
    return checked if model else _forgiven(checked, convention)


LOSES = "is right in rational arithmetic; floats lose digits by cancellation"


def _ask(question: Question, model: str | None, count: int) -> Checked:
    taken, refused = models(question, COLUMNS if model in COLUMNS else FLAT)
    if model is not None and question.what != "loss":
        taken = {name: trials for name, trials in taken.items() if name == model}
    if not taken and model is None and _may_be_columns(question, refused):
        taken, _ = models(question, COLUMNS)
    if not taken:
        return Checked(question, {"": [*_untaken(question, model, refused)]})
    answers = {
        name: [*probes, *_tried(question, name, count)]
        for name, probes in taken.items()
    }
    return Checked(question, answers)


def _may_be_columns(question: Question, refused: dict[str, Trial]) -> bool:
    """Whether what does not run for w (d,) may be meant for w (d, 1).

    Predictions that come as a column for flat data are no sign of it: they are wrong.
    """
    ran = any(trial.problem != "raised" for trial in refused.values())
    return question.what != "predictions" or not ran


def _untaken(
    question: Question, model: str | None, refused: dict[str, Trial]
) -> list[Trial]:
    """Return the trial that says best why no kind of model is taken."""
    square = untransposed(question)
    if square is not None:
        return [replace(square, problem="square")]
    ran = [name for name, trial in refused.items() if trial.problem == "shape"]
    best = model if model in refused else next(iter(ran or refused), None)
    return [] if best is None else [refused[best]]


def _tried(question: Question, name: str, count: int) -> list[Trial]:
    suitable = filter(question.suits, examples(MODELS[name], count))
    trials = [attempt(question, example) for example in suitable]
    return [trial for trial in trials if trial is not None]


def _forgiven(checked: Checked, convention: Convention) -> Checked:
    """Drop the answers for x (n, d) of a program that is right, and made, for x (n,).

    A program of w says by its parameters that w may be a vector; one of predictions
    does not, and may happen to accept what it was never meant for.
    """
    question, answers, _ = checked
    wrong = [n for n, ts in answers.items() if not all(t.right for t in ts)]
    if question.subject.takes_weights or wrong != ["vector"]:
        return checked
    if "scalar" not in answers:
        return checked
    found = failure(question, answers["vector"], convention).diagnosis
    about = f": {found}" if found else ""
    note = f"{question.subject.name} is right for x (n,), not for x (n, d){about}"
    kept = {name: trials for name, trials in answers.items() if name != "vector"}
    return Checked(question, kept, (note,))


def failed(checked: Checked, convention: Convention) -> Failure | None:
    """Explain what is wrong, if anything is."""
    if checked.right:
        return None
    found = failure(checked.question, checked.trials, convention)
    if set(checked.answers) <= set(FLAT) and _right_for_columns(checked.question):
        return found._replace(text=f"{found.text}\n{COLUMNS_MEANT}")
    return found


COLUMNS_MEANT = (
    "  note: it is right for columns, y (n, 1) and w (d, 1); if they are meant, say "
    "model='columns'"
)


def _right_for_columns(question: Question) -> bool:
    taken, _ = models(question, COLUMNS)
    trials = [trial for each in taken.values() for trial in each]
    return bool(trials) and all(trial.right for trial in trials)


#: How many examples tell whether a gradient belongs to a loss.
RELATION = 20


def belongs(grad: Subject, loss: Subject) -> bool | None:
    """Whether a gradient is the derivative of a loss; None where that is open."""
    own = _own.of_own(grad, loss)
    return _own.verdict(ask(own, OWN, None, RELATION).trials)


def said(grad: Subject, loss: Subject) -> str | None:
    """Say whether the gradient is the derivative of the loss, where that is known."""
    words = {True: "is the derivative", False: "is not the derivative", None: None}
    found = words[belongs(grad, loss)]
    return found and f"{grad.name} {found} of {loss.name}"


def relation(subjects: Mapping[str, Subject]) -> str | None:
    """Say it of a gradient and a loss among functions, if both are there."""
    if not {"gradient", "loss"} <= set(subjects):
        return None
    return said(subjects["gradient"], subjects["loss"])


def undecided(checked: Checked) -> bool:
    """Whether nothing was decided about a gradient and its loss."""
    return _own.verdict(checked.trials) is None


#: The convention of who gives none: what the gradient is held against is the loss.
OWN = conventions.get("mse")._replace(name="own loss", words="your own loss")


def meant(loss: Subject) -> Convention | None:
    """Return the convention that a loss keeps to, or None if it keeps to none."""
    for convention in CONVENTIONS.values():
        question = _questions.of_loss(loss, convention)
        trials = ask(question, convention, None, RELATION).trials
        if trials and all(trial.right for trial in trials):
            return convention
    return None
