"""What particular mistakes return: a table of equations for each kind of function."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing.conventions import Convention
from refgd.testing.gradient._oracle import Question, residuals
from refgd.testing.gradient._verdict import Trial


class Factor(NamedTuple):
    """Yours is so many times the truth."""

    words: str
    value: Callable[[int, int], Fraction | None]


FACTORS = (
    Factor("n times the {}: you sum where the mean is meant", lambda n, _: Fraction(n)),
    Factor("twice the {}: a factor 2 too many", lambda *_: Fraction(2)),
    Factor("half the {}: the factor 2 is missing", lambda *_: Fraction(1, 2)),
    Factor("minus the {}: the sign is turned around", lambda *_: Fraction(-1)),
    Factor("divided by n − 1 where n is meant", lambda n, _: _ratio(n, n - 1)),
    Factor("divided by n + 1 where n is meant", lambda n, _: _ratio(n, n + 1)),
    Factor("n / 2 times the {}: a sum, and no factor 2", lambda n, _: _ratio(n, 2)),
    Factor("2n times the {}: a sum, and a 2 too many", lambda n, _: Fraction(2 * n)),
    Factor("the {} divided by n once more", lambda n, _: Fraction(1, n)),
    Factor("−n times the {}: the sign is turned, and it sums", lambda n, _: _ratio(-n)),
    Factor("−2 times the {}: sign and factor", lambda *_: Fraction(-2)),
    Factor("minus half the {}: the sign, and no factor 2", lambda *_: _ratio(-1, 2)),
    Factor("−n / 2 times the {}", lambda n, _: _ratio(-n, 2)),
    Factor("n² times the {}: multiplied by n, not divided", lambda n, _: _ratio(n * n)),
    Factor("the {} divided by d, the number of features", lambda _, d: _ratio(1, d)),
    Factor("d times the {}, d the number of features", lambda _, d: Fraction(d)),
    Factor("always zero", lambda *_: Fraction(0)),
)


def _ratio(a: int, b: int = 1) -> Fraction | None:
    return Fraction(a, b) if b else None


class Terms(NamedTuple):
    """What the equations are written in: rows a, residuals r, the sum's factor c."""

    a: Array
    y: Array
    p: Array
    r: Array
    w: Array
    c: Fraction
    n: int
    d: int
    truth: Array
    intercept: bool


def terms(question: Question, trial: Trial, convention: Convention) -> Terms:
    """Read the terms off a trial."""
    example = trial.example
    r = residuals(example, question.subject)[0] * Fraction(1, example.whole.unit**2)
    y = example.targets
    factor = convention.loss if question.what == "loss" else convention.grad
    a, w, n = example.rows, example.weights, example.n
    c, d = factor(n), a.shape[1]
    return Terms(a, y, y + r, r, w, c, n, d, trial.truth, example.intercept)


Predict = Callable[[Terms], Any]


def _sum(a: Array, r: Array, c: Fraction) -> Array:
    return np.asarray(c * np.dot(a.T, r))


def _every_other(t: Terms, factor: Fraction) -> Array:
    """Compute Σ_i Σ_j a_i (p_j − y_i), times a factor."""
    return np.asarray(factor * np.dot(t.a.T, t.p.sum() - t.n * t.y))


def _every_other_turned(t: Terms, factor: Fraction) -> Array:
    """Compute Σ_i Σ_j a_i (p_i − y_j), times a factor."""
    return np.asarray(factor * np.dot(t.a.T, t.n * t.p - t.y.sum()))


def _last(t: Terms, value: Any) -> Array | None:
    """Replace the intercept's entry."""
    if not t.intercept:
        return None
    changed = t.truth.copy()
    changed[-1] = value
    return changed


_ZERO, _HALF = Fraction(0), Fraction(1, 2)


def _of(value: Fraction) -> Array:
    column: Any = np.empty(1, dtype=object)
    column[0] = value
    return np.asarray(column)


