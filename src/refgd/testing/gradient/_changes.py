"""Mistakes in what is multiplied: another residual, another x, numbers that are cut."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.gradient._mistakes import (
    HALF,
    Mistake,
    Prediction,
    Terms,
    drop_entry,
    find_signs,
    sigmoid,
)

ZERO: Any = Fraction(0)
ONE: Any = Fraction(1)


def _per_entry(function: Callable[[float], float]) -> Callable[[Array], Array]:
    """Return a function of floats, of every entry of an array of Fractions."""

    def each(value: Fraction) -> Fraction:
        try:
            found = function(float(value))
        except (ValueError, OverflowError, ZeroDivisionError):
            found = math.nan
        return Fraction(found) if math.isfinite(found) else ZERO

    return lambda values: np.array([each(v) for v in values], dtype=object)


def root(square: Any) -> Fraction:
    """Return the square root: exactly if it is rational, else the nearest float."""
    above, below = math.isqrt(square.numerator), math.isqrt(square.denominator)
    if above**2 == square.numerator and below**2 == square.denominator:
        return Fraction(above, below)
    try:
        return Fraction(math.sqrt(square))
    except OverflowError:  # a Fraction beyond floats
        return Fraction(above, below or 1)


#: Quotients of more entries than this are rounded to so many bits: the denominators of
#: a sum would grow with every one.
FEW, BITS = 32, 100


def _divide(above: Array, below: Array) -> Any:
    """Return the quotients, or None where something is divided by 0."""
    if not np.all(below):
        return None
    quotients = np.asarray(above / below)
    return quotients if quotients.size <= FEW else _shorten_digits(quotients)


def _shorten_digits(values: Array) -> Array:
    short = np.empty(values.shape, dtype=object)
    short.flat[:] = [_keep_bits(value) for value in values.flat]
    return short


def _keep_bits(value: Fraction) -> Fraction:
    """Return the value to so many bits, of a denominator that is a power of 2."""
    unit = Fraction(2) ** (BITS - int(value.numerator).bit_length()) * value.denominator
    scale = Fraction(2) ** (unit.numerator.bit_length() - unit.denominator.bit_length())
    return round(value * scale) / scale if value else value


def _of_residuals(change: Callable[[Terms], Any]) -> Prediction:
    """Return the gradient with other residuals."""

    def predict(t: Terms) -> Any:
        r = change(t)
        return None if r is None else t.sum(t.a, r)

    return predict


def _weights_changed(change: Callable[[Terms], Any]) -> Prediction:
    """Return the gradient with residuals of other weights."""

    def predict(t: Terms) -> Any:
        w = change(t) if len(t.w) == t.d and t.of_weights else None
        return None if w is None else t.sum(t.a, t.a @ w - t.y)

    return predict


def _with_slopes(t: Terms, slopes: Any) -> Any:
    return np.append(slopes, t.w[-1:]) if t.intercept else slopes


def _slopes(t: Terms) -> Array:
    return t.w[:-1] if t.intercept else t.w


def _only(t: Terms, i: int) -> Any:
    kept = np.zeros_like(t.w)
    kept[i] = t.w[i]
    return kept


_tanh, _log, _sqrt = (_per_entry(f) for f in (math.tanh, math.log, math.sqrt))
_probabilities = _per_entry(sigmoid)


def _through_sigmoid(t: Terms) -> Array:
    q = _probabilities(t.p)
    return np.asarray((q - t.y) * q * (1 - q))


def _centred(a: Array) -> Array:
    return np.asarray(a - a.sum(axis=0) / Fraction(len(a)))


TENTH = Fraction(1, 10)


def _after_a_step(lr: Any) -> Mistake:
    """Return what is computed when the slopes have been updated already."""

    def change(t: Terms) -> Any:
        return t.w - lr * np.append(t.expected[:-1], ZERO) if t.intercept else None

    words = (
        f"it is computed after the slopes have been updated, with lr = {float(lr):g}"
    )
    return words, _weights_changed(change)


#: Another residual in the place of y_pred − y.
RESIDUALS: tuple[Mistake, ...] = (
    (
        "the intercept is missing from the predictions",
        _weights_changed(lambda t: drop_entry(t.w, -1) if t.intercept else None),
    ),
    (
        "the intercept is subtracted in the predictions",
        _weights_changed(
            lambda t: np.append(t.w[:-1], -t.w[-1:]) if t.intercept else None
        ),
    ),
    (
        "the intercept is added twice in the predictions",
        _weights_changed(
            lambda t: np.append(t.w[:-1], 2 * t.w[-1:]) if t.intercept else None
        ),
    ),
    (
        "the first weight is taken for the intercept in the predictions",
        _weights_changed(lambda t: np.roll(t.w, -1) if t.intercept else None),
    ),
    (
        "only the intercept is in the predictions",
        _weights_changed(lambda t: _only(t, -1) if t.intercept else None),
    ),
    (
        "the weights are in reverse order in the predictions",
        _weights_changed(lambda t: _with_slopes(t, _slopes(t)[::-1])),
    ),
    (
        "the weights are shifted by one in the predictions",
        _weights_changed(lambda t: _with_slopes(t, np.roll(_slopes(t), 1))),
    ),
    (
        "the weights are shifted by one in the predictions",
        _weights_changed(lambda t: _with_slopes(t, np.roll(_slopes(t), -1))),
    ),
    (
        "only the first feature is in the predictions",
        _weights_changed(lambda t: _only(t, 0)),
    ),
    (
        "the first feature is missing from the predictions",
        _weights_changed(lambda t: drop_entry(t.w, 0)),
    ),
    (
        "the last feature is missing from the predictions",
        _weights_changed(lambda t: drop_entry(t.w, -1 - t.intercept)),
    ),
    ("the predictions are made with |w|", _weights_changed(lambda t: abs(t.w))),
    ("the predictions are made with −w", _weights_changed(lambda t: -t.w)),
    ("the residuals are cubed", _of_residuals(lambda t: t.r**3)),
    (
        "the residuals are squared, with their signs kept",
        _of_residuals(lambda t: t.r * abs(t.r)),
    ),
    (
        "the root of the residual's size is taken",
        _of_residuals(lambda t: find_signs(t.r) * _sqrt(abs(t.r))),
    ),
    (
        "tanh of the residual, not the residual: another loss",
        _of_residuals(lambda t: _tanh(t.r)),
    ),
    ("the residuals are divided by y", _of_residuals(lambda t: _divide(t.r, t.y))),
    (
        "the residuals are divided by |y|",
        _of_residuals(lambda t: _divide(t.r, abs(t.y))),
    ),
    ("the residuals are divided by y_pred", _of_residuals(lambda t: _divide(t.r, t.p))),
    ("the residuals are multiplied by y", _of_residuals(lambda t: t.r * t.y)),
    ("the residuals are multiplied by y_pred", _of_residuals(lambda t: t.r * t.p)),
    ("y_pred · y where y_pred − y is meant", _of_residuals(lambda t: t.p * t.y)),
    (
        "y_pred² − y² where y_pred − y is meant",
        _of_residuals(lambda t: t.p**2 - t.y**2),
    ),
    ("y_pred² − y where y_pred − y is meant", _of_residuals(lambda t: t.p**2 - t.y)),
    ("y stands in for the residual", _of_residuals(lambda t: t.y)),
    (
        "|y_pred| − |y| where y_pred − y is meant",
        _of_residuals(lambda t: abs(t.p) - abs(t.y)),
    ),
    ("y_pred − |y| where y_pred − y is meant", _of_residuals(lambda t: t.p - abs(t.y))),
    ("|y_pred| − y where y_pred − y is meant", _of_residuals(lambda t: abs(t.p) - t.y)),
    (
        "y_pred is cut at 0 (ReLU) in the residual",
        _of_residuals(lambda t: np.maximum(t.p, ZERO) - t.y),
    ),
    (
        "y_pred is cut at 0 (ReLU), and where it is cut nothing counts",
        _of_residuals(lambda t: np.where(t.p > 0, t.r, ZERO)),
    ),
    (
        "y_pred goes through a sigmoid: it is the gradient of logistic regression",
        _of_residuals(lambda t: _probabilities(t.p) - t.y),
    ),
    (
        "y_pred goes through a sigmoid",
        _of_residuals(_through_sigmoid),
    ),
    (
        "the residual is multiplied by y_pred (1 − y_pred), as behind a sigmoid",
        _of_residuals(lambda t: t.r * t.p * (1 - t.p)),
    ),
    ("y_pred goes through tanh", _of_residuals(lambda t: _tanh(t.p) - t.y)),
    *map(_after_a_step, (1, HALF, TENTH, TENTH / 2, TENTH**2, TENTH**3)),
    ("the residuals are centred", _of_residuals(lambda t: _centred(t.r))),
    (
        "y is centred: its mean is subtracted",
        _of_residuals(lambda t: t.p - _centred(t.y)),
    ),
    (
        "y_pred is centred: its mean is subtracted",
        _of_residuals(lambda t: _centred(t.p) - t.y),
    ),
    ("the mean of y stands in for y", _of_residuals(lambda t: t.p - t.y.sum() / t.n)),
    ("the sum of y stands in for y", _of_residuals(lambda t: t.p - t.y.sum())),
    (
        "the mean of y_pred stands in for y_pred",
        _of_residuals(lambda t: t.p.sum() / t.n - t.y),
    ),
    ("the first y stands in for every y", _of_residuals(lambda t: t.p - t.y[0])),
    (
        "the first residual stands in for every residual",
        _of_residuals(lambda t: t.r[0] + 0 * t.r),
    ),
    (
        "the last residual stands in for every residual",
        _of_residuals(lambda t: t.r[-1] + 0 * t.r),
    ),
    (
        "the mean residual stands in for every residual",
        _of_residuals(lambda t: t.r.sum() / t.n + 0 * t.r),
    ),
    (
        "the residuals are summed up as they go (cumsum)",
        _of_residuals(lambda t: np.cumsum(t.r)),
    ),
    (
        "the residuals stand alone for their sum of squares",
        _of_residuals(lambda t: t.r * (t.r @ t.r)),
    ),
    (
        "the residuals are truncated to whole numbers",
        _of_residuals(lambda t: _truncate(t.r)),
    ),
    (
        "the residuals are rounded to whole numbers",
        _of_residuals(lambda t: _round(t.r, 0)),
    ),
    (
        "y_pred is truncated to whole numbers",
        _of_residuals(lambda t: _truncate(t.p) - t.y),
    ),
    (
        "y_pred is rounded to whole numbers",
        _of_residuals(lambda t: _round(t.p, 0) - t.y),
    ),
    ("y is truncated to whole numbers", _of_residuals(lambda t: t.p - _truncate(t.y))),
    ("y is rounded to whole numbers", _of_residuals(lambda t: t.p - _round(t.y, 0))),
    (
        "the weights are truncated to whole numbers",
        _weights_changed(lambda t: _truncate(t.w)),
    ),
    (
        "the weights are rounded to whole numbers",
        _weights_changed(lambda t: _round(t.w, 0)),
    ),
)


def _truncate(values: Array) -> Array:
    return np.array([Fraction(math.trunc(v)) for v in values], dtype=object)


def _round(values: Array, digits: int) -> Array:
    return np.array([Fraction(round(v, digits)) for v in values], dtype=object)


def _squares(t: Terms) -> Array:
    return np.asarray((t.a * t.a).sum(axis=0))


def _deviations(t: Terms) -> Array:
    """Return the standard deviation of each column; 1 where it is 0."""
    squares = (_centred(t.a) ** 2).sum(axis=0) / Fraction(t.n)
    return np.array([root(q) or Fraction(1) for q in squares], dtype=object)


def _of_columns(change: Callable[[Terms], Any]) -> Prediction:
    return lambda t: t.sum(change(t), t.r)


def _both(change: Callable[[Terms], Any]) -> Prediction:
    """Return the gradient with another x, in the predictions too."""

    def predict(t: Terms) -> Any:
        if len(t.w) != t.d or not t.of_weights:
            return None
        a = change(t)
        return t.sum(a, a @ t.w - t.y)

    return predict


def _slope_columns(t: Terms, a: Array) -> Array:
    """Return other columns, with the intercept's ones as they were."""
    return np.hstack([a[:, :-1], t.a[:, -1:]]) if t.intercept else a


