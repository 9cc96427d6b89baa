"""One example, one verdict: right, wrong and how, or None where it is out of range."""

import dis
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import _clock, bounds
from refgd.testing._answers import flat, is_rational
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._layouts import Layout, layout
from refgd.testing.gradient._oracle import Oracle

#: Roundings in a row that an honest program may need: four passes over n and d, and
#: some more for casts, square roots and factors. Far above any sum in a fixed order.
PASSES, MORE = 4, 40

#: The function is called this often, with new arrays that hold the same numbers.
CALLS = 2


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a function returned for an example, and what it should have returned."""

    example: Example
    expected: Any  # an array of Fractions
    tolerance: Any  # for each entry; 0 where the answer is rational: == decides
    answer: Any = None  # as Fractions; None where there are no numbers to compare
    raw_answer: Any = None  # what it returned, as it was
    failure: str | None = None  # raised, shape, nan, value, input, memory, layout
    detail: str = ""
    layout: Layout | None = None  # where the layout of the inputs is the problem
    refusal: str = ""  # what it raised for a layout, though it is right otherwise

    @property
    def right(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.failure is None

    @functools.cached_property
    def exact(self) -> bool:
        """Whether == decided."""
        return not np.any(self.tolerance)


class Run(NamedTuple):
    """An answer to judge: its numbers, and what else was seen of the calls."""

    oracle: Oracle
    verdict: Verdict  # on the first call; nothing is found yet
    later: Sequence[Any] = ()  # what the further calls returned
    changed: str = ""  # the inputs that the first call changed
    layout: Layout | None = None  # in which to call it once more


def check_inputs_kept(run: Run) -> Verdict | None:
    """It leaves its inputs alone."""
    if not run.changed:
        return None
    detail = f"it changes its input {run.changed}"
    return replace(run.verdict, failure="input", detail=detail)


def check_shape(run: Run) -> Verdict | None:
    """It returns numbers, in the shape that is meant."""
    raw, wanted = run.verdict.raw_answer, run.oracle.shape(run.verdict.example)
    entries = flat(raw)
    if entries is None:
        detail = f"it returned {raw!r}, which is no number"
    elif not fits(entries.shape, wanted, run.oracle.kind):
        detail = f"it returned shape {entries.shape}, where {wanted} is meant"
    else:
        return None
    return replace(run.verdict, failure="shape", detail=detail)


def check_finite(run: Run) -> Verdict | None:
    """It returns a finite number where the exact one is finite."""
    if run.verdict.answer is not None:
        return None
    return replace(run.verdict, failure="nan", detail="it is not finite")


def check_value(run: Run) -> Verdict | None:
    """It returns the expected value, within the tolerance."""
    verdict = run.verdict
    if np.all(abs(verdict.answer - verdict.expected) <= verdict.tolerance):
        return None
    return replace(verdict, failure="value")


def check_repeatable(run: Run) -> Verdict | None:
    """It returns the same again for the same numbers."""
    first = run.verdict
    others = [raw for raw in run.later if not _is_same(raw, first.raw_answer)]
    verdicts = [compare(run.oracle, replace(first, raw_answer=raw)) for raw in others]
    wrong = next((v for v in verdicts if v is not None and not v.right), None)
    return wrong and replace(wrong, failure="memory", detail=DIFFERS)


def check_layout(run: Run) -> Verdict | None:
    """It returns the same for read-only arrays that lie otherwise in memory."""
    if run.layout is None:
        return None
    verdict, words = run.verdict, run.layout.words
    try:
        raw = run.oracle.function(verdict.example.inputs(run.layout))
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises
        message = describe(error)
        if any(each in message for each in WRITTEN):
            return replace(verdict, failure="input", detail=f"{WRITES} ({message})")
        return replace(verdict, refusal=f"refuses {words}: {message}")
    if _is_same(raw, verdict.raw_answer):
        return None
    other = compare(run.oracle, replace(verdict, raw_answer=raw))
    if other is None or other.right:
        return None
    detail = f"{LAID}{words}"
    return replace(other, failure="layout", detail=detail, layout=run.layout)


#: What is checked of every answer, in this order; each returns a verdict, or None where
#: it has nothing to add. That a function runs at all is seen before.
CHECKS: tuple[Callable[[Run], Verdict | None], ...] = (
    check_inputs_kept,
    check_shape,
    check_finite,
    check_value,
    check_repeatable,
    check_layout,
)

DIFFERS = "the second call with the same numbers differs"
WRITES = "it writes into its input, which may be read-only"
LAID = "it is right for arrays that lie in one piece, and wrong for "

#: What NumPy says of an array that is written to and may not be.
WRITTEN = ("assignment destination is read-only", "output array is read-only")


def run_example(oracle: Oracle, example: Example) -> Verdict | None:
    """Judge a function by one example; in floats if its code leaves the rationals.

    None where the code's own kind of number is too short for the example.

    Raises:
        OutOfTimeError: If there is no time left to judge it.
    """
    _clock.look()
    if example.exact:
        verdict = _run(oracle, example)
        if verdict is not None:
            return verdict
        example = example.in_floats
    return _run(oracle, example)


def _run(oracle: Oracle, example: Example) -> Verdict | None:
    """Call the function, and judge what it returns and does."""
    expected = oracle.expected(example)
    if expected is None:
        return None
    blank = Verdict(example, expected, np.zeros_like(expected))
    try:
        (first, *later), changed = _call(oracle, example)
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises
        return _judge_error(oracle, blank, error)
    if example.exact and not all(map(_is_rational, (first, *later))):
        return None
    verdict = _read_answer(oracle, replace(blank, raw_answer=first))
    if verdict is None:
        oracle.function.too_short = True
        return None
    return first_failure(Run(oracle, verdict, later, changed, layout(example.n)))


def _judge_error(oracle: Oracle, blank: Verdict, error: Exception) -> Verdict | None:
    """Judge what was raised: many a right program takes no Fractions or integers."""
    if blank.example.exact:
        return None
    what = _name_refused(blank.example, error)
    if what:
        wide = allowance(oracle, blank.example, np.dtype(np.float64))
        return replace(
            blank, tolerance=wide, refusal=f"refuses {what}: {describe(error)}"
        )
    return replace(blank, failure="raised", detail=describe(error))


def _name_refused(example: Example, error: Exception) -> str:
    """Name the kind of data that may be refused; nothing where they may not be."""
    if example.whole_numbers:
        return "integers"
    if not _is_refusal(error):
        return ""
    if example.n == 1:
        return "a single sample"
    return "float32" if example.x.dtype == np.float32 else ""


def _is_refusal(error: Exception) -> bool:
    """Whether it comes from a raise or an assert, and not from what cannot be done."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    code = trace.tb_frame.f_code.co_code
    return code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _call(oracle: Oracle, example: Example) -> tuple[list[Any], str]:
    """Call it a few times with new arrays; name the inputs that the first changed."""
    known = oracle.function.known
    if known is not None and example in known:
        return known[example]
    given, fresh = example.inputs(), example.inputs()
    answers = [oracle.function(given)]
    changed = [name for name in fresh if not np.array_equal(given[name], fresh[name])]
    answers += [oracle.function(example.inputs()) for _ in range(CALLS - 1)]
    found = answers, ", ".join(changed)
    if known is not None:
        known[example] = found
    return found


