"""One example, one answer: right, wrong and how, or out of range."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import bounds
from refgd.testing._examples import Example
from refgd.testing._questions import Question

#: Roundings in a row that an honest program may need: four passes over n and d, and
#: some more for casts, square roots and factors. Far above any sum in a fixed order.
PASSES, MORE = 4, 40

#: Every example is asked this often, with new arrays that hold the same numbers.
CALLS = 2


@dataclass(frozen=True, eq=False)
class Trial:
    """What a function returned for an example, beside what it should have."""

    example: Example
    truth: Any  # an array of Fractions
    bound: Any  # likewise; zero where the answer is rational: then == decides
    got: Any = None  # likewise; None where it is no answer
    shown: Any = None  # what it returned, as it was
    problem: str | None = None  # raised, shape, nan, value, input, memory
    detail: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None

    @property
    def exact(self) -> bool:
        """Whether == decided."""
        return not np.any(self.bound)


def attempt(question: Question, example: Example) -> Trial | None:
    """Ask the question; in floats if the user's code leaves the rationals.

    None where the code's own kind of number is too short for the example.
    """
    if example.exact:
        trial = _exact(question, example)
        if trial is not None:
            return trial
        example = example.in_floats
    truth = question.truth(example)
    none = np.zeros_like(truth)
    inputs = example.inputs()
    try:
        answers = [question.subject(inputs)]
        changed = _changed(inputs, example)
        answers += [question.subject(example.inputs()) for _ in range(CALLS - 1)]
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises
        return Trial(example, truth, none, None, None, "raised", _say(error))
    trials = [_judge(question, example, answer, truth) for answer in answers]
    return _settle(trials, changed)


def _settle(trials: list[Trial | None], changed: str) -> Trial | None:
    """Join the calls of one example: a change of inputs, then the first wrong one."""
    known = [trial for trial in trials if trial is not None]
    if not known:
        return None
    first, wrong = known[0], next((t for t in known if not t.right), None)
    if changed:
        return _with(wrong or first, "input", changed)
    if wrong is not None and first.right:
        return _with(wrong, "memory", "the second call with the same numbers differs")
    return first


def _with(trial: Trial, problem: str, detail: str) -> Trial:
    kept = (trial.example, trial.truth, trial.bound, trial.got, trial.shown)
    return Trial(*kept, problem, detail)


def _exact(question: Question, example: Example) -> Trial | None:
    """Ask in rational arithmetic; None if the code cannot, or leaves it."""
    inputs = example.inputs()
    try:
        answers = [question.subject(inputs)]
        changed = _changed(inputs, example)
        answers += [question.subject(example.inputs()) for _ in range(CALLS - 1)]
    except Exception:  # noqa: BLE001 - many a right program cannot take Fractions
        return None
    entries = [flat(answer) for answer in answers]
    if not all(each is not None and _rational(each) for each in entries):
        return None
    truth = question.truth(example)
    trials = [_judge(question, example, answer, truth) for answer in answers]
    return _settle(trials, changed)


def _judge(
    question: Question, example: Example, answer: Any, truth: Array
) -> Trial | None:
    """Compare one answer with the exact one."""
    zero = np.zeros_like(truth)
    entries = flat(answer)
    if entries is None:
        detail = f"it returned {answer!r}, which is no number"
        return Trial(example, truth, zero, None, answer, "shape", detail)
    wanted = question.shape(example)
    if not fits(np.shape(entries), wanted):
        detail = f"it returned shape {entries.shape}, where {wanted} is meant"
        return Trial(example, truth, zero, None, answer, "shape", detail)
    entries = entries.ravel()
    if _rational(entries) and example.exact:
        got, bound = np.array([Fraction(e) for e in entries], dtype=object), zero
    else:
        kind = coarser(example.x.dtype, entries.dtype)
        limit = allowance(question, example, kind)
        if limit is None or _out_of_range(question, example, kind):
            return None
        bound = limit
        if not np.all(np.isfinite(entries.astype(float))):
            return Trial(example, truth, bound, None, answer, "nan", "it is not finite")
        got = np.array([Fraction(*e.as_integer_ratio()) for e in entries], dtype=object)
    wrong = bool(np.any(abs(got - truth) > bound))
    return Trial(example, truth, bound, got, answer, "value" if wrong else None)


def flat(answer: Any) -> Array | None:
    """Return the answer as an array of numbers: arrays, tensors, (dw, db) pairs."""
    if hasattr(answer, "detach"):
        answer = answer.detach().cpu()
    try:
        if isinstance(answer, tuple | list) and any(np.ndim(a) for a in answer):
            entries = np.concatenate([np.ravel(np.asarray(a)) for a in answer])
        else:
            entries = np.asarray(answer)
    except (TypeError, ValueError):
        return None
    if entries.dtype.kind in "biu":
        entries = entries.astype(object)
    if entries.dtype.kind not in "fO":
        return None
    if entries.dtype == object and not _rational(entries):
        try:
            return entries.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            return None
    return entries


def fits(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a shape will do: for one number, also (1,) and (1, 1)."""
    return shape == wanted or (wanted == () and set(shape) == {1})


def _rational(entries: Array) -> bool:
    kinds = (Fraction, int, np.integer, np.bool_)
    return entries.dtype == object and all(isinstance(e, kinds) for e in entries.flat)


def coarser(*dtypes: Any) -> Any:
    """Return the kind with the fewest digits: an answer has no more than its inputs."""
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    return max(floats, key=lambda dtype: np.finfo(dtype).eps, default=np.float64)


def allowance(question: Question, example: Example, kind: Any) -> Array | None:
    r"""Return how far rounding may carry a right program from the truth.

    **Definition**
    $$\gamma_k \cdot \text{size} + k\,(1 + \textstyle\sum |a|)\,\text{tiny},
      \qquad k = 4 (n + d) + 40$$
    """
    k = PASSES * (example.n + example.rows.shape[1]) + MORE
    try:
        relative = bounds.gamma(k, kind)
    except ValueError:
        return None
    tiny = Fraction(*np.finfo(kind).tiny.as_integer_ratio())
    below = k * tiny * (1 + abs(example.rows).sum() + abs(example.weights).sum())
    return np.asarray(relative * question.size(example) + below)


def _out_of_range(question: Question, example: Example, kind: Any) -> bool:
    """Whether a kind shorter than the data's cannot hold what comes on the way."""
    if np.finfo(kind).max >= np.finfo(np.float64).max or example.x.dtype == kind:
        return False
    limit = float(np.finfo(kind).max) ** 0.5 / (16 * example.n)
    entries = [*example.x.flat, *example.y, *example.y_pred, *example.weights]
    largest = max(abs(float(e)) for e in entries)
    return bool(largest > limit or max(question.size(example)) > limit**2)


def _changed(inputs: dict[str, Any], example: Example) -> str:
    """Name the inputs that are no longer what they were."""
    fresh = example.inputs()
    names = [name for name in fresh if not np.array_equal(inputs[name], fresh[name])]
    return f"it changes its input {', '.join(names)}" if names else ""


def _say(error: Exception) -> str:
    return f"it raised {type(error).__name__}: {error}"