def _over_largest(t: Terms) -> Array:
    largest = abs(t.a).max(axis=0)
    return np.asarray(_divide(t.a, np.where(largest == 0, ONE, largest)))


#: Another x.
COLUMNS: tuple[Mistake, ...] = tuple(
    (words + more, make(change))
    for words, change in (
        (
            "x is centred: its mean is subtracted",
            lambda t: _slope_columns(t, _centred(t.a)),
        ),
        (
            "x is standardized: its mean subtracted, divided by its deviation",
            lambda t: _slope_columns(t, _divide(_centred(t.a), _deviations(t))),
        ),
        (
            "x is divided by its deviation",
            lambda t: _slope_columns(t, _divide(t.a, _deviations(t))),
        ),
        ("x is divided by its largest entry", _over_largest),
        ("x is truncated to whole numbers", lambda t: _by_column(t, _truncate)),
        (
            "x is rounded to whole numbers",
            lambda t: _by_column(t, lambda v: _round(v, 0)),
        ),
        (
            "the features of x are in reverse order",
            lambda t: _slope_columns(t, _reverse(t)),
        ),
        (
            "the mean of x stands in for x",
            lambda t: t.a * 0 + t.a.sum(axis=0) / Fraction(t.n),
        ),
        ("the first x stands in for every x", lambda t: t.a * 0 + t.a[0]),
        ("the last x stands in for every x", lambda t: t.a * 0 + t.a[-1]),
        ("the sign of x stands in for x", lambda t: _by_column(t, find_signs)),
        ("x is cut at 0", lambda t: np.maximum(t.a, ZERO)),
        ("x is cubed", lambda t: t.a**3),
        ("|x| stands in for x", lambda t: abs(t.a)),
    )
    for more, make in (("", _of_columns), (", in the predictions too", _both))
)


