"""Is an update right? What is said of it, and what cannot be told."""

import itertools
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import conventions
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.exact import fractions
from refgd.testing.gradient import _check, _clock, _oracle
from refgd.testing.gradient._diagnosis import matches
from refgd.testing.gradient._examples import COLUMNS, FLAT, MODELS, examples
from refgd.testing.gradient._mistakes import Mistake, Terms
from refgd.testing.gradient._models import try_models
from refgd.testing.gradient._report import Finding
from refgd.testing.gradient._verdict import run_example
from refgd.testing.programs._updates import Update


def rate_of(t: Terms) -> Any:
    """Return the rate with which the update was made."""
    update: Any = t.oracle.function
    return fractions(update.rate(t.verdict.example.inputs()))


def _move(t: Terms, w: Any) -> Array:
    """Return the gradient for another w than that of the example."""
    return t.sum(t.a, np.dot(t.a, w) - t.y)


def _slopes_first(t: Terms) -> Array | None:
    """Return what an update gives whose intercept sees the new slopes."""
    if not t.intercept:
        return None
    moved = t.w - rate_of(t) * t.expected
    moved[-1] = t.w[-1]
    return np.append(t.expected[:-1], _move(t, moved)[-1:])


def _intercept_first(t: Terms) -> Array | None:
    """Return what an update gives whose slopes see the new intercept."""
    if not t.intercept:
        return None
    moved = t.w.copy()
    moved[-1] -= rate_of(t) * t.expected[-1]
    return np.append(_move(t, moved)[:-1], t.expected[-1:])


def _one_by_one(t: Terms) -> Array | None:
    """Return what an update gives that sees the new weights entry by entry."""
    if t.d > FEW:
        return None
    lr, w = rate_of(t), t.w.copy()
    for j in range(t.d):
        w[j] -= lr * _move(t, w)[j]
    return np.asarray((t.w - w) / lr)


def _by_samples(t: Terms, lr: Any) -> Array | None:
    """Return what an update gives that steps after every sample."""
    if t.n > FEW:
        return None
    w, c = t.w.copy(), t.c * t.n if t.convention.mean else t.c
    for row, target in zip(t.a, t.y, strict=True):
        w = w - lr * c * row * (np.dot(row, w) - target)
    return np.asarray((t.w - w) / rate_of(t))


#: Rules that go from sample to sample are followed so far: their Fractions grow.
FEW = 9

SEQUENTIAL = "sees the new {}: both must be updated from the same residuals"

#: What an update does wrong that a gradient cannot.
UPDATES: tuple[Mistake, ...] = (
    ("it climbs: the sign is turned around", lambda t: -t.expected),
    ("the learning rate is not used", lambda t: t.expected / rate_of(t)),
    (
        "the learning rate is not used, and the sign is turned around",
        lambda t: -t.expected / rate_of(t),
    ),
    ("the learning rate is applied twice", lambda t: t.expected * rate_of(t)),
    ("it divides by n twice", lambda t: t.expected / t.n if t.n else None),
    ("it does not move", lambda t: t.expected * 0),
    (f"the intercept's update {SEQUENTIAL.format('slopes')}", _slopes_first),
    (f"the slopes' update {SEQUENTIAL.format('intercept')}", _intercept_first),
    (
        "each weight's update sees the new weights before it: all must be updated from "
        "the same residuals",
        _one_by_one,
    ),
)

#: What starts or ends a diagnosis that may be meant, and why it may.
MEANT = (
    ("", ", everywhere", "it steps along the gradient, but not lr times it: {}"),
    ("", "is a learning rate folded in?", "it steps along the gradient, but: {}"),
    ("", ": a penalty", "{}; only the least squares without one are checked"),
    ("only the ", " sample counts", "{} in a pass: does it take one at a time?"),
    ("it is wrong only where", "", "{}: may that be meant?"),
    ("the residual's sign", "", "{}"),
)

#: So many examples tell what an update is, before all of them are tried.
TRIED = 12


def judge(
    update: Update,
    convention: str | None,
    max_examples: int = _check.DEFAULT_EXAMPLES,
    max_seconds: float | None = _clock.MAX_SECONDS,
    own: Convention | None = None,
) -> Finding:
    """Say whether an update steps along the gradient of a squared loss.

    The convention is tried first; but which one is meant is the program's own to say,
    by the loss that it computes (`own`): another factor is only noted where that does
    not contradict it.
    """
    update.mistakes = UPDATES
    with _clock.limited(max_seconds):
        late = Finding("gradient", update.name, "inconclusive", _check.LATE)
        return _clock.unless_late(
            lambda: _judge(update, conventions.get(convention or "mse"), max_examples, own),
            late,
        )


