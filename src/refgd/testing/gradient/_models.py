"""Which kinds of model a function takes, found by trying each where n ≠ d."""

import functools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing import _clock
from refgd.testing.gradient._examples import FLAT, MODELS, Example, Model, examples
from refgd.testing.gradient._oracle import Oracle, residuals
from refgd.testing.gradient._verdict import Verdict, run_example

#: Shapes (n, d) that are tried: a program for another kind of model fails on one.
SHAPES = ((5, 3), (4, 2), (7, 4))

#: A program without its transpose runs here alone.
SQUARE = (3, 3)

#: Failures of a program that is not made for a kind of model.
FOREIGN = ("raised", "shape")


def try_models(
    oracle: Oracle, kinds: dict[str, Model] = FLAT
) -> tuple[dict[str, list[Verdict]], dict[str, Verdict]]:
    """Return the kinds it takes, with their verdicts; and what the others gave."""
    taken: dict[str, list[Verdict]] = {}
    refused: dict[str, Verdict] = {}
    for name, model in _distinct_kinds(oracle, kinds).items():
        tried = [_try_model(oracle, model, n, d) for n, d in SHAPES]
        verdicts = [v for v in tried if v is not None]
        if len(verdicts) < len(tried):  # what it should return here is not known
            continue
        foreign = [v for v in verdicts if v.failure in FOREIGN]
        simpler = [kinds[kind] for kind in taken]
        is_other = functools.partial(_is_for_another, oracle, model, verdicts, simpler)
        other = _clock.unless_broken(is_other, broken=False)
        if foreign or other:
            refused[name] = foreign[0] if foreign else verdicts[0]
        else:
            taken[name] = verdicts
    return taken, refused


#: A kind is taken in part by a program that is right for this part of what it runs on.
PART = 0.5

#: So many rational examples of a kind tell whether it is taken in part.
FEW = 20


def find_partly_taken(
    oracle: Oracle, refused: dict[str, Verdict]
) -> dict[str, list[Verdict]]:
    """Return the kind of model that a program runs on for some data sets only.

    None where what it runs on is told by d alone: it is made for as many features.
    """
    best: dict[str, list[Verdict]] = {}
    for name in [name for name, v in refused.items() if v.failure == "raised"]:
        suitable = filter(oracle.applies_to, examples(MODELS[name], FEW))
        tried = [run_example(oracle, example) for example in suitable]
        verdicts = [v for v in tried if v is not None]
        ran = [v for v in verdicts if v.failure != "raised" and not v.refusal]
        raised = {_features(v) for v in verdicts if v.failure == "raised"}
        right = sum(v.right for v in ran)
        if right < max(PART * len(ran), 1) or not raised & {_features(v) for v in ran}:
            continue
        if not best or len(ran) > len(next(iter(best.values()))):
            best = {name: verdicts}
    return best


def _features(verdict: Verdict) -> int:
    return int(verdict.example.x[0].size)


def _distinct_kinds(oracle: Oracle, kinds: dict[str, Model]) -> dict[str, Model]:
    """Leave out the kinds between which a loss of predictions sees no difference."""
    if oracle.kind != "loss" or oracle.function.takes_weights:
        return kinds
    return dict([next(iter(kinds.items()))])


def _try_model(oracle: Oracle, model: Model, n: int, d: int) -> Verdict | None:
    example = _make_example(model._replace(d=model.d and d), n)
    verdict = run_example(oracle, example)
    expected = oracle.expected(example)
    if verdict is None and expected is not None:  # its kind of number is too short
        return Verdict(example, expected, np.zeros_like(expected))
    return verdict


@functools.cache  # with its exact values, which cost more than the user's code
def _make_example(model: Model, n: int) -> Example:
    generator = np.random.default_rng(n)
    x = generator.normal(size=n if model.d is None else (n, model.d))
    y, w = generator.normal(size=n), generator.normal(size=model.weights)
    return Example(x, y, np.asarray(w)[()], model.intercept, model.column)


def _is_for_another(
    oracle: Oracle, model: Model, verdicts: list[Verdict], taken: list[Model]
) -> bool:
    """Whether it is made for one weight, or, if it takes that, for no intercept."""
    if model.weights is None:
        return False
    one = FLAT["scalar"] in taken
    if all(_solves_one_by_one(oracle, v, takes_one=one) for v in verdicts):
        return True
    without = model.intercept and model._replace(intercept=False) in taken
    return without and all(_ignores_intercept(oracle, v) for v in verdicts)


def _solves_one_by_one(oracle: Oracle, verdict: Verdict, *, takes_one: bool) -> bool:
    """Whether each entry of w was a problem of its own: it is made for one weight.

    One that is taken for one weight may be wrong there: its own answers tell.
    """
    e, got = verdict.example, verdict.answer
    if oracle.kind != "gradient" or got is None or verdict.right:
        return False
    if (e.intercept and e.x.ndim > 1) or e.column:
        return False
    columns = e.x.T if e.x.ndim > 1 else [e.x] * len(got)
    alone = [
        Example(x.copy(), e.y, w)
        for x, w in zip(columns, np.atleast_1d(e.w), strict=True)
    ]
    if _are_near(got, [oracle.expected(each) for each in alone]):
        return True
    if not takes_one:
        return False
    answers = [_answer(oracle, each) for each in alone]
    elsewhere = [_answer(oracle, replace(each, w=each.w + 1)) for each in alone]
    return _are_near(got, answers) and not _are_near(got, elsewhere)


def _answer(oracle: Oracle, example: Example) -> Any:
    verdict = run_example(oracle, example)
    return verdict and verdict.answer


def _are_near(got: Any, entries: list[Any]) -> bool:
    if any(each is None for each in entries):
        return False
    return bool(np.all(abs(got - np.concatenate(entries)) <= abs(got) * NEAR))


def _ignores_intercept(oracle: Oracle, verdict: Verdict) -> bool:
    """Whether it goes by the columns of x alone: a further weight is none to it."""
    e, got = verdict.example, verdict.answer
    if oracle.kind != "gradient" or got is None or "b" in oracle.function.roles:
        return False
    slopes = e.w[0] if e.x.ndim == 1 else e.w[:-1]
    alone: Any = oracle.expected(Example(e.x, e.y, slopes, column=e.column))
    if alone is None or got[-1]:
        return False
    return bool(np.all(abs(got[:-1] - alone) <= abs(alone) * NEAR))


#: Rounding in these few small examples is far below, and chance agreement far above.
NEAR = Fraction(1, 2**20)


def find_missing_transpose(oracle: Oracle) -> Verdict | None:
    """Return a verdict that shows a missing transpose: x · r, and only for n = d."""
    if oracle.kind != "gradient":
        return None
    verdict = _try_model(oracle, FLAT["vector"], *SQUARE)
    if verdict is None or verdict.answer is None or verdict.right:
        return None
    e = verdict.example
    x = np.dot(e.rows, residuals(e, oracle.function)[0]) * Fraction(1, e.whole.unit**2)
    # c·x·r, whatever the convention's c is
    near = abs(verdict.answer * x[0] - x * verdict.answer[0]) < NEAR
    return verdict if np.all(near) else None
