"""Compare the weights of another program with the golden ones."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array
from refgd.vectors._make import COORDINATES, FORMAT, SHAPE, VERSION, make

#: An error of a weight, relative to the largest that its coordinate has had so far. Two
#: correct float64 programs differ by some 20 roundings a step; the nearest published
#: variant of any rule differs by more than 1e-3.
TOLERANCE = 1e-11


class Difference(NamedTuple):
    """The first weight that differs.

    Attributes:
        t: The number of steps taken; 0 is the start.
        coordinate: Which coordinate, counted from 0.
        name: What its gradients are like.
        got: The weight in the results.
        expected: The golden one.
        error: Their distance, relative to the largest weight of the coordinate so far.
    """

    t: int
    coordinate: int
    name: str
    got: float
    expected: float
    error: float

    def __str__(self) -> str:
        return (
            f"the first difference is after step {self.t}, in coordinate "
            f"{self.coordinate} ({self.name}): got {self.got!r}, expected "
            f"{self.expected!r}, a relative error of {self.error:.3g}"
        )


def check(
    results: str | Mapping[str, Any],
    golden: str | Mapping[str, Any] | None = None,
    *,
    tol: float = TOLERANCE,
) -> Difference | None:
    """Compare the weights of another program with the golden ones.

    Args:
        results: A JSON text or its object, with ``"w"``.
        golden: The same, as `make` returns it; by default what `make` returns for the
            rule and settings that the results name.
        tol: The largest error, relative to the largest weight of the coordinate so far.

    Returns:
        The first `Difference`, by step, then by coordinate; None if there is none.

    Raises:
        ValueError: If a text is not JSON, or not as the module describes it; if w has
            not all its rows; or if both name a rule or settings, and not the same.

    Example:
        >>> from refgd import vectors
        >>> golden = vectors.make("adam")
        >>> other = vectors.make("adam", {"eps_hat": True})
        >>> print(vectors.check(other["w"], golden).t)
        1
    """
    theirs = _read("results", results)
    ours = _golden_of(theirs) if golden is None else _read("golden", golden)
    _same(theirs, ours)
    w, expected = _weights("results", theirs), _weights("golden", ours)
    return _first(w, expected, _checks.not_negative("tol", tol))


def _golden_of(theirs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the golden vectors of the rule and settings that the results name."""
    rule, settings = theirs.get("rule"), theirs.get("settings", {})
    if not isinstance(rule, str):
        raise ValueError('results: no golden vectors, and no "rule" to make them by')  # noqa: TRY004 - a file's contents, not an argument's type
    if not isinstance(settings, Mapping):
        raise ValueError('results: "settings" must be an object, a value by each name')  # noqa: TRY004 - likewise
    return make(rule, settings)


def _same(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse results that say themselves that they are of something else."""
    for key in ("rule", "settings"):
        if key in theirs and key in ours:
            # tuples are JSON's arrays
            got, expected = (json.loads(json.dumps(m[key])) for m in (theirs, ours))
            if got != expected:
                like = f"must be {expected!r}, as in the golden vectors"
                msg = f'results: "{key}" {like}, got {got!r}'
                raise ValueError(msg)


def _first(w: Array, ours: Array, tol: float) -> Difference | None:
    largest = np.maximum.accumulate(np.abs(ours), axis=0)
    with np.errstate(all="ignore"):
        # where the largest is 0: any difference is one
        error = np.where(w == ours, 0.0, np.abs(w - ours) / largest)
    wrong = np.argwhere(~(error <= tol))
    if not len(wrong):
        return None
    t, j = (int(i) for i in wrong[0])
    got, expected = float(w[t, j]), float(ours[t, j])
    return Difference(t, j, COORDINATES[j], got, expected, float(error[t, j]))


def _read(name: str, source: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object; refuse anything that is not one, or of another format."""
    try:
        made = json.loads(source) if isinstance(source, str) else source
    except (RecursionError, ValueError) as error:
        msg = f"{name}: not JSON: {error}"
        raise ValueError(msg) from None
    if not isinstance(made, Mapping):
        msg = f"{name}: must be a JSON object, got {type(made).__name__}"
        raise ValueError(msg)  # noqa: TRY004 - a file's contents, not an argument's type
    form = (made.get("format", FORMAT), made.get("version", VERSION))
    if form != (FORMAT, VERSION):
        msg = f"{name}: must be {FORMAT} version {VERSION}, got {form[0]} {form[1]}"
        raise ValueError(msg)
    return made


def _weights(name: str, made: Mapping[str, Any]) -> Array:
    """Return the rows of w, from its hex or its decimals."""
    w = made.get("w", made)
    if isinstance(w, Mapping):
        w = w.get("hex", w.get("decimal"))
    if w is None:
        msg = f'{name}: no "w" with its rows, in "hex" or in "decimal"'
        raise ValueError(msg)
    try:
        rows = np.array([[_number(each) for each in row] for row in w])
    except (OverflowError, TypeError, ValueError) as error:
        msg = f"{name}: w must be rows of numbers, all of one length: {error}"
        raise ValueError(msg) from None
    if rows.shape != SHAPE:
        msg = f"{name}: w must have {SHAPE} rows and columns, got {rows.shape}"
        raise ValueError(msg)
    return rows


def _number(value: Any) -> float:
    return float.fromhex(value) if isinstance(value, str) else float(value)
