"""How a program's function is meant to be called: the arrangement that makes it right.

All that are possible are tried on a few examples. One is accepted if it makes the
function right; a function that is wrong however it is called is wrong, if its
parameters are known by their names. Else nothing can be told.
"""

import functools
import inspect
import itertools
import linecache
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from refgd.testing.conventions import Convention
from refgd.testing.gradient import _parts
from refgd.testing.gradient._diagnosis import diagnose
from refgd.testing.gradient._examples import COLUMNS
from refgd.testing.gradient._models import try_models
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._parts import Arrangement
from refgd.testing.gradient._verdict import Verdict
from refgd.testing.programs._adapted import AdaptedFunction, name_of
from refgd.testing.programs._forms import list_forms
from refgd.testing.programs._labels import label_returned
from refgd.testing.programs._signature import fits, read_signature, suggest
from refgd.testing.programs._slots import (
    Slot,
    UnclearError,
    get_scope,
    list_all,
    makes_sense,
    read_globals,
    read_parameters,
)

#: What a function of each kind works from; of several, one of these is enough.
NEEDED = {
    "gradient": ({"x", "y", "w"}, {"xy", "w"}, {"x", "y", "y_pred"}, {"x", "error"}),
    "loss": ({"y", "y_pred"}, {"x", "y", "w"}, {"xy", "w"}, {"error"}),
    "predictions": ({"x", "w"},),
}

#: Parameters whose names say nothing are given these, in every order.
GUESSES = (("w", "x", "y"), ("x", "y", "y_pred"), ("w", "b", "x", "y"))

#: What else a function takes is given these.
NUMBERS = (0, 1)

#: The libraries whose tensors a program may want, and where their functions are.
TENSORS = {"torch": "torch", "jax": "jax.numpy"}


class Function(NamedTuple):
    """A function, and the ways in which it may be meant to be called."""

    name: str
    candidates: Sequence[AdaptedFunction]
    unclear: str = ""  # why its parameters are not known by their names
    guess: str = ""  # the likeliest, as --signature takes it


def list_candidates(
    function: Any, kind: str, signature: str = "", returns: str | None = None
) -> Function:
    """Return the ways in which a function may be meant to be called.

    Raises:
        SignatureError: If a signature cannot be read.
    """
    name = name_of(function)
    stated = read_signature(signature, returns, function)
    several = stated.labels if len(stated.labels or ()) > 1 else None
    labels = several or getattr(function, "labels", None)
    make = functools.partial(
        _arrange, function, kind, labels=labels or label_returned(function)
    )
    if stated.slots is not None:
        slots, unknown = stated.slots, list[str]()
    else:
        try:
            slots, unknown = read_parameters(function)
        except UnclearError as error:
            return Function(name, (), str(error))
    meanings = list_all(slots)
    if unknown:
        ways = [way for each in _guess(slots, unknown, function) for way in make(each)]
        guessed = [way for way in ways if way.form.is_plain]
        known = {slot.name: slot.meaning for slot in slots}
        names = [*inspect.signature(function).parameters]
        needed = [each for each in names if each in known or each in unknown]
        words = f"{name}({', '.join(names)}): which parameter is x, y, y_pred or w?"
        return Function(name, guessed, words, suggest(meanings, needed, known))
    if kind == "predictions" and meanings & {"y", "error"}:
        return Function(name, (), f"{name} takes y, so it predicts nothing")
    found = _find_missing(function, kind, meanings)
    if found is None:
        takes = ", ".join(slot.name for slot in slots)
        lacks = f"{name}({takes}) takes neither all of x, y and w nor y_pred, and "
        return Function(name, (), f"{lacks}there is no global that it reads for them")
    ways = [way for way in make(slots, found) if fits(way.form, stated)]
    if several:  # then no other order of the parts is tried
        count = sum(bool(part) and part != "loss" for part in several)
        ways = [way.arranged(Arrangement((*range(count),), count)) for way in ways]
    return Function(name, ways, "" if ways else "no such arrangement is known")


def _find_missing(function: Any, kind: str, meanings: set[str]) -> list[Slot] | None:
    """Return the globals that stand for what a function is not given."""
    possible = [needed - meanings for needed in NEEDED[kind]]
    for missing in sorted(possible, key=len):
        found = read_globals(function, missing | {"b", "n"} - meanings)
        if missing <= {slot.meaning for slot in found}:
            return found
    return None