def _is_rational(raw_answer: Any) -> bool:
    entries = flat(raw_answer)
    return entries is not None and is_rational(entries)


def compare(
    oracle: Oracle, answered: Verdict, least: Any = np.longdouble
) -> Verdict | None:
    """Judge an answer alone, anew; it need not be better than `least`."""
    verdict = _read_answer(oracle, answered, least)
    return verdict and first_failure(Run(oracle, verdict))


def first_failure(run: Run) -> Verdict:
    """Return the first verdict that a check returns, else the one without a failure."""
    found = (check(run) for check in CHECKS)
    return next((verdict for verdict in found if verdict is not None), run.verdict)


def _read_answer(
    oracle: Oracle, answered: Verdict, least: Any = np.longdouble
) -> Verdict | None:
    """Read an answer's numbers and its tolerance; None where it is out of range.

    The numbers are None where there are none to compare.
    """
    example, expected, raw = answered.example, answered.expected, answered.raw_answer
    blank = Verdict(example, expected, np.zeros_like(expected), raw_answer=raw)
    entries = flat(raw)
    if entries is None or not fits(entries.shape, oracle.shape(example), oracle.kind):
        return blank
    entries = entries.ravel()
    if is_rational(entries) and example.exact:
        return replace(blank, answer=_as_fractions(entries))
    kind = coarser(example.x.dtype, entries.dtype, np.dtype(least))
    tolerance = allowance(oracle, example, kind)
    if tolerance is None or _is_out_of_range(oracle, example, kind):
        return None
    numbers = entries if entries.dtype.kind == "f" else entries.astype(float)
    finite = np.all(np.isfinite(numbers))
    answer = _as_fractions(entries) if finite else None
    return replace(blank, tolerance=tolerance, answer=answer)


