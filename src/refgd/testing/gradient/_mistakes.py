"""The catalogue of mistakes: in words, and what a program with that mistake returns.

To add one, add a `Mistake` to a table; the first that predicts every answer is named.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from refgd._types import Array
from refgd.testing._answers import flat, shape_of
from refgd.testing._polynomial import Unknown
from refgd.testing.conventions import Convention
from refgd.testing.gradient._examples import find_unit, to_integers
from refgd.testing.gradient._oracle import Oracle, one_entry, residuals
from refgd.testing.gradient._verdict import Verdict

#: A prediction costs as much as so many numbers more.
OVERHEAD = 16


class Terms:
    """What predictions are written in: an example, and the expected answer.

    Attributes:
        a: The rows, (n, d), with a 1 at the end for an intercept.
        y: The targets.
        p: The predictions that the function is given, or makes.
        r: The residuals p − y.
        of_weights: Whether the function makes its own predictions.
        c: The factor of the convention's sum.
        rate: How many hypotheses it refutes, by what it costs to hold one against it.
    """

    def __init__(
        self, oracle: Oracle, verdict: Verdict, convention: Convention
    ) -> None:
        example = verdict.example
        self.oracle, self.verdict, self.convention = oracle, verdict, convention
        self.expected, self.raw_answer = verdict.expected, verdict.raw_answer
        self.a, self.y, self.w = example.rows, example.targets, example.weights
        self.x, self.intercept = example.x, example.intercept
        self.of_weights = oracle.function.takes_weights
        self.n, self.d = self.a.shape
        factor = convention.loss if oracle.kind == "loss" else convention.grad
        self.c = factor(self.n)
        self._refuted, self._cost = 0, OVERHEAD + self.n * self.d
        self.rate = 1 / self._cost
        self._predicted: dict[Prediction, Any] = {}

    @functools.cached_property
    def r(self) -> Array:
        example = self.verdict.example
        whole = residuals(example, self.oracle.function)[0]
        return np.asarray(whole * Fraction(1, example.whole.unit**2))

    @functools.cached_property
    def p(self) -> Array:
        return self.y + self.r

    def count_refutation(self) -> None:
        self._refuted += 1
        self.rate = (1 + self._refuted) / self._cost

    @functools.cached_property
    def tells(self) -> bool:
        """Whether it is wrong by more than a prediction may be off."""
        verdict = self.verdict
        if verdict.right:
            return False
        return not matches(verdict.expected, verdict, verdict.answer)

    @functools.cached_property
    def sample_terms(self) -> list[Array] | None:
        """Each sample's part of the gradient; None where it is no sum of them."""
        e = self.verdict.example
        alone = [
            self.oracle.expected(replace(e, x=e.x[i : i + 1], y=e.y[i : i + 1]))
            for i in range(self.n)
        ]
        terms = [term for term in alone if term is not None]
        if len(terms) < self.n:
            return None
        sizes = np.sum([abs(term) for term in terms], axis=0)
        for part in (Fraction(1), Fraction(1, self.n)):
            parts = [part * term for term in terms]
            off = abs(np.sum(parts, axis=0) - self.expected)
            if np.all(off <= NEARLY * part * sizes):
                return parts
        return None

    @functools.cached_property
    def is_extreme(self) -> bool:
        """Whether its squares are too large for floats, or too small."""
        example = self.verdict.example
        if example.exact:
            return False
        parts = (example.x, example.y, np.asarray(example.w))
        sizes = [np.max(abs(part.astype(float)), initial=0) for part in parts]
        top = float(np.sqrt(np.finfo(np.result_type(*parts, np.float32)).max)) ** 0.5
        return any(size > top or 0 < size < 1 / top for size in sizes)

    def sum(self, a: Array, r: Array) -> Array:
        """Compute c · aᵀ r: the gradient, for the rows and the residuals."""
        of_a, rows = self._whole_rows if a is self.a else _find_whole(a)
        of_r, whole = self._whole_residuals if r is self.r else _find_whole(r)
        return np.asarray(self.c / (of_a * of_r) * np.dot(rows.T, whole))

    @functools.cached_property
    def _whole_rows(self) -> tuple[int, Array]:
        return _find_whole(self.a)

    @functools.cached_property
    def _whole_residuals(self) -> tuple[int, Array]:
        return _find_whole(self.r)

    def predict(self, prediction: "Prediction") -> Any:
        """Return what a mistake predicts: computed once, it may be needed again."""
        if prediction not in self._predicted:
            self._predicted[prediction] = prediction(self)
        return self._predicted[prediction]


