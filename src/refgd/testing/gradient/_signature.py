"""The user's function: which of its parameters is x, which is w, and how to call it.

Roles are x, y, y_pred, w and b (an intercept apart from w). They follow from the names
of the parameters, in any order; or are given by `signature=`, such as "w, x, y", or
"w, b, x, y -> db, dw" if the answer comes in parts.
"""

import contextlib
import copy
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from refgd.testing import _clock
from refgd.testing.gradient import _parts
from refgd.testing.gradient._parts import Arrangement

__tracebackhide__ = True  # pytest shows the test, not the kit

if TYPE_CHECKING:
    from refgd.testing.gradient._examples import Example
    from refgd.testing.gradient._mistakes import Mistake

Function = Callable[..., Any]

#: The names that a parameter of each role goes by, in lower case.
NAMES = {
    "x": "x xs x_train x_data x_i features inputs data a",
    "y": "y ys t y_true ytrue y_train y_data y_i target targets label labels actual",
    "y_pred": "y_pred y_predicted y_hat yhat ypred y_p p pred preds predicted "
    "prediction predictions y_prediction y_pre out output outputs yp",
    "w": "w ws weight weights theta beta params parameters coef coefs wb",
    "b": "b bias intercept",
}
ROLES = {name: role for role, names in NAMES.items() for name in names.split()}

#: An intercept and a slope, where both are parameters.
NUMBERED = ("theta0 theta1", "b0 b1", "beta0 beta1", "w0 w1", "intercept slope")
PAIRS = [dict(zip(pair.split(), "bw", strict=True)) for pair in NUMBERED]


#: Of a function that reads no global weights.
NOTHING = contextlib.nullcontext()


