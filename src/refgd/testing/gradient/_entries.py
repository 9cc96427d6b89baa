"""Mistakes in some entries of the gradient, in its size, or in what is added to it."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd.testing import _clock
from refgd.testing.gradient._mistakes import HALF, Mistake, Prediction, Terms, repeat

#: Which entries: a mask.
Entries = Callable[[Terms], Any]


def _numbered(part: slice) -> Entries:
    def mask(t: Terms) -> Any:
        found = np.zeros(len(t.expected), dtype=bool)
        found[: len(found) - t.intercept][part] = True
        return found

    return mask


def _of_columns(meets: Callable[[Any], Any]) -> Entries:
    """Return the entries of the columns of x that meet something."""

    def mask(t: Terms) -> Any:
        found = np.array([bool(meets(column)) for column in t.a.T])
        return found & _numbered(slice(None))(t)

    return mask


def _of_weights(meets: Callable[[Any], Any]) -> Entries:
    def mask(t: Terms) -> Any:
        alone = len(t.w) == len(t.expected) and t.of_weights
        return meets(t.w).astype(bool) if alone else np.zeros(len(t.expected), bool)

    return mask


#: In words, and which entries.
ENTRIES: tuple[tuple[str, Entries], ...] = (
    ("the first feature", _numbered(slice(1))),
    ("the last feature", _numbered(slice(-1, None))),
    ("every feature but the first", _numbered(slice(1, None))),
    ("every feature but the last", _numbered(slice(-1))),
    ("the second feature", _numbered(slice(1, 2))),
    ("the first, third, fifth … feature", _numbered(slice(None, None, 2))),
    ("the second, fourth, sixth … feature", _numbered(slice(1, None, 2))),
    *(
        (f"every feature after the first {k}", _numbered(slice(k, None)))
        for k in range(2, 33)
    ),
    ("a column of ones", _of_columns(lambda v: np.all(v == 1))),
    ("a constant column", _of_columns(lambda v: np.all(v == v[0]))),
    ("a column of zeros and ones", _of_columns(lambda v: np.all((v == 0) | (v == 1)))),
    ("a column with a 0", _of_columns(lambda v: np.any(v == 0))),
    ("a column of positive numbers", _of_columns(lambda v: np.all(v > 0))),
    ("a column with a negative number", _of_columns(lambda v: np.any(v < 0))),
    ("a weight of 0", _of_weights(lambda w: w == 0)),
    ("a negative weight", _of_weights(lambda w: w < 0)),
    ("a positive weight", _of_weights(lambda w: w > 0)),
    ("a negative entry", lambda t: (t.expected < 0).astype(bool)),
    ("a positive entry", lambda t: (t.expected > 0).astype(bool)),
)


class Multiple(NamedTuple):
    """A factor, in words, and by n and d; None where it is divided by 0."""

    words: str
    of: Callable[[int, int], Any]


MULTIPLES = (
    Multiple("doubled", lambda *_: 2),
    Multiple("halved", lambda *_: HALF),
    Multiple("of the other sign", lambda *_: -1),
    Multiple("multiplied by n: a sum where the mean is meant", lambda n, _: n),
    Multiple("divided by n once more", lambda n, _: Fraction(1, n)),
    Multiple("a sum, and halved", lambda n, _: n * HALF),
    Multiple("a sum, and doubled", lambda n, _: 2 * n),
    Multiple("multiplied by −2", lambda *_: -2),
    Multiple("halved, and of the other sign", lambda *_: -HALF),
    Multiple("multiplied by −n", lambda n, _: -n),
    Multiple("multiplied by −n / 2", lambda n, _: -n * HALF),
    Multiple("multiplied by 4", lambda *_: 4),
    Multiple("multiplied by d", lambda _, d: d),
    Multiple("divided by d", lambda _, d: Fraction(1, d)),
    Multiple("divided by d, and halved", lambda _, d: Fraction(1, 2 * d)),
    Multiple("divided by d where n is meant", Fraction),
    Multiple("multiplied by n d", lambda n, d: n * d),
    Multiple("multiplied by n²", lambda n, _: n * n),
    Multiple(
        "divided by n − 1, not n", lambda n, _: Fraction(n, n - 1) if n > 1 else None
    ),
    Multiple("divided by n + 1, not n", lambda n, _: Fraction(n, n + 1)),
    Multiple(
        "divided by n − 2, not n",
        lambda n, _: Fraction(n, n - 2) if n > 2 else None,  # noqa: PLR2004 - n − 2
    ),
    Multiple(
        "divided by n − d, not n", lambda n, d: Fraction(n, n - d) if n > d else None
    ),
    Multiple(
        "divided by n − d − 1, not n",
        lambda n, d: Fraction(n, n - d - 1) if n > d + 1 else None,
    ),
    Multiple(
        "divided by n − 2, or by 1, not by n", lambda n, _: Fraction(n, max(n - 2, 1))
    ),
    Multiple(
        "divided by n − d, or by 1, not by n", lambda n, d: Fraction(n, max(n - d, 1))
    ),
    Multiple(
        "divided by n − d − 1, or by 1, not by n",
        lambda n, d: Fraction(n, max(n - d - 1, 1)),
    ),
    Multiple("multiplied by n − 1", lambda n, _: n - 1),
    Multiple("multiplied by (n − 1) / n", lambda n, _: Fraction(n - 1, n)),
    Multiple("multiplied by n + 1", lambda n, _: n + 1),
)

#: A factor of a wrong answer is taken for a known one within this part.
NEAR = Fraction(1, 2**18)

#: So many numbers of the examples are looked at for a factor, or to solve for two.
FIRST = 40


def find_multiples(
    base: Prediction, mask: Entries | None, terms: Sequence[Terms]
) -> Iterator[tuple[str, Prediction]]:
    """Yield factors of the entries of a base that fit the first wrong answers.

    Where there is a mask the entries outside are right.
    """
    seen: list[tuple[Terms, Any]] = []
    for t in [t for t in terms if not t.verdict.right][:FIRST]:
        _clock.look()
        predicted = t.predict(base)
        if predicted is None or np.shape(predicted) != np.shape(t.verdict.answer):
            continue
        chosen = np.ones(len(predicted), dtype=bool) if mask is None else mask(t)
        sizes = abs(predicted) * chosen
        i = int(np.argmax(sizes))
        if sizes[i]:
            seen.append((t, t.verdict.answer[i] / predicted[i]))
        if len(seen) > 1:
            break
    if not seen:
        return
    known = [m for m in MULTIPLES if all(_fits(m, *each) for each in seen)]
    for multiple in known:
        yield multiple.words, _multiply(base, mask, multiple.of)
    ratios = [q for _, q in seen]
    more = [t.n / q - t.n if q else None for t, q in seen]
    if (
        not known
        and more[0]
        and more[-1]
        and abs(more[0] - more[-1]) < abs(more[0]) / 100
    ):
        total = _simplify(more[0])
        words = (
            f"divided by n {'+' if total > 0 else '−'} {abs(float(total)):.3g}, not n"
        )
        yield words, _multiply(base, mask, lambda n, _: Fraction(n) / (n + total))
    if not known and _is_near(ratios[0], ratios[-1]) and ratios[0] != 1:
        times = "0" if not ratios[0] else f"multiplied by {float(ratios[0]):.6g}"
        yield times, _multiply(base, mask, lambda *_: ratios[0])


def _fits(multiple: Multiple, t: Terms, ratio: Any) -> bool:
    value = multiple.of(t.n, t.d)
    return value is None or _is_near(value, ratio)


def _is_near(value: Any, ratio: Any) -> bool:
    return bool(abs(value - ratio) <= NEAR * abs(value))


def _multiply(
    base: Prediction, mask: Entries | None, factor: Callable[[int, int], Any]
) -> Prediction:
    def predict(t: Terms) -> Any:
        value, predicted = factor(t.n, t.d), t.predict(base)
        if value is None or predicted is None:
            return None
        if mask is None:
            return value * predicted
        return np.where(mask(t), value * predicted, t.expected)

    return predict


# --- what is added -------------------------------------------------------------------


def _everywhere(value: Callable[[Terms], Any]) -> Prediction:
    return lambda t: repeat(t, value(t) * Fraction(1))


#: What may be added to the gradient, or to a multiple of it, times a constant.
DIRECTIONS: tuple[Mistake, ...] = (
    ("the weight", lambda t: t.w if len(t.w) == len(t.expected) else None),
    ("1", _everywhere(lambda _: 1)),
    ("the mean of x", lambda t: t.a.sum(axis=0) / Fraction(t.n)),
    ("the sum of x", lambda t: t.a.sum(axis=0)),
    ("the mean of x²", lambda t: (t.a * t.a).sum(axis=0) / Fraction(t.n)),
    ("the sum of x²", lambda t: (t.a * t.a).sum(axis=0)),
    ("the mean residual", _everywhere(lambda t: t.r.sum() / t.n)),
    ("the sum of the residuals", _everywhere(lambda t: t.r.sum())),
    ("the loss", _everywhere(lambda t: t.r @ t.r / t.n)),
    ("the mean of y", _everywhere(lambda t: t.y.sum() / t.n)),
    ("the mean of y_pred", _everywhere(lambda t: t.p.sum() / t.n)),
    ("the mean of x · y", lambda t: np.dot(t.a.T, t.y) / t.n),
    ("the mean of x · y_pred", lambda t: np.dot(t.a.T, t.p) / t.n),
    ("the sum of the weights", _everywhere(lambda t: t.w.sum())),
    (
        "the weight's square",
        lambda t: t.w * t.w if len(t.w) == len(t.expected) else None,
    ),
    ("the weight's cube", lambda t: t.w**3 if len(t.w) == len(t.expected) else None),
    ("1 / n", _everywhere(lambda t: Fraction(1, t.n))),
    ("n", _everywhere(lambda t: t.n)),
    ("the first sample's term", lambda t: t.c * t.n * t.a[0] * t.r[0]),
    ("the last sample's term", lambda t: t.c * t.n * t.a[-1] * t.r[-1]),
)


def find_sums(terms: Sequence[Terms]) -> Iterator[tuple[str, Prediction]]:
    """Yield a multiple of the gradient plus one of something else, solved for both."""
    for words, direction in DIRECTIONS:
        solved = _solve_for_two(direction, terms)
        if solved and solved[1]:
            a, b = solved

            def predict(
                t: Terms, a: Any = a, b: Any = b, direction: Prediction = direction
            ) -> Any:
                along = direction(t)
                return None if along is None else a * t.expected + b * along

            yield _write_sum(words, a, b), predict


def _write_sum(words: str, a: Fraction, b: Fraction) -> str:
    if words == "the weight" and b == 1 and -1 <= a < 0:
        return f"it returns the new weight w − {float(-a):.6g} · dw, not the gradient"
    times = "" if abs(b) == 1 else f"{abs(float(b)):.6g} times "
    if a == 1 and b < 0:
        return f"{times}{words} is missing from it, or subtracted"
    times = times if b > 0 else f"{float(b):.6g} times "
    if a != 1:
        return f"it is {float(a):.6g} times the gradient plus {times}{words}"
    step = ", as by a difference quotient of that step" if words[-1] == "²" else ""
    return f"{times}{words} is added to it{step}"


def _solve_for_two(
    direction: Prediction, terms: Sequence[Terms]
) -> tuple[Fraction, Fraction] | None:
    """Solve answer = a · gradient + b · direction, from numbers that tell both best."""
    rows = []
    ordered = sorted(terms, key=lambda t: (not t.verdict.exact, t.is_extreme))
    for t in ordered[:FIRST]:
        along = direction(t)
        if along is None or np.shape(t.verdict.answer) != np.shape(along):
            return None
        rows += list(zip(t.expected, along, t.verdict.answer, strict=True))
    best, found = 0.0, None
    for (g, v, z), (h, u, q) in itertools.combinations(rows[:FIRST], 2):
        determinant = g * u - h * v
        size = abs(g * u) + abs(h * v)
        share = float(abs(determinant) / size) if size else 0.0
        if share > best:
            best = share
            found = (z * u - q * v) / determinant, (g * q - h * z) / determinant
        if best == 1:
            break
    return found and (_simplify(found[0]), _simplify(found[1]))


def _simplify(value: Fraction) -> Fraction:
    """Return a simple fraction where it is as near as rounding."""
    simple = value.limit_denominator(10**6)
    return simple if _is_near(simple, value) else value