def _find_whole(part: Array) -> tuple[int, Array]:
    """Return a unit, and the entries in it: integers, which are added up faster."""
    unit = find_unit(part)
    return unit, to_integers(part, unit)


#: In floats a prediction's own rounding is far below, a chance agreement far above;
#: in float32 it is nearer.
NEAR, NEAR_IN_FLOAT32 = Fraction(1, 2**20), Fraction(1, 2**16)


def matches(predicted: Array, verdict: Verdict, answer: Array) -> bool:
    """Whether an answer is the predicted one, within the prediction's own rounding."""
    if np.shape(predicted) != np.shape(answer):
        return False
    if verdict.exact:
        return np.array_equal(answer, predicted)
    short = verdict.example.x.dtype == np.float32
    near = NEAR_IN_FLOAT32 if short else NEAR
    roundings = 4 + 4 * verdict.example.n
    return all(
        abs(got - wanted) <= tolerance * roundings + abs(wanted) * near
        for got, wanted, tolerance in zip(
            answer, predicted, verdict.tolerance, strict=True
        )
    )


#: The derivative of the user's own loss is known to this part.
NEARLY = Fraction(1, 2**20)

#: What a mistake makes of the terms; None where it does not apply to an example.
Prediction: TypeAlias = Callable[[Terms], Any]

#: The same, after the mistake in words.
Mistake: TypeAlias = tuple[str, Prediction]


# --- factors -------------------------------------------------------------------------


HALF = Fraction(1, 2)

#: The answer is a multiple of the expected one, by n and d; None where that is divided
#: by 0. {} is the function's kind.
FACTORS: tuple[tuple[str, Callable[[int, int], Fraction | int | None]], ...] = (
    ("it returns n times the {}: a sum where the mean is meant", lambda n, _: n),
    ("it returns twice the {}: a factor 2 too many", lambda *_: 2),
    ("it returns half the {}: the factor 2 is missing", lambda *_: HALF),
    ("it returns minus the {}: the sign is turned around", lambda *_: -1),
    (
        "it is divided by n − 1 where n is meant",
        lambda n, _: Fraction(n, n - 1) if n > 1 else None,
    ),
    ("it is divided by n + 1 where n is meant", lambda n, _: Fraction(n, n + 1)),
    ("it returns n / 2 times the {}: a sum, and no factor 2", lambda n, _: n * HALF),
    ("it returns 2n times the {}: a sum, and a 2 too many", lambda n, _: 2 * n),
    ("it returns the {} divided by n once more", lambda n, _: Fraction(1, n)),
    (
        "it returns the {} divided by n − 1",
        lambda n, _: Fraction(1, n - 1) if n > 1 else None,
    ),
    ("it returns −n times the {}: the sign is turned, and it sums", lambda n, _: -n),
    ("it returns −2 times the {}: sign and factor", lambda *_: -2),
    ("it returns minus half the {}: the sign, and no factor 2", lambda *_: -HALF),
    ("it returns −n / 2 times the {}", lambda n, _: -n * HALF),
    ("it returns n² times the {}: multiplied by n, not divided", lambda n, _: n * n),
    (
        "it returns the {} divided by d, the number of features",
        lambda _, d: Fraction(1, d),
    ),
    ("it returns d times the {}, d the number of features", lambda _, d: d),
    ("it always returns 0", lambda *_: 0),
)