def _judge(
    update: Update, stated: Convention, count: int, own: Convention | None
) -> Finding:
    if update.changed:
        words = f"could not be told: {update.changed}"
        return Finding("gradient", update.name, "inconclusive", words)
    own = _find_convention(update.own_loss) or own
    first = own or stated
    found = _find_form(update, first)
    if found is None:
        return _explain(update, first, count, known=own is not None)
    convention, model = found
    contradicted = own is not None and convention.mean != own.mean
    meant = own if own is not None and contradicted else convention
    (finding,) = _check.findings({"gradient": update}, meant.name, model, count, None)
    if finding.verdict == "wrong" and not contradicted:  # on further examples
        return _excuse(update, finding)
    if finding.verdict == "wrong":
        return _in_words(finding)
    if convention is stated:
        return finding
    note = f"it steps along the gradient of {convention.words} ({convention.name})"
    return finding._replace(notes=(*finding.notes, note))


def _find_convention(loss: Any) -> Convention | None:
    """Return the convention that a loss keeps to on a few examples."""
    if loss is None:
        return None
    for convention in CONVENTIONS.values():
        oracle = _oracle.loss_oracle(loss, convention)
        for kinds in (FLAT, COLUMNS):
            taken, _ = try_models(oracle, kinds)
            verdicts = [v for each in taken.values() for v in each]
            if verdicts and all(v.right for v in verdicts):
                return convention
    return None


def _find_form(update: Update, first: Convention) -> tuple[Convention, str | None] | None:
    """Return under which convention, and for which kind of model, it is right."""
    others = [each for each in CONVENTIONS.values() if each != first]
    for kinds in (FLAT, COLUMNS):
        for convention in (first, *others):
            oracle = _oracle.gradient_oracle(update, convention)
            taken, _ = try_models(oracle, kinds)
            right = [n for n, vs in taken.items() if all(v.right for v in vs)]
            if right and (len(right) == len(taken)):
                return convention, right[0] if kinds is COLUMNS else None
    return None


def _explain(update: Update, first: Convention, count: int, *, known: bool) -> Finding:
    """Return what is wrong with an update, if something is for sure."""
    others = [each for each in CONVENTIONS.values() if each != first]
    fallback = None
    for convention in (first, *others):
        samples = _count_if_stepping(update, convention)
        if samples:
            note = (
                "it steps after each sample, in their order: stochastic gradient "
                f"descent; compared on {samples} small data sets"
            )
            return Finding("gradient", update.name, "right", None, (note,), "", (), samples)
    for convention in (first, *others):
        (found,) = _check.findings({"gradient": update}, convention.name, None, TRIED, None)
        fallback = fallback or found
        if found.verdict != "wrong":
            return found
        if found.diagnosis:
            (full,) = _check.findings(
                {"gradient": update}, convention.name, None, count, None
            )
            return _excuse(update, full, known=known)
    assert fallback is not None
    return _excuse(update, fallback, known=known)


def _excuse(update: Update, finding: Finding, *, known: bool = True) -> Finding:
    """Return a wrong finding, or that it cannot be told where it may be meant so."""
    if finding.verdict != "wrong":
        return finding
    words = _find_excuse(update, finding.diagnosis, known=known)
    if words:
        return Finding(
            "gradient", update.name, "inconclusive", f"could not be told: {words}"
        )
    return _in_words(finding)


def _find_excuse(update: Update, diagnosis: str | None, *, known: bool) -> str:
    if update.memory:
        carried = " and ".join(update.memory)
        return f"it carries {carried} from pass to pass; see check_optimizer"
    if update.unfit:
        return update.unfit
    for start, end, words in MEANT:
        if diagnosis and diagnosis.startswith(start) and diagnosis.endswith(end):
            return words.format(diagnosis)
    if diagnosis is None and not known:
        return "it steps along the gradient of no squared loss; which one is not known"
    return ""


def _in_words(finding: Finding) -> Finding:
    """Say of an update what the kit says of a gradient."""

    def change(text: str) -> str:
        text = text.replace("it returns ", "it steps along ", 1)
        return text.replace("it always steps along 0", "it does not move")

    text = finding.text.replace(
        "property: it is the gradient", "property: (w - w') / lr is the gradient"
    )
    return finding._replace(
        diagnosis=finding.diagnosis and change(finding.diagnosis), text=change(text)
    )


def _count_if_stepping(update: Update, convention: Convention) -> int:
    """Return on how many small data sets it steps after each sample; 0 if not on all."""
    oracle = _oracle.gradient_oracle(update, convention)
    taken, _ = try_models(oracle)
    count = 0
    for name in taken:
        drawn = itertools.islice(examples(MODELS[name], 40), 40)
        for e in drawn:
            if e.exact and e.n <= FEW:
                verdict = run_example(oracle, e)
                if verdict is None or verdict.answer is None:
                    return 0
                t = Terms(oracle, verdict, convention)
                predicted = _by_samples(t, rate_of(t))
                if predicted is None or not matches(predicted, verdict, verdict.answer):
                    return 0
                count += e.n > 1
    return count
