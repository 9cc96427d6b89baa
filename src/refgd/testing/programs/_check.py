"""Check the functions of a program, each as it is meant to be called."""

import ast
import functools
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from refgd.testing import conventions
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _oracle, _own_loss
from refgd.testing.gradient._check import DEFAULT_EXAMPLES, OWN, findings
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._report import Finding
from refgd.testing.programs import _choice, _slots
from refgd.testing.programs._adapted import AdaptedFunction
from refgd.testing.programs._choice import Choice, Function
from refgd.testing.programs._labels import parse, split_words

#: The convention that stands for whichever the program keeps to.
ANY = "any"

#: A penalty's factor, and how many examples show whether its gradient is right.
PENALTY, FEW = 2, 20

#: A gradient that uses one of these may be that of another model than a linear one.
OTHER_MODEL = {
    *("sigmoid", "exp", "expit", "log", "log1p", "softmax", "tanh", "relu", "sign"),
}


def check(functions: Mapping[str, Any], orders: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is found of each function, and the convention that it is held to."""
    said = orders.get("signature") or "", orders.get("returns")
    known = {
        kind: _choice.list_candidates(f, kind, *said if kind == "gradient" else ())
        for kind, f in functions.items()
    }
    stated = orders["convention"]
    if stated is None and not {"gradient", "loss"} <= {*known}:
        missing = "--convention own needs a gradient and a loss; name yours"
        found = [_make_unclear(kind, f.name, missing) for kind, f in known.items()]
        return _add_convention(found, None)
    chosen = _choose(known, stated)
    found = [*_check_chosen(known, chosen, orders)]
    if "gradient" in known and "loss" not in known:
        other = sorted(_slots.list_read(functions["gradient"]) & OTHER_MODEL)
        found = [_doubt(each, other) for each in found] if other else found
    found = [_excuse(each, functions[each.kind], found) for each in found]
    return _add_convention(found, chosen.convention)


def _add_convention(
    found: list[Finding], convention: Convention | None
) -> list[dict[str, Any]]:
    name = "own" if convention in (None, OWN) else convention.name
    return [{**each._asdict(), "convention": name} for each in found]


class Chosen(NamedTuple):
    """A convention, and how each function is called under it."""

    convention: Convention
    choices: dict[str, Choice]


def _choose(known: Mapping[str, Function], stated: str | None) -> Chosen:
    """Choose the convention, where any will do, and the ways to call the functions.

    The loss decides; it may be none of the conventions. A gradient alone may be that of
    either mean, but of no sum: n times the gradient is the commonest mistake.
    """
    if stated != ANY:
        return _choose_ways(known, OWN if stated is None else conventions.get(stated))
    every = [*CONVENTIONS.values()]
    means = [convention for convention in every if convention.mean]
    for kind, possible in (("loss", every), ("gradient", means)):
        for convention in possible if kind in known else ():
            choice = _choose_way(kind, known[kind], convention)
            if choice.right:
                return _choose_ways(known, convention, {kind: choice})
    if {"loss", "gradient"} <= {*known}:
        return _choose_ways(known, OWN)
    return _choose_ways(known, conventions.get("mse"))


def _choose_ways(
    known: Mapping[str, Function],
    convention: Convention,
    made: Mapping[str, Choice] | None = None,
) -> Chosen:
    """Choose the way to call each function, under a convention."""
    choices = dict(made or {})
    for kind in ("loss", "gradient", "predictions"):
        if kind not in known or kind in choices:
            continue
        if convention is OWN and kind == "gradient":
            choices |= _choose_pair(known, choices["loss"])
        else:
            choices[kind] = _choose_way(kind, known[kind], convention)
    return Chosen(convention, choices)


def _choose_way(kind: str, function: Function, convention: Convention) -> Choice:
    meant = conventions.get("mse") if convention is OWN else convention
    make = functools.partial(MAKERS[kind], convention=meant)
    return _choice.choose(function.candidates, make, meant)


def _make_forward(function: AdaptedFunction, convention: Convention) -> Oracle:
    del convention  # predictions are the same under each
    return _oracle.forward_oracle(function)


MAKERS: dict[str, Callable[..., Oracle]] = {
    "gradient": _oracle.gradient_oracle,
    "loss": _oracle.loss_oracle,
    "predictions": _make_forward,
}


def _choose_pair(known: Mapping[str, Function], loss: Choice) -> dict[str, Choice]:
    """Choose the ways in which a gradient is the derivative of the program's own loss.

    A loss that is none of the conventions is right in no way: it runs in some.
    """
    best = {"gradient": Choice(None, right=False)}
    every = known["gradient"].candidates
    for way in dict.fromkeys((loss.function, *known["loss"].candidates)):
        if way is None:
            continue
        make = functools.partial(_own_loss.own_loss_oracle, loss=way)
        alike = [each for each in every if each.form == way.form]
        choice = _choice.choose(alike, make, OWN)
        pair = {"loss": Choice(way, right=True), "gradient": choice}
        if choice.right:
            return pair
        best = best if "loss" in best else pair
    return best


def _check_chosen(
    known: Mapping[str, Function], chosen: Chosen, orders: dict[str, Any]
) -> Iterator[Finding]:
    """Check each function as it was chosen to be called; or say what is not known."""
    ready: dict[str, AdaptedFunction] = {}
    for kind, function in known.items():
        choice = chosen.choices[kind]
        if not choice.right and (function.unclear or not function.candidates):
            if kind != "predictions" or orders["names"].get(kind):
                yield _make_unclear(kind, function.name, _suggest(function, orders))
            continue
        ready[kind] = choice.function or function.candidates[0]
    count = orders["max_examples"] or DEFAULT_EXAMPLES
    convention = None if chosen.convention is OWN else chosen.convention.name
    try:
        found = findings(ready, convention, max_examples=count)
    except Exception:  # noqa: BLE001 - what fails on one function is not said of all
        found = [_check_alone(k, f, convention, count) for k, f in ready.items()]
    for each in found:
        if each.kind == "gradient" and each.verdict == "right":
            yield _note_form(*_add_penalty(each, ready, count))
        else:
            yield _note_form(each, ready[each.kind])


def _add_penalty(
    finding: Finding, ready: Mapping[str, AdaptedFunction], count: int
) -> tuple[Finding, AdaptedFunction]:
    """Check a gradient with its penalty too: it must be the derivative of the loss."""
    plain = {kind: ready[kind] for kind in ("gradient", "loss") if kind in ready}
    if any("penalty" not in f.meanings for f in plain.values()) or "loss" not in plain:
        return finding, plain["gradient"]
    with_penalty = {kind: f.with_penalty(PENALTY) for kind, f in plain.items()}
    again = findings(with_penalty, None, max_examples=min(count, FEW))[0]
    if again.verdict not in ("right", "wrong"):
        return finding, plain["gradient"]
    return (again if again.verdict == "wrong" else finding), with_penalty["gradient"]


def _note_form(finding: Finding, function: AdaptedFunction) -> Finding:
    """Say how a function was called, where that is not as usual."""
    notes = []
    if str(function.form):
        notes.append(f"it was given {function.form}")
    factors = "0" + f" and {function.form.penalty}" * bool(function.form.penalty)
    penalties = [s for s in function.slots if s.meaning == "penalty"]
    numbers = [f"{s.name} = {factors}" for s in penalties]
    numbers += [f"{s.name} = {s.value}" for s in function.slots if s.meaning == "value"]
    if numbers:
        notes.append(f"checked for {' and '.join(numbers)}")
    return finding._replace(notes=(*finding.notes, *notes))


def _check_alone(
    kind: str, function: AdaptedFunction, convention: Any, count: int
) -> Finding:
    """Check a function alone: the kit fails on one of several."""
    try:
        return findings({kind: function}, convention, max_examples=count)[0]
    except Exception as error:  # noqa: BLE001 - the kit's own fault is no verdict
        return report_failure(kind, function.name, error)


def _suggest(function: Function, orders: dict[str, Any]) -> str:
    """Say what to type, so that it can be told."""
    if not function.guess:
        return function.unclear
    file = shlex.quote(orders.get("named", orders["target"]))
    line = f'--gradient {function.name} --signature "{function.guess}" {file}'
    return f"{function.unclear} Say it in order, such as: refgd check {line}"


def _doubt(finding: Finding, words: list[str]) -> Finding:
    """Take back that a gradient is wrong that may be another model's."""
    if finding.verdict != "wrong":
        return finding
    diagnosis = (
        f"could not be told: it uses {', '.join(words)}, so it may be the gradient of "
        "another model; put its loss into the file"
    )
    return finding._replace(verdict="inconclusive", diagnosis=diagnosis, text="")


#: Words in the name of a loss that is none of the squares: it may be only printed.
OTHER_LOSS = {"rmse", "rms", "mae", "mape", "mad", "root", "absolute", "r2", "huber"}


def _excuse(finding: Finding, function: Any, found: Sequence[Finding]) -> Finding:
    """Take back that a prediction is wrong that is a label, or a loss of another kind.

    Such a loss is meant for the gradient only where that is not right without it.
    """
    kind, name = finding.kind, finding.function
    named = kind == "loss" and OTHER_LOSS & {*split_words(name)}
    if finding.verdict != "wrong":
        return finding
    if kind == "predictions" and _decides(function):
        words = "could not be told: it compares or rounds, so it may predict labels"
        return _make_unclear(kind, name, words)
    if named and any(e.kind == "gradient" and e.verdict == "right" for e in found):
        words = "could not be told: by its name it is another loss than the gradient's"
        return _make_unclear(kind, name, words)
    return finding


def _decides(function: Any) -> bool:
    """Whether a function compares, or rounds, as one does that predicts labels."""
    tree = parse(function)
    rounds = {"where", "sign", "round", "rint", "heaviside", "argmax", "astype", "int"}
    return tree is not None and any(
        isinstance(each, ast.Compare)
        or getattr(each, "attr", getattr(each, "id", None)) in rounds
        for each in ast.walk(tree)
    )


def report_failure(kind: str, name: str, error: Exception) -> Finding:
    """Say that refgd itself failed on a function."""
    words = f"refgd itself failed on it: {type(error).__name__}: {error}"
    return _make_unclear(kind, name, words)


def _make_unclear(kind: str, name: str, words: str) -> Finding:
    return Finding(kind, name, "inconclusive", words)
