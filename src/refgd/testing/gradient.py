"""Is your gradient right? `check_gradient` says so, or says what is wrong with it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from refgd import _checks
from refgd.testing import _notes, _questions, conventions
from refgd.testing._examples import MODELS, examples
from refgd.testing._models import models, untransposed
from refgd.testing._questions import Question
from refgd.testing._report import Failure, GradientError, Report, failure
from refgd.testing._subject import Subject
from refgd.testing._verdict import Trial, attempt
from refgd.testing.conventions import Convention

__all__ = ["DEFAULT_EXAMPLES", "GradientError", "Report", "check_gradient"]

DEFAULT_EXAMPLES = 100


def check_gradient(  # noqa: PLR0913 - each keyword is one thing the user may state
    grad: Callable[..., Any],
    *,
    loss: Callable[..., Any] | None = None,
    forward: Callable[..., Any] | None = None,
    convention: str = "mse",
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
        loss: ``loss(y, y_pred)`` or ``loss(w, x, y)``, checked too.
        forward: ``forward(w, x)``, checked too; or ``forward(x)`` with a global w.
        convention: "mse", "half_mse", "sse" or "half_sse".
        signature: The roles of grad's parameters, such as "w, x, y", where their names
            do not tell.
        model: "scalar", "line", "vector" or "affine" (an intercept as the last entry
            of w), to check this alone; None finds out what grad takes.
        max_examples: How many rational examples for each kind of model.

    Returns:
        What was checked.

    Raises:
        GradientError: If a function is wrong. Its text is the diagnosis.
        TypeError: If the parameters cannot be told apart.
        ValueError: If the convention or the model is not one.

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
    stated = conventions.get(convention)
    count = _checks.count("max_examples", max_examples, least=1)
    if model is not None:
        _checks.choice("model", model, tuple(MODELS))
    question = _questions.of_grad(Subject(grad, signature), stated)
    questions = [question]
    if loss is not None:
        questions.append(_questions.of_loss(Subject(loss), stated))
    if forward is not None:
        questions.append(_questions.of_forward(Subject(forward)))
    examined = examine(questions, stated, model, count)
    failed = [each for each in examined.failures if each]
    if failed:
        raise _joined(failed)
    return _report(examined, convention)


class Checked(NamedTuple):
    """A question, and the answers for each kind of model."""

    question: Question
    answers: dict[str, list[Trial]]

    @property
    def trials(self) -> list[Trial]:
        """All answers."""
        return [trial for trials in self.answers.values() for trial in trials]


class Examined(NamedTuple):
    """The answers to some questions, what failed among them, and what to note."""

    checked: list[Checked]
    failures: list[Failure | None]
    notes: list[str]


def examine(
    questions: list[Question],
    convention: Convention,
    model: str | None = None,
    count: int = DEFAULT_EXAMPLES,
) -> Examined:
    """Ask all questions, and explain what is wrong."""
    checked = [_ask(each, model, count) for each in questions]
    notes = [note for each in checked for note in _forgiven(each, model, convention)]
    return Examined(checked, [_failed(each, convention) for each in checked], notes)


def _ask(question: Question, model: str | None, count: int) -> Checked:
    """Ask the question on the examples of every kind of model that it takes."""
    taken, refused = models(question)
    if model is not None and question.what != "loss":
        taken = {name: ts for name, ts in taken.items() if name == model}
    if not taken:
        square = untransposed(question)
        if square is not None:
            return Checked(question, {"": [replace(square, problem="square")]})
        ran = [name for name, trial in refused.items() if trial.problem == "shape"]
        return Checked(question, {"": [refused[model or next(iter(ran or refused))]]})
    answers = {
        name: [
            *probes,
            *(
                trial
                for example in examples(MODELS[name], count)
                if (trial := attempt(question, example)) is not None
            ),
        ]
        for name, probes in taken.items()
    }
    return Checked(question, answers)


def _forgiven(
    checked: Checked, model: str | None, convention: Convention
) -> Sequence[str]:
    """Drop the answers for x (n, d) of a program that is right, and made, for x (n,).

    A program of w says by its parameters that w may be a vector; one of predictions
    does not, and may happen to accept what it was never meant for.
    """
    question, answers = checked
    wrong = [n for n, ts in answers.items() if not all(t.right for t in ts)]
    if model or question.subject.takes_weights or wrong != ["vector"]:
        return []
    if "scalar" not in answers:
        return []
    found = failure(question, answers.pop("vector"), convention).diagnosis
    about = f": {found}" if found else ""
    return [f"{question.subject.name} is right for x (n,), not for x (n, d){about}"]


def _failed(checked: Checked, convention: Convention) -> Failure | None:
    trials = checked.trials
    if all(trial.right for trial in trials):
        return None
    return failure(checked.question, trials, convention)


def _joined(failures: list[Failure]) -> GradientError:
    """Make one error of all that failed."""
    texts = [each.text for each in failures]
    found = [each.diagnosis for each in failures if each.diagnosis]
    together = _notes.agreement(failures)
    if together:
        texts.insert(0, together)
        found.insert(0, together)
    return GradientError("\n".join(texts), "; ".join(found) or None)


def _report(examined: Examined, convention: str) -> Report:
    checked = examined.checked
    trials = [trial for each in checked for trial in each.trials]
    names = tuple(each.question.subject.name for each in checked)
    taken = dict.fromkeys(str(MODELS[name]) for name in checked[0].answers)
    exact = sum(trial.exact for trial in trials)
    found = [note for each in checked for note in _notes.notes(*each)]
    notes = (*examined.notes, *found)
    return Report(names, tuple(taken), len(trials), exact, convention, notes)
