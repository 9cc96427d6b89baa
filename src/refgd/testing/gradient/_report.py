"""What is said of a function: a finding; a report if all are right, else an error."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from refgd.testing import _clock
from refgd.testing._answers import flat
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _counterexample, _own_loss
from refgd.testing.gradient._diagnosis import diagnose, is_condition
from refgd.testing.gradient._examples import MODELS, Example
from refgd.testing.gradient._leniency import ByModel, flatten
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._signature import UserFunction
from refgd.testing.gradient._verdict import Verdict


class GradientError(AssertionError):
    """A function is wrong; the text is the diagnosis.

    Attributes:
        diagnosis: The likely mistake in words, or None where no hypothesis holds.
    """

    __module__ = "refgd.testing"  # where it is public: tracebacks name it

    def __init__(self, text: str, diagnosis: str | None = None) -> None:
        super().__init__(text)
        self.diagnosis = diagnosis


@dataclass(frozen=True)
class Report:
    """What was checked and found right."""

    functions: tuple[str, ...]
    models: tuple[str, ...]
    examples: int
    exact: int
    convention: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        bounded = self.examples - self.exact
        lines = [
            f"all right: {', '.join(self.functions)} (convention {self.convention})",
            f"  for {'; '.join(self.models)}",
            f"  {self.exact} answers equal in rational arithmetic",
            f"  {bounded} answers within a derived rounding bound",
        ]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


class Finding(NamedTuple):
    """What was found of one function.

    Attributes:
        kind: "gradient", "loss" or "predictions".
        function: Its name.
        verdict: "inconclusive" where rounding hides the answer, or nothing can be
            told; "could not be called" where it always raises.
        diagnosis: The likely mistake in words; of the user's own loss, the convention
            that it keeps to.
        notes: What else there is to say, in sentences.
        text: All that is said of a wrong function, with a counterexample.
        models: The kinds of model that it was checked for.
        examples: How many answers were compared.
        exact: How many of them in rational arithmetic.
    """

    kind: str
    function: str
    verdict: Literal["right", "wrong", "inconclusive", "could not be called"]
    diagnosis: str | None = None
    notes: tuple[str, ...] = ()
    text: str = ""
    models: tuple[str, ...] = ()
    examples: int = 0
    exact: int = 0


#: Of a gradient and a loss that belong together.
BOTH_DIFFER = ", but both differ from the convention"

INCONCLUSIVE = "rounding hides whether it is the derivative of the loss"


def make_report(found: Sequence[Finding], convention: str) -> Report:
    """Sum up what was found right; a loss that is only named was not checked."""
    named = [each for each in found if each.verdict == "right" and each.diagnosis]
    checked = [each for each in found if each not in named]
    notes = [note for each in found for note in each.notes]
    notes += [f"the loss is {each.diagnosis}" for each in named]
    notes += [f"inconclusive: {each.diagnosis}" for each in checked if each.diagnosis]
    return Report(
        tuple(each.function for each in checked),
        checked[0].models,
        sum(each.examples for each in checked),
        sum(each.exact for each in checked),
        convention,
        tuple(notes),
    )


def write_unclear(found: Sequence[Finding]) -> str:
    """Write what could not be told of functions, a line each."""
    lines = []
    for each in found:
        called = each.verdict != "could not be called"
        words = each.diagnosis if called else f"{each.verdict}: {each.diagnosis}"
        lines.append(f"{each.function}: {words}")
    return "\n".join(lines)


def make_error(found: Sequence[Finding]) -> GradientError:
    wrong = [each for each in found if each.verdict == "wrong"]
    texts = [each.text for each in wrong]
    diagnoses = [each.diagnosis for each in wrong if each.diagnosis]
    relation = next((note for each in wrong for note in each.notes), None)
    if relation is not None and relation.endswith(BOTH_DIFFER):
        of_gradient = next(e.diagnosis for e in wrong if e.kind == "gradient")
        relation += f": {of_gradient}" if of_gradient else ""
        diagnoses = []
    if relation is not None:
        texts.insert(0, relation)
        diagnoses.insert(0, relation)
    return GradientError("\n".join(texts), "; ".join(diagnoses) or None)


NOT_LOOKED_FOR = "not looked for, since time ran out"

PROPERTIES = {
    "gradient": "it is the gradient of {}",
    "loss": "it is {}",
    "predictions": "it predicts x · w",
}

BROKEN = {
    "raised": "it runs on every data set",
    "shape": "it returns the shape that is meant",
    "nan": "it is finite where the exact value is",
    "input": "it leaves its inputs alone",
    "memory": "the same numbers give the same answer",
    "layout": "how the numbers lie in memory changes nothing",
}


def explain_failure(
    oracle: Oracle, verdicts: Sequence[Verdict], convention: Convention
) -> tuple[str | None, str]:
    """Return the likely mistake in words, and all that is said of it."""
    late: str | None = NOT_LOOKED_FOR
    worst = _counterexample.smallest(oracle, verdicts)
    known = any(worst is each for each in verdicts)
    shown = verdicts if known else [*verdicts, worst]  # the mistake must explain it too
    find = functools.partial(diagnose, oracle, shown, convention)
    diagnosis = _clock.unless_broken(lambda: _clock.unless_late(find, late), None)
    words = PROPERTIES[oracle.kind].format(convention.words)
    broken = BROKEN.get(worst.failure or "", words)
    wrong = sum(not v.right for v in verdicts)
    told = Failure(
        oracle.function.name,
        f"{broken} (fails on {wrong} of {len(verdicts)} examples)",
        diagnosis,
        worst.detail,
        _counterexample.write_code(oracle, worst),
    )
    return (None if diagnosis is late else diagnosis), told.write()


class Failure(NamedTuple):
    """What is said of a wrong function.

    Attributes:
        function: Its name.
        broken: The property that it breaks, and on how many examples.
        diagnosis: The likely mistake in words, if one is known.
        detail: What was seen, if anything.
        code: The smallest counterexample, line by line.
    """

    function: str
    broken: str
    diagnosis: str | None
    detail: str
    code: Sequence[str]

    def write(self) -> str:
        """Write it, a line for each."""
        lines = [f"{self.function} is wrong", f"  property: {self.broken}"]
        if self.diagnosis:
            label = "condition" if is_condition(self.diagnosis) else "likely mistake"
            lines.append(f"  {label}: {self.diagnosis}")
        if self.detail and self.detail != self.diagnosis:
            lines.append(f"  seen: {self.detail}")
        lines.append("  smallest counterexample:")
        return "\n".join([*lines, *(f"    {line}" for line in self.code)])


def list_notes(oracle: Oracle, by_model: ByModel) -> list[str]:
    verdicts = flatten(by_model)
    found = []
    name = next(iter(by_model), "")
    swallowed = [role for role in NAN if name and _swallows_nan(oracle, name, role)]
    if swallowed:
        inputs = " or ".join(swallowed)
        found.append(f"swallows NaN: for a NaN in {inputs} it returns a number")
    if oracle.function.too_short or any(_is_short(v) for v in verdicts):
        found.append("computes in a shorter kind of number than its data")
    found += dict.fromkeys(v.refusal for v in verdicts if v.refusal)
    if oracle.loss is not None:
        found += _describe_kinks(oracle.loss, verdicts)
    return [f"{oracle.function.name} {note}" for note in found]


def _describe_kinks(loss: UserFunction, verdicts: Sequence[Verdict]) -> list[str]:
    """Say what is returned at the first kink of the loss."""
    for verdict in verdicts:
        _clock.look()
        if verdict.exact or not np.any(
            verdict.tolerance * VAGUE > abs(verdict.expected)
        ):
            continue
        kinks = _own_loss.find_kinks(loss, verdict.example)
        for answer, ends in zip(verdict.answer, kinks, strict=True):
            if ends is not None:
                words = _counterexample.write_ends(ends)
                said = f"returns {float(answer):.6g} at a kink of {loss.name}"
                return [f"{said}, where {words} is right"]
    return []


#: What is known to less than this part may lie at a kink.
VAGUE = 1000


def _is_short(verdict: Verdict) -> bool:
    entries = flat(verdict.raw_answer)
    if entries is None or entries.dtype.kind != "f" or verdict.example.exact:
        return False
    given = np.float64 if verdict.example.whole_numbers else verdict.example.x.dtype
    return bool(np.finfo(entries.dtype).eps > np.finfo(given).eps)


#: The inputs in which a NaN should come out.
NAN = ("y", "x", "y_pred", "w")


def _swallows_nan(oracle: Oracle, name: str, role: str) -> bool:
    """Whether NaN in an input comes out as a number, for a kind of model."""
    if role not in oracle.function.roles or oracle.kind == "predictions":
        return False
    model = MODELS[name]
    x = np.ones(3) if model.d is None else np.ones((3, model.d))
    w = np.ones(model.weights) if model.weights else np.float64(1)
    example = Example(x, np.array([1.0, 4.0, 2.0]), w, model.intercept, model.column)
    given = example.inputs()
    spoilt = np.array(given[role])
    spoilt.flat[spoilt.size // 2] = np.nan
    given[role] = spoilt[()]
    try:
        entries = flat(oracle.function(given))
    except Exception:  # noqa: BLE001 - a refusal is well
        return False
    if entries is None:
        return False
    return bool(np.all(np.isfinite(entries.astype(float))))


def describe_convention(convention: Convention | None) -> str:
    """Name what a loss is."""
    if convention is None:
        return f"none of {', '.join(CONVENTIONS)}"
    return f"{convention.name}, {convention.words}"
