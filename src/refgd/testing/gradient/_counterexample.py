"""The smallest example on which a function is wrong, as code that can be pasted."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from refgd.testing import _clock
from refgd.testing._answers import shape_of
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._kinks import Ends
from refgd.testing.gradient._oracle import Oracle
from refgd.testing.gradient._own_loss import find_kinks
from refgd.testing.gradient._verdict import WRITES, Verdict, run_example

#: The best of the wrong examples with the fewest entries, this many, is made smaller.
FIRST = 50

#: The search for a smaller example stops after this many samples.
SAMPLES = 30_000

#: Where there are more samples than this, x and y are made simpler as a whole.
FEW = 64

#: In this order the inputs are written.
ORDER = ("x", "y", "y_pred", "w", "b")

#: One entry more counts as much as five more digits.
ENTRY = 50.0


def smallest(oracle: Oracle, verdicts: Sequence[Verdict]) -> Verdict:
    """Return a wrong verdict that is small, and that nothing simpler shows as well."""
    wrong = [v for v in verdicts if not v.right]
    # what is changed shows more than what would be
    wrong.sort(key=lambda v: (v.detail.startswith(WRITES), v.example.x.size))
    would = wrong[0].detail.startswith(WRITES)
    wrong = [v for v in wrong if v.detail.startswith(WRITES) == would]
    best = min(wrong[:FIRST], key=_cost)
    if best.failure not in ("memory", "square"):
        best = _make_smaller(oracle, best)
    floats = functools.partial(_in_floats_if_as_wrong, oracle, best)
    return _clock.unless_late(floats, best)


def _make_smaller(oracle: Oracle, best: Verdict) -> Verdict:
    """Return the smallest that is found while there are samples and time left."""
    left, improved = SAMPLES, True
    while improved:
        improved = False
        for candidate in _simplify(best.example):
            if left <= 0:
                break
            left -= candidate.n
            judge = functools.partial(run_example, oracle, candidate)
            new = _clock.unless_late(judge, None)
            if new and _shows_the_same(new, best) and _cost(new) < _cost(best):
                best, improved = new, True
                break
    return best


def _shows_the_same(verdict: Verdict, best: Verdict) -> bool:
    """Whether it shows the same; for a change of inputs, of the same inputs."""
    same = verdict.detail == best.detail or best.failure != "input"
    return verdict.failure == best.failure and same


def _in_floats_if_as_wrong(oracle: Oracle, verdict: Verdict) -> Verdict:
    """Show floats for Fractions where they are as wrong."""
    if not verdict.example.exact:
        return verdict
    floats = run_example(oracle, verdict.example.in_floats)
    return floats if floats and floats.failure == verdict.failure else verdict


def _cost(verdict: Verdict) -> float:
    """How hard an example is to read: many entries, and long ones."""
    e = verdict.example
    entries = [*e.x.flat, *e.y, *np.atleast_1d(e.w)]
    return ENTRY * len(entries) + sum(map(_reading_cost, entries))


def _reading_cost(value: Any) -> float:
    """How hard a number is to read."""
    whole = isinstance(value, np.integer)
    q = Fraction(int(value)) if whole else Fraction(*value.as_integer_ratio())
    size = len(str(q.numerator)) + 4 * len(str(q.denominator))
    return 10 * size + min(abs(float(q)), 9.0) + (q < 0) / 2


def _simplify(e: Example) -> Iterator[Example]:
    yield from _set_all(e)
    k = e.n // 2
    for part in (slice(k), slice(k, None)) if k else ():
        yield replace(e, x=e.x[part].copy(), y=e.y[part].copy())
    if e.n > FEW:  # a bound on n is found by halves
        shorter = (e.n - e.n // 2**i for i in range(2, e.n.bit_length() + 1))
        for k in dict.fromkeys(shorter):
            yield replace(e, x=e.x[:k].copy(), y=e.y[:k].copy())
        return
    for i in range(e.n if e.n > 1 else 0):
        yield replace(e, x=np.delete(e.x, i, axis=0), y=np.delete(e.y, i))
    for name in ("x", "y", "w"):
        a = np.atleast_1d(getattr(e, name))
        for where in np.ndindex(a.shape):
            for value in _simpler_numbers(a[where]):
                changed = a.copy()
                changed[where] = value
                whole = changed if name != "w" or np.ndim(e.w) else changed[0]
                kept = {"x": e.x, "y": e.y, "w": e.w, name: whole}
                yield replace(e, **kept)


def _set_all(e: Example) -> Iterator[Example]:
    """Yield the example with all entries of x or y equal, where there are many."""
    for name in ("x", "y") if e.n > FEW else ():
        a = getattr(e, name)
        for value in (0, 1):
            same = np.full_like(a, type(a.flat[0])(value))
            if not np.array_equal(same, a):
                yield replace(e, **{name: same})


def _simpler_numbers(old: Any) -> list[Any]:
    """Return simpler numbers of the same kind."""
    kind = type(old)
    candidates = [kind(0), kind(1), kind(2), kind(int(old)) if abs(old) < 1e6 else old]  # noqa: PLR2004 - a longer whole number is no simpler
    return [value for value in candidates if _reading_cost(value) < _reading_cost(old)]


def write_code(oracle: Oracle, verdict: Verdict) -> list[str]:
    """Write the example as Python, and what was expected and returned."""
    e = verdict.example
    named = oracle.function.arguments(e.inputs())
    inputs = {role: named[role] for role in ORDER if role in named} | named
    if oracle.function.reads_global:
        inputs["w"] = e.inputs()["w"]
    lines = ["import numpy as np"]
    if e.exact:
        lines.append("from fractions import Fraction")
    read_only = verdict.layout is not None or verdict.detail.startswith(WRITES)
    for role, value in inputs.items():
        lines.append(f"{role} = {_write_layout(_write_value(value), value, verdict)}")
        if read_only and isinstance(value, np.ndarray):
            lines.append(f"{role}.flags.writeable = False")
    call = oracle.function.write_call()
    got = f"got {_write_answer(verdict.raw_answer)}"
    if oracle.function.arrangement:
        got += f" ({oracle.function.arrangement})"
    outcome = "raises" if verdict.failure == "raised" else got
    lines.append(f"{call}  # expected {_write_expected(oracle, verdict)}, {outcome}")
    return lines


def _write_layout(literal: str, value: Any, verdict: Verdict) -> str:
    if verdict.layout is None or not isinstance(value, np.ndarray):
        return literal
    return verdict.layout.code.format(literal)


def _write_value(value: Any) -> str:
    if isinstance(value, dict):
        items = [f"{key!r}: {_write_value(each)}" for key, each in value.items()]
        return f"{{{', '.join(items)}}}"
    if not isinstance(value, np.ndarray | np.generic):  # a Fraction, a list, a tensor
        return repr(value)
    usual = value.dtype in (np.float64, np.int64, object)
    if not np.ndim(value):
        number = repr(float(value))
        return number if usual else f"np.{value.dtype}({number})"
    suffix = "" if usual else f", dtype=np.{value.dtype}"
    if value.size > FEW and np.all(value == value.flat[0]):
        shape = value.shape if value.ndim > 1 else value.size
        return f"np.full({shape}, {value.flat[0].item()!r}{suffix})"
    kind = "matrix" if isinstance(value, np.matrix) else "array"
    return f"np.{kind}({value.tolist()!r}{suffix})"


def _write_expected(oracle: Oracle, verdict: Verdict) -> str:
    ends: list[Any] = [None] * len(verdict.expected)
    if oracle.loss is not None and not verdict.example.exact:
        ends = find_kinks(oracle.loss, verdict.example)
    numbers = [
        _write_fraction(q) if each is None else write_ends(each)
        for q, each in zip(verdict.expected, ends, strict=True)
    ]
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"


def write_ends(ends: Ends) -> str:
    """Write what is right at a kink."""
    low, high = (round(each, 6) + 0.0 for each in (ends.low, ends.high))
    return f"any number from {low:.6g} to {high:.6g}"


def _write_fraction(q: Fraction) -> str:
    return str(q) if len(str(q)) <= 12 else repr(float(q))  # noqa: PLR2004 - as in cli


def _write_answer(answer: Any) -> str:
    if isinstance(answer, tuple | list) and shape_of(answer) is None:
        return f"({', '.join(map(_write_answer, answer))})"
    try:
        entries = np.asarray(answer)
    except (TypeError, ValueError):  # no array, whatever it is
        return repr(answer)
    if entries.dtype == object:
        parts = [
            _write_fraction(e) if isinstance(e, Fraction) else repr(e)
            for e in entries.flat
        ]
        return parts[0] if entries.ndim == 0 else f"[{', '.join(parts)}]"
    return repr(entries.tolist())
