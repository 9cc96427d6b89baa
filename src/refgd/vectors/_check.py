"""Compare the weights of another program with the golden ones."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array
from refgd.vectors._make import COORDINATES, DTYPES, SHAPE, make
from refgd.vectors._read import (
    read_object,
    read_rows,
    read_settings,
    read_weights,
)

#: An error of a weight, relative to the largest that its coordinate has had so far. Two
#: correct float64 programs differ by some 20 roundings a step; the nearest published
#: variant of any rule differs by more than 1e-3.
TOLERANCE = 1e-11

#: The same by the floats that a program computes in. In float32, 1 - beta2 alone may be
#: off by 3e-5, and 1 - beta2^t, t times rounded, by more.
TOLERANCES = {"float64": TOLERANCE, "float32": 5e-4}


class Difference(NamedTuple):
    """The first weight that differs.

    Attributes:
        t: The number of steps taken; 0 is the start.
        coordinate: Which coordinate, counted from 0.
        name: What its gradients are like.
        got: The weight in the results.
        expected: The golden one.
        error: Their distance, relative to the largest weight of the coordinate so far.
        quantity: What differs: w, or a state by its name, such as m.
    """

    t: int
    coordinate: int
    name: str
    got: float
    expected: float
    error: float
    quantity: str = "w"

    def __str__(self) -> str:
        state = "" if self.quantity == "w" else f"{self.quantity} of "
        return (
            f"the first difference is after step {self.t}, in {state}coordinate "
            f"{self.coordinate} ({self.name}): got {self.got!r}, expected "
            f"{self.expected!r}, a relative error of {self.error:.3g}"
        )


def check(
    results: str | Mapping[str, Any],
    golden: str | Mapping[str, Any] | None = None,
    *,
    tol: float | None = None,
    dtype: str | None = None,
) -> Difference | None:
    """Compare the weights of another program with the golden ones, and its states.

    Args:
        results: A JSON text or its object, with ``"w"``; or a text of the rows alone.
        golden: The same, as `make` returns it; by default what `make` returns for the
            rule, settings, case and dtype that the results name.
        tol: The largest error, relative to the largest weight of the coordinate so far;
            by default that of `TOLERANCES` for the dtype.
        dtype: What the results were computed in; by default what they say themselves,
            else what the golden vectors say.

    Returns:
        The first `Difference`, by step, then by coordinate; of the states before the
        weights. None if there is none.

    Raises:
        ValueError: If a text is not JSON, or not as the module describes it; if w has
            not all its rows; or if both name a rule, settings or a case, and not the
            same.

    Example:
        >>> from refgd import vectors
        >>> golden = vectors.make("adam")
        >>> other = vectors.make("adam", {"eps_hat": True})
        >>> print(vectors.check(other["w"], golden).t)
        1
    """
    theirs = read_object("results", results)
    ours = _golden_of(theirs) if golden is None else read_object("golden", golden)
    _same(theirs, ours)
    allowed = tolerance_of(theirs, ours, dtype) if tol is None else tol
    _checks.not_negative("tol", allowed)
    compared = [
        (
            name,
            read_rows("results", name, states[name]),
            read_rows("golden", name, rows),
        )
        for states in [theirs.get("states", {})]
        for name, rows in ours.get("states", {}).items()
        if name in states
    ]
    w = read_weights("results", theirs), read_weights("golden", ours)
    found = [_first(*each, allowed) for each in [*compared, ("w", *w)]]
    return min((d for d in found if d), key=lambda each: each.t, default=None)


def tolerance_of(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], dtype: str | None
) -> float:
    """Return the tolerance by what is said of the floats, the results' own first."""
    floats = dtype or theirs.get("dtype") or ours.get("dtype", DTYPES[0])
    _checks.choice("dtype", floats, DTYPES)
    return TOLERANCES[floats]


def _golden_of(theirs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the golden vectors of the rule and settings that the results name."""
    rule = theirs.get("rule")
    if not isinstance(rule, str):
        raise ValueError('results: no golden vectors, and no "rule" to make them by')  # noqa: TRY004 - a file's contents, not an argument's type
    kind = {key: theirs[key] for key in ("case", "dtype") if key in theirs}
    return make(rule, read_settings(theirs), **kind)


def _same(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse results that say themselves that they are of something else."""
    for key in ("rule", "settings", "case"):
        if key in theirs and key in ours:
            # tuples are JSON's arrays
            got, expected = (json.loads(json.dumps(m[key])) for m in (theirs, ours))
            if got != expected:
                like = f"must be {expected!r}, as in the golden vectors"
                msg = f'results: "{key}" {like}, got {got!r}'
                raise ValueError(msg)


def _first(name: str, got: Array, ours: Array, tol: float) -> Difference | None:
    """Return the first difference of w, or of a state."""
    if got.shape != ours.shape:
        msg = (
            f"results: {name} must have {ours.shape} rows and columns, got {got.shape}"
        )
        raise ValueError(msg)
    largest = np.maximum.accumulate(np.abs(ours), axis=0)
    with np.errstate(all="ignore"):
        # where the largest is 0: any difference is one
        error = np.where(got == ours, 0.0, np.abs(got - ours) / largest)
    wrong = np.argwhere(~(error <= tol))
    if not len(wrong):
        return None
    t, j = (int(i) for i in wrong[0])
    kind = COORDINATES[j] if ours.shape == SHAPE else "all"
    pair = float(got[t, j]), float(ours[t, j])
    return Difference(t, j, kind, *pair, float(error[t, j]), name)
