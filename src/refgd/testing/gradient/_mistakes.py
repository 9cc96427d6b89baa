"""The catalogue of mistakes: in words, and what a program with that mistake returns.

To add one, add a `Mistake` to a table; the first that predicts every answer is named.
"""

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing._answers import flat, shape_of
from refgd.testing.conventions import Convention
from refgd.testing.gradient._oracle import Oracle, one_entry, residuals
from refgd.testing.gradient._verdict import Verdict


class Terms:
    """What predictions are written in: an example, and the expected answer.

    Attributes:
        a: The rows, (n, d), with a 1 at the end for an intercept.
        y: The targets.
        p: The predictions that the function is given, or makes.
        r: The residuals p − y.
        c: The factor of the convention's sum.
    """

    def __init__(
        self, oracle: Oracle, verdict: Verdict, convention: Convention
    ) -> None:
        """Take them from a verdict."""
        example = verdict.example
        self.oracle, self.verdict, self.convention = oracle, verdict, convention
        self.expected, self.raw_answer = verdict.expected, verdict.raw_answer
        self.a, self.y, self.w = example.rows, example.targets, example.weights
        self.x, self.intercept = example.x, example.intercept
        self.n, self.d = self.a.shape
        factor = convention.loss if oracle.kind == "loss" else convention.grad
        self.c = factor(self.n)

    @functools.cached_property
    def r(self) -> Array:
        example = self.verdict.example
        whole = residuals(example, self.oracle.function)[0]
        return np.asarray(whole * Fraction(1, example.whole.unit**2))

    @functools.cached_property
    def p(self) -> Array:
        return self.y + self.r

    def sum(self, a: Array, r: Array) -> Array:
        """Compute c · aᵀ r: the gradient, for the rows and the residuals."""
        return np.asarray(self.c * np.dot(a.T, r))


class Mistake(NamedTuple):
    """A mistake in words, and what it makes of the terms.

    `predict` returns None where it does not apply to an example.
    """

    words: str
    predict: Callable[[Terms], Any]


# --- factors -------------------------------------------------------------------------


def _times(words: str, factor: Callable[[int, int], Fraction | int | None]) -> Mistake:
    """Return the mistake of a factor, by n and d; None where it is divided by 0."""

    def predict(t: Terms) -> Any:
        value = factor(t.n, t.d)
        return None if value is None else value * t.expected

    return Mistake(words, predict)


HALF = Fraction(1, 2)

#: The answer is a multiple of the expected one. {} is the function's kind.
FACTORS = (
    _times(
        "it returns n times the {}: a sum where the mean is meant",
        lambda n, _: n,
    ),
    _times("it returns twice the {}: a factor 2 too many", lambda *_: 2),
    _times("it returns half the {}: the factor 2 is missing", lambda *_: HALF),
    _times("it returns minus the {}: the sign is turned around", lambda *_: -1),
    _times(
        "it is divided by n − 1 where n is meant",
        lambda n, _: Fraction(n, n - 1) if n > 1 else None,
    ),
    _times("it is divided by n + 1 where n is meant", lambda n, _: Fraction(n, n + 1)),
    _times(
        "it returns n / 2 times the {}: a sum, and no factor 2", lambda n, _: n * HALF
    ),
    _times("it returns 2n times the {}: a sum, and a 2 too many", lambda n, _: 2 * n),
    _times("it returns the {} divided by n once more", lambda n, _: Fraction(1, n)),
    _times(
        "it returns −n times the {}: the sign is turned, and it sums", lambda n, _: -n
    ),
    _times("it returns −2 times the {}: sign and factor", lambda *_: -2),
    _times("it returns minus half the {}: the sign, and no factor 2", lambda *_: -HALF),
    _times("it returns −n / 2 times the {}", lambda n, _: -n * HALF),
    _times(
        "it returns n² times the {}: multiplied by n, not divided",
        lambda n, _: n * n,
    ),
    _times(
        "it returns the {} divided by d, the number of features",
        lambda _, d: Fraction(1, d),
    ),
    _times("it returns d times the {}, d the number of features", lambda _, d: d),
    _times("it always returns 0", lambda *_: 0),
)


