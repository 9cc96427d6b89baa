"""Run the user's function on the data, and in the numbers, that it takes."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing._answers import flat
from refgd.testing.accumulation._examples import Example, make_examples
from refgd.testing.accumulation._function import KINDS, Form, UserFunction
from refgd.testing.accumulation._ranks import HangError
from refgd.testing.gradient._verdict import describe

#: The kinds of data, and how a report names them.
DATA = {
    "scalar": "batches of x (n,) and y (n,), w a number",
    "vector": "batches of x (n, d) and y (n,), w (d,)",
    "tokens": "batches of x, y and mask (n, tokens), w a number",
}


class Run(NamedTuple):
    """A function on an example, called twice.

    Attributes:
        example: The data.
        form: In what numbers they were given.
        raw: What each rank returned at first.
        answers: The same as arrays, of the first call and of the second.
        failure: "raised", "hang", "input", "shape" or "nan" where there is no answer.
        detail: What was raised, or got.
    """

    example: Example
    form: Form
    raw: list[Any]
    answers: list[list[Array]]
    failure: str = ""
    detail: str = ""


def run(user: UserFunction, example: Example, form: Form) -> Run:
    """Call a function twice on fresh copies of an example."""
    blank = Run(example, form, [], [])
    raws = []
    for _ in range(2):
        _clock.look()
        try:
            raw, kept = user(example, form)
        except HangError as error:
            return blank._replace(failure="hang", detail=str(error))
        except Exception as error:  # noqa: BLE001 - whatever the user's code raises
            return blank._replace(failure="raised", detail=describe(error))
        raws.append(raw)
        if not kept:
            return blank._replace(
                raw=raw, failure="input", detail="it writes into them"
            )
    blank = blank._replace(raw=raws[0])
    answers: list[list[Array]] = []
    for raw in raws:
        entries = [flat(answer) for answer in raw]
        sizes = [None if e is None else e.size for e in entries]
        if any(size != np.size(example.w) for size in sizes):
            got = ", ".join(
                "no numbers" if s is None else f"{s} numbers" for s in sizes
            )
            said = f"{np.size(example.w)} numbers expected, got {got}"
            return blank._replace(failure="shape", detail=said)
        answers.append([np.ravel(e) for e in entries if e is not None])
    finite = all(np.isfinite(e.astype(float)).all() for each in answers for e in each)
    return blank._replace(answers=answers, failure="" if finite else "nan")


def run_all(user: UserFunction, own: Sequence[Example]) -> dict[str, list[Run]]:
    """Run a function on every kind of data that it takes, by the kind's name.

    Raises:
        TypeError: If it takes none.
    """
    found: dict[str, list[Run]] = {}
    refusals = []
    for name in ("tokens",) if "mask" in user.roles else DATA:
        mine = [e for e in own if _name_kind(e) == name]
        if name == "tokens" and not (mine or _may_mask(user, found)):
            continue
        examples = make_examples(name, user.ranked)
        forms, refusal = _find_forms(user, examples)
        refusals.append(refusal)
        if forms:
            pairs = _pair([*examples, *mine], forms)
            found[name] = [run(user, *pair) for pair in pairs]
    if not found:
        msg = f"{user.name} could not be called: {refusals[0]}"
        raise TypeError(msg)
    lost = {_name_kind(e) for e in own} - set(found)
    if lost:
        msg = f"{user.name} cannot be called with data: {DATA[lost.pop()]}"
        raise TypeError(msg)
    return found


def _may_mask(user: UserFunction, found: Mapping[str, Any]) -> bool:
    """Whether it may mean (x, y, mask): what runs without a mask needs none."""
    return "mask" in user.roles or ("batches" in user.roles and not found)


def _name_kind(example: Example) -> str:
    if example.batches[0].mask is not None:
        return "tokens"
    return "vector" if np.ndim(example.w) else "scalar"


def _find_forms(
    user: UserFunction, examples: Sequence[Example]
) -> tuple[list[Form], str]:
    """Return in which numbers it runs on all even batches; or what it does instead."""
    even = [e for e in examples if e.usual and e.even and len(e.batches) > 1]
    refusals: list[str] = []
    forms: list[Form] = []
    for kind in KINDS:
        if kind == "tensor" and (forms or "torch" not in sys.modules):
            break
        form = Form(kind)
        refusal = _find_refusal(user, even, form)
        if refusal.endswith("is not an iterator"):  # where a list ran, it is a list:
            form = Form(kind, as_list=False)  # read twice, an iterator is empty
            refusal = _find_refusal(user, even, form)
        forms += [] if refusal else [form]
        refusals += [refusal] if refusal else []
    return forms, next(iter(refusals), "")


def _find_refusal(user: UserFunction, even: Sequence[Example], form: Form) -> str:
    tried = (run(user, example, form) for example in even)
    refused = ("raised", "shape")
    return next((each.detail for each in tried if each.failure in refused), "")


def _pair(
    examples: Sequence[Example], forms: Sequence[Form]
) -> Iterator[tuple[Example, Form]]:
    for example in examples:
        for form in forms:
            if form.kind != "float32" or fits_in_float32(example.entries):
                yield example, form


def fits_in_float32(entries: Sequence[Fraction]) -> bool:
    """Whether float32 holds them as they are."""
    return all(Fraction(float(np.float32(float(q)))) == q for q in entries)
