"""Is your gradient right? `check_gradient` says so, or says what is wrong with it."""

from collections.abc import Callable
from typing import Any

from refgd import _checks
from refgd.testing import _asking, _notes, _own, _questions, conventions
from refgd.testing._asking import OWN, Checked
from refgd.testing._examples import MODELS
from refgd.testing._report import Failure, GradientError, Report
from refgd.testing._subject import Subject

__all__ = ["DEFAULT_EXAMPLES", "GradientError", "Report", "check_gradient"]

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
        questions = [_questions.of_grad(subject, stated)]
        questions += [_questions.of_loss(its_loss, stated)] if its_loss else []
    if forward is not None:
        questions.append(_questions.of_forward(Subject(forward)))
    checked = [_asking.ask(each, stated, model, count) for each in questions]
    failures = [_asking.failed(each, stated) for each in checked]
    failed = [each for each in failures if each]
    if failed:
        raise _joined(failed, subject, its_loss)
    return _report(checked, stated.name, its_loss)


def _own_question(subject: Subject, loss: Subject | None) -> _questions.Question:
    if loss is None:
        msg = "convention=None needs loss=: there is nothing to hold grad against"
        raise ValueError(msg)
    return _own.of_own(subject, loss)


def _joined(
    failures: list[Failure], subject: Subject, loss: Subject | None
) -> GradientError:
    """Make one error of all that failed."""
    texts = [each.text for each in failures]
    found = [each.diagnosis for each in failures if each.diagnosis]
    gradients = [each for each in failures if each.question.what != "predictions"]
    own = failures[0].question.is_own
    together = _asking.said(subject, loss) if loss and gradients and not own else None
    if together:
        both = _notes.agreement(failures) if " is the " in together else ""
        texts.insert(0, together + both)
        found = [together + both, *([] if both else found)]
    return GradientError("\n".join(texts), "; ".join(found) or None)


def _report(checked: list[Checked], name: str, loss: Subject | None) -> Report:
    trials = [trial for each in checked for trial in each.trials]
    names = tuple(each.question.subject.name for each in checked)
    taken = dict.fromkeys(str(MODELS[name]) for name in checked[0].answers if name)
    exact = sum(trial.exact for trial in trials)
    notes = [note for each in checked for note in each.notes]
    notes += [n for e in checked for n in _notes.notes(e.question, e.answers)]
    if loss and name == OWN.name:
        notes += _notes.of_own(checked[0].trials, _asking.meant(loss))
    return Report(names, tuple(taken), len(trials), exact, name, tuple(notes))