# --- equations -----------------------------------------------------------------------


def _mean_over(t: Terms, part: slice) -> Array | None:
    """Return the gradient over some samples, divided by their number."""
    count = len(t.r[part])
    return t.sum(t.a[part], t.r[part]) * t.n / count if count else None


def _every_other(t: Terms) -> Array:
    """Compute Σ_i Σ_j a_i (p_j − y_i), times c."""
    return t.sum(t.a, t.p.sum() - t.n * t.y)


def _every_other_turned(t: Terms) -> Array:
    """Compute Σ_i Σ_j a_i (p_i − y_j), times c."""
    return t.sum(t.a, t.n * t.p - t.y.sum())


def _signs(values: Array) -> Array:
    return np.array([Fraction((v > 0) - (v < 0)) for v in values], dtype=object)


def _drop_entry(t: Terms, i: int) -> Array:
    changed = t.expected.copy()
    changed[i] = 0
    return np.asarray(changed)


def _scale(t: Terms, slopes: Any, intercept: Any) -> Array | None:
    """Return the gradient with its slopes and its intercept multiplied."""
    if not t.intercept:
        return None
    return np.append(slopes * t.expected[:-1], intercept * t.expected[-1:])


def _repeat(t: Terms, value: Any) -> Array:
    return np.full(t.expected.shape, value, dtype=object)


def _loss(values: Any, t: Terms) -> Array:
    """Compute c times the sum of the values."""
    return one_entry(t.c * np.sum(values))


def _every_pair(t: Terms) -> Array:
    """Compute c Σ_i Σ_j (p_i − y_j)², from sums: there may be 10⁸ pairs."""
    squares = t.n * (np.sum(t.p * t.p) + np.sum(t.y * t.y))
    return one_entry(t.c * (squares - 2 * t.p.sum() * t.y.sum()))


def _intercept_added(t: Terms, times: int) -> Array | None:
    """Return the predictions with the intercept added a number of times."""
    return t.expected + (times - 1) * t.w[-1] if t.intercept else None


PAIRED = "(n, 1) against (n,): every residual was paired with every other"
LAST, FIRST = "the last sample is missing", "the first sample is missing"