def _mean_of(t: Terms, part: slice) -> Array | None:
    """The gradient over some samples, divided by how many they are."""
    count = len(t.r[part])
    return _sum(t.a[part], t.r[part], t.c * t.n / count) if count else None


def _no_x(t: Terms) -> Array:
    return np.full(t.truth.shape, t.c * t.r.sum(), dtype=object)


def _abs_r(t: Terms) -> Array:
    return _sum(t.a, abs(t.r), t.c)


def _abs_terms(t: Terms) -> Array:
    return _sum(abs(t.a), abs(t.r), t.c)


def _signs(t: Terms) -> Array:
    return _sum(t.a, np.array([Fraction((r > 0) - (r < 0)) for r in t.r]), t.c)


def _apart(t: Terms) -> Array:
    return np.asarray(t.c * t.a.sum(axis=0) * t.r.sum() / t.n)


def _apart_s(t: Terms) -> Array:
    return np.asarray(t.c * t.a.sum(axis=0) * t.r.sum())


def _swapped(t: Terms, other: Array) -> Array | None:
    return _sum(other[:, None], t.r, t.c) if t.d == 1 else None


def _slopes(t: Terms, factor: Any) -> Array | None:
    if not t.intercept:
        return None
    changed = np.asarray(t.truth * factor)
    changed[-1] = t.truth[-1]
    return changed


def _rolled(t: Terms) -> Array | None:
    return np.roll(t.truth, 1) if t.intercept else None


def _same(t: Terms, factor: Fraction) -> Array:
    return np.full(t.truth.shape, factor * t.truth.sum(), dtype=object)


def _dropped(t: Terms, i: int) -> Array:
    changed = t.truth.copy()
    changed[i] = _ZERO
    return changed


def _squares(t: Terms, part: slice, c: Fraction) -> Array:
    return _of(c * (t.r[part] ** 2).sum())


def _pairs(t: Terms) -> Array:
    return _of(t.c * ((t.p[:, None] - t.y) ** 2).sum())


def _no_intercept(t: Terms, times: int) -> Array | None:
    return t.truth + (times - 1) * t.w[-1] if t.intercept else None


PAIRED = "(n, 1) against (n,): every residual was paired with every other"
LAST, FIRST = "the last sample is missing", "the first sample is missing"

