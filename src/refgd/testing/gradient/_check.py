"""Run every check that applies to a function, and explain its failures."""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from refgd import _checks
from refgd.testing import _clock, conventions
from refgd.testing._answers import shape_of
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import (
    _leniency,
    _oracle,
    _own_loss,
    _parts,
    _report,
)
from refgd.testing.gradient._diagnosis import diagnose, find_usual
from refgd.testing.gradient._examples import COLUMNS, FLAT, MODELS, examples
from refgd.testing.gradient._guards import remove_guards
from refgd.testing.gradient._leniency import ByModel, flatten
from refgd.testing.gradient._models import (
    find_missing_transpose,
    find_partly_taken,
    try_models,
)
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._parts import Arrangement
from refgd.testing.gradient._report import BOTH_DIFFER, Finding, Report
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.gradient._verdict import Verdict, run_example

__tracebackhide__ = True  # pytest shows the test, not the kit

#: How many examples a check runs for each kind of model, where it is not told.
DEFAULT_EXAMPLES = 100

#: The convention where none is given: the gradient is held against the user's own loss.
OWN = conventions.get("mse")._replace(name="own loss", words="your own loss")

#: How many examples tell whether a gradient belongs to a loss.
RELATION = 20

#: The first of them refute most that do not.
FEW = 8


def check_gradient(  # noqa: PLR0913 - each keyword is one thing the user may state
    grad: Callable[..., Any],
    *,
    loss: Callable[..., Any] | None = None,
    forward: Callable[..., Any] | None = None,
    convention: str | None = "mse",
    signature: str | None = None,
    model: str | None = None,
    max_examples: int = DEFAULT_EXAMPLES,
    max_seconds: float | None = _clock.MAX_SECONDS,
) -> Report:
    r"""Check a gradient of the squared loss against exact arithmetic.

    **Definition**
    $$\nabla L(w) = \frac2n \sum_i x_i (x_i \cdot w - y_i)$$

    Where the function stays in rational arithmetic when it is given Fractions, its
    answer must be equal (``==``). Where it does not, it must lie within a derived
    rounding bound around the exact value, in float64 and float32, from small scales to
    large. Every example is run more than once, and the inputs are compared after.

    Args:
        grad: ``grad(x, y, y_pred)`` or ``grad(w, x, y)``, told apart by the names of
            the parameters, in any order.
        loss: ``loss(y, y_pred)`` or ``loss(w, x, y)``, checked too. Where one of them
            is wrong it is said whether grad is at least the derivative of this loss.
        forward: ``forward(w, x)``, checked too; or ``forward(x)`` with a global w.
        convention: "mse", "half_mse", "sse" or "half_sse". None: only the user's own
            loss counts, whatever it is; grad must be its derivative.
        signature: The roles of grad's parameters, such as "w, x, y", where their names
            do not tell; and the parts of its answer, such as "w, b, x, y -> db, dw" or
            "-> loss, dw".
        model: "scalar", "line", "vector" or "affine" (an intercept as the last entry
            of w), to check this alone; None finds out what grad takes. "columns" and
            "affine columns" are for y (n, 1) and w (d, 1), and are found where nothing
            else runs.
        max_examples: How many rational examples for each kind of model.
        max_seconds: How long the check may take beside what your own calls take; None
            for no limit. The diagnosis is given up before the verdict.

    Returns:
        What was checked.

    Raises:
        GradientError: If a function is wrong. Its text is the diagnosis.
        TypeError: If a function cannot be called, since its parameters cannot be told
            apart or it raises whatever it is given; or if it returns several parts,
            of which none can be told to be the gradient.
        TimeoutError: If time ran out before there was a verdict: nothing is known.
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
        it returns n times the gradient: a sum where the mean is meant
    """
    functions = {"gradient": UserFunction(grad, signature)}
    if loss is not None:
        functions["loss"] = UserFunction(loss)
    if forward is not None:
        functions["predictions"] = UserFunction(forward)
    found = findings(functions, convention, model, max_examples, max_seconds)
    if any(each.verdict == "wrong" for each in found):
        raise _report.make_error(found)
    said = ("right", _report.INCONCLUSIVE)
    unclear = [e for e in found if e.verdict not in said and e.diagnosis not in said]
    if any(each.diagnosis == LATE for each in unclear):
        raise TimeoutError(_report.write_unclear(unclear))
    if unclear:
        raise TypeError(_report.write_unclear(unclear))
    return _report.make_report(found, convention or OWN.name)