class UserFunction:
    """A function of the user's, and the roles of its parameters.

    Attributes:
        mistakes: Such as only functions of its kind make, before all others.
        known: What it did for each example, where it is not to be called again.
    """

    mistakes: "Sequence[Mistake]" = ()
    known: "dict[Example, tuple[list[Any], str]] | None" = None

    def __init__(self, function: Function, signature: str | None = None) -> None:
        """Find the roles; TypeError if they cannot be told apart."""
        self.function = function
        self.name = getattr(function, "__name__", None) or repr(function)
        stated, arrow, returned = (signature or "").partition("->")
        self.roles = (
            _roles_from_signature(stated)
            if stated.strip()
            else _roles_by_name(function, self.name)
        )
        self.keywords = _find_keywords(function, self.roles, self.name)
        self.arrangement = arrangement_from_signature(returned) if arrow else None
        self.too_short = False  # whether an answer has too few digits to be judged
        self.reads_global = self.takes_weights and "w" not in self.roles
        if self.reads_global and "w" not in read_globals(function):
            msg = f"{self.name} takes neither w nor y_pred, and there is no global w"
            raise TypeError(msg)

    @property
    def takes_weights(self) -> bool:
        """Whether it works from w, given or global, and not from predictions."""
        return "y_pred" not in self.roles

    @property
    def needs(self) -> tuple[str, ...]:
        """What of an example it may read: predictions only where it takes them."""
        predictions = () if self.takes_weights else ("y_pred",)
        return ("x", "y", *predictions, "w")

    def __call__(self, inputs: dict[str, Any]) -> Any:
        """Call it with its roles' values; its warnings are its own."""
        named = self.arguments(inputs)
        keywords = {name: named.pop(role) for role, name in self.keywords.items()}
        weights = _find_global_weights(self, inputs)
        own = set_globals(self.function, weights) if weights else NOTHING
        with np.errstate(all="ignore"), warnings.catch_warnings(), own:
            warnings.simplefilter("ignore")
            with _clock.stopped():
                answer = self.function(*named.values(), **keywords)
        if isinstance(answer, Mapping):
            answer = _parts.read_keys(answer)
        return self.arrangement.of(answer) if self.arrangement else answer

    def arguments(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return the values of its roles; the intercept apart where it is meant so."""
        inputs = _split_intercept(inputs) if "b" in self.roles else inputs
        return {role: inputs[role] for role in self.roles}

    def rounding(self, _: dict[str, Any]) -> Any:
        """Return what else is rounded on the way, beside the terms of the gradient."""
        return 0

    def write_call(self) -> str:
        """Write how it is called, with a variable for each role."""
        by_place = [role for role in self.roles if role not in self.keywords]
        by_name = [f"{name}={role}" for role, name in self.keywords.items()]
        return f"{self.name}({', '.join([*by_place, *by_name])})"

    def arranged(self, arrangement: Arrangement) -> Self:
        """Return the same function, of whose answers the gradient is some parts."""
        return self.varied(arrangement=arrangement)

    def varied(self, **changes: Any) -> Self:
        """Return the same function with other attributes; what it did is not known."""
        other = copy.copy(self)
        vars(other).update(changes, known=None if self.known is None else {})
        return other


def _split_intercept(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the intercept, the last entry of w, apart from it as b."""
    w = inputs["w"]
    return {**inputs, "w": w[0] if inputs["x"].ndim == 1 else w[:-1], "b": w[-1]}


def _roles_by_name(function: Function, name: str) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        msg = f"{name} does not tell its parameters: give signature='x, y, y_pred'"
        raise TypeError(msg) from None
    wanted = [
        p.name for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD
    ]
    plain = [each.lower().replace("_", "") for each in wanted]
    pairs = next((pair for pair in PAIRS if set(pair) <= set(plain)), {})
    named = zip(wanted, plain, strict=True)
    found = [pairs.get(short) or ROLES.get(each.lower()) for each, short in named]
    roles = tuple(role for role in found if role)
    if len(roles) < len(found) or len(set(roles)) < len(roles):
        msg = (
            f"{name}({', '.join(wanted)}): which parameter is x, y, y_pred or w? "
            "Say it in order, such as signature='w, x, y'"
        )
        raise TypeError(msg)
    return roles


def _find_keywords(
    function: Function, roles: tuple[str, ...], name: str
) -> dict[str, str]:
    """Return the names of the parameters that are taken by name alone, by role.

    Raises:
        TypeError: If the function cannot be called with its roles at all.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it does not tell: by place, then
        return {}
    every = signature.parameters.values()
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    own = [p for p in every if p.kind not in several]
    needed = [p for p in own if p.default is p.empty]
    chosen = needed if len(needed) == len(roles) else own
    pairs = zip(roles, chosen, strict=False)
    keywords = {role: p.name for role, p in pairs if p.kind is p.KEYWORD_ONLY}
    by_place = [role for role in roles if role not in keywords]
    try:
        signature.bind(*by_place, **{each: role for role, each in keywords.items()})
    except TypeError as error:
        msg = f"{name} could not be called with {', '.join(roles)}: {error}"
        raise TypeError(msg) from None
    return keywords


def _roles_from_signature(signature: str) -> tuple[str, ...]:
    roles = tuple(role.strip().lower() for role in signature.split(","))
    if not set(roles) <= set(NAMES):
        msg = f"signature must name {', '.join(NAMES)}, got {signature!r}"
        raise ValueError(msg)
    return roles


#: What the parts of an answer are called in a signature; what else it names is no part.
PARTS = (("dw", "grad", "w"), ("db", "b"))


def arrangement_from_signature(returned: str) -> Arrangement:
    """Return which parts of an answer are the gradient: of "loss, dw" the second."""
    names = [name.strip().lower() for name in returned.split(",")]
    chosen = tuple(
        names.index(name) for part in PARTS for name in part if name in names
    )
    if not chosen:
        msg = f"signature must name dw or db after ->, got {returned!r}"
        raise ValueError(msg)
    return Arrangement(chosen, len(names))


def read_globals(function: Function) -> dict[str, Any]:
    """Return the global names of a function, to read and to write."""
    names: dict[str, Any] = getattr(function, "__globals__", {})
    return names


def _find_global_weights(user: UserFunction, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the global w (and b) that the function closes over, as a tutorial's."""
    if not user.reads_global:
        return {}
    names = read_globals(user.function)
    if isinstance(names.get("b"), Real):  # a number beside w: its intercept
        affine = np.size(inputs["w"]) > np.size(inputs["x"][0])
        inputs = _split_intercept(inputs) if affine else {**inputs, "b": 0}
    wanted = (name for name in ("w", "b") if name in names)
    return {name: inputs.get(name, names[name]) for name in wanted}


@contextlib.contextmanager
def set_globals(function: Function, values: dict[str, Any]) -> Iterator[None]:
    """Set global names of a function, which it has, for the time of a call."""
    names = read_globals(function)
    kept = {name: names[name] for name in values}
    names.update(values)
    try:
        yield
    finally:
        names.update(kept)
