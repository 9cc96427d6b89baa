"""What may enter: the checks of arrays and of single numbers.

A refusal gives the argument's name, the rule, and what was passed. Nothing is broadcast
and nothing is guessed: y (n, 1) for x (n,) is an error, not an (n, n) matrix. What two
arguments must not be together, such as lr and optimizer, is checked where they meet.
"""

import functools
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np

from refgd._types import Array, Data, Number, Scalar, Schedule, Weights

P = ParamSpec("P")
R = TypeVar("R")

FLOAT64 = np.dtype(np.float64)
OBJECT = np.dtype(object)  # an array of Fractions

#: What refgd computes in, and keeps; all other real numbers become float64.
KINDS = (np.dtype(np.float32), FLOAT64, np.dtype(np.longdouble), OBJECT)

#: The kinds that float64 is at least as precise as: long sums of them are taken in it.
SHORT = tuple(k for k in KINDS if k.kind == "f" and k.itemsize <= FLOAT64.itemsize)

FLOATS = frozenset(kind.char for kind in KINDS if kind.kind == "f")

MATRIX = 2  # x is (n,) or (n, d): the most dimensions that data have


def guard(
    check: Callable[P, tuple[Any, ...]],
) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Let a function see only what its check returns.

    The bare equation stays reachable as ``function.__wrapped__``, for loops whose
    data were checked once, before the first step.
    """

    def decorate(equation: Callable[..., R]) -> Callable[P, R]:
        @functools.wraps(equation)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            return equation(*check(*args, **kwargs))

        return checked

    return decorate


# --- arrays of one kind --------------------------------------------------------


def kind(value: Any) -> np.dtype[Any]:
    """The dtype that value is computed in; OBJECT for a Fraction or an array of them.

    The dtype is read first: isinstance of a Fraction costs a tenth of a step.
    """
    dtype: np.dtype[Any] | None = getattr(value, "dtype", None)
    if dtype is None:
        return OBJECT if isinstance(value, Fraction) else FLOAT64
    return dtype


def is_exact(value: Any) -> bool:
    """Whether value is a Fraction or an array of them."""
    return kind(value) == OBJECT


def array(name: str, value: Data) -> Array:
    """Value as an array of one of the KINDS."""
    if _is_masked(value):
        msg = (
            f"{name} must not be a masked array: the mean over what is left is another "
            "loss; select the rows of x and of y, then pass plain arrays"
        )
        raise TypeError(msg)
    try:
        a = np.asarray(value)
    except ValueError as error:
        msg = f"{name} must be a rectangular array of numbers: {error}"
        raise ValueError(msg) from None
    if a.dtype.kind == "O":
        return _read_objects(name, a)
    if a.dtype.kind not in "fiub":
        msg = f"{name} must hold real numbers, got dtype {a.dtype}"
        raise TypeError(msg)
    native = a.dtype.newbyteorder("=")
    return a.astype(native if native in KINDS else FLOAT64, copy=False)


def _is_masked(value: Any) -> bool:
    """Whether value is a masked array, or a list of which one entry or row is."""
    if isinstance(value, list | tuple):
        kinds = set(map(type, value))  # of a long list the quickest to find
        return any(issubclass(each, np.ma.MaskedArray) for each in kinds) or (
            not kinds.isdisjoint({list, tuple}) and any(map(_is_masked, value))
        )
    return isinstance(value, np.ma.MaskedArray)


def _read_objects(name: str, a: Array) -> Array:
    """An array with a Fraction becomes exact, any other float64."""
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
        return _to_fractions(name, a)
    try:
        return a.astype(np.float64)
    except OverflowError:
        msg = f"{name} holds an integer too large for float64; pass it as a Fraction"
        raise ValueError(msg) from None


def _to_fractions(name: str, a: Array) -> Array:
    """Every entry of a as the Fraction of the same value, in an object array."""
    try:
        # a 0-d array comes back from frompyfunc as the bare Fraction
        return np.asarray(_fractions(a.astype(object)), dtype=OBJECT)
    except (OverflowError, ValueError):
        msg = f"{name} must be finite to be used with Fractions"
        raise ValueError(msg) from None


def _fraction(value: Any) -> Fraction:
    return Fraction(*value.as_integer_ratio())


_fractions: Any = np.frompyfunc(_fraction, 1, 1)


def like(reference: Array, name: str, value: Data) -> Array:
    """Value as an array of the reference's kind: its dtype, or Fractions."""
    a = array(name, value)
    if reference.dtype != OBJECT:
        return a if a.dtype == reference.dtype else _cast_to(name, a, reference.dtype)
    # from the caller's own numbers: float64 would have rounded a long integer
    return a if a.dtype == OBJECT else _to_fractions(name, np.asarray(value))