def findings(
    functions: Mapping[str, UserFunction],
    convention: str | None,
    model: str | None = None,
    max_examples: int = DEFAULT_EXAMPLES,
    max_seconds: float | None = _clock.MAX_SECONDS,
) -> list[Finding]:
    """Check functions by their kinds, and return what was found of each.

    A kind is "gradient", "loss" or "predictions"; the rest is as in `check_gradient`:
    what `max_seconds` does not suffice for is inconclusive.
    """
    count = _checks.count("max_examples", max_examples, least=1)
    if model is not None:
        _checks.choice("model", model, tuple(MODELS))
    stated = OWN if convention is None else conventions.get(convention)
    if stated is OWN and "loss" not in functions:
        msg = "convention=None needs loss=: there is nothing to hold grad against"
        raise ValueError(msg)
    _clock.check_seconds(max_seconds)
    with _clock.limited(max_seconds):
        checked = {
            kind: _clock.unless_late(
                functools.partial(run_checks, oracle, stated, model, count),
                Checked(oracle, {}, unclear=LATE),
            )
            for kind in functions
            if (oracle := _make_oracle(kind, functions, stated)) is not None
        }
        checked = _hold_to_kinds(functions.get("gradient"), checked)
        relate = functools.partial(relation_in_words, functions, checked)
        relation = None if stated is OWN else _clock.unless_late(relate, None)
        return [
            _make_finding(checked[kind], stated, relation)
            if kind in checked
            else _name_loss(function)
            for kind, function in functions.items()
        ]


LATE = "time ran out before there was a verdict; see max_seconds"


def _make_oracle(
    kind: str, functions: Mapping[str, UserFunction], convention: Convention
) -> Oracle | None:
    """Return what a function is held against; nothing for the user's own loss."""
    function = functions[kind]
    if kind == "predictions":
        return _oracle.forward_oracle(function)
    if kind == "loss":
        own = convention is OWN
        return None if own else _oracle.loss_oracle(function, convention)
    if convention is OWN:
        return _own_loss.own_loss_oracle(function, functions["loss"])
    return _oracle.gradient_oracle(function, convention)


class Checked(NamedTuple):
    """The verdicts on a function, for each kind of model, and what to note."""

    oracle: Oracle
    by_model: ByModel
    notes: Sequence[str] = ()
    unclear: str | None = None  # why nothing can be said of its parts

    @property
    def verdicts(self) -> list[Verdict]:
        """All of them."""
        return flatten(self.by_model)

    @property
    def answers(self) -> list[Any]:
        """What was returned, as it was; of some examples there may be nothing."""
        return [v.raw_answer for v in self.verdicts if v.raw_answer is not None]

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return all(v.right for v in self.verdicts)

    @property
    def fits(self) -> bool:
        """Whether it takes a kind of model."""
        return "" not in self.by_model


def _hold_to_kinds(
    gradient: UserFunction | None, checked: dict[str, Checked]
) -> dict[str, Checked]:
    """Judge predictions for the kinds of model alone that the gradient of w takes."""
    of_predictions = checked.get("predictions")
    if of_predictions is None or gradient is None or not gradient.takes_weights:
        return checked
    kinds = checked["gradient"].by_model
    kept = {n: vs for n, vs in of_predictions.by_model.items() if n in kinds}
    held = of_predictions._replace(by_model=kept) if kept else of_predictions
    return {**checked, "predictions": held}


def _make_finding(
    checked: Checked, convention: Convention, relation: str | None
) -> Finding:
    oracle, verdicts = checked.oracle, checked.verdicts
    finding = Finding(
        oracle.kind,
        oracle.function.name,
        "right",
        models=tuple(str(MODELS[name]) for name in checked.by_model if name),
        examples=sum(v.answer is not None or not v.right for v in verdicts),
        exact=sum(v.exact for v in verdicts),
    )
    if not checked.fits and _never_ran(verdicts):
        raised = verdicts[0].detail
        return finding._replace(verdict="could not be called", diagnosis=raised)
    if checked.unclear:
        return finding._replace(verdict="inconclusive", diagnosis=checked.unclear)
    if not checked.right:
        diagnosis, text = explain(checked, convention)
        finding = finding._replace(verdict="wrong", diagnosis=diagnosis, text=text)
        if relation is None or not _is_wrong_by_value(checked):
            return finding
        return finding._replace(notes=(relation,))
    none: list[str] = []
    listed = functools.partial(_report.list_notes, oracle, checked.by_model)
    notes = (*checked.notes, *_clock.unless_late(listed, none))
    finding = finding._replace(notes=notes)
    if oracle.loss is not None and _own_loss.is_derivative(verdicts) is None:
        return finding._replace(verdict="inconclusive", diagnosis=_report.INCONCLUSIVE)
    return finding