GRADIENT: tuple[tuple[str, Predict], ...] = (
    (LAST, lambda t: _sum(t.a[:-1], t.r[:-1], t.c)),
    (LAST, lambda t: _mean_of(t, slice(None, -1))),
    (FIRST, lambda t: _sum(t.a[1:], t.r[1:], t.c)),
    (FIRST, lambda t: _mean_of(t, slice(1, None))),
    ("only the first sample counts", lambda t: _mean_of(t, slice(1))),
    ("only the last sample counts", lambda t: _mean_of(t, slice(-1, None))),
    (PAIRED, lambda t: _every_other(t, t.c / t.n)),
    (PAIRED, lambda t: _every_other_turned(t, t.c / t.n)),
    (PAIRED, lambda t: _every_other(t, t.c)),
    (PAIRED, lambda t: _every_other_turned(t, t.c)),
    (PAIRED + "; and summed", lambda t: _every_other(t, t.c * t.n)),
    (PAIRED + "; and summed", lambda t: _every_other_turned(t, t.c * t.n)),
    ("the factor x is missing: the chain rule's last step", _no_x),
    ("y is missing from the residual", lambda t: _sum(t.a, t.p, t.c)),
    ("y_pred is missing from the residual", lambda t: _sum(t.a, -t.y, t.c)),
    ("y_pred + y where y_pred − y is meant", lambda t: _sum(t.a, t.p + t.y, t.c)),
    ("x is squared", lambda t: _sum(t.a * t.a, t.r, t.c)),
    ("the residual is squared", lambda t: _sum(t.a, t.r * t.r, t.c)),
    ("right only for x ≥ 0: it takes |x|", lambda t: _sum(abs(t.a), t.r, t.c)),
    ("it takes |residual|: right only for y_pred ≥ y", _abs_r),
    ("it adds |x · residual|: the signs are lost", _abs_terms),
    ("it returns |gradient|: the sign is lost", lambda t: abs(t.truth)),
    ("the residual's sign, not the residual: another loss", _signs),
    ("mean(x) · mean(residual) where mean(x · residual) is meant", _apart),
    ("sum(x) · sum(residual) where sum(x · residual) is meant", _apart_s),
    ("the targets stand in for x", lambda t: _swapped(t, t.y)),
    ("the predictions stand in for x", lambda t: _swapped(t, t.p)),
    ("the intercept's entry is always 0: it is missing", lambda t: _last(t, _ZERO)),
    ("the intercept's entry is doubled", lambda t: _last(t, 2 * t.truth[-1])),
    ("the intercept's entry is halved", lambda t: _last(t, t.truth[-1] / 2)),
    ("the intercept's sign is turned around", lambda t: _last(t, -t.truth[-1])),
    (
        "the intercept's entry is a sum, not a mean",
        lambda t: _last(t, t.n * t.truth[-1]),
    ),
    (
        "the slopes are right n times over, the intercept once",
        lambda t: _slopes(t, t.n),
    ),
    ("the slopes are doubled, the intercept is right", lambda t: _slopes(t, 2)),
    ("the slopes are halved, the intercept is right", lambda t: _slopes(t, _HALF)),
    ("the slopes' sign is turned, the intercept is right", lambda t: _slopes(t, -1)),
    ("the intercept stands first; it is meant last", _rolled),
    ("the entries are in reverse order", lambda t: t.truth[::-1]),
    ("every entry is the mean over all features", lambda t: _same(t, Fraction(1, t.d))),
    ("every entry is the sum over all features", lambda t: _same(t, Fraction(1))),
    ("the last feature's entry is 0", lambda t: _dropped(t, -1)),
    ("the first feature's entry is 0", lambda t: _dropped(t, 0)),
)

LOSS: tuple[tuple[str, Predict], ...] = (
    (LAST, lambda t: _squares(t, slice(None, -1), t.c)),
    (FIRST, lambda t: _squares(t, slice(1, None), t.c)),
    (PAIRED, lambda t: _pairs(t) / t.n),
    (PAIRED, _pairs),
    ("the residuals are not squared", lambda t: _of(t.c * t.r.sum())),
    ("the residuals' sizes are not squared", lambda t: _of(t.c * abs(t.r).sum())),
    (
        "the square of the sum, not the sum of squares",
        lambda t: _of(t.c * t.r.sum() ** 2),
    ),
    (
        "the square of the mean, not the mean of squares",
        lambda t: _of(t.c * t.r.sum() ** 2 / t.n),
    ),
    (
        "y_pred + y where y_pred − y is meant",
        lambda t: _of(t.c * ((t.p + t.y) ** 2).sum()),
    ),
    ("the residuals' signs are kept", lambda t: _of(t.c * (t.r * abs(t.r)).sum())),
)

PREDICTIONS: tuple[tuple[str, Predict], ...] = (
    ("the intercept is missing", lambda t: _no_intercept(t, 0)),
    ("the intercept is added twice", lambda t: _no_intercept(t, 2)),
)

TABLES = {"gradient": GRADIENT, "loss": LOSS, "predictions": PREDICTIONS}

Direction = Callable[[Trial], Any]


def _without_intercept(trial: Trial) -> Any:
    w = trial.example.weights.copy()
    w[-1] = w[-1] * (not trial.example.intercept)
    return w


#: What is added to the gradient, times a coefficient.
DIRECTIONS: tuple[tuple[str, Direction], ...] = (
    ("the weight", lambda t: t.example.weights),
    ("the weight without the intercept", _without_intercept),
    ("the weight divided by n", lambda t: t.example.weights / t.example.n),
    ("the weight's sign", lambda t: np.array([_sign(q) for q in t.example.weights])),
)


