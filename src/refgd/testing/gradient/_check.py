"""Ask a question of every kind of model that a function takes, and explain the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from refgd import _checks
from refgd.testing import conventions
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _oracle, _own_loss, _report
from refgd.testing.gradient._examples import COLUMNS, FLAT, MODELS, examples
from refgd.testing.gradient._leniency import SHORT, by_cancellation, in_float32
from refgd.testing.gradient._models import models, untransposed
from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._report import Failure, GradientError, Report, failure
from refgd.testing.gradient._signature import Subject
from refgd.testing.gradient._verdict import Trial, attempt


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
    own = _own_loss.of_own(grad, loss)
    return _own_loss.verdict(ask(own, OWN, None, RELATION).trials)


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
    return _own_loss.verdict(checked.trials) is None


#: The convention of who gives none: what the gradient is held against is the loss.
OWN = conventions.get("mse")._replace(name="own loss", words="your own loss")


def meant(loss: Subject) -> Convention | None:
    """Return the convention that a loss keeps to, or None if it keeps to none."""
    for convention in CONVENTIONS.values():
        question = _oracle.of_loss(loss, convention)
        trials = ask(question, convention, None, RELATION).trials
        if trials and all(trial.right for trial in trials):
            return convention
    return None


DEFAULT_EXAMPLES = 100


def check_gradient(  # noqa: PLR0913 - each keyword is one thing the user may state
    grad: Callable[..., Any],
    *,
    loss: Callable[..., Any] | None = None,
    forward: Callable[..., Any] | None = None,
    convention: str | None = "mse",
    signature: str | None = None,
    model: str | None = None,
    max_examples: int = DEFAULT_EXAMPLES,
) -> Report:
    r"""Check a gradient of the squared loss against exact arithmetic.

    **Definition**
    $$\nabla L(w) = \frac2n \sum_i x_i (x_i \cdot w - y_i)$$

    Where the function stays in rational arithmetic when it is given Fractions, its
    answer must be equal (``==``). Where it does not, it must lie within a derived
    rounding bound around the exact value, in float64 and float32, from small scales to
    large. Every example is asked more than once, and the inputs are compared after.

    Args:
        grad: ``grad(x, y, y_pred)`` or ``grad(w, x, y)``, told apart by the names of
            the parameters, in any order.
        loss: ``loss(y, y_pred)`` or ``loss(w, x, y)``, checked too. Where one of them
            is wrong it is said whether grad is at least the derivative of this loss.
        forward: ``forward(w, x)``, checked too; or ``forward(x)`` with a global w.
        convention: "mse", "half_mse", "sse" or "half_sse". None: only the user's own
            loss counts, whatever it is; grad must be its derivative.
        signature: The roles of grad's parameters, such as "w, x, y", where their names
            do not tell.
        model: "scalar", "line", "vector" or "affine" (an intercept as the last entry
            of w), to check this alone; None finds out what grad takes. "columns" and
            "affine columns" are for y (n, 1) and w (d, 1), and are found where nothing
            else runs.
        max_examples: How many rational examples for each kind of model.

    Returns:
        What was checked.

    Raises:
        GradientError: If a function is wrong. Its text is the diagnosis.
        TypeError: If the parameters cannot be told apart.
        ValueError: If the convention or the model is not one, or neither a convention
            nor a loss is given.

    Example:
        >>> import numpy as np
        >>> from refgd.testing import check_gradient
        >>> def grad(x, y, y_pred):
        ...     return np.dot(2 * x, y_pred - y).mean()
        >>> try:
        ...     check_gradient(grad)
        ... except AssertionError as error:
        ...     print(error.diagnosis.partition(" (")[0])
        yours is n times the gradient: you sum where the mean is meant
    """
    count = _checks.count("max_examples", max_examples, least=1)
    if model is not None:
        _checks.choice("model", model, tuple(MODELS))
    subject, its_loss = Subject(grad, signature), loss and Subject(loss)
    if convention is None:
        stated, questions = OWN, [_own_question(subject, its_loss)]
    else:
        stated = conventions.get(convention)
        questions = [_oracle.of_grad(subject, stated)]
        questions += [_oracle.of_loss(its_loss, stated)] if its_loss else []
    if forward is not None:
        questions.append(_oracle.of_forward(Subject(forward)))
    checked = [ask(each, stated, model, count) for each in questions]
    failures = [each for each in (failed(one, stated) for one in checked) if each]
    if failures:
        raise _joined(failures, subject, its_loss)
    return _make_report(checked, stated.name, its_loss)


def _own_question(subject: Subject, loss: Subject | None) -> _oracle.Question:
    if loss is None:
        msg = "convention=None needs loss=: there is nothing to hold grad against"
        raise ValueError(msg)
    return _own_loss.of_own(subject, loss)


def _joined(
    failures: list[Failure], subject: Subject, loss: Subject | None
) -> GradientError:
    """Make one error of all that failed."""
    texts = [each.text for each in failures]
    found = [each.diagnosis for each in failures if each.diagnosis]
    gradients = [each for each in failures if each.question.what != "predictions"]
    own = failures[0].question.is_own
    together = said(subject, loss) if loss and gradients and not own else None
    if together:
        both = _report.agreement(failures) if " is the " in together else ""
        texts.insert(0, together + both)
        found = [together + both, *([] if both else found)]
    return GradientError("\n".join(texts), "; ".join(found) or None)


def _make_report(checked: list[Checked], name: str, loss: Subject | None) -> Report:
    trials = [trial for each in checked for trial in each.trials]
    names = tuple(each.question.subject.name for each in checked)
    taken = dict.fromkeys(str(MODELS[name]) for name in checked[0].answers if name)
    exact = sum(trial.exact for trial in trials)
    notes = [note for each in checked for note in each.notes]
    notes += [n for e in checked for n in _report.notes(e.question, e.answers)]
    if loss and name == OWN.name:
        notes += _report.of_own(checked[0].trials, meant(loss))
    return Report(names, tuple(taken), len(trials), exact, name, tuple(notes))