def _never_ran(verdicts: Sequence[Verdict]) -> bool:
    """Whether it raised, whatever it was given."""
    return bool(verdicts) and all(v.failure == "raised" for v in verdicts)


def _name_loss(loss: UserFunction) -> Finding:
    """Name the user's own loss: it is right, whatever it is."""
    unknown: Convention | None = OWN
    convention = _clock.unless_late(functools.partial(convention_of, loss), unknown)
    late = "not named: time ran out"
    words = late if convention is OWN else _report.describe_convention(convention)
    return Finding("loss", loss.name, "right", words)


def convention_of(loss: UserFunction) -> Convention | None:
    """Return the convention that a loss keeps to, or None if it keeps to none."""
    for convention in CONVENTIONS.values():
        oracle = _oracle.loss_oracle(loss, convention)
        if _find_plain_failure(oracle):  # one tells: most losses keep to none
            continue
        verdicts = run_checks(oracle, convention, None, RELATION).verdicts
        if verdicts and all(v.right for v in verdicts):
            return convention
    return None


def relation_in_words(
    functions: Mapping[str, UserFunction], checked: Mapping[str, Checked]
) -> str | None:
    """Return in words whether the gradient is the derivative of the loss.

    None where that is not known, or neither returns a wrong value.
    """
    pair = [checked[kind] for kind in ("gradient", "loss") if kind in checked]
    if len(pair) < 2 or not any(map(_is_wrong_by_value, pair)):  # noqa: PLR2004 - a pair
        return None
    grad, loss = functions["gradient"], functions["loss"]
    own = _own_loss.own_loss_oracle(grad, loss)
    belongs = not _is_soon_refuted(own) and _own_loss.is_derivative(
        run_checks(own, OWN, None, RELATION).verdicts
    )
    if belongs is None:
        return None
    if not belongs:
        return f"{grad.name} is not the derivative of {loss.name}"
    both = "" if any(each.right for each in pair) else BOTH_DIFFER
    return f"{grad.name} is the derivative of {loss.name}{both}"


def _is_soon_refuted(oracle: Oracle) -> bool:
    """Whether one example shows that it is not the derivative of the user's own loss.

    It must be wrong with its parts in any order, by more than rounding; where the loss
    has guards all its examples count.
    """
    if oracle.loss is None or remove_guards(oracle.loss)[1]:
        return False
    failure = _find_plain_failure(oracle)
    if failure is None or isinstance(failure.raw_answer, Mapping):
        return False
    if oracle.function.arrangement:
        return True
    parts = len(_parts.list_parts(failure.raw_answer))
    return all(_find_plain_failure(other) for _, other in _list_orders(oracle, parts))


def _list_orders(oracle: Oracle, parts: int) -> Iterator[tuple[Arrangement, Oracle]]:
    """Yield the arrangements of an answer's parts, and what judges them so."""
    any_order = {"w", "b"} & {*oracle.function.roles} != {"w"}
    for each in _parts.arrangements(parts, any_order=any_order):
        yield each, oracle._replace(function=oracle.function.arranged(each))


def _find_plain_failure(oracle: Oracle) -> Verdict | None:
    """Return the first wrong value that no rounding explains, of the first examples.

    Of a program that takes no kind of model at all, what it gave for one of them.
    """
    taken, refused = try_models(oracle)
    if not taken:
        columns, _ = try_models(oracle, COLUMNS)
        return None if columns else next(iter(refused.values()), None)
    if "scalar" in taken and not oracle.function.takes_weights:
        taken.pop("vector", None)  # it may not be made for that
    for name in taken:
        for example in filter(
            oracle.applies_to, examples(MODELS[name], RELATION)[:FEW]
        ):
            verdict = run_example(oracle, example)
            if verdict is not None and _leniency.is_plainly_wrong(oracle, verdict):
                return verdict
    return None


def _is_wrong_by_value(checked: Checked) -> bool:
    return any(v.failure == "value" for v in checked.verdicts)


def run_checks(
    oracle: Oracle, convention: Convention, model: str | None, count: int
) -> Checked:
    """Run the examples of every kind of model; forgive what is honest.

    Of a gradient in parts, some of them in some order may be right.
    """
    whole = _run_checks(oracle, convention, model, count)
    keys = next(
        (list(each) for each in whole.answers if isinstance(each, Mapping)), None
    )
    if keys is not None:
        return whole._replace(unclear=KEYS.format(", ".join(map(repr, keys))))
    if whole.right or oracle.kind != "gradient" or oracle.function.arrangement:
        return whole
    return _arrange_parts(oracle, convention, model, count, whole)