def _arrange(
    function: Any,
    kind: str,
    slots: Sequence[Slot],
    found: Sequence[Slot] = (),
    *,
    labels: Any,
) -> Iterator[AdaptedFunction]:
    """Yield the function in every form that it may be made for."""
    scope = get_scope(function)
    used = {getattr(v, "__name__", "").partition(".")[0] for v in scope.values()}
    libraries = [TENSORS[n] for n in TENSORS if n in used and n in sys.modules]
    meanings = list_all((*slots, *found))
    matrix = _uses_matrices(function)
    for form in list_forms(meanings, libraries, matrix=matrix):
        yield AdaptedFunction(function, kind, slots, found, form=form, labels=labels)


def _uses_matrices(function: Any) -> bool:
    """Whether np.matrix stands in the file: there * is a product of matrices."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    lines = linecache.getlines(code.co_filename) if code else []
    return any(re.search(r"\b(?:as)?mat(?:rix)?\(", line) for line in lines)


def _guess(
    slots: Sequence[Slot], unknown: Sequence[str], function: Any
) -> Iterator[list[Slot]]:
    """Yield what the parameters may mean that no name tells."""
    known = {slot.name: slot for slot in slots}
    order = inspect.signature(function).parameters
    names = [name for name in order if name in known or name in unknown]
    taken = list_all(slots)
    if any(needed <= taken for needed in NEEDED["gradient"]):
        for number in NUMBERS:
            yield [known.get(n) or Slot(n, "value", value=number) for n in names]
        return
    for guess in GUESSES:
        rest = [meaning for meaning in guess if meaning not in taken]
        if len(rest) != len(unknown) or not makes_sense([*taken, *rest]):
            continue
        for chosen in itertools.permutations(rest):
            new = dict(zip(unknown, chosen, strict=True))
            yield [known.get(n) or Slot(n, new[n]) for n in names]


class Choice(NamedTuple):
    """A way to call a function, and whether the function is right so on a few examples.

    `function` is None where it does not run in any way.
    """

    function: AdaptedFunction | None
    right: bool


def choose(
    candidates: Sequence[AdaptedFunction],
    make_oracle: Callable[[AdaptedFunction], Oracle],
    convention: Convention,
) -> Choice:
    """Return the way that makes a function right, else the likeliest that runs."""
    ran: list[tuple[AdaptedFunction, Oracle, list[Verdict]]] = []
    for candidate in candidates:
        if ran and candidate.form.rank > ran[0][0].form.rank:
            break
        oracle = make_oracle(candidate)
        taken, refused = _try(oracle)
        if any(all(v.right for v in verdicts) for verdicts in taken.values()):
            return Choice(candidate, right=True)
        answers = [v.raw_answer for vs in taken.values() for v in vs]
        answers += [v.raw_answer for v in refused.values()]
        if _is_right_in_parts(oracle, answers):
            return Choice(candidate, right=True)
        if taken:
            ran.append((candidate, oracle, [v for vs in taken.values() for v in vs]))
    likeliest = ran[0][0] if ran else None
    if len(ran) > 1:
        named = (c for c, oracle, found in ran if diagnose(oracle, found, convention))
        likeliest = next(named, likeliest)
    return Choice(likeliest, right=False)


def _try(oracle: Oracle) -> tuple[dict[str, list[Verdict]], dict[str, Verdict]]:
    taken, refused = try_models(oracle)
    if not taken and all(v.failure == "raised" for v in refused.values()):
        taken, refused = try_models(oracle, COLUMNS)
    return taken, refused


def _is_right_in_parts(oracle: Oracle, answers: Sequence[Any]) -> bool:
    """Whether some parts of the answers are right, as `check_gradient` finds them."""
    if oracle.kind != "gradient" or oracle.function.arrangement:
        return False
    known = [len(_parts.list_parts(answer)) for answer in answers if answer is not None]
    count = max(known, default=1)
    apart = "b" in oracle.function.roles
    for each in _parts.arrangements(count, any_order=apart):
        part = oracle._replace(function=oracle.function.arranged(each))
        taken, _ = _try(part)
        if any(all(v.right for v in verdicts) for verdicts in taken.values()):
            return True
    return False