def _as_fractions(entries: Array) -> Array:
    return np.array([Fraction(*e.as_integer_ratio()) for e in entries], dtype=object)


def _is_same(answer: Any, other: Any) -> bool:
    a, b = flat(answer), flat(other)
    if a is None or b is None:
        return False
    return a.dtype == b.dtype and np.array_equal(a, b)


def fits(shape: tuple[int, ...], wanted: tuple[int, ...], kind: str = "") -> bool:
    """Whether a shape will do: for one number, also (1,) and (1, 1).

    The gradient of a column of weights may be (d,) too: it is the numbers that count.
    """
    if kind == "gradient" and shape == wanted[:-1] != ():
        return True
    return shape == wanted or (wanted == () and set(shape) == {1})


def coarser(*dtypes: Any) -> Any:
    """Return the kind with the fewest digits: an answer has no more than its inputs."""
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    return max(floats, key=lambda dtype: np.finfo(dtype).eps, default=np.float64)


@functools.lru_cache(maxsize=8)  # every call of an example has the same
def allowance(oracle: Oracle, example: Example, kind: Any) -> Array | None:
    r"""Return how far rounding may carry a right program from the exact answer.

    **Definition**
    $$\gamma_k \cdot \text{magnitude} + k\,(1 + \textstyle\sum |a|)\,\text{tiny},
      \qquad k = 4 (n + d) + 40$$
    """
    k = PASSES * (example.n + example.rows.shape[1]) + MORE
    try:
        relative = bounds.gamma(k, kind)
    except ValueError:
        return None
    tiny = Fraction(*np.finfo(kind).tiny.as_integer_ratio())
    unit, x, w, _, _ = example.whole
    below = k * tiny * (1 + Fraction(abs(x).sum() + abs(w).sum(), unit))
    least = below + oracle.slack(example)  # one number, or one for each entry
    return np.asarray(relative * oracle.magnitude(example) + least)


def _is_out_of_range(oracle: Oracle, example: Example, kind: Any) -> bool:
    """Whether a kind shorter than the data's cannot hold what comes on the way."""
    if np.finfo(kind).max >= np.finfo(np.float64).max or example.x.dtype == kind:
        return False
    limit = float(np.finfo(kind).max) ** 0.5 / (16 * example.n)
    entries = [*example.x.flat, *example.y, *example.y_pred, *example.weights]
    largest = max(abs(float(e)) for e in entries)
    return bool(largest > limit or max(oracle.magnitude(example)) > limit**2)


def describe(error: Exception) -> str:
    return f"it raised {type(error).__name__}: {error}"
