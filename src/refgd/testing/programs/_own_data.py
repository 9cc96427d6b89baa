"""A program that takes no data but its own: judged on these, from several weights."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.conventions import CONVENTIONS, Convention
from refgd.testing.gradient import _oracle
from refgd.testing.gradient._diagnosis import find_usual
from refgd.testing.gradient._examples import Example
from refgd.testing.gradient._report import Finding
from refgd.testing.gradient._verdict import Verdict, run_example
from refgd.testing.programs import _roles
from refgd.testing.programs._excuses import excuse, rank
from refgd.testing.programs._loops import Loop
from refgd.testing.programs._pass import Pass
from refgd.testing.programs._updates import Adapted, Start, Update, quiet

#: Larger data are not judged: their exact gradients take too long.
MOST = 5000

#: So many weights are drawn.
WEIGHTS = 12


def find(
    take_pass: Callable[[Start], Pass], loop: Loop, name: str, call: str
) -> Update | None:
    """Return an update on the program's own data, if it can be told which they are."""
    generator = np.random.default_rng(0)
    base = generator.normal(size=(7, 3)), generator.normal(size=7)
    try:
        with quiet():
            seen = take_pass(Start(*base, None, None, 0.5))
    except Exception:  # noqa: BLE001 - it does not even run from its own weights
        return None
    data = _choose(seen.found)
    said = name, call, "b" in loop.weights
    return None if data is None else _make(take_pass, data, base, said)


def _choose(found: dict[str, Array]) -> tuple[Array, Array] | None:
    """Return what must be x and y among the arrays that a loop reads."""
    targets = [a for place, a in found.items() if _roles.means(place, "y")]
    if len(targets) != 1 or max(targets[0].shape) != targets[0].size:
        return None
    y = targets[0]
    rows = {p: a for p, a in found.items() if a is not y and len(a) == y.size}
    named = [a for p, a in rows.items() if _roles.clean(p).startswith("x")]
    chosen = named if len(named) == 1 else list(rows.values())
    if len(chosen) != 1 or chosen[0].ndim > 2 or chosen[0].size > MOST:  # noqa: PLR2004 - a matrix
        return None
    kinds = {chosen[0].dtype.kind, y.dtype.kind}
    return (chosen[0], y) if kinds <= {"f", "i"} else None


def _make(
    take_pass: Callable[[Start], Pass],
    data: tuple[Array, Array],
    base: tuple[Array, Array],
    said: tuple[str, str, bool],
) -> Update:
    name, call, intercept = said

    def advance(start: Start) -> tuple[Any, Any]:
        if not np.array_equal(start.x, data[0]) or start.y.shape != data[1].shape:
            msg = "it runs on its own data alone"
            raise ValueError(msg)
        return take_pass(start._replace(x=base[0], y=base[1])).read()

    update = Update(name, advance, intercept=intercept, call=call)
    update.own_data = data
    return update


def list_examples(update: Adapted, data: tuple[Array, Array]) -> Iterator[Example]:
    """Yield the data with weights from small to large."""
    x, y = data
    generator = np.random.default_rng(1)
    intercept = "b" in update.roles
    d = x.shape[1] if x.ndim > 1 else 1
    size = d + intercept if x.ndim > 1 or intercept else None
    kind = np.float32 if x.dtype == np.float32 else np.float64
    rows, targets = x.astype(kind), np.ravel(y).astype(kind)
    for i in range(WEIGHTS):
        w = np.asarray(generator.normal(size=size) * 10.0 ** (i % 4 - 1)).astype(kind)
        yield Example(rows, targets, w[()], intercept, y.ndim > 1)


def _write(update: Adapted, verdict: Verdict, diagnosis: str | None) -> str:
    """Write what is wrong, with one weight that shows it."""
    weights = np.asarray(verdict.example.w).tolist()
    sides = verdict.expected, verdict.answer
    expected, got = (np.asarray(side, float).tolist() for side in sides)
    lines = [
        f"{update.name} is wrong",
        "  property: (w - w') / lr is the gradient of a squared loss",
        *([f"  likely mistake: {diagnosis}"] if diagnosis else []),
        f"  {update.call} on the data of its loop, from w = {weights}",
        f"  expected {expected}, got {got}",
    ]
    return "\n".join(lines)


def list_conventions(first: Convention) -> list[Convention]:
    """List all conventions, beginning with one."""
    return [first, *(each for each in CONVENTIONS.values() if each != first)]


def judge(
    update: Adapted, data: tuple[Array, Array], first: Convention
) -> tuple[Finding, str]:
    """Judge an update on the program's own data alone, from several weights."""
    drawn_examples = list(list_examples(update, data))
    found: dict[str, list[Verdict]] = {}
    for convention in list_conventions(first):
        oracle = _oracle.gradient_oracle(update, convention)
        drawn = (run_example(oracle, each) for each in drawn_examples)
        found[convention.name] = [v for v in drawn if v is not None]
        if found[convention.name] and all(v.right for v in found[convention.name]):
            return _say_right(
                update, convention, found[convention.name]
            ), convention.name
    named = {
        name: find_usual(
            _oracle.gradient_oracle(update, CONVENTIONS[name]),
            verdicts,
            CONVENTIONS[name],
        )
        for name, verdicts in found.items()
    }
    best = min(named, key=lambda name: rank(named[name]))
    wrong = next((v for v in found[best] if not v.right), None)
    if wrong is None or wrong.answer is None:
        words = "could not be told: it runs on its own data alone"
        return Finding("gradient", update.name, "inconclusive", words), best
    text = _write(update, wrong, named[best])
    finding = Finding("gradient", update.name, "wrong", named[best], text=text)
    return excuse(update, finding, known=False), best


def _say_right(
    update: Adapted, convention: Convention, verdicts: list[Verdict]
) -> Finding:
    note = (
        f"it steps along the gradient of {convention.words} ({convention.name}): "
        f"compared on one data set, as its loop has it, from {len(verdicts)} weights"
    )
    count = len(verdicts)
    return Finding("gradient", update.name, "right", None, (note,), "", (), count)
