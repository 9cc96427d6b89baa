"""What sets the examples apart on which a program is wrong: a property of the data.

A property is named only if every wrong answer has it, and if most of the examples that
have it are wrong: a right answer may come about by chance.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.testing import _clock
from refgd.testing.gradient._mistakes import Terms

Property = Callable[[Terms], bool]

#: So many examples must lack the property; fewer wrong ones than these need all of it.
FEWEST = 3

#: Of the examples with a property this part must be wrong; of a bound between numbers,
#: and of two properties at once, more, since there are more of them to choose from;
#: where almost all of them are, no other cause is looked for.
PART, MORE, ALMOST = 0.5, 0.8, 0.9

#: Of a bound this part of the examples must lie on its other side.
OUTSIDE = 0.25

#: x of such a spread is of mixed sizes, or has an outlier.
SPREAD = 1000


class Condition(NamedTuple):
    """A property in words, and the examples that have it."""

    words: str
    met: Any  # a mask over all examples
    is_exact: bool = False  # whether an answer is wrong wherever it is met


def _x(t: Terms) -> Array:
    return np.asarray(t.x.reshape(t.n, -1))


def _has_repeats(t: Terms) -> bool:
    rows = list(map(tuple, t.a))
    return len(set(rows)) < len(rows)


def _is_constant(values: Any) -> bool:
    return bool(np.all(values == values[0]))


def _has_constant_column(t: Terms) -> bool:
    return any(map(_is_constant, _x(t).T))


def _is_dependent(t: Terms) -> bool:
    x = _x(t).astype(float)
    return bool(np.linalg.matrix_rank(x) < x.shape[1])


def _is_sorted(values: Any) -> bool:
    return bool(np.all(values[1:] >= values[:-1]))


def _sizes(values: Any) -> Any:
    return abs(values[values != 0])


def _has_outlier(t: Terms) -> bool:
    sizes = abs(_x(t).astype(float))
    return bool(sizes.max() > SPREAD * np.median(sizes) > 0)


def _residuals(t: Terms) -> Any:
    return t.verdict.example.y_pred - t.verdict.example.y


def _any(words: str, entries: Callable[[Terms], Any]) -> tuple[str, Property]:
    return words, lambda t: bool(np.any(entries(t)))


def _all(words: str, entries: Callable[[Terms], Any]) -> tuple[str, Property]:
    return words, lambda t: bool(np.all(entries(t)))


def _not_a_multiple(k: int) -> tuple[str, Property]:
    return f"n is no multiple of {k}", lambda t: t.n % k != 0


#: What a property may be; the first of those that fit as well is named.
PROPERTIES: tuple[tuple[str, Property], ...] = (
    ("n = 1", lambda t: t.n == 1),
    ("n = d", lambda t: t.x.ndim > 1 and t.n == t.x.shape[1]),
    ("n < d", lambda t: t.x.ndim > 1 and t.n < t.x.shape[1]),
    ("n is odd", lambda t: t.n % 2 == 1),
    ("n is even", lambda t: t.n % 2 == 0),
    ("the data are integers", lambda t: t.verdict.example.whole_numbers),
    ("the data are float32", lambda t: t.x.dtype == np.float32),
    ("the data are Fractions", lambda t: t.verdict.exact),
    ("the data fit exactly", lambda t: not np.any(t.expected)),
    ("every residual is 0", lambda t: not np.any(_residuals(t))),
    ("w is 0", lambda t: not np.any(t.w)),
    (
        "x has a column of ones",
        lambda t: t.n > 1 and any(np.all(column == 1) for column in _x(t).T),
    ),
    ("x has a constant column", lambda t: t.n > 1 and _has_constant_column(t)),
    ("x has a constant column, or n = 1", _has_constant_column),
    ("the columns of x are linearly dependent", _is_dependent),
    ("x has a column of zeros", lambda t: any(not np.any(c) for c in _x(t).T)),
    ("x has a row of zeros", lambda t: any(not np.any(row) for row in _x(t))),
    _all("x is 0 or 1 everywhere", lambda t: (t.x == 0) | (t.x == 1)),
    _all("y is 0 or 1 everywhere", lambda t: _zero_or_one(t.verdict.example.y)),
    ("all y are equal", lambda t: t.n > 1 and _is_constant(t.verdict.example.y)),
    ("all y are 0", lambda t: not np.any(t.verdict.example.y)),
    ("all residuals are equal", lambda t: t.n > 1 and _is_constant(_residuals(t))),
    _all("all x are positive", lambda t: t.x > 0),
    _all("all x are negative", lambda t: t.x < 0),
    _all("no x is negative", lambda t: t.x >= 0),
    _all("all y are positive", lambda t: t.verdict.example.y > 0),
    _all("all y are negative", lambda t: t.verdict.example.y < 0),
    _all("all w are negative", lambda t: t.w < 0),
    ("x has an outlier", _has_outlier),
    ("the sizes within x are mixed", lambda t: _spread(t) > SPREAD),
    ("a sample occurs twice", _has_repeats),
    ("an x occurs twice", lambda t: len({*map(tuple, _x(t))}) < t.n),
    ("a y occurs twice", lambda t: len({*t.verdict.example.y}) < t.n),
    ("x is sorted", lambda t: t.n > 1 and all(map(_is_sorted, _x(t).T))),
    ("x is not sorted", lambda t: not all(map(_is_sorted, _x(t).T))),
    ("y is not sorted", lambda t: not _is_sorted(t.verdict.example.y)),
    _any("w < 0", lambda t: t.w < 0),
    _any("w > 0", lambda t: t.w > 0),
    _any("a weight is 0", lambda t: t.w == 0),
    ("the intercept is not 0", lambda t: t.intercept and bool(t.w[-1])),
    ("there is an intercept", lambda t: t.intercept),
    ("x has more than one feature", lambda t: t.x.ndim > 1 and t.x.shape[1] > 1),
    ("x has one column", lambda t: t.x.ndim > 1 and t.x.shape[1] == 1),
    _any("an x is 0", lambda t: t.x == 0),
    _any("an x is negative", lambda t: t.x < 0),
    _any("an x is positive", lambda t: t.x > 0),
    _any("a y is negative", lambda t: t.verdict.example.y < 0),
    _any("a y is positive", lambda t: t.verdict.example.y > 0),
    _any("a y is 0", lambda t: t.verdict.example.y == 0),
    _any("a prediction is negative", lambda t: t.verdict.example.y_pred < 0),
    _any("a residual is negative", lambda t: _residuals(t) < 0),
    _any("a residual is positive", lambda t: _residuals(t) > 0),
    _any("a residual is 0", lambda t: _residuals(t) == 0),
    _any("an entry of the gradient is negative", lambda t: t.expected < 0),
    _any("an entry of the gradient is positive", lambda t: t.expected > 0),
    *map(_not_a_multiple, (4, 5, 8, 10, 16, 32)),
)


def _zero_or_one(values: Any) -> Any:
    return (values == 0) | (values == 1)


def _spread(t: Terms) -> float:
    sizes = _sizes(t.x.astype(float))
    return float(sizes.max() / sizes.min()) if sizes.size else 1.0


def _largest(values: Any) -> float:
    return float(np.max(abs(values), initial=0))


def _least(values: Any) -> float:
    sizes = _sizes(values)
    return float(np.min(sizes)) if sizes.size else np.inf


#: Numbers of an example, of which a bound may tell.
NUMBERS: tuple[tuple[str, Callable[[Terms], float]], ...] = (
    ("n", lambda t: t.n),
    ("d", lambda t: t.d - t.intercept),
    ("the largest |x|", lambda t: _largest(t.x)),
    ("the largest |y|", lambda t: _largest(t.verdict.example.y)),
    ("the largest |w|", lambda t: _largest(t.w)),
    ("the largest |y_pred|", lambda t: _largest(t.verdict.example.y_pred)),
    ("the largest |residual|", lambda t: _largest(_residuals(t))),
    ("the largest |entry| of the gradient", lambda t: _largest(t.expected)),
    ("the smallest |x| but 0", lambda t: _least(t.x)),
    ("the smallest |residual| but 0", lambda t: _least(_residuals(t))),
    ("the smallest |entry| of the gradient but 0", lambda t: _least(t.expected)),
    ("the spread of the sizes of x", _spread),
)


def find_condition(terms: Sequence[Terms]) -> Condition | None:
    """Return the condition that fits best, or None where none does."""
    wrong = np.array([not t.verdict.right for t in terms])
    found = [c for c in _list_common(terms) if _is_possible(c, wrong)]
    best = max(found, key=lambda c: _part(c, wrong), default=None)
    if best is not None and _is_enough(best, wrong, PART):
        return best._replace(is_exact=_part(best, wrong) >= ALMOST)
    bounds = [c for c in _list_bounds(terms, wrong) if _is_possible(c, wrong)]
    pairs = (
        Condition(f"{a.words} and {b.words}", a.met & b.met)
        for a, b in itertools.combinations([*found, *bounds], 2)
    )
    for several in (bounds, list(pairs)):
        best = max(several, key=lambda c: _part(c, wrong), default=None)
        if best is not None and _is_enough(best, wrong, MORE):
            return best
    last = Condition(SEVERAL, np.array([t.n > 1 for t in terms]))
    fits = _is_possible(last, wrong) and _is_enough(last, wrong, PART)
    return last if fits else None


#: So many mistakes are of this kind that it is named only where nothing else is known.
SEVERAL = "there is more than one sample"


def _is_possible(condition: Condition, wrong: Any) -> bool:
    """Whether every wrong answer meets it, and some right ones do not."""
    return bool(
        np.all(condition.met[wrong]) and np.sum(~condition.met & ~wrong) >= FEWEST
    )


def _part(condition: Condition, wrong: Any) -> float:
    return float(np.sum(wrong) / np.sum(condition.met))


def _is_enough(condition: Condition, wrong: Any, part: float) -> bool:
    few = np.sum(wrong) < FEWEST
    return bool(np.sum(wrong) > 1) and _part(condition, wrong) >= (1 if few else part)


def _is_said(words: str, terms: Sequence[Terms]) -> bool:
    """Whether it may be said: a loss or predictions have no entries of a gradient."""
    return terms[0].oracle.kind == "gradient" or "gradient" not in words


def _list_common(terms: Sequence[Terms]) -> Iterator[Condition]:
    """Yield the properties that every wrong answer has."""
    wrong = [t for t in terms if not t.verdict.right]
    for words, has in PROPERTIES:
        _clock.look()
        if _is_said(words, terms) and all(map(has, wrong)):
            met = [not t.verdict.right or bool(has(t)) for t in terms]
            yield Condition(words, np.array(met))


def _list_bounds(terms: Sequence[Terms], wrong: Any) -> Iterator[Condition]:
    """Yield the bounds that every wrong answer is beyond."""
    for words, number in NUMBERS:
        _clock.look()
        if not _is_said(words, terms):
            continue
        values = np.array([number(t) for t in terms])
        low, high = values[wrong].min(), values[wrong].max()
        for word, met in (("above", values >= low), ("below", values <= high)):
            rest = values[~met]
            if rest.size >= OUTSIDE * len(terms):
                edge = rest.max() if word == "above" else rest.min()
                yield Condition(f"{words} is {word} {edge:.6g}", met)