def _arrange_parts(
    oracle: Oracle,
    convention: Convention,
    model: str | None,
    count: int,
    whole: Checked,
) -> Checked:
    """Judge the answer's parts in every order that may be a gradient."""
    answers = whole.answers
    parts = max((len(_parts.list_parts(answer)) for answer in answers), default=1)
    loss_beside = functools.partial(_is_loss_beside, whole)
    tried = [whole] if whole.fits else []
    for each, arranged in _list_orders(oracle, parts):
        checked = _run_checks(arranged, convention, model, count)
        if checked.right and (not (whole.fits and each.drops) or loss_beside(each)):
            return _note_parts(checked, each)
        if checked.right and _parts.may_be_losses(each, answers):
            return whole._replace(unclear=BESIDE.format(each))
        if checked.fits and not checked.right:
            tried.append(checked)
    if not tried and parts > 1:
        shapes = ", ".join(map(str, map(shape_of, _parts.list_parts(answers[0]))))
        return whole._replace(unclear=PARTS.format(parts, shapes))
    if len(tried) > 1:
        is_named = functools.partial(_is_named, convention)
        return next(filter(is_named, tried), tried[0])
    return tried[0] if tried else whole


def _is_named(convention: Convention, checked: Checked) -> bool:
    find = functools.partial(find_usual, checked.oracle, checked.verdicts, convention)
    late: str | None = None
    return _clock.unless_late(find, late) is not None


PARTS = (
    "could not be told: it returns {} parts of shapes {}; return the gradient alone, "
    "or (dw, db)"
)


KEYS = (
    "could not be told: it returns a dict with the keys {}; return the gradient alone, "
    "or a dict with 'dw' and 'db'"
)


BESIDE = (
    "could not be told: it is right if {}, and the rest a loss; return the gradient "
    "alone"
)


def _is_loss_beside(whole: Checked, arrangement: Arrangement) -> bool:
    """Whether what an arrangement leaves out is a squared loss of some convention."""
    function = whole.oracle.function
    oracles = [_oracle.loss_oracle(function, each) for each in CONVENTIONS.values()]
    return any(
        all(
            _parts.leaves_out(arrangement, v.raw_answer, oracle.expected(v.example))
            for v in whole.verdicts
            if v.raw_answer is not None
        )
        for oracle in oracles
    )


def _note_parts(checked: Checked, arrangement: Arrangement) -> Checked:
    note = f"{checked.oracle.function.name} returns parts: {arrangement}"
    return checked._replace(notes=(*checked.notes, note))


def _run_checks(
    oracle: Oracle, convention: Convention, model: str | None, count: int
) -> Checked:
    checked = _run_models(oracle, model, count)
    for judge_again, note in LENIENCIES:
        again = judge_again(oracle, checked.by_model)
        if again is not None:
            return Checked(oracle, again, (f"{oracle.function.name} {note}",))
    if oracle.loss is not None and not checked.right:
        return _judge_without_guards(checked, oracle.loss, model, count) or checked
    return checked if model else without_vector_failures(checked, convention)


def _judge_without_guards(
    checked: Checked, loss: UserFunction, model: str | None, count: int
) -> Checked | None:
    """Judge by the loss with its guards set to 0; None if that does not explain it."""
    plain, guards = remove_guards(loss)
    if not guards or any(v.failure != "value" for v in checked.verdicts if not v.right):
        return None
    oracle = _own_loss.own_loss_oracle(checked.oracle.function, plain)
    room = max(map(abs, guards))  # a gradient may be that of what is cut there
    size, slack = oracle.magnitude, oracle.slack
    oracle = oracle._replace(slack=lambda e: slack(e) + Fraction(room) * size(e))
    again = _run_models(oracle, model, min(count, RELATION))
    if not again.right:
        return again if find_usual(oracle, again.verdicts, OWN) else None
    if not _own_loss.is_derivative(again.verdicts):
        return None
    values = ", ".join(sorted({f"{value:.1g}" for value in guards}))
    name = oracle.function.name
    note = f"{name} ignores the guard {values} of {loss.name}: it is right without it"
    return again._replace(notes=(note,))


LENIENCIES = (
    (_leniency.in_float32, "computes in float32, whatever the data"),
    (
        _leniency.by_cancellation,
        "is right in rational arithmetic; floats lose digits by cancellation",
    ),
)


