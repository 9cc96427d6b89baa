"""Is an update right? What is said of it, and what cannot be told."""

import itertools
from typing import Any

from refgd.testing import conventions
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _check, _clock, _oracle
from refgd.testing.gradient._diagnosis import diagnose, matches
from refgd.testing.gradient._examples import (
    COLUMNS,
    FLAT,
    MODELS,
    Example,
    examples,
)
from refgd.testing.gradient._mistakes import Terms
from refgd.testing.gradient._models import try_models
from refgd.testing.gradient._report import Finding
from refgd.testing.gradient._verdict import Verdict, run_example
from refgd.testing.programs import _own_data
from refgd.testing.programs._mistakes import FEW, UPDATES, rate_of, step_by_samples
from refgd.testing.programs._updates import Adapted, Update

#: What starts or ends a diagnosis that may be meant, and why it may.
MEANT = (
    ("", ", everywhere", "it steps along the gradient, but not lr times it: {}"),
    ("", "is a learning rate folded in?", "it steps along the gradient, but: {}"),
    ("", ": a penalty", "{}; only the least squares without one are checked"),
    ("only the ", " sample counts", "{} in a pass: does it take one at a time?"),
    ("it is wrong only where", "", "{}: may that be meant?"),
    ("the residual's sign", "", "{}"),
    ("each weight's update sees", "", "{}; or is it coordinate descent?"),
)

#: So many examples tell under which convention a mistake is plainest.
TRIED = 30