def _reverse(t: Terms) -> Array:
    return (
        np.hstack([t.a[:, :-1][:, ::-1], t.a[:, -1:]]) if t.intercept else t.a[:, ::-1]
    )


def _by_column(t: Terms, change: Callable[[Array], Array]) -> Array:
    return np.stack([change(column) for column in t.a.T], axis=1)


def _scaled(by: Callable[[Terms], Any]) -> Prediction:
    """Return the gradient divided by something; nothing where that is 0."""
    return lambda t: _divide(t.expected, np.atleast_1d(by(t)))


#: The gradient divided or multiplied by something of the data.
SCALES: tuple[Mistake, ...] = (
    (
        "it is divided by its own length: only its direction is left",
        _scaled(lambda t: root(t.expected @ t.expected)),
    ),
    (
        "it is divided by its own length squared",
        _scaled(lambda t: t.expected @ t.expected),
    ),
    ("only the sign of each entry is left", lambda t: find_signs(t.expected)),
    ("each entry is squared", lambda t: t.expected**2),
    (
        "it is divided by its largest entry",
        _scaled(lambda t: abs(t.expected).max()),
    ),
    (
        "it is divided by the sum of its entries' sizes",
        _scaled(lambda t: abs(t.expected).sum()),
    ),
    (
        "it is the gradient of the root of the mean square",
        _scaled(lambda t: 2 * root((t.r @ t.r) / t.n)),
    ),
    ("it is divided by the sum of x²", _scaled(_squares)),
    ("it is divided by the mean of x²", _scaled(lambda t: _squares(t) / t.n)),
    ("it is divided by the sum of all x²", _scaled(lambda t: _squares(t).sum())),
    (
        "it is divided by the length of x",
        _scaled(lambda t: [root(q) for q in _squares(t)]),
    ),
    ("it is divided by the deviation of x", _scaled(_deviations)),
    ("it is divided by the sum of |x|", _scaled(lambda t: abs(t.a).sum(axis=0))),
    ("it is divided by the sum of x", _scaled(lambda t: t.a.sum(axis=0))),
    ("it is divided by the sum of y²", _scaled(lambda t: t.y @ t.y)),
    ("it is divided by the sum of the squared residuals", _scaled(lambda t: t.r @ t.r)),
    (
        "it is divided by the number of residuals above 0",
        _scaled(lambda t: Fraction(int(sum(t.r > 0)), t.n)),
    ),
    (
        "it is divided by the number of x that are not 0",
        _scaled(lambda t: [Fraction(int(k), t.n) for k in (t.a != 0).sum(axis=0)]),
    ),
    (
        "it is divided by the number of different y",
        _scaled(lambda t: Fraction(len({*t.y}), t.n)),
    ),
    ("it is multiplied by w", lambda t: t.expected * t.w if len(t.w) == t.d else None),
    (
        "it is multiplied by |w|",
        lambda t: t.expected * abs(t.w) if len(t.w) == t.d else None,
    ),
    (
        "the gradient with respect to x, not to w: w stands in for x",
        lambda t: t.c * t.r.sum() * t.w if len(t.w) == t.d else None,
    ),
    (
        "the loss is returned, not its gradient",
        lambda t: t.expected * 0 + t.c * (t.r @ t.r) / 2,
    ),
    ("twice the loss is returned", lambda t: t.expected * 0 + t.c * (t.r @ t.r)),
    ("the second derivative is returned, not the first", lambda t: t.c * _squares(t)),
)

