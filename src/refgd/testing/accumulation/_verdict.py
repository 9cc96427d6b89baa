"""Whether an answer is that of the whole, or of a mistake."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import bounds
from refgd.testing._answers import is_rational
from refgd.testing.accumulation._examples import RATE, Example, merge
from refgd.testing.accumulation._mistakes import Prediction, add, whole
from refgd.testing.accumulation._runs import Run
from refgd.testing.conventions import Convention
from refgd.testing.exact import fractions
from refgd.testing.gradient._verdict import MORE, PASSES, coarser

#: What a function returns, from w and the gradient.
RETURNS: dict[str, Callable[[Any, Any], Any]] = {
    "gradient": lambda _, g: g,
    "weight": lambda w, g: w - RATE * g,
    "change": lambda _, g: -RATE * g,
}


class Setting(NamedTuple):
    """What is meant: the loss, and what a function returns; short for in float32."""

    convention: Convention
    returns: str
    short: bool = False

    def expect(self, example: Example) -> list[Any]:
        """Return what each rank must return."""
        ranks = example.parts
        value = (whole if self.convention.mean else add)([p for r in ranks for p in r])
        return [self.turn(example, value)] * len(ranks)

    def turn(self, example: Example, value: Any) -> Any:
        """Return what is returned where x · residual, put together, is this."""
        factor = self.convention.grad(1)
        return np.ravel(RETURNS[self.returns](example.w, factor * value))

    def turn_back(self, example: Example, answer: Any) -> Any:
        """Return from an answer the x · residual that it comes from."""
        zero, one = (self.turn(example, np.asarray(example.w) * 0 + i) for i in (0, 1))
        return (answer - zero) / (one - zero)

    def tolerate(self, run: Run, answer: Array, *, wrong: bool = False) -> Any:
        r"""Bound the error of each entry of a right answer in floats.

        **Definition**
        $$\gamma_k\, \frac2N \sum_i |x_i| \left(|x_i \cdot w| + |y_i|\right)$$

        with k = 4 (n + d + batches) + 40, four more for each batch than
        `check_gradient` has; without the 1/N for the answer of a mistake.
        """
        if is_rational(answer):
            return 0
        e = run.example
        part = merge([p for rank in e.parts for p in rank])
        k = PASSES * (part.area + np.size(e.w) + len(e.batches)) + MORE
        mean = self.convention.mean and not wrong
        size = (
            self.convention.grad(1)
            * np.ravel(part.size)
            / (part.counted if mean else 1)
        )
        short = self.short or run.form.kind == "float32"
        kind = coarser(answer.dtype, *([np.dtype(np.float32)] if short else []))
        eta = bounds.smallest_subnormal(kind) * 5
        bound = bounds.gamma(k, kind) * size + eta
        if self.returns == "gradient":
            return bound
        weight = np.ravel(e.w) if self.returns == "weight" else 0 * np.ravel(e.w)
        return RATE * bound + bounds.step_bound(weight, size, RATE, kind)

    def matches(
        self, run: Run, predicted: Sequence[Any], *, wrong: bool = False, call: int = 0
    ) -> bool:
        """Whether an answer is what is predicted for each rank, but for rounding."""
        pairs = zip(run.answers[call], predicted, strict=True)
        return all(
            np.all(abs(_exact(a) - p) <= self.tolerate(run, a, wrong=wrong))
            for a, p in pairs
        )

    def explains(self, run: Run, predict: Prediction) -> bool:
        """Whether a mistake predicts an answer; division by 0 predicts none."""
        try:
            values = predict(run.example)
        except (IndexError, ZeroDivisionError):
            return run.failure in ("raised", "nan") or not any(
                np.any(self.turn_back(run.example, _exact(a))) for a in run.answers[0]
            )
        if run.failure:
            return False
        turned = [self.turn(run.example, value) for value in values]
        return self.matches(run, turned, wrong=True)


def _exact(answer: Array) -> Any:
    return np.ravel(fractions(answer))


def judge(run: Run, setting: Setting) -> str:
    """Return a failure, "memory" or "value"; "" for a right answer."""
    if run.failure:
        return run.failure
    expected = setting.expect(run.example)
    right = [setting.matches(run, expected, call=call) for call in (0, 1)]
    if all(right):
        return ""
    first, second = (np.concatenate(each) for each in run.answers)
    same = np.array_equal(first, second) or _near(setting, run)
    return "value" if same else "memory"


def _near(setting: Setting, run: Run) -> bool:
    """Whether both calls gave the same, but for rounding."""
    other = [_exact(answer) for answer in run.answers[1]]
    return setting.matches(run, other, wrong=True)


def first_entry(run: Run, setting: Setting) -> Fraction:
    """Return the first entry of an answer, as x · residual put together."""
    return Fraction(setting.turn_back(run.example, _exact(run.answers[0][0]))[0])
