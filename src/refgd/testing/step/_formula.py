"""The formula that a step computes, read from its answers: 0.99·w − lr·dw, say."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd.testing.step._calls import Call

#: What may be in the formula, each with a number before it.
TERMS: dict[str, Any] = {
    "w": lambda w, _, lr: w,  # noqa: ARG005 - all take the same
    "lr·w": lambda w, _, lr: lr * w,
    "dw": lambda _, g, lr: g,  # noqa: ARG005
    "lr·dw": lambda _, g, lr: lr * g,
    "lr²·dw": lambda _, g, lr: lr**2 * g,
    "": lambda w, _, lr: 1 + 0 * w,  # noqa: ARG005
    "lr": lambda w, _, lr: lr + 0 * w,
    "sign(w)": lambda w, _, lr: np.sign(w),  # noqa: ARG005
    "lr·sign(w)": lambda w, _, lr: lr * np.sign(w),
}

#: The numbers are found, and the answers predicted by them, within this part.
NEAR = 1e-9

#: So far a small number may be off by the rounding of great ones.
ROUNDED = 1e-14


class Formula(NamedTuple):
    """A sum of terms, each times a number that is not 0."""

    numbers: dict[str, float]

    def apply(self, w: Any, dw: Any, lr: Any) -> Any:
        """Return what a step of this formula returns."""
        return sum(c * TERMS[name](w, dw, lr) for name, c in self.numbers.items())

    def write(self) -> str:
        """Write the formula."""
        text = ""
        for name, c in self.numbers.items():
            size = _write(abs(c))
            term = name if size == "1" and name else f"{size}·{name}".rstrip("·")
            sign = "−" if c < 0 else "+"
            text += f" {sign} {term}" if text else f"{sign if c < 0 else ''}{term}"
        return text or "0"

    def describe(self) -> str:
        """Say what is wrong, if it is a known mistake; then the formula."""
        known = KNOWN.get(tuple(self.numbers.items()))
        words = f"it returns {self.write()}"
        return known or self._describe_number(words) or self._describe_extra(words)

    def _describe_number(self, words: str) -> str:
        """Say what number a term has that is to have none, or another."""
        match [*self.numbers.items()]:
            case [("w", 1), ("lr·dw", c)]:
                climbs = ", and it climbs" if c > 0 else ""
                words = f"the step is {_write(abs(c))} times as long{climbs}"
            case [("w", 1), ("dw", c)] if c < 0:
                words = f"it uses {_write(-c)}, whatever lr is"
            case [("w", 1), ("lr·w", c), ("lr·dw", -1)] if c < 0:
                number = "" if c == -1 else f"{_write(-c)}·"
                words = f"the weight decays: it returns w·(1 − {number}lr) − lr·dw"
            case [("w", c), ("lr·dw", -1)] if 0 < c < 1:
                words = f"the weight decays, whatever lr is: {words}"
            case [("w", c), ("lr·dw", d)] if d == -c:
                words = f"the new weight is multiplied by {_write(c)}"
            case _:
                words = ""
        return words

    def _describe_extra(self, words: str) -> str:
        """Say what is added to the right step; else the formula alone."""
        rest = {k: v for k, v in self.numbers.items() if RIGHT.get(k) != v}
        if len(rest) + len(RIGHT) > len(self.numbers):
            return words
        less = all(number < 0 for number in rest.values())
        extra = Formula({k: -v if less else v for k, v in rest.items()}).write()
        return f"it {'subtracts' if less else 'adds'} {extra} too: {words}"


#: The right step.
RIGHT = {"w": 1.0, "lr·dw": -1.0}

#: Wrong ones that have a name.
KNOWN: dict[tuple[tuple[str, float], ...], str] = {
    (("w", 1), ("lr·dw", 1)): "the sign is turned around: it climbs",
    (("w", 1), ("lr·dw", -2)): "the step is doubled",
    (("w", 1), ("lr·dw", -0.5)): "the step is halved",
    (("w", 1), ("dw", -1)): "the learning rate is not used: it returns w − dw",
    (("w", 1), ("lr²·dw", -1)): "the learning rate is applied twice",
    (("lr·dw", -1),): "it returns the change, not the new weight",
    (("lr·dw", 1),): "it returns lr · dw, not the new weight",
    (("w", 1),): "it does not move",
    (("lr·w", -1), ("dw", 1)): "w and dw are exchanged",
}


def _write(number: float) -> str:
    simple = Fraction(number).limit_denominator(1000)
    text = f"{number:.6g}"
    near = abs(float(simple) - number) <= NEAR * number
    return min(str(simple), text, key=len) if near else text


def simplify(number: float) -> float:
    """Return a simple number that this is within rounding, else the number."""
    simple = float(Fraction(float(number)).limit_denominator(10**4))
    rounded = float(f"{number:.6g}")
    most = max(NEAR * abs(number), ROUNDED)
    return next(
        (c for c in (rounded, simple) if abs(c - number) <= most), float(number)
    )


def fit(calls: Sequence[Call]) -> Formula | None:
    """Return the formula that fits best by least squares; None where none is told."""
    calls = [each for each in calls if each.w.dtype == np.float64]
    rows, answers = [], []
    for each in calls:
        w, g = np.atleast_1d(each.w), np.atleast_1d(each.dw)
        size = abs(w) + abs(g) + 1
        rows.append([term(w, g, each.lr) / size for term in TERMS.values()])
        answers.append(np.atleast_1d(each.answer).astype(float) / size)
    if not rows:
        return None
    table = np.concatenate(rows, axis=1).T
    scale = np.linalg.norm(table, axis=0)
    found = np.linalg.lstsq(table / scale, np.concatenate(answers))[0] / scale
    most = abs(found).max()
    numbers = {
        name: simplify(c)
        for name, c in zip(TERMS, found, strict=True)
        if abs(c) > NEAR * max(most, 1e-3)
    }
    return Formula(numbers)
