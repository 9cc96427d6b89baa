"""Right gradients over a whole grid of scales, sizes and kinds: how many are flagged?

    PYTHONPATH=tests python -m benchmarks.alarms        # all of it, some minutes
    PYTHONPATH=tests python -m benchmarks.alarms thin   # a part

None may be. The grid: x and y each of the scales 1e-8 to 1e8, columns of x of scales of
their own, n from 1 to 10,000, float64 and float32.
"""

import functools
import itertools
import sys
from collections.abc import Iterator

import numpy as np

from refgd.testing import conventions
from refgd.testing.gradient import _oracle
from refgd.testing.gradient._examples import COLUMNS, MODELS, Example, examples
from refgd.testing.gradient._leniency import by_cancellation, in_float32
from refgd.testing.gradient._models import models
from refgd.testing.gradient._signature import Subject
from refgd.testing.gradient._verdict import Trial, attempt
from testing.gradient import right, right_held_out
from testing.gradient.right import Function

RIGHT: dict[str, Function] = {
    **right.SCALAR,
    **right.OF_WEIGHTS,
    **right_held_out.SCALAR,
    **{f"{k}_too": f for k, f in right_held_out.OF_WEIGHTS.items()},
}

SCALES = (1e-8, 1e-4, 1.0, 1e4, 1e8)
FEW, MANY = (1, 2, 3, 10, 101), (1000, 10_000)

Case = tuple[type, float, float, int]


def cases(*, thin: bool) -> Iterator[Case]:
    """Yield kinds, scales of x and y, and sizes; large ones where both are equal."""
    kinds = (np.float64, np.float32)
    scales, few, many = (SCALES[::2], FEW[1::2], ()) if thin else (SCALES, FEW, MANY)
    yield from itertools.product(kinds, scales, scales, few)
    for kind, scale, n in itertools.product(kinds, scales, many):
        yield kind, scale, scale, n


def example(name: str, case: Case) -> Example:
    """Return data of these scales; of three columns, one of each of three scales."""
    kind, of_x, of_y, n = case
    model, generator = MODELS[name], np.random.default_rng(n)
    d = None if model.d is None else 3
    size = model._replace(d=d).weights
    columns = of_x if d is None else generator.permutation([1e-8, of_x, 1e8])
    x = generator.normal(size=n if d is None else (n, d)) * columns
    w = generator.normal(size=size)
    slopes = w if model.weights is None else w[: 1 if d is None else d]
    scaled = slopes * of_y / columns
    if model.weights is not None:  # the intercept is of the size of y
        scaled = np.append(scaled, w[len(scaled) :] * of_y)
    y = generator.normal(size=n) * of_y
    x, y = x.astype(kind), y.astype(kind)
    return Example(x, y, kind(scaled), model.intercept, model.column)


@functools.cache
def grid(name: str, *, thin: bool) -> tuple[Example, ...]:
    """Return all examples of a kind of model, and the kit's own."""
    own = examples(MODELS[name], 10)
    return (*(example(name, case) for case in cases(thin=thin)), *own)


def flagged(name: str, *, thin: bool) -> tuple[int, list[Trial]]:
    """Return how many answers of a right gradient were judged, and the flagged ones."""
    question = _oracle.of_grad(Subject(RIGHT[name]), conventions.get("mse"))
    taken = models(question)[0] or models(question, COLUMNS)[0]
    if not question.subject.takes_weights:
        taken.pop("vector", None)  # made for x (n,)
    answers = {
        model: [t for e in grid(model, thin=thin) if (t := attempt(question, e))]
        for model in taken
    }
    trials = [trial for each in answers.values() for trial in each]
    if in_float32(question, answers) or by_cancellation(question, answers):
        return len(trials), []
    return len(trials), [trial for trial in trials if not trial.right] or _none(trials)


def _none(trials: list[Trial]) -> list[Trial]:
    if not trials:
        raise RuntimeError("it takes no kind of model")
    return []


def main() -> None:
    """Print a line for each gradient, and the total."""
    thin = "thin" in sys.argv
    judged = alarms = 0
    for name in RIGHT:
        count, wrong = flagged(name, thin=thin)
        judged, alarms = judged + count, alarms + len(wrong)
        sys.stdout.write(f"{name:24} {count:6} {len(wrong):4}\n")
        for t in wrong[:3]:
            e = t.example
            sys.stdout.write(f"    {t.problem} {e.x.dtype} {e.x.shape} {t.detail}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(RIGHT)} gradients, {judged} answers, {alarms} alarms\n")


if __name__ == "__main__":
    main()