def _sign(q: Fraction) -> Fraction:
    return Fraction((q > 0) - (q < 0))


PredictTrial = Callable[[Trial], Any]


def penalties(trials: Sequence[Trial]) -> Iterator[tuple[str, PredictTrial]]:
    """Yield each penalty in words, its coefficient solved for, and what it predicts."""
    for words, direction in DIRECTIONS:
        c = _coefficient(trials, direction)
        if c:
            times = "" if c == 1 else f"{float(c):.6g} times "
            yield f"{times}{words} is added to it: a penalty", _with(c, direction)


def _with(c: Fraction, direction: Direction) -> PredictTrial:
    return lambda t: t.truth + c * direction(t)


def _coefficient(trials: Sequence[Trial], direction: Direction) -> Fraction | None:
    """Solve for it exactly, or where it stands out most: beside the least gradient."""
    found: list[tuple[bool, Fraction, Fraction]] = []
    for trial in trials:
        along = direction(trial)
        i = int(np.argmax(abs(along)))
        if along[i]:
            c = (trial.got[i] - trial.truth[i]) / along[i]
            beside = abs(trial.truth[i] / along[i]) + trial.bound[i]
            found.append((not trial.exact, beside, c))
    return min(found)[-1] if found else None


def _repeats(trial: Trial) -> bool:
    rows = list(map(tuple, trial.example.rows))
    return len(set(rows)) < len(rows)


def _largest(trial: Trial) -> float:
    return float(max(np.max(abs(trial.example.x)), np.max(abs(trial.example.y))))


#: What may set examples apart on which a program is wrong.
CONDITIONS: tuple[tuple[str, Callable[[Trial], bool]], ...] = (
    ("n = 1", lambda t: t.example.n == 1),
    ("n = d", lambda t: t.example.x.ndim > 1 and t.example.n == t.example.x.shape[1]),
    ("n < d", lambda t: t.example.x.ndim > 1 and t.example.n < t.example.x.shape[1]),
    ("the data fit exactly", lambda t: not np.any(t.truth)),
    ("w is 0", lambda t: not np.any(t.example.weights)),
    ("n is odd", lambda t: t.example.n % 2 == 1),
    ("n is even", lambda t: t.example.n % 2 == 0),
    ("n > 1", lambda t: t.example.n > 1),
    ("n > 2", lambda t: t.example.n > 2),  # noqa: PLR2004 - that is the condition
    ("n > 100", lambda t: t.example.n > 100),  # noqa: PLR2004 - likewise
    ("n > 1000", lambda t: t.example.n > 1000),  # noqa: PLR2004 - likewise
    ("d > 4", lambda t: t.example.rows.shape[1] > 4),  # noqa: PLR2004 - likewise
    ("w < 0", lambda t: bool(np.any(t.example.weights < 0))),
    ("w > 0", lambda t: bool(np.any(t.example.weights > 0))),
    ("an x is 0", lambda t: bool(np.any(t.example.x == 0))),
    ("an x is negative", lambda t: bool(np.any(t.example.x < 0))),
    ("a y is negative", lambda t: bool(np.any(t.example.y < 0))),
    ("a y is 0", lambda t: bool(np.any(t.example.y == 0))),
    ("a sample occurs twice", _repeats),
    ("a residual is negative", lambda t: bool(np.any(t.example.y_pred < t.example.y))),
    ("a residual is positive", lambda t: bool(np.any(t.example.y_pred > t.example.y))),
    ("the data are float32", lambda t: t.example.x.dtype == np.float32),
    ("an entry is above 1", lambda t: _largest(t) > 1),
    ("an entry is above 10", lambda t: _largest(t) > 10),  # noqa: PLR2004 - likewise
    ("an entry is above 100", lambda t: _largest(t) > 100),  # noqa: PLR2004 - likewise
    ("an entry is above 1000", lambda t: _largest(t) > 1000),  # noqa: PLR2004
)