def times(factor: Callable[[int, int], Fraction | int | None]) -> Prediction:
    """Return what predicts a multiple of the expected answer."""

    def predict(t: Terms) -> Any:
        value = factor(t.n, t.d)
        return None if value is None else value * t.expected

    return predict


# --- equations -----------------------------------------------------------------------


def mean_over(t: Terms, part: Any) -> Array | None:
    """Return the gradient over some samples, divided by their number."""
    count = len(t.r[part])
    return t.sum(t.a[part], t.r[part]) * t.n / count if count else None


def _every_other(t: Terms) -> Array:
    """Compute Σ_i Σ_j a_i (p_j − y_i), times c."""
    return t.sum(t.a, t.p.sum() - t.n * t.y)


def _every_other_turned(t: Terms) -> Array:
    """Compute Σ_i Σ_j a_i (p_i − y_j), times c."""
    return t.sum(t.a, t.n * t.p - t.y.sum())


def sigmoid(z: float) -> float:
    """Compute 1 / (1 + exp(−z)), for a z of any size."""
    return 1 / (1 + math.exp(-z)) if z > 0 else math.exp(z) / (1 + math.exp(z))


def find_signs(values: Array) -> Array:
    """Return 1, 0 or −1 for each value."""
    return np.array([Fraction((v > 0) - (v < 0)) for v in values], dtype=object)


def drop_entry(values: Array, i: int) -> Array:
    """Return the values with 0 for one of them."""
    changed = values.copy()
    changed[i] = Fraction(0)
    return changed


def _scale(t: Terms, slopes: Any, intercept: Any) -> Array | None:
    """Return the gradient with its slopes and its intercept multiplied."""
    if not t.intercept:
        return None
    return np.append(slopes * t.expected[:-1], intercept * t.expected[-1:])


def _roots(values: Array) -> Array:
    return one_entry(Fraction(math.sqrt(values[0])))


def _logs(values: Array) -> Array | None:
    return one_entry(Fraction(math.log(values[0]))) if values[0] > 0 else None


def repeat(t: Terms, value: Any) -> Array:
    """Return a gradient of which every entry is the value."""
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


def _with_intercept_first(t: Terms) -> Array | None:
    if not t.intercept or not t.of_weights:
        return None
    r = t.a @ np.roll(t.w, -1) - t.y
    return np.roll(t.sum(t.a, r), 1)


def _drop_intercept(t: Terms) -> Array:
    without = t.c * (t.r - t.w[-1]).sum()
    return np.append(t.expected[:-1], without)


def _divided_in_loop(t: Terms) -> Array | None:
    """Compute g = (g + term) / n, sample by sample; not where there are many."""
    if t.n > MANY:
        return None
    g = 0 * t.expected
    for row, residual in zip(t.a, t.r, strict=True):
        g = (g + t.c * t.n * row * residual) / Fraction(t.n)
    return np.asarray(g)


#: Of more samples than this the powers of n are too large to be of use.
MANY = 32

PAIRED = "(n, 1) against (n,): every residual was paired with every other"
LAST, FIRST = "the last sample is missing", "the first sample is missing"