#: Where a program may cut or drop numbers.
LIMITS = (
    *(Fraction(1, 10**k) for k in range(12, 0, -1)),
    *map(Fraction, (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 10**4, 10**5, 10**6)),
    Fraction(1, 2),
)


def _cut(values: Array, limit: Any) -> Array:
    return np.array([min(max(v, -limit), limit) for v in values.flat]).reshape(
        values.shape
    )


def _drop(values: Array, limit: Any) -> Array:
    return np.where(abs(values) >= limit, values, ZERO)


def _list_cuts(limit: Any) -> Iterator[Mistake]:
    c = f"{float(limit):g}"
    yield f"it is cut at ±{c}", lambda t: _cut(t.expected, limit)
    yield (
        f"the residuals are cut at ±{c}, as by Huber's loss",
        lambda t: t.sum(t.a, _cut(t.r, limit)),
    )
    yield f"x is cut at ±{c}", lambda t: t.sum(_cut(t.a, limit), t.r)
    yield f"x is cut at ±{c}, in the predictions too", _both(lambda t: _cut(t.a, limit))
    yield f"y is cut at ±{c}", lambda t: t.sum(t.a, t.p - _cut(t.y, limit))
    yield f"y_pred is cut at ±{c}", lambda t: t.sum(t.a, _cut(t.p, limit) - t.y)
    yield f"its length is cut at {c}", lambda t: _shorten(t.expected, limit)
    yield (
        f"entries nearer to 0 than {c} are dropped",
        lambda t: _drop(t.expected, limit),
    )
    yield (
        f"residuals nearer to 0 than {c} are dropped",
        lambda t: t.sum(t.a, _drop(t.r, limit)),
    )
    yield (
        f"residuals beyond ±{c} are dropped",
        lambda t: t.sum(t.a, t.r - _drop(t.r, limit)),
    )
    yield f"x nearer to 0 than {c} is dropped", lambda t: t.sum(_drop(t.a, limit), t.r)