#: What a wrong equation returns, by the function's kind.
EQUATIONS: dict[str, tuple[Mistake, ...]] = {
    "gradient": (
        Mistake(LAST, lambda t: t.sum(t.a[:-1], t.r[:-1])),
        Mistake(LAST, lambda t: _mean_over(t, slice(None, -1))),
        Mistake(FIRST, lambda t: t.sum(t.a[1:], t.r[1:])),
        Mistake(FIRST, lambda t: _mean_over(t, slice(1, None))),
        Mistake("only the first sample counts", lambda t: _mean_over(t, slice(1))),
        Mistake(
            "only the last sample counts", lambda t: _mean_over(t, slice(-1, None))
        ),
        Mistake(PAIRED, lambda t: _every_other(t) / t.n),
        Mistake(PAIRED, lambda t: _every_other_turned(t) / t.n),
        Mistake(PAIRED, _every_other),
        Mistake(PAIRED, _every_other_turned),
        Mistake(PAIRED + "; and summed", lambda t: _every_other(t) * t.n),
        Mistake(PAIRED + "; and summed", lambda t: _every_other_turned(t) * t.n),
        Mistake(
            "the factor x is missing: the chain rule's last step",
            lambda t: _repeat(t, t.c * t.r.sum()),
        ),
        Mistake("y is missing from the residual", lambda t: t.sum(t.a, t.p)),
        Mistake("y_pred is missing from the residual", lambda t: t.sum(t.a, -t.y)),
        Mistake(
            "y_pred + y where y_pred − y is meant", lambda t: t.sum(t.a, t.p + t.y)
        ),
        Mistake("x is squared", lambda t: t.sum(t.a * t.a, t.r)),
        Mistake("the residual is squared", lambda t: t.sum(t.a, t.r * t.r)),
        Mistake("right only for x ≥ 0: it takes |x|", lambda t: t.sum(abs(t.a), t.r)),
        Mistake(
            "it takes |residual|: right only for y_pred ≥ y",
            lambda t: t.sum(t.a, abs(t.r)),
        ),
        Mistake(
            "it adds |x · residual|: the signs are lost",
            lambda t: t.sum(abs(t.a), abs(t.r)),
        ),
        Mistake("it returns |gradient|: the sign is lost", lambda t: abs(t.expected)),
        Mistake(
            "the residual's sign, not the residual: another loss",
            lambda t: t.sum(t.a, _signs(t.r)),
        ),
        Mistake(
            "mean(x) · mean(residual) where mean(x · residual) is meant",
            lambda t: t.c * t.a.sum(axis=0) * t.r.sum() / t.n,
        ),
        Mistake(
            "sum(x) · sum(residual) where sum(x · residual) is meant",
            lambda t: t.c * t.a.sum(axis=0) * t.r.sum(),
        ),
        Mistake(
            "the targets stand in for x",
            lambda t: t.sum(t.y[:, None], t.r) if t.d == 1 else None,
        ),
        Mistake(
            "the predictions stand in for x",
            lambda t: t.sum(t.p[:, None], t.r) if t.d == 1 else None,
        ),
        Mistake(
            "the intercept's entry is always 0: it is missing",
            lambda t: _scale(t, 1, 0),
        ),
        Mistake("the intercept's entry is doubled", lambda t: _scale(t, 1, 2)),
        Mistake("the intercept's entry is halved", lambda t: _scale(t, 1, HALF)),
        Mistake("the intercept's sign is turned around", lambda t: _scale(t, 1, -1)),
        Mistake(
            "the intercept's entry is a sum, not a mean", lambda t: _scale(t, 1, t.n)
        ),
        Mistake(
            "the slopes are right n times over, the intercept once",
            lambda t: _scale(t, t.n, 1),
        ),
        Mistake(
            "the slopes are doubled, the intercept is right", lambda t: _scale(t, 2, 1)
        ),
        Mistake(
            "the slopes are halved, the intercept is right",
            lambda t: _scale(t, HALF, 1),
        ),
        Mistake(
            "the slopes' sign is turned, the intercept is right",
            lambda t: _scale(t, -1, 1),
        ),
        Mistake(
            "the intercept stands first; it is meant last",
            lambda t: np.roll(t.expected, 1) if t.intercept else None,
        ),
        Mistake("the entries are in reverse order", lambda t: t.expected[::-1]),
        Mistake(
            "every entry is the mean over all features",
            lambda t: _repeat(t, t.expected.sum() / t.d),
        ),
        Mistake(
            "every entry is the sum over all features",
            lambda t: _repeat(t, t.expected.sum()),
        ),
        Mistake("the last feature's entry is 0", lambda t: _drop_entry(t, -1)),
        Mistake("the first feature's entry is 0", lambda t: _drop_entry(t, 0)),
    ),
    "loss": (
        Mistake(LAST, lambda t: _loss(t.r[:-1] ** 2, t)),
        Mistake(FIRST, lambda t: _loss(t.r[1:] ** 2, t)),
        Mistake(PAIRED, lambda t: _every_pair(t) / t.n),
        Mistake(PAIRED, _every_pair),
        Mistake("the residuals are not squared", lambda t: _loss(t.r, t)),
        Mistake("the residuals' sizes are not squared", lambda t: _loss(abs(t.r), t)),
        Mistake(
            "the square of the sum, not the sum of squares",
            lambda t: _loss(t.r.sum() ** 2, t),
        ),
        Mistake(
            "the square of the mean, not the mean of squares",
            lambda t: _loss(t.r.sum() ** 2 / t.n, t),
        ),
        Mistake(
            "y_pred + y where y_pred − y is meant",
            lambda t: _loss((t.p + t.y) ** 2, t),
        ),
        Mistake("the residuals' signs are kept", lambda t: _loss(t.r * abs(t.r), t)),
    ),
    "predictions": (
        Mistake("the intercept is missing", lambda t: _intercept_added(t, 0)),
        Mistake("the intercept is added twice", lambda t: _intercept_added(t, 2)),
    ),
}