def judge(
    update: Adapted,
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
    if isinstance(update, Update):
        update.mistakes = UPDATES
    with _clock.limited(max_seconds):
        late = Finding("gradient", update.name, "inconclusive", _check.LATE)
        return _clock.unless_late(
            lambda: _judge(
                update, conventions.get(convention or "mse"), max_examples, own
            ),
            late,
        )


def _judge(
    update: Adapted, stated: Convention, count: int, own: Convention | None
) -> Finding:
    if update.own_data is not None:
        on_own = list(_own_data.examples(update, update.own_data))
        return _judge_on(on_own, update, own or stated)
    if update.changed:
        words = f"could not be told: {update.changed}"
        return Finding("gradient", update.name, "inconclusive", words)
    own = find_convention(update.own_loss) or own
    first = own or stated
    found = _find_form(update, first)
    if found is None:
        return _explain(update, first, count, known=own is not None)
    return _judge_form(update, found, own, stated, count)


def _judge_form(
    update: Adapted,
    found: tuple[Convention, str | None],
    own: Convention | None,
    stated: Convention,
    count: int,
) -> Finding:
    """Judge an update whose convention is known; its own loss may contradict it."""
    convention, model = found
    contradicted = own is not None and own.mean and not convention.mean
    meant = own if own is not None and contradicted else convention
    (finding,) = _check.findings({"gradient": update}, meant.name, model, count, None)
    if finding.verdict == "wrong":
        say = _in_words if contradicted else _excuse  # on further examples
        return say(update, finding)
    if convention is stated:
        return finding
    note = f"it steps along the gradient of {convention.words} ({convention.name})"
    return finding._replace(notes=(*finding.notes, note))


def find_convention(loss: Any) -> Convention | None:
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


def _find_form(
    update: Adapted, first: Convention
) -> tuple[Convention, str | None] | None:
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


def _explain(update: Adapted, first: Convention, count: int, *, known: bool) -> Finding:
    """Return what is wrong with an update, if something is for sure."""
    others = [each for each in CONVENTIONS.values() if each != first]
    for convention in (first, *others):
        samples = _count_if_stepping(update, convention)
        if samples:
            note = (
                "it steps after each sample, in their order: stochastic gradient "
                f"descent; compared on {samples} small data sets"
            )
            return Finding(
                "gradient", update.name, "right", None, (note,), "", (), samples
            )
    if update.memory or update.unfit:
        return _excuse(update, BLANK)
    tried = {c.name: _diagnose_few(update, c) for c in (first, *others)}
    best = min(tried, key=lambda name: _rank(tried[name]))
    (full,) = _check.findings({"gradient": update}, best, None, count, None)
    return _excuse(update, full, known=known)


BLANK = Finding("gradient", "", "wrong")


def _diagnose_few(update: Adapted, convention: Convention) -> str | None:
    """Return the likely mistake on a few examples; None for none."""
    oracle = _oracle.gradient_oracle(update, convention)
    for kinds in (FLAT, COLUMNS):
        taken, _ = try_models(oracle, kinds)
        verdicts = [v for each in taken.values() for v in each]
        for name in taken:
            drawn = itertools.islice(
                examples(MODELS[name], _check.DEFAULT_EXAMPLES), TRIED
            )
            found = (run_example(oracle, each) for each in drawn)
            verdicts += [v for v in found if v is not None]
        if verdicts:
            return diagnose(oracle, verdicts, convention)
    return None


OWN_WORDS = tuple(words for words, _ in UPDATES)


def _rank(diagnosis: str | None) -> int:
    """Rank a diagnosis: plain mistakes of updates first, none last."""
    if diagnosis in OWN_WORDS:
        return 0
    return 2 if diagnosis is None else 1


def _excuse(update: Adapted, finding: Finding, *, known: bool = True) -> Finding:
    """Return a wrong finding, or that it cannot be told where it may be meant so."""
    if finding.verdict != "wrong":
        return finding
    words = _find_excuse(update, finding.diagnosis, known=known)
    if words:
        return Finding(
            "gradient", update.name, "inconclusive", f"could not be told: {words}"
        )
    return _in_words(update, finding)


def _find_excuse(update: Adapted, diagnosis: str | None, *, known: bool) -> str:
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


def _in_words(update: Adapted, finding: Finding) -> Finding:
    """Say of an update what the kit says of a gradient."""
    if not isinstance(update, Update):
        return finding

    def change(text: str) -> str:
        text = text.replace("it returns ", "it steps along ", 1)
        return text.replace("it always steps along 0", "it does not move")

    text = finding.text.replace(
        "property: it is the gradient", "property: (w - w') / lr is the gradient"
    )
    return finding._replace(
        diagnosis=finding.diagnosis and change(finding.diagnosis), text=change(text)
    )


def _count_if_stepping(update: Adapted, convention: Convention) -> int:
    """Return on how many small data it steps after each sample; 0 if not on all."""
    if not isinstance(update, Update):
        return 0
    oracle = _oracle.gradient_oracle(update, convention)
    taken, _ = try_models(oracle)
    count = 0
    for name in taken:
        drawn = itertools.islice(examples(MODELS[name], _check.DEFAULT_EXAMPLES), TRIED)
        for e in drawn:
            if e.exact and e.n <= FEW:
                verdict = run_example(oracle, e)
                if verdict is None or verdict.answer is None:
                    return 0
                t = Terms(oracle, verdict, convention)
                predicted = step_by_samples(t, rate_of(t))
                if predicted is None or not matches(predicted, verdict, verdict.answer):
                    return 0
                count += e.n > 1
    return count


def _judge_on(own: list[Example], update: Adapted, first: Convention) -> Finding:
    """Judge an update on the program's own data alone, from several weights."""
    others = [each for each in CONVENTIONS.values() if each != first]
    found: dict[str, list[Verdict]] = {}
    for convention in (first, *others):
        oracle = _oracle.gradient_oracle(update, convention)
        drawn = (run_example(oracle, each) for each in own)
        found[convention.name] = [v for v in drawn if v is not None]
        if found[convention.name] and all(v.right for v in found[convention.name]):
            return _say_right_on_own_data(update, convention, found[convention.name])
    named = {
        name: diagnose(
            _oracle.gradient_oracle(update, CONVENTIONS[name]),
            verdicts,
            CONVENTIONS[name],
        )
        for name, verdicts in found.items()
    }
    best = min(named, key=lambda name: _rank(named[name]))
    wrong = next((v for v in found[best] if not v.right), None)
    if wrong is None or wrong.answer is None:
        words = "could not be told: it runs on its own data alone"
        return Finding("gradient", update.name, "inconclusive", words)
    text = _own_data.write(update, wrong, named[best])
    finding = Finding("gradient", update.name, "wrong", named[best], text=text)
    return _excuse(update, finding, known=False)


def _say_right_on_own_data(
    update: Adapted, convention: Convention, verdicts: list[Verdict]
) -> Finding:
    note = (
        f"it steps along the gradient of {convention.words} ({convention.name}): "
        f"compared on one data set, as its loop has it, from {len(verdicts)} weights"
    )
    count = len(verdicts)
    return Finding("gradient", update.name, "right", None, (note,), "", (), count)