def _shorten(g: Array, limit: Any) -> Any:
    length = root(g @ g)
    return g * limit / length if length > limit else g


def _rounded(digits: int) -> Mistake:
    return f"it is rounded to {digits} decimals", lambda t: _round(t.expected, digits)


def _whole(change: Callable[[Any], int]) -> Prediction:
    """Return the gradient in whole numbers; not where rounding may change them."""

    def predict(t: Terms) -> Any:
        tolerance = t.verdict.tolerance
        ends = (t.expected - tolerance, t.expected, t.expected + tolerance)
        low, found, high = ([change(value) for value in end] for end in ends)
        if not low == found == high or max(map(abs, found)) >= INT64:
            return None
        return np.array([Fraction(value) for value in found], dtype=object)

    return predict


#: Whole numbers from here on are beyond what an array of them holds.
INT64 = 2**63

#: The gradient in whole numbers.
WHOLE: tuple[Mistake, ...] = (
    (
        "it is truncated to whole numbers, as by an array of integers",
        _whole(math.trunc),
    ),
    ("it is rounded down to whole numbers, as by //", _whole(math.floor)),
    ("it is rounded to whole numbers", _whole(round)),
)

CUTS: tuple[Mistake, ...] = (
    (
        "every sample's term is truncated to a whole number",
        lambda t: _by_terms(t, _truncate),
    ),
    (
        "it is cut at 0: negative entries are lost",
        lambda t: np.maximum(t.expected, ZERO),
    ),
    (
        "it is cut at 0: positive entries are lost",
        lambda t: np.minimum(t.expected, ZERO),
    ),
    *map(_rounded, range(13)),
    *(cut for limit in LIMITS for cut in _list_cuts(limit)),
)


def _by_terms(t: Terms, change: Callable[[Array], Array]) -> Array:
    terms = t.c * t.n * t.a * t.r[:, None]
    changed = np.stack([change(column) for column in terms.T], axis=1)
    return np.asarray(changed.sum(axis=0) / Fraction(t.n))


CHANGED = (*RESIDUALS, *COLUMNS, *SCALES)