def _run_models(oracle: Oracle, model: str | None, count: int) -> Checked:
    taken, refused = try_models(oracle, COLUMNS if model in COLUMNS else FLAT)
    if model is not None and oracle.kind != "loss":
        taken = {name: verdicts for name, verdicts in taken.items() if name == model}
    if not taken and model is None and _may_be_columns(oracle, refused):
        taken, _ = try_models(oracle, COLUMNS)
    if not taken and find_missing_transpose(oracle) is None:
        taken = find_partly_taken(oracle, refused)
    if not taken:
        return Checked(oracle, {"": closest_model(oracle, model, refused)})
    by_model = {
        name: [*verdicts, *run_examples(oracle, name, count)]
        for name, verdicts in taken.items()
    }
    return Checked(oracle, by_model)


def run_examples(oracle: Oracle, name: str, count: int) -> Iterator[Verdict]:
    """Judge a function by every example of a kind of model."""
    suitable = list(filter(oracle.applies_to, examples(MODELS[name], count)))
    verdicts = (run_example(oracle, example) for example in suitable)
    return (v for v in verdicts if v is not None)


def _may_be_columns(oracle: Oracle, refused: dict[str, Verdict]) -> bool:
    """Whether what does not run for w (d,) may be meant for w (d, 1).

    Predictions that come as a column for flat data are no sign of it: they are wrong.
    """
    ran = any(v.failure != "raised" for v in refused.values())
    return oracle.kind != "predictions" or not ran


#: What a program raises for a kind of model that it is not made for.
MISFITS = ("it raised ValueError", "it raised IndexError", "it raised TypeError")

#: What it raises for the first of these tells most: it is made for no simpler one.
TELLING = {True: ("affine", "line"), False: ("vector", "scalar")}


def closest_model(
    oracle: Oracle, model: str | None, refused: dict[str, Verdict]
) -> list[Verdict]:
    """Return the verdict that shows best why no kind of model is taken."""
    square = find_missing_transpose(oracle)
    if square is not None:
        return [replace(square, failure="square")]
    ran = [name for name, v in refused.items() if v.failure == "shape"]
    ran += [name for name, v in refused.items() if v.failure != "raised"]
    best = model if model in refused else next(iter(ran), None)
    if best is None:
        telling = (*TELLING["b" in oracle.function.roles], *refused)
        known = [name for name in telling if name in refused]
        known.sort(key=lambda name: refused[name].detail.startswith(MISFITS))
        best = next(iter(known), None)
    return [] if best is None else [refused[best]]


def without_vector_failures(checked: Checked, convention: Convention) -> Checked:
    """Drop the verdicts for x (n, d) on a program that is right, and made, for x (n,).

    A program of w says by its parameters that w may be a vector; one of predictions
    does not, and may happen to accept what it was never meant for.
    """
    oracle, by_model = checked.oracle, checked.by_model
    wrong = [n for n, vs in by_model.items() if not all(v.right for v in vs)]
    made_for_one = "scalar" in by_model and not oracle.function.takes_weights
    if not made_for_one or wrong != ["vector"]:
        return checked
    name = functools.partial(diagnose, oracle, by_model["vector"], convention)
    found = _clock.unless_late(name, None)
    about = f": {found}" if found else ""
    note = f"{oracle.function.name} is right for x (n,), not for x (n, d){about}"
    kept = {name: vs for name, vs in by_model.items() if name != "vector"}
    return Checked(oracle, kept, (note,))


def explain(checked: Checked, convention: Convention) -> tuple[str | None, str]:
    """Return the likely mistake in words, and all that is said of it."""
    oracle = checked.oracle
    diagnosis, text = _report.explain_failure(oracle, checked.verdicts, convention)
    columns = functools.partial(_is_right_for_columns, oracle)
    right = functools.partial(_clock.unless_late, columns, late=False)
    if set(checked.by_model) <= set(FLAT) and _clock.unless_broken(right, broken=False):
        text = f"{text}\n{COLUMNS_MEANT}"
    return diagnosis, text


COLUMNS_MEANT = (
    "  note: it is right for columns, y (n, 1) and w (d, 1); if they are meant, say "
    "model='columns'"
)


def _is_right_for_columns(oracle: Oracle) -> bool:
    taken = try_models(oracle, COLUMNS)[0]
    return bool(taken) and all(
        v.right
        for name, verdicts in taken.items()
        for v in itertools.chain(verdicts, run_examples(oracle, name, DEFAULT_EXAMPLES))
    )
