"""Is an update right? What is said of it, and what cannot be told."""

import itertools
from typing import Any, NamedTuple

from refgd.testing import _clock, conventions
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _check, _oracle
from refgd.testing.gradient._diagnosis import find_usual
from refgd.testing.gradient._examples import (
    COLUMNS,
    FLAT,
    MODELS,
    examples,
)
from refgd.testing.gradient._mistakes import Terms, matches
from refgd.testing.gradient._models import try_models
from refgd.testing.gradient._report import Finding
from refgd.testing.gradient._verdict import run_example
from refgd.testing.programs import _own_data, _second
from refgd.testing.programs._excuses import excuse, rank, say_in_words
from refgd.testing.programs._mistakes import FEW, UPDATES, rate_of, step_by_samples
from refgd.testing.programs._updates import Adapted, Update

#: So many examples tell under which convention a mistake is plainest.
TRIED = 30


class Judged(NamedTuple):
    """What was found of an update, and the convention that it was held to."""

    finding: Finding
    convention: str


def judge(
    update: Adapted,
    convention: str,
    max_examples: int = _check.DEFAULT_EXAMPLES,
    max_seconds: float | None = _clock.MAX_SECONDS,
    own: Convention | None = None,
) -> Judged:
    """Say whether an update steps along the gradient of a squared loss.

    The convention is tried first; but which one is meant is the program's own to say,
    by the loss that it computes (`own`): another factor is only noted where that does
    not contradict it.
    """
    stated, is_update = conventions.get(convention), isinstance(update, Update)
    update.mistakes = UPDATES if is_update else ()
    update.known = {}  # every convention is tried on the same answers
    late = Finding("gradient", update.name, "inconclusive", _check.LATE)
    with _clock.limited(max_seconds):
        finding, held_to = _clock.unless_late(
            lambda: _judge(update, stated, max_examples, own), Judged(late, convention)
        )
        if isinstance(update, Update):
            finding = _second.check(update, finding)
    kind = "update" if is_update else finding.kind
    return Judged(finding._replace(kind=kind), held_to)


def _judge(
    update: Adapted, stated: Convention, count: int, own: Convention | None
) -> Judged:
    if update.own_data is not None:
        return Judged(*_own_data.judge(update, update.own_data, own or stated))
    if update.changed:
        words = f"could not be told: {update.changed}"
        return Judged(
            Finding("gradient", update.name, "inconclusive", words), stated.name
        )
    own = find_convention(update.own_loss) or own
    first = own or stated
    found = _find_form(update, first)
    if found is None and isinstance(update, Update) and "b" not in update.roles:
        others = [update.with_ones(columns=each) for each in (False, True)]
        forms = [_find_form(each, first) for each in others]
        found = next(filter(None, forms), None)
        if found is not None:
            update = others[forms.index(found)]
        elif update.fixed:
            update = _choose_diagnosed(others, first)
    if found is None:
        known = own is not None and not (update.fixed or update.several)
        return _explain(update, first, count, known=known)
    return _judge_form(update, found, own, stated, count)


def _judge_form(
    update: Adapted,
    found: tuple[Convention, str | None],
    own: Convention | None,
    stated: Convention,
    count: int,
) -> Judged:
    """Judge an update whose convention is known; its own loss may contradict it."""
    convention, model = found
    contradicted = own is not None and own.mean and not convention.mean
    meant = own if own is not None and contradicted else convention
    (finding,) = _check.findings({"gradient": update}, meant.name, model, count)
    if finding.verdict == "wrong" and contradicted:
        finding = say_in_words(update, finding)
    elif finding.verdict == "wrong":  # on further examples
        finding = excuse(update, finding, known=own is not None)
    elif convention is not stated:
        note = f"it steps along the gradient of {convention.words} ({convention.name})"
        finding = finding._replace(notes=(*finding.notes, note))
    return Judged(finding, meant.name)


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
    for kinds in (FLAT, COLUMNS):
        for convention in _own_data.list_conventions(first):
            oracle = _oracle.gradient_oracle(update, convention)
            taken, _ = try_models(oracle, kinds)
            right = [n for n, vs in taken.items() if all(v.right for v in vs)]
            every = len(right) == len(taken)
            if right and (every or update.fixed):  # the others are not meant
                return convention, None if every and kinds is FLAT else right[0]
    return None


def _explain(update: Adapted, first: Convention, count: int, *, known: bool) -> Judged:
    """Return what is wrong with an update, if something is for sure."""
    for convention in _own_data.list_conventions(first):
        samples = _count_if_stepping(update, convention)
        if samples:
            note = (
                "it steps after each sample, in their order: stochastic gradient "
                f"descent; compared on {samples} small data sets"
            )
            right = Finding("gradient", update.name, "right", None, (note,))
            return Judged(right._replace(examples=samples), convention.name)
    if update.memory or update.unfit:
        return Judged(excuse(update, BLANK), first.name)
    tried = {
        c.name: _diagnose_few(update, c) for c in _own_data.list_conventions(first)
    }
    best = min(tried, key=lambda name: rank(tried[name]))
    (full,) = _check.findings({"gradient": update}, best, None, count)
    return Judged(excuse(update, full, known=known), best)


BLANK = Finding("gradient", "", "wrong")


def _choose_diagnosed(updates: list[Update], first: Convention) -> Update:
    """Return the first whose mistake is known, else the first."""
    known = (each for each in updates if _diagnose_few(each, first))
    return next(known, updates[0])


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
            return find_usual(oracle, verdicts, convention)
    return None


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
