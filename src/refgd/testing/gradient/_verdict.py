"""One example, one answer: right, wrong and how, or out of range."""

import functools
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing import bounds
from refgd.testing._answers import _rational, flat
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._layouts import Layout, layout
from refgd.testing.gradient._oracle import Question

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
    problem: str | None = None  # raised, shape, nan, value, input, memory, layout
    detail: str = ""
    layout: Layout | None = None  # where the layout of the inputs is the problem
    refused: str = ""  # what it raised for a layout, though it is right otherwise

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
    if truth is None:
        return None
    none = np.zeros_like(truth)
    try:
        answers, changed = _called(question, example)
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises
        return Trial(example, truth, none, None, None, "raised", _say(error))
    trials = _judged(question, example, answers, truth)
    return _laid_out(question, _settle(trials, changed))


def _judged(
    question: Question, example: Example, answers: list[Any], truth: Array
) -> list[Trial | None]:
    """Judge every call; an answer that is the first one again needs no second look."""
    first = judge(question, example, answers[0], truth)
    return [
        first if _same(each, answers[0]) else judge(question, example, each, truth)
        for each in answers
    ]


def _same(answer: Any, other: Any) -> bool:
    a, b = flat(answer), flat(other)
    if a is None or b is None:
        return False
    return a.dtype == b.dtype and np.array_equal(a, b)


def _called(question: Question, example: Example) -> tuple[list[Any], str]:
    """Ask a few times, each with new arrays; name the inputs that the first changed."""
    inputs = example.inputs()
    answers = [question.subject(inputs)]
    changed = _changed(inputs, example)
    return [*answers, *_again(question, example)], changed


def _again(question: Question, example: Example) -> list[Any]:
    return [question.subject(example.inputs()) for _ in range(CALLS - 1)]


#: What NumPy says of an array that is written to and may not be.
WRITTEN = ("assignment destination is read-only", "output array is read-only")


def _laid_out(question: Question, trial: Trial | None) -> Trial | None:
    """Ask once more, of read-only arrays that lie otherwise in memory."""
    if trial is None or not trial.right:
        return trial
    example, lie = trial.example, layout(trial.example.n)
    try:
        answer = question.subject(example.inputs(lie))
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises
        said = _say(error)
        if any(words in said for words in WRITTEN):
            return replace(trial, problem="input", detail=f"{WRITES} ({said})")
        return replace(trial, refused=f"refuses {lie.words}: {said}")
    if _same(answer, trial.shown):
        return trial
    other = judge(question, example, answer, trial.truth)
    if other is None or other.right:
        return trial
    return replace(other, problem="layout", detail=f"{LAID}{lie.words}", layout=lie)


WRITES = "it writes into its input, which may be read-only"
LAID = "it is right for arrays that lie in one piece, and wrong for "


def _settle(trials: list[Trial | None], changed: str) -> Trial | None:
    """Join the calls of one example: a change of inputs, then the first wrong one."""
    known = [trial for trial in trials if trial is not None]
    if not known:
        return None
    first, wrong = known[0], next((t for t in known if not t.right), None)
    if changed:
        return replace(wrong or first, problem="input", detail=changed)
    if wrong is not None and first.right:
        return replace(wrong, problem="memory", detail=DIFFERS)
    return first


DIFFERS = "the second call with the same numbers differs"


def _exact(question: Question, example: Example) -> Trial | None:
    """Ask in rational arithmetic; None if the code cannot, or leaves it."""
    try:
        answers, changed = _called(question, example)
    except Exception:  # noqa: BLE001 - many a right program cannot take Fractions
        return None
    entries = [flat(answer) for answer in answers]
    if not all(each is not None and _rational(each) for each in entries):
        return None
    truth = question.truth(example)
    if truth is None:
        return None
    trials = _judged(question, example, answers, truth)
    return _laid_out(question, _settle(trials, changed))


def judge(
    question: Question,
    example: Example,
    answer: Any,
    truth: Array,
    least: Any = np.longdouble,
) -> Trial | None:
    """Compare one answer with the exact one; it need not be better than `least`."""
    blank = Trial(example, truth, np.zeros_like(truth), None, answer)
    entries = flat(answer)
    if entries is None:
        detail = f"it returned {answer!r}, which is no number"
        return replace(blank, problem="shape", detail=detail)
    wanted = question.shape(example)
    if not fits(np.shape(entries), wanted, question.what):
        detail = f"it returned shape {entries.shape}, where {wanted} is meant"
        return replace(blank, problem="shape", detail=detail)
    entries = entries.ravel()
    if _rational(entries) and example.exact:
        return _compared(replace(blank, got=_fractions(entries)))
    kind = coarser(example.x.dtype, entries.dtype, np.dtype(least))
    bound = allowance(question, example, kind)
    if bound is None or _out_of_range(question, example, kind):
        return None
    if not np.all(np.isfinite(entries.astype(float))):
        return replace(blank, bound=bound, problem="nan", detail="it is not finite")
    return _compared(replace(blank, bound=bound, got=_fractions(entries)))


def _fractions(entries: Array) -> Array:
    return np.array([Fraction(*e.as_integer_ratio()) for e in entries], dtype=object)


def _compared(trial: Trial) -> Trial:
    wrong = bool(np.any(abs(trial.got - trial.truth) > trial.bound))
    return replace(trial, problem="value") if wrong else trial


def fits(shape: tuple[int, ...], wanted: tuple[int, ...], what: str = "") -> bool:
    """Whether a shape will do: for one number, also (1,) and (1, 1).

    The gradient of a column of weights may be (d,) too: it is the numbers that count.
    """
    if what == "gradient" and shape == wanted[:-1] != ():
        return True
    return shape == wanted or (wanted == () and set(shape) == {1})


def coarser(*dtypes: Any) -> Any:
    """Return the kind with the fewest digits: an answer has no more than its inputs."""
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    return max(floats, key=lambda dtype: np.finfo(dtype).eps, default=np.float64)


@functools.lru_cache(maxsize=8)  # every call of an example has the same
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
    unit, x, w, _, _ = example.whole
    spare = question.spare(example)
    below = k * tiny * (1 + Fraction(abs(x).sum() + abs(w).sum(), unit))
    return np.asarray(relative * question.size(example) + below + spare)


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