#: What a gradient with a wrong equation returns.
GRADIENTS: tuple[Mistake, ...] = (
    (LAST, lambda t: t.sum(t.a[:-1], t.r[:-1])),
    (LAST, lambda t: mean_over(t, slice(None, -1))),
    (FIRST, lambda t: t.sum(t.a[1:], t.r[1:])),
    (FIRST, lambda t: mean_over(t, slice(1, None))),
    ("only the first sample counts", lambda t: mean_over(t, slice(1))),
    ("only the last sample counts", lambda t: mean_over(t, slice(-1, None))),
    (PAIRED, lambda t: _every_other(t) / t.n),
    (PAIRED, lambda t: _every_other_turned(t) / t.n),
    (PAIRED, _every_other),
    (PAIRED, _every_other_turned),
    (PAIRED + "; and summed", lambda t: _every_other(t) * t.n),
    (PAIRED + "; and summed", lambda t: _every_other_turned(t) * t.n),
    (
        "the factor x is missing: the chain rule's last step",
        lambda t: repeat(t, t.c * t.r.sum()),
    ),
    ("y is missing from the residual", lambda t: t.sum(t.a, t.p)),
    ("y_pred is missing from the residual", lambda t: t.sum(t.a, -t.y)),
    ("y_pred + y where y_pred − y is meant", lambda t: t.sum(t.a, t.p + t.y)),
    ("x is squared", lambda t: t.sum(t.a * t.a, t.r)),
    ("the residual is squared", lambda t: t.sum(t.a, t.r * t.r)),
    ("right only for x ≥ 0: it takes |x|", lambda t: t.sum(abs(t.a), t.r)),
    ("it takes |residual|: right only for y_pred ≥ y", lambda t: t.sum(t.a, abs(t.r))),
    ("it adds |x · residual|: the signs are lost", lambda t: t.sum(abs(t.a), abs(t.r))),
    ("it returns |gradient|: the sign is lost", lambda t: abs(t.expected)),
    (
        "the residual's sign, not the residual: another loss",
        lambda t: t.sum(t.a, find_signs(t.r)),
    ),
    (
        "mean(x) · mean(residual) where mean(x · residual) is meant",
        lambda t: t.c * t.a.sum(axis=0) * t.r.sum() / t.n,
    ),
    (
        "sum(x) · sum(residual) where sum(x · residual) is meant",
        lambda t: t.c * t.a.sum(axis=0) * t.r.sum(),
    ),
    (
        "the targets stand in for x",
        lambda t: t.sum(t.y[:, None], t.r) if t.d == 1 else None,
    ),
    (
        "the predictions stand in for x",
        lambda t: t.sum(t.p[:, None], t.r) if t.d == 1 else None,
    ),
    ("the intercept's entry is always 0: it is missing", lambda t: _scale(t, 1, 0)),
    ("the intercept's entry is doubled", lambda t: _scale(t, 1, 2)),
    ("the intercept's entry is halved", lambda t: _scale(t, 1, HALF)),
    ("the intercept's sign is turned around", lambda t: _scale(t, 1, -1)),
    ("the intercept's entry is a sum, not a mean", lambda t: _scale(t, 1, t.n)),
    (
        "the slopes are right n times over, the intercept once",
        lambda t: _scale(t, t.n, 1),
    ),
    ("the slopes are doubled, the intercept is right", lambda t: _scale(t, 2, 1)),
    ("the slopes are halved, the intercept is right", lambda t: _scale(t, HALF, 1)),
    ("the slopes' sign is turned, the intercept is right", lambda t: _scale(t, -1, 1)),
    (
        "the intercept stands first; it is meant last",
        lambda t: np.roll(t.expected, 1) if t.intercept else None,
    ),
    (
        "the intercept stands first, in w and in the answer; it is meant last",
        _with_intercept_first,
    ),
    ("the loop returns after its first sample", lambda t: t.sum(t.a[:1], t.r[:1])),
    ("= where += is meant: the last term alone", lambda t: t.sum(t.a[-1:], t.r[-1:])),
    ("it is divided by n in the loop, once a sample", _divided_in_loop),
    (
        "the intercept is missing from the residuals of its own entry",
        lambda t: _drop_intercept(t) if t.intercept and t.of_weights else None,
    ),
    ("the entries are in reverse order", lambda t: t.expected[::-1]),
    (
        "every entry is the mean over all features",
        lambda t: repeat(t, t.expected.sum() / t.d),
    ),
    (
        "every entry is the sum over all features",
        lambda t: repeat(t, t.expected.sum()),
    ),
    ("the last feature's entry is 0", lambda t: drop_entry(t.expected, -1)),
    ("the first feature's entry is 0", lambda t: drop_entry(t.expected, 0)),
)

