"""The smallest example on which a function is wrong, as code that can be pasted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._oracle import Question
from refgd.testing.gradient._verdict import WRITES, Trial, attempt

#: The best of so many examples, the ones with the fewest entries, is made smaller.
FIRST = 50

#: At most so many samples are tried again in the search for a smaller example.
SAMPLES = 3000

#: One entry more is as hard to read as so many digits.
ENTRY = 50.0


def smallest(question: Question, trials: Sequence[Trial]) -> Trial:
    """Return a wrong trial that is small, and that nothing simpler shows as well."""
    wrong = [trial for trial in trials if not trial.right]
    # what is changed shows more than what would be
    wrong.sort(key=lambda t: (t.detail.startswith(WRITES), t.example.x.size))
    would = wrong[0].detail.startswith(WRITES)
    wrong = [t for t in wrong if t.detail.startswith(WRITES) == would]
    best = min(wrong[:FIRST], key=_cost)
    left = SAMPLES
    improved = best.problem not in ("memory", "square")
    while improved:
        improved = False
        for candidate in _simpler(best.example):
            if left <= 0:
                break
            left -= candidate.n
            trial = attempt(question, candidate)
            if trial and _alike(trial, best) and _cost(trial) < _cost(best):
                best, improved = trial, True
                break
    return _plain(question, best)


def _alike(trial: Trial, best: Trial) -> bool:
    """Whether it shows the same; for a change of inputs, of the same inputs."""
    same = trial.detail == best.detail or best.problem != "input"
    return trial.problem == best.problem and same


def _plain(question: Question, trial: Trial) -> Trial:
    """Show floats for Fractions where they are as wrong."""
    if not trial.example.exact:
        return trial
    floats = attempt(question, trial.example.in_floats)
    return floats if floats and floats.problem == trial.problem else trial


def _cost(trial: Trial) -> float:
    """How hard an example is to read: many entries, and long ones."""
    e = trial.example
    entries = [*e.x.flat, *e.y, *np.atleast_1d(e.w)]
    return ENTRY * len(entries) + sum(map(_weight, entries))


def _weight(value: Any) -> float:
    """How hard a number is to read."""
    q = Fraction(*value.as_integer_ratio())
    size = len(str(q.numerator)) + 4 * len(str(q.denominator))
    return 10 * size + min(abs(float(q)), 9.0) + (q < 0) / 2


def _simpler(e: Example) -> Iterator[Example]:
    k = e.n // 2
    for part in (slice(k), slice(k, None)) if k else ():
        yield replace(e, x=e.x[part].copy(), y=e.y[part].copy())
    for i in range(e.n if e.n > 1 else 0):
        yield replace(e, x=np.delete(e.x, i, axis=0), y=np.delete(e.y, i))
    for name in ("x", "y", "w"):
        a = np.atleast_1d(getattr(e, name))
        for where in np.ndindex(a.shape):
            for value in _values(a[where]):
                changed = a.copy()
                changed[where] = value
                whole = changed if name != "w" or np.ndim(e.w) else changed[0]
                kept = {"x": e.x, "y": e.y, "w": e.w, name: whole}
                yield replace(e, **kept)


def _values(old: Any) -> list[Any]:
    """Return simpler numbers of the same kind."""
    kind = type(old)
    candidates = [kind(0), kind(1), kind(2), kind(int(old)) if abs(old) < 1e6 else old]  # noqa: PLR2004 - a longer whole number is no simpler
    return [value for value in candidates if _weight(value) < _weight(old)]


def code(question: Question, trial: Trial) -> list[str]:
    """Write the example as Python, and what came and should have come."""
    e, roles = trial.example, question.subject.roles
    inputs = {role: value for role, value in e.inputs().items() if role in roles}
    if question.subject.takes_weights:
        inputs["w"] = e.inputs()["w"]
    lines = ["import numpy as np"]
    if e.exact:
        lines.append("from fractions import Fraction")
    for role, value in inputs.items():
        lines.append(f"{role} = {_laid(_literal(value), value, trial)}")
        if _read_only(trial) and np.ndim(value):
            lines.append(f"{role}.flags.writeable = False")
    call = f"{question.subject.name}({', '.join(roles)})"
    shown = "raises" if trial.problem == "raised" else f"got {_answer(trial.shown)}"
    lines.append(f"{call}  # expected {_expected(trial)}, {shown}")
    return lines


def _laid(literal: str, value: Any, trial: Trial) -> str:
    if trial.layout is None or not np.ndim(value):
        return literal
    return trial.layout.code.format(literal)


def _read_only(trial: Trial) -> bool:
    return trial.layout is not None or trial.detail.startswith(WRITES)


def _literal(value: Any) -> str:
    if not np.ndim(value):
        return f"{value!r}" if isinstance(value, Fraction) else _scalar(value)
    dtype = value.dtype
    suffix = "" if dtype in (np.float64, object) else f", dtype=np.{dtype}"
    return f"np.array({_listed(value)}{suffix})"


def _scalar(value: Any) -> str:
    if value.dtype == np.float64:
        return repr(float(value))
    return f"np.{value.dtype}({float(value)!r})"


def _listed(value: Array) -> str:
    return repr(value.tolist())


def _expected(trial: Trial) -> str:
    numbers = [_short(q) for q in trial.truth]
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"


def _short(q: Fraction) -> str:
    return str(q) if len(str(q)) <= 12 else repr(float(q))  # noqa: PLR2004 - as in cli


def _answer(answer: Any) -> str:
    entries = np.asarray(answer)
    if entries.dtype == object:
        parts = [
            _short(e) if isinstance(e, Fraction) else repr(e) for e in entries.flat
        ]
        return parts[0] if entries.ndim == 0 else f"[{', '.join(parts)}]"
    return repr(entries.tolist())
