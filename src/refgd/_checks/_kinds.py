"""Kinds of numbers: what an argument holds, and how it is computed."""

import math
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

from refgd._types import Array, Data, Number, Scalar, Weights

OBJECT = np.dtype(object)
FLOAT64 = np.dtype(np.float64)


def kind(value: Any) -> np.dtype[Any]:
    """The dtype that value is computed in; OBJECT for a Fraction or an array of them.

    What has a dtype is asked first: isinstance of a Fraction costs a tenth of a step.
    """
    dtype: np.dtype[Any] | None = getattr(value, "dtype", None)
    if dtype is None:
        return OBJECT if isinstance(value, Fraction) else FLOAT64
    return dtype


def is_exact(value: Any) -> bool:
    """Whether value is a Fraction or an array of them."""
    return kind(value) == OBJECT


def array(name: str, value: Data) -> Array:
    """Value as an array of float32, float64, longdouble or Fractions."""
    if isinstance(value, np.ma.MaskedArray):
        msg = (
            f"{name} must not be a masked array: the mean over what is left is another "
            "loss; select the rows in x and y alike, then pass plain arrays"
        )
        raise TypeError(msg)
    try:
        a = np.asarray(value)
    except ValueError as error:
        msg = f"{name} must be a rectangular array of numbers: {error}"
        raise ValueError(msg) from None
    if a.dtype.kind == "O":
        return _from_objects(name, a)
    if a.dtype.kind in "iub" or a.dtype == np.float16:
        return a.astype(np.float64)
    if a.dtype.kind == "f":
        return a.astype(a.dtype.newbyteorder("="), copy=False)
    msg = f"{name} must hold real numbers, got dtype {a.dtype}"
    raise TypeError(msg)


def _from_objects(name: str, a: Array) -> Array:
    """Fractions stay exact, and so does what stands among them; the rest is float64."""
    if a.size and all(type(entry) is Fraction for entry in a.flat):
        return a
    for entry in a.flat:
        if not isinstance(entry, Rational | float | np.floating):
            msg = (
                f"{name} must hold real numbers, got an object array with "
                f"{entry!r} ({type(entry).__name__})"
            )
            raise TypeError(msg)
    if any(isinstance(entry, Fraction) for entry in a.flat):
        return _exact(name, a)
    try:
        return a.astype(np.float64)
    except OverflowError:
        msg = f"{name} holds an integer too large for float64; pass it as a Fraction"
        raise ValueError(msg) from None


def _exact(name: str, a: Array) -> Array:
    """Every entry of a as the Fraction of the same value, in an object array."""
    try:
        # a 0-d array comes back from frompyfunc as the bare Fraction
        return np.asarray(_fractions(a.astype(object)), dtype=OBJECT)
    except (OverflowError, ValueError):
        msg = f"{name} must be finite to stand beside Fractions"
        raise ValueError(msg) from None


def _fraction(value: Any) -> Fraction:
    return Fraction(*value.as_integer_ratio())


_fractions: Any = np.frompyfunc(_fraction, 1, 1)


def like(reference: Array, name: str, value: Data) -> Array:
    """Value as an array of the reference's kind: its dtype, or Fractions."""
    a = array(name, value)
    if reference.dtype != OBJECT:
        return a if a.dtype == reference.dtype else _cast(name, a, reference.dtype)
    # from the caller's own numbers: float64 would have rounded a long integer
    return a if a.dtype == OBJECT else _exact(name, np.asarray(value))


def _cast(name: str, a: Array, dtype: np.dtype[Any]) -> Array:
    """The array in a dtype that can hold it: what was finite must stay so."""
    try:
        with np.errstate(over="ignore"):
            cast = a.astype(dtype)
        fits = not np.any(np.isinf(cast) & (abs(a) < math.inf))
    except OverflowError:
        fits = False
    if not fits:
        msg = f"{name} is too large for {dtype}, the dtype of what it stands beside"
        raise ValueError(msg)
    return cast


def alike(**named: Data) -> tuple[Array, ...]:
    """The named values as arrays of the first one's kind; Fractions win over floats."""
    arrays = [array(name, value) for name, value in named.items()]
    reference = next((a for a in arrays if is_exact(a)), arrays[0])
    return tuple(like(reference, name, value) for name, value in named.items())


def in_kind_of(w: Weights, value: Number) -> Scalar:
    """A hyperparameter in w's arithmetic: a Fraction beside Fractions, or w's dtype."""
    dtype = kind(w)
    try:
        return _fraction(value) if dtype.char == "O" else dtype.type(value)
    except OverflowError:
        msg = f"a hyperparameter is too large for {dtype}"
        raise ValueError(msg) from None


def zeros_like(w: Data) -> Weights:
    """Zeros of w's shape and kind: what an optimizer remembers at the start."""
    a = array("w", w)
    return like(a, "w", np.zeros(a.shape, dtype=int))[()]


def float_zeros_like(w: Data, rule: str) -> Weights:
    """Zeros like w, for a rule with square roots: those of Fractions are irrational."""
    if is_exact(array("w", w)):
        msg = f"{rule} takes square roots, which Fractions do not have; w must be float"
        raise TypeError(msg)
    return zeros_like(w)
