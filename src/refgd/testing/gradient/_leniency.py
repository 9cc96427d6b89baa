"""Right programs that are less exact than they could be: is that all?

One computes in float32, whatever its data are. Its answers are off by more than
float64's rounding, so they are judged again with float32's. That alone would excuse a
factor of 1 + 1e-9. But one sample of small whole numbers is exact in float32 too: there
a right program is right to the last digit. So it is for a number of 24 bits beside ones
and zeros: what loses more bits than float32 is seen there. Of 25 bits, float32 rounds
every odd number: what keeps it, wherever it stands, does not compute in float32.

Another takes a detour, such as (x + r)² − (x − r)² for 4xr, and loses digits where x
and r differ much in size. In rational arithmetic it is right all the same.
"""

from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing.gradient._examples import MODELS, Example, Model, examples
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._verdict import Verdict, allowance, compare, run_example

ByModel = dict[str, list[Verdict]]

SHORT = np.float32

#: Of what is rounded to 24 bits, a relative error above this is soon met: 2⁻²⁴ is the
#: largest.
COARSE = Fraction(1, 2**26)

#: So many exact answers for one sample of whole numbers below this must be right:
#: products of three stay below 2²⁴.
ENOUGH, WHOLE = 3, 2**6

#: They are among so many examples, however few the check itself draws.
DRAWN = 60


def in_float32(oracle: Oracle, by_model: ByModel) -> ByModel | None:
    """Return the verdicts judged in float32, or None if that does not explain them."""
    verdicts = flatten(by_model)
    wrong = [v for v in verdicts if not v.right]
    if not wrong or any(v.failure not in ("value", "nan") or v.exact for v in wrong):
        return None
    if not all(_is_off_by_rounding(oracle, v) for v in wrong):
        return None
    if not any(_is_off_by_more_than(COARSE, oracle, v) for v in wrong):
        return None
    again = _judge_again(oracle, by_model, SHORT)
    if again is None or not _is_right_for_whole_numbers(oracle, by_model):
        return None
    if not _rounds_as_float32(oracle, by_model):
        return None
    examples = {id(v.example) for v in wrong}
    seen = [v for v in flatten(again) if _is_decisive(v) and id(v.example) in examples]
    return again if len(seen) >= ENOUGH else None


def by_cancellation(oracle: Oracle, by_model: ByModel) -> ByModel | None:
    """Return the verdicts judged by a detour's rounding, or None if that is not all."""
    verdicts = flatten(by_model)
    wrong = [v for v in verdicts if not v.right]
    exact = [v for v in verdicts if v.exact and np.any(v.expected)]
    if not wrong or oracle.cancellation is None or len(exact) < ENOUGH:
        return None
    if any(v.failure != "value" or v.exact for v in wrong):
        return None
    detour = oracle._replace(magnitude=oracle.cancellation)
    return _judge_again(detour, by_model, np.longdouble)


def flatten(by_model: ByModel) -> list[Verdict]:
    """Return all verdicts, whatever the model."""
    return [verdict for verdicts in by_model.values() for verdict in verdicts]


def _is_off_by_rounding(oracle: Oracle, verdict: Verdict) -> bool:
    """Whether an answer is float32's, or what float32 makes of too great a number."""
    tolerance = allowance(oracle, verdict.example, SHORT)
    if verdict.answer is None or tolerance is None:
        return True
    return bool(np.all(abs(verdict.answer - verdict.expected) <= tolerance))


def _is_off_by_more_than(part: Fraction, oracle: Oracle, verdict: Verdict) -> bool:
    """Whether an answer is off by more than this part of its terms' sizes."""
    if verdict.answer is None:
        return True
    limit = part * oracle.magnitude(verdict.example)
    return bool(np.any(abs(verdict.answer - verdict.expected) > limit))


def is_plainly_wrong(oracle: Oracle, verdict: Verdict) -> bool:
    """Whether a value is wrong by more than what is forgiven here."""
    if verdict.failure != "value":
        return False
    return verdict.exact or not _is_off_by_rounding(oracle, verdict)


def _is_decisive(verdict: Verdict) -> bool:
    return bool(np.any(abs(verdict.expected) > 2 * verdict.tolerance))


def _is_right_for_whole_numbers(oracle: Oracle, by_model: ByModel) -> bool:
    """Whether one sample of whole numbers, as floats, has the exact gradient."""
    taken = [MODELS[name] for name in by_model if name]
    drawn = [e for model in taken for e in examples(model, DRAWN) if e.exact]
    small = filter(_is_exact_in_float32, filter(oracle.applies_to, drawn))
    floats = [run_example(oracle, each.in_floats) for each in small]
    known = [v for v in floats if v is not None]
    return len(known) >= ENOUGH and all(v.right for v in known)


def _is_exact_in_float32(example: Example) -> bool:
    """Whether nothing of it would be rounded in float32."""
    unit, *parts = example.whole
    small = all(np.all(abs(part) < WHOLE) for part in parts)
    return example.n == 1 and unit == 1 and small


#: Odd numbers of 24 bits, which float32 holds, and of 25, which it rounds.
HELD = (2**24 - 1, 2**23 + 1, 0b101011001110001111000101)
ROUNDED = (2**24 + 1, 2**25 - 1, 2**24 + 2**12 + 1)


def _rounds_as_float32(oracle: Oracle, by_model: ByModel) -> bool:
    """Whether numbers of 24 bits are kept, and numbers of 25 bits are not."""
    for name in by_model:
        held = [_probe(oracle, MODELS[name], k, "yw") for k in HELD]
        rounded = [_probe(oracle, MODELS[name], k, "xyw") for k in ROUNDED]
        if not all(map(all, held)) or all(map(all, rounded)):
            return False
    return True


def _probe(oracle: Oracle, model: Model, number: int, parts: str) -> list[bool]:
    """Return whether it is right with a number in x, y or w, beside ones and zeros."""
    d = None if model.d is None else 1
    found = []
    for part in parts:
        x = np.ones(1 if d is None else (1, 1))
        y, w = np.zeros(1), np.zeros(model._replace(d=d).weights or 1)
        w[0] = part == "x"
        {"x": x, "y": y, "w": w}[part].flat[0] = number
        slopes = w if model.weights is not None else w[0]
        example = Example(x, y, slopes, model.intercept, model.column)
        verdict = run_example(oracle, example)
        found.append(verdict is None or verdict.right)
    return found


def _judge_again(oracle: Oracle, by_model: ByModel, kind: Any) -> ByModel | None:
    """Judge again in a shorter dtype; drop what it cannot represent.

    None if not everything is right then.
    """
    again = {
        name: [v if v.right else compare(oracle, v, kind) for v in verdicts]
        for name, verdicts in by_model.items()
    }
    known = {name: [v for v in each if v is not None] for name, each in again.items()}
    return known if all(v.right for v in flatten(known)) else None