def _cast_to(name: str, a: Array, dtype: np.dtype[Any]) -> Array:
    """The array in a dtype that can hold it: what was finite must stay so."""
    try:
        with np.errstate(over="ignore"):
            cast = a.astype(dtype)
        fits = not np.any(np.isinf(cast) & (abs(a) < math.inf))
    except OverflowError:
        fits = False
    if not fits:
        msg = f"{name} is too large for {dtype}, the dtype that it is used with"
        raise ValueError(msg)
    return cast


def of_one_kind(**named: Data) -> tuple[Array, ...]:
    """The named values as arrays of the first one's kind; Fractions win over floats."""
    arrays = [array(name, value) for name, value in named.items()]
    reference = next((a for a in arrays if is_exact(a)), arrays[0])
    return tuple(like(reference, name, value) for name, value in named.items())


def in_kind_of(w: Weights, value: Number) -> Scalar:
    """A hyperparameter in w's arithmetic: a Fraction with Fractions, or w's dtype."""
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


# --- single numbers ------------------------------------------------------------


def number(name: str, value: Any) -> Scalar:
    """A real number, as it came; NaN and inf are."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, Real):
        msg = f"{name} must be a real number, got {value!r}"
        raise TypeError(msg)
    return value


def real(name: str, value: Any) -> Scalar:
    """A finite real number, as it came."""
    value = number(name, value)
    if not -math.inf < value < math.inf:
        msg = f"{name} must be finite, got {value}"
        raise ValueError(msg)
    return value


def not_negative(name: str, value: Any) -> Scalar:
    """A finite real number, zero or more."""
    number = real(name, value)
    if number < 0:
        msg = f"{name} must not be negative, got {number}"
        raise ValueError(msg)
    return number


def none_negative(**named: Any) -> None:
    """Each a finite real number, zero or more."""
    for name, value in named.items():
        not_negative(name, value)


def above_zero(name: str, value: Any) -> Scalar:
    """A finite real number above zero."""
    number = real(name, value)
    if number <= 0:
        msg = f"{name} must be above 0, got {number}"
        raise ValueError(msg)
    return number


def at_least(name: str, value: Any, least: Number) -> None:
    """A finite real number, not less than `least`."""
    number = real(name, value)
    if number < least:
        msg = f"{name} must be at least {least}, got {number}"
        raise ValueError(msg)


def below_one(**named: Any) -> None:
    """Each a real number in [0, 1): how much of the past an average keeps."""
    for name, value in named.items():
        number = real(name, value)
        if not 0 <= number < 1:
            msg = f"{name} must be in [0, 1), got {number}"
            raise ValueError(msg)


def rate(lr: Number | Schedule) -> None:
    """A learning rate: a number that is not negative, or a function of t."""
    if not callable(lr):
        not_negative("lr", lr)


def count(name: str, value: Any, *, least: int = 0) -> int:
    """A whole number, not less than `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):  # operator.index(True) is True
        msg = f"{name} must be a whole number, got {value!r}"
        raise TypeError(msg)
    if number < least:
        msg = f"{name} must be at least {least}, got {number}"
        raise ValueError(msg)
    return number


def flags(**named: Any) -> None:
    """Each True or False: a text such as "no" would count as true."""
    for name, value in named.items():
        if not isinstance(value, bool | np.bool):
            msg = f"{name} must be True or False, got {value!r}"
            raise TypeError(msg)


def choice(name: str, value: Any, options: tuple[str, ...]) -> None:
    """One of a few words."""
    if value not in options:
        msg = f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}"
        raise ValueError(msg)


def function(name: str, value: Any) -> Any:
    """Anything that can be called."""
    if not callable(value):
        msg = f"{name} must be a function, got {value!r}"
        raise TypeError(msg)
    return value


# --- arguments of the four functions -------------------------------------------


# Most arguments are what their check would return: arrays of one float kind, or numbers
# of float64, whose shapes match. That is looked at first, in a tenth of the time.


def _are_alike(first: Any, *others: Any) -> bool:
    """Whether all are arrays of one float kind, in the bytes of this machine."""
    if type(first) is not np.ndarray:
        return False
    kind = first.dtype
    return (
        kind.char in FLOATS
        and kind.isnative
        and all([type(each) is np.ndarray and each.dtype is kind for each in others])  # noqa: C419 - a generator takes three times as long
    )


def _match_forward(w: Any, x: Any) -> bool:
    if type(w) is float or type(w) is np.float64:
        return (
            type(x) is np.ndarray
            and x.dtype is FLOAT64
            and x.shape == (x.size,) != (0,)
        )
    return _are_alike(x, w) and x.size > 0 and w.shape == x.shape[1:] != ()


def _match_mse(y: Any, y_pred: Any) -> bool:
    return _are_alike(y, y_pred) and y.shape == y_pred.shape == (y.size,) != (0,)


def _match_grad(x: Any, y: Any, y_pred: Any) -> bool:
    return (
        _are_alike(x, y, y_pred)
        and x.size > 0
        and x.ndim <= MATRIX
        and y.shape == y_pred.shape == x.shape[:1] != ()
    )


def _match_step(w: Any, dw: Any, lr: Any) -> bool:
    if type(lr) is not float or not 0 <= lr < math.inf:
        return False
    if type(w) is type(dw) is np.float64:
        return True
    return _are_alike(w, dw) and w.dtype is FLOAT64 and w.shape == dw.shape


def for_forward(w: Data, x: Data) -> tuple[Array, Array]:
    """Check w against x: scalar for x (n,) or one number, (d,) for x (n, d)."""
    given: Any = (w, x)
    if _match_forward(*given):
        return cast("tuple[Array, Array]", given)
    x, w = of_one_kind(x=x, w=w)
    _check_rows(x)
    return _check_weights(w, x), x


def for_mse(y: Data, y_pred: Data) -> tuple[Array, Array]:
    """Check that y and y_pred are one column each, of one length."""
    given: Any = (y, y_pred)
    if _match_mse(*given):
        return cast("tuple[Array, Array]", given)
    one_index(y=y, y_pred=y_pred)
    y_pred, y = of_one_kind(y_pred=y_pred, y=y)
    _check_column("y_pred", y_pred, y_pred.shape[:1], "one value per sample")
    _check_column("y", y, y_pred.shape, "y_pred")
    return y, y_pred


def for_grad(x: Data, y: Data, y_pred: Data) -> tuple[Array, Array, Array]:
    """Check that x has a row for each entry of y and y_pred."""
    given: Any = (x, y, y_pred)
    if _match_grad(*given):
        return cast("tuple[Array, Array, Array]", given)
    one_index(x=x, y=y, y_pred=y_pred)
    x, y, y_pred = of_one_kind(x=x, y=y, y_pred=y_pred)
    _check_rows(x)
    _check_column("y_pred", y_pred, x.shape[:1], f"x {x.shape}")
    _check_column("y", y, x.shape[:1], f"x {x.shape}")
    return x, y, y_pred


def for_step(w: Data, dw: Data, lr: Number) -> tuple[Array, Array, Scalar]:
    """Check that dw has w's shape and that lr is a finite number, not negative."""
    given: Any = (w, dw, lr)
    if _match_step(*given):
        return cast("tuple[Array, Array, Scalar]", given)
    w, dw = of_one_kind(w=w, dw=dw)
    _check_gradient(w, dw)
    return w, dw, in_kind_of(w, not_negative("lr", lr))


def for_update(w: Data, dw: Data) -> tuple[Weights, Weights]:
    """Check that dw has w's shape; and cast it to w's kind, which is the state's."""
    w = array("w", w)
    dw = like(w, "dw", dw)
    _check_gradient(w, dw)
    return w[()], dw[()]


# --- a data set, once before the first step ------------------------------------


def for_data(x: Data, y: Data) -> tuple[Array, Array]:
    """Check a data set: paired, not empty, finite, and of a size whose squares fit."""
    x, y = for_pairs(x, y)
    finite("x", x)
    finite("y", y)
    _check_squares(x, y)
    return x, y


def for_pairs(x: Data, y: Data) -> tuple[Array, Array]:
    """Check that x and y are of one kind, paired and not empty; read no number."""
    one_index(x=x, y=y)
    x, y = of_one_kind(x=x, y=y)
    if x.ndim == y.ndim == 0:
        x, y = x[None], y[None]
    _check_rows(x)
    _check_column("y", y, x.shape[:1], f"x {x.shape}")
    return x, y


def for_features(x: Data) -> Array:
    """Check x as `for_data` does, where there is no y."""
    checked = samples(x)
    finite("x", checked)
    _check_squares(checked)
    return checked


def samples(x: Data) -> Array:
    """Check that x is (n,) or (n, d); one number is one sample."""
    checked = np.atleast_1d(array("x", x))
    _check_rows(checked)
    return checked


def start(w: Data | None, x: Array) -> Weights:
    """The weights to start from, in x's kind, no longer the caller's own; or zeros."""
    if w is None:
        w = np.zeros(x.shape[1:], dtype=int)
    copy = np.array(_check_weights(like(x, "w", w), x))
    finite("w", copy)
    return copy[()]


def for_start(
    w: Data, objective: Callable[[Weights], tuple[Scalar, Weights]]
) -> tuple[Weights, Scalar, Weights]:
    """The start in its gradient's kind, a copy; and the loss and dw at it."""
    loss, dw = objective(array("w", w)[()])
    gradient = array("dw", dw)
    own = np.array(like(gradient, "w", w))
    _check_gradient(own, gradient)
    return own[()], loss, gradient[()]


# --- shapes and sizes ----------------------------------------------------------


def of_shape(name: str, a: Array, shape: tuple[int, ...], partner: str) -> None:
    """Refuse an array of another shape than the partner's."""
    if a.shape != shape:
        msg = f"{name} must have shape {shape} to match {partner}, got {a.shape}"
        raise ValueError(msg)


def one_index(**named: Any) -> None:
    """Refuse two Series, or a DataFrame and a Series, whose rows have other labels.

    They would be paired by place, which pandas itself never does.
    """
    labelled = {
        name: value.index
        for name, value in named.items()
        if hasattr(getattr(value, "index", None), "equals")
    }
    if len(labelled) > 1:
        (first, index), *others = labelled.items()
        for name, other in others:
            if len(index) == len(other) and not index.equals(other):
                row = int(np.argmin(index == other))
                msg = (
                    f"{first} and {name} have different indexes: row {row} is "
                    f"{index[row]} in {first} and {other[row]} in {name}; align "
                    "them, or pass arrays (.to_numpy()) to pair them by place"
                )
                raise ValueError(msg)


def _check_rows(x: Array) -> None:
    if x.ndim > MATRIX:
        msg = f"x must be (n,) or (n, d), got shape {x.shape}"
        raise ValueError(msg)
    if x.size == 0:
        msg = f"x must not be empty, got shape {x.shape}"
        raise ValueError(msg)


def _check_column(name: str, a: Array, shape: tuple[int, ...], partner: str) -> None:
    """Refuse a target or prediction that is not one column, as long as its partner."""
    if a.shape != shape:
        fix = f"; use {name}.ravel()" if (a.size,) == shape else ""
        msg = f"{name} must have shape {shape} to match {partner}, got {a.shape}{fix}"
        raise ValueError(msg)
    if a.size == 0:
        msg = f"{name} must not be empty, got shape {a.shape}"
        raise ValueError(msg)


def _check_gradient(w: Array, dw: Array) -> None:
    if w.shape != dw.shape:
        msg = f"dw must have the shape of w, {w.shape}, got {dw.shape}"
        raise ValueError(msg)


def _check_weights(w: Array, x: Array) -> Array:
    shape = x.shape[1:]
    if w.shape != shape:
        wanted = f"have shape {shape}" if shape else "be a scalar"
        msg = f"w must {wanted} to match x {x.shape}, got shape {w.shape}"
        raise ValueError(msg)
    return w


def finite(name: str, a: Array) -> None:
    """Refuse NaN and inf, and say where the first one is. Fractions are finite."""
    # NaN and inf go through to the largest: no array of flags, as long as a
    if a.dtype == object or np.isfinite(_largest(a)):
        return
    where = tuple(int(i) for i in np.argwhere(~np.isfinite(a))[0])
    place = f" at {name}[{', '.join(map(str, where))}]" if where else ""
    msg = f"{name} must be finite, got {a[where]}{place}"
    raise ValueError(msg)


def _largest(a: Array) -> Scalar:
    """Return the largest absolute value, 0 of none; nothing as long as a is made."""
    return np.maximum(abs(a.max(initial=0)), abs(a.min(initial=0)))


def _check_squares(x: Array, y: Array | None = None) -> None:
    """Refuse data whose sums of squares overflow, or whose products vanish.

    The loss, the gradient or the bound on lr would be inf, or a finite number with no
    right digit. The 8 leaves room for the factors of the Hessian and of the default lr.
    """
    if x.dtype == object:
        return
    limits = np.finfo(x.dtype)
    highest = np.sqrt(limits.max / (8 * x.size))
    lowest = np.sqrt(np.maximum(limits.tiny, len(x) / limits.max))
    size = _largest(x)
    _check_range("x", "squares", size, lowest, highest)
    if y is not None:
        least = limits.tiny / size if size else 0
        _check_range("y", "products", _largest(y), least, highest)


def _check_range(name: str, what: str, size: Scalar, lowest: Any, highest: Any) -> None:
    """Refuse data whose largest entry is out of range; all zeros are in any range."""
    if size and not lowest <= size <= highest:
        too = f"small for the {what}" if size < lowest else "large for the squares"
        limit = lowest if size < lowest else highest
        msg = (
            f"{name} is too {too} of {size.dtype}: its largest entry "
            f"is {size:.3g}, the limit is {limit:.3g}; scale {name}"
        )
        raise ValueError(msg)