LOSSES: tuple[Mistake, ...] = (
    (LAST, lambda t: _loss(t.r[:-1] ** 2, t)),
    (FIRST, lambda t: _loss(t.r[1:] ** 2, t)),
    (PAIRED, lambda t: _every_pair(t) / t.n),
    (PAIRED, _every_pair),
    ("the residuals are not squared", lambda t: _loss(t.r, t)),
    ("the residuals' sizes are not squared", lambda t: _loss(abs(t.r), t)),
    (
        "the square of the sum, not the sum of squares",
        lambda t: _loss(t.r.sum() ** 2, t),
    ),
    (
        "the square of the mean, not the mean of squares",
        lambda t: _loss(t.r.sum() ** 2 / t.n, t),
    ),
    ("y_pred + y where y_pred − y is meant", lambda t: _loss((t.p + t.y) ** 2, t)),
    ("the residuals' signs are kept", lambda t: _loss(t.r * abs(t.r), t)),
    ("its square root is taken: another loss", lambda t: _roots(t.expected)),
    (
        "the root of half of it is taken: another loss",
        lambda t: _roots(t.expected / 2),
    ),
    (
        "the root of the sum of squares is taken: another loss",
        lambda t: _roots(_loss(t.r**2, t) / t.c),
    ),
    ("its square is taken: another loss", lambda t: t.expected**2),
    ("its logarithm is taken: another loss", lambda t: _logs(t.expected)),
    (
        "the logarithm of 1 + it is taken",
        lambda t: one_entry(Fraction(math.log1p(t.expected[0]))),
    ),
)

PREDICTIONS: tuple[Mistake, ...] = (
    ("the intercept is missing", lambda t: _intercept_added(t, 0)),
    ("the intercept is added twice", lambda t: _intercept_added(t, 2)),
    (
        "the first weight is taken for the intercept, which is meant last",
        lambda t: t.a @ np.roll(t.w, -1) if t.intercept else None,
    ),
)

#: The same by the function's kind.
EQUATIONS = {"gradient": GRADIENTS, "loss": LOSSES, "predictions": PREDICTIONS}


# --- penalties -----------------------------------------------------------------------


def _last(t: Terms) -> Array:
    return np.append(0 * t.w[:-1], t.w[-1:])


#: What is added to the gradient, times a coefficient that is solved for.
PENALTIES: tuple[Mistake, ...] = (
    ("the weight", lambda t: t.w),
    (
        "the weight without the intercept",
        lambda t: np.append(t.w[:-1], t.w[-1:] * (not t.intercept)),
    ),
    ("the weight divided by n", lambda t: t.w / t.n),
    ("the intercept", lambda t: repeat(t, 0) if not t.intercept else _last(t)),
    ("the weight's sign", lambda t: find_signs(t.w)),
)


# --- shapes --------------------------------------------------------------------------

REMEMBERS = "it remembers an earlier call"


def _is_one_per_sample(t: Terms) -> bool:
    shape = shape_of(t.raw_answer) or ()
    return t.expected.shape != (t.n,) and shape[:1] == (t.n,)


def _is_matrix(t: Terms) -> bool:
    shape = shape_of(t.raw_answer) or ()
    return len(shape) > 1 and np.prod(shape) == len(t.expected)


#: What an answer of a wrong shape shows, or one without numbers; {} is its type.
SHAPES: tuple[Mistake, ...] = (
    ("it returns None: is a return missing?", lambda t: t.raw_answer is None),
    # a symbol that it was given for a proof, before
    (REMEMBERS, lambda t: isinstance(t.raw_answer, Unknown)),
    (
        "it returns a {}: an array is meant, or a tuple of numbers",
        lambda t: flat(t.raw_answer) is None,
    ),
    (PAIRED, lambda t: shape_of(t.raw_answer) == (t.n, t.n)),
    ("it returns one number per sample: the sum is missing", _is_one_per_sample),
    (
        "it returns one number for all weights: the features are added up too",
        lambda t: shape_of(t.raw_answer) == (),
    ),
    ("it returns a matrix where one row of numbers is meant", _is_matrix),
)
