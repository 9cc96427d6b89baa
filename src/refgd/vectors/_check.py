"""Compare somebody's weights with the golden ones."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from refgd import _checks
from refgd._types import Array
from refgd.vectors._make import COORDINATES, FORMAT, VERSION, make

#: An error of a weight, beside the largest that its coordinate has had so far. Two
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
        error: Their distance, beside the largest weight of the coordinate so far.
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
    """Compare somebody's weights with the golden ones.

    Args:
        results: A JSON text or its object, with ``"w"``.
        golden: The same, as `make` returns it; by default what `make` returns for the
            rule and settings that the results name.
        tol: The largest error, beside the largest weight of the coordinate so far.

    Returns:
        The first `Difference`, by step, then by coordinate; None if there is none.

    Raises:
        ValueError: If a text is not JSON, or not as the module describes it.

    Example:
        >>> from refgd import vectors
        >>> golden = vectors.make("adam")
        >>> other = vectors.make("adam", {"eps_hat": True})
        >>> print(vectors.check(other["w"], golden).t)
        1
    """
    theirs = _read("results", results)
    if golden is None:
        if not isinstance(theirs.get("rule"), str):
            raise ValueError(
                'results: no golden vectors, and no "rule" to make them by'
            )
        golden = make(theirs["rule"], theirs.get("settings"))
    ours = _weights("golden", _read("golden", golden))
    w = _weights("results", theirs)
    if w.shape != ours.shape:
        msg = f"results: w must have {ours.shape} rows and columns, got {w.shape}"
        raise ValueError(msg)
    return _first(w, ours, _checks.not_negative("tol", tol))


def _first(w: Array, ours: Array, tol: float) -> Difference | None:
    largest = np.maximum.accumulate(np.abs(ours), axis=0)
    with np.errstate(all="ignore"):
        # 0 beside a largest of 0: any difference is one
        error = np.where(w == ours, 0.0, np.abs(w - ours) / largest)
    wrong = np.argwhere(~(error <= tol))
    if not len(wrong):
        return None
    t, j = (int(i) for i in wrong[0])
    got, expected = float(w[t, j]), float(ours[t, j])
    return Difference(t, j, COORDINATES[j], got, expected, float(error[t, j]))


def _read(name: str, source: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object, and refuse what is none, or of another format."""
    try:
        made = json.loads(source) if isinstance(source, str) else source
    except ValueError as error:
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
        return np.array([[_number(each) for each in row] for row in w])
    except (TypeError, ValueError) as error:
        msg = f"{name}: w must be rows of numbers, all of one length: {error}"
        raise ValueError(msg) from None


def _number(value: Any) -> float:
    return float.fromhex(value) if isinstance(value, str) else float(value)