# --- penalties -----------------------------------------------------------------------

#: What is added to the gradient, times a coefficient that is solved for.
PENALTIES = (
    Mistake("the weight", lambda t: t.w),
    Mistake(
        "the weight without the intercept",
        lambda t: np.append(t.w[:-1], t.w[-1:] * (not t.intercept)),
    ),
    Mistake("the weight divided by n", lambda t: t.w / t.n),
    Mistake("the weight's sign", lambda t: _signs(t.w)),
)


# --- conditions ----------------------------------------------------------------------


def _has_repeats(t: Terms) -> bool:
    rows = list(map(tuple, t.a))
    return len(set(rows)) < len(rows)


def _largest(t: Terms) -> float:
    return float(max(np.max(abs(t.x)), np.max(abs(t.verdict.example.y))))


def _above(words: str, limit: int, value: Callable[[Terms], float]) -> Mistake:
    return Mistake(f"{words} {limit}", lambda t: value(t) > limit)


def _any(words: str, entries: Callable[[Terms], Any]) -> Mistake:
    return Mistake(words, lambda t: bool(np.any(entries(t))))


#: What may set the examples apart on which a program is wrong; it predicts whether.
CONDITIONS = (
    Mistake("n = 1", lambda t: t.n == 1),
    Mistake("n = d", lambda t: t.x.ndim > 1 and t.n == t.x.shape[1]),
    Mistake("n < d", lambda t: t.x.ndim > 1 and t.n < t.x.shape[1]),
    Mistake("the data fit exactly", lambda t: not np.any(t.expected)),
    Mistake("w is 0", lambda t: not np.any(t.w)),
    Mistake("n is odd", lambda t: t.n % 2 == 1),
    Mistake("n is even", lambda t: t.n % 2 == 0),
    *(_above("n >", limit, lambda t: t.n) for limit in (1, 2, 100, 1000)),
    _above("d >", 4, lambda t: t.d),
    _any("w < 0", lambda t: t.w < 0),
    _any("w > 0", lambda t: t.w > 0),
    _any("an x is 0", lambda t: t.x == 0),
    _any("an x is negative", lambda t: t.x < 0),
    _any("a y is negative", lambda t: t.y < 0),
    _any("a y is 0", lambda t: t.y == 0),
    Mistake("a sample occurs twice", _has_repeats),
    _any(
        "a residual is negative",
        lambda t: t.verdict.example.y_pred < t.verdict.example.y,
    ),
    _any(
        "a residual is positive",
        lambda t: t.verdict.example.y_pred > t.verdict.example.y,
    ),
    Mistake("the data are integers", lambda t: t.verdict.example.whole_numbers),
    Mistake("the data are float32", lambda t: t.x.dtype == np.float32),
    *(_above("an entry is above", limit, _largest) for limit in (1, 10, 100, 1000)),
)


# --- shapes --------------------------------------------------------------------------


def _is_one_per_sample(t: Terms) -> bool:
    shape = shape_of(t.raw_answer) or ()
    return t.expected.shape != (t.n,) and shape[:1] == (t.n,)


def _is_matrix(t: Terms) -> bool:
    shape = shape_of(t.raw_answer) or ()
    return len(shape) > 1 and np.prod(shape) == len(t.expected)


#: What an answer of a wrong shape shows, or one without numbers; {} is its type.
SHAPES = (
    Mistake("it returns None: is a return missing?", lambda t: t.raw_answer is None),
    Mistake(
        "it returns a {}: an array is meant, or a tuple of numbers",
        lambda t: flat(t.raw_answer) is None,
    ),
    Mistake(PAIRED, lambda t: shape_of(t.raw_answer) == (t.n, t.n)),
    Mistake("it returns one number per sample: the sum is missing", _is_one_per_sample),
    Mistake(
        "it returns one number for all weights: the features are added up too",
        lambda t: shape_of(t.raw_answer) == (),
    ),
    Mistake("it returns a matrix where one row of numbers is meant", _is_matrix),
)
