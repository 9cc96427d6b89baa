"""Is your step right? `check_step` holds it against w − lr·dw."""

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from refgd import step as reference
from refgd.testing import bounds
from refgd.testing._answers import flat
from refgd.testing.exact import fractions

__tracebackhide__ = True  # pytest shows the test, not the kit

Step = Callable[..., Any]

#: A right step has two roundings: of lr · dw, and of the difference. Some to spare.
SPARE = 8

#: Weights, gradients and rates; each is tried as a scalar, as arrays, and in float32.
#: From a weight of 0 the smallest step is seen.
W = (0.0, 1.0, -2.5, 3e-8, 4e6, 7.0, 0.0, 0.0)
DW = (-30.0, 0.0, 1.5, 0.25, -1e5, 7.0, 3e-7, -2e-20)
RATES = (0.01, 0.5, 1.0, 0.0, 3.0, 2e-9)

#: The names that a parameter of each role goes by, in lower case.
NAMES = {
    "w": "w ws weight weights theta thetas param params parameter parameters coef "
    "coefs beta p",
    "dw": "dw dws grad grads gradient gradients g dtheta grad_w w_grad dl_dw dl dj_dw "
    "dj slope derivative",
    "lr": "lr learning_rate learningrate alpha eta rate step_size stepsize",
}
ROLES = {name: role for role, names in NAMES.items() for name in names.split()}
IN_ORDER = tuple(NAMES)

MISTAKES: tuple[tuple[str, Callable[[Any, Any, Any], Any]], ...] = (
    ("the sign is turned around: it climbs", lambda w, g, lr: w + lr * g),
    ("the learning rate is applied twice", lambda w, g, lr: w - lr * lr * g),
    ("the learning rate is not used", lambda w, g, _: w - g),
    ("it returns the change, not the new weight", lambda _, g, lr: -lr * g),
    ("it returns lr · dw, not the new weight", lambda _, g, lr: lr * g),
    ("it does not move", lambda w, *_: w),
    ("w and dw are exchanged", lambda w, g, lr: g - lr * w),
    ("the step is doubled", lambda w, g, lr: w - 2 * lr * g),
    ("the step is halved", lambda w, g, lr: w - lr * g / 2),
    (
        "only the sign of dw counts",
        lambda w, g, lr: w - lr * ((g > 0) * 1 - (g < 0) * 1),
    ),
)


#: The same with a number of their own, in words; less so many times something of it.
SOLVED: tuple[tuple[str, Callable[..., Any], Callable[..., Any]], ...] = (
    ("the learning rate is not used: it is {}", lambda w, *_: w, lambda _, g, __: g),
    ("the step is multiplied by {}", lambda w, *_: w, lambda _, g, lr: lr * g),
    (
        "lr · {} · w is subtracted: a weight decay",
        lambda w, g, lr: w - lr * g,
        lambda w, _, lr: lr * w,
    ),
    (
        "{} · w is subtracted: a weight decay",
        lambda w, g, lr: w - lr * g,
        lambda w, *_: w,
    ),
)

REMEMBERS = "it remembers an earlier call"


class StepError(AssertionError):
    """A step is wrong; the text says where and how."""


def check_step(step: Step, *, signature: str | None = None) -> int:
    r"""Check a step of gradient descent.

    **Definition**
    $$w' = w - \eta\, \nabla L(w)$$

    Args:
        step: ``step(w, dw, lr) -> w``, of scalars, arrays or both. Its parameters are
            told by their usual names, such as theta, grad and alpha, in any order.
            Every step is taken twice, and the inputs are compared after.
        signature: The roles of its parameters in order, such as "lr, w, dw", where
            their names do not tell.

    Returns:
        How many steps were checked.

    Raises:
        StepError: If one is wrong.
        TypeError: If the step cannot be called, or its parameters cannot be told apart.
        ValueError: If the signature is none.

    Example:
        >>> from refgd.testing.step import check_step
        >>> check_step(lambda w, dw, lr: w - lr * dw)
        120
    """
    name = getattr(step, "__name__", "step")
    names = _tell_by_name(step) if signature is None else {}
    order = IN_ORDER if signature is None else _from_signature(signature)
    called = _call_by_role(step, order, names)
    cases = _list_cases(called, name)
    wrong = [each for each in cases if not _is_right(called, *each)]
    if wrong and not (names or signature) and _is_right_in_another_order(step):
        msg = f"{name}: {WHICH}"
        raise TypeError(msg)
    if wrong:
        raise StepError(_write_error(called, name, cases, wrong[0]))
    return len(cases)


WHICH = "which parameter is w, dw or lr? Say it in order, such as signature='lr, w, dw'"


def _from_signature(signature: str) -> tuple[str, ...]:
    roles = tuple(role.strip() for role in signature.split(","))
    if sorted(roles) != sorted(NAMES):
        msg = f"signature must name {', '.join(NAMES)}, once each, got {signature!r}"
        raise ValueError(msg)
    return roles


def _parameters(step: Step) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(step).parameters
    except (TypeError, ValueError):  # it does not tell
        return {}


def _tell_by_name(step: Step) -> dict[str, str]:
    """Return each role's parameter; none if the names do not tell.

    Raises:
        TypeError: If it cannot be called by place either.
    """
    found: dict[str, str] = {}
    parameters = _parameters(step)
    kinds = {p.kind for p in parameters.values()}
    for name in parameters:
        found.setdefault(ROLES.get(name.lower(), ""), name)
    found.pop("", None)
    needed = {n for n, p in parameters.items() if p.default is p.empty}
    told = found.keys() == NAMES.keys() and needed <= {*found.values()}
    if told and inspect.Parameter.POSITIONAL_ONLY not in kinds:
        return found
    if len(needed) > len(NAMES) or inspect.Parameter.KEYWORD_ONLY in kinds:
        name = getattr(step, "__name__", "step")
        msg = f"{name}({', '.join(parameters)}): {WHICH}"
        raise TypeError(msg)
    return {}


def _call_by_role(
    step: Step, order: Sequence[str], names: Mapping[str, str] | None = None
) -> Step:
    """Return the step as a function of w, dw and lr; by name where names are known."""

    def called(*values: Any) -> Any:
        given = dict(zip(IN_ORDER, values, strict=True))
        if names:
            return step(**{name: given[role] for role, name in names.items()})
        return step(*(given[role] for role in order))

    return called


def _is_right_in_another_order(step: Step) -> bool:
    """Whether a step whose parameters have names of their own is right, read anew."""
    for order in itertools.permutations(IN_ORDER):
        called = _call_by_role(step, order)
        try:
            cases = _list_cases(called, "")
        except TypeError:
            continue
        if all(_is_right(called, *each) for each in cases):
            return True
    return False


Case = tuple[Any, Any, float]


def _list_cases(step: Step, name: str) -> list[Case]:
    """List the cases: scalars, arrays, or both, as the step takes them.

    Each has another gradient than the one before, so that a stale one is seen.
    """
    scalars: list[tuple[Any, Any]] = [
        (np.float64(w), np.float64(g)) for w, g in zip(W, DW, strict=True)
    ]
    scalars += [(np.float32(w), np.float32(g)) for w, g in scalars]
    both = (W, DW), (DW, W)
    arrays = [(np.array(w, k), np.array(g, k)) for k in ("f8", "f4") for w, g in both]
    refusals = [_refusal(step, *pairs[0]) for pairs in (scalars, arrays)]
    if all(refusals):
        msg = f"{name} could not be called: {refusals[0]}"
        raise TypeError(msg)
    accepted = [p for p, no in zip((scalars, arrays), refusals, strict=True) if not no]
    pairs = [pair for each in accepted for pair in each]
    return [(w, g, lr) for lr in RATES for w, g in pairs]


def _refusal(step: Step, w: Any, dw: Any) -> str:
    """Return what a step raises for such inputs; nothing where it takes them."""
    try:
        step(np.copy(w)[()], np.copy(dw)[()], 0.5)
    except Exception as error:  # noqa: BLE001 - made for scalars only, or for arrays only
        return f"it raised {type(error).__name__}: {error}"
    return ""


def _is_right(step: Step, w: Any, dw: Any, lr: float) -> bool:
    """Whether both calls are within rounding of the exact step, and change nothing."""
    expected = reference(fractions(w), fractions(dw), fractions(lr))
    tolerance = SPARE * bounds.step_bound(fractions(w), dw, lr, w.dtype)
    # the rate itself is rounded to the weight's kind
    tolerance += bounds.unit_roundoff(w.dtype) * abs(expected - fractions(w))
    return all(_is_near(_call(step, w, dw, lr), expected, tolerance) for _ in range(2))


def _is_near(answer: Any, expected: Any, tolerance: Any) -> bool:
    if answer is None or np.shape(answer) != np.shape(expected):
        return False
    if not np.all(np.isfinite(answer.astype(float))):
        return False
    return bool(np.all(abs(fractions(answer) - expected) <= tolerance))


def _call(step: Step, w: Any, dw: Any, lr: float) -> Any:
    """Return the answer as an array; None for none, or where an input was changed."""
    inputs = np.copy(w)[()], np.copy(dw)[()]
    try:
        answer = flat(step(*inputs, lr))
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return None
    kept = np.array_equal(inputs[0], w) and np.array_equal(inputs[1], dw)
    return answer if kept else None


def _write_error(step: Step, name: str, cases: list[Case], case: Case) -> str:
    w, dw, lr = (fractions(value) for value in case)
    rules = itertools.chain(MISTAKES, _solve(step, cases))
    known = (words for words, rule in rules if _explains(step, cases, rule))
    found = REMEMBERS if _remembers(step, cases, case) else next(known, "")
    given = ", ".join(
        f"{role}={np.asarray(value).tolist()!r}"
        for role, value in zip(IN_ORDER, case, strict=True)
    )
    got = _call(step, *case)
    shown = "no answer, or a changed input" if got is None else _floats(got)
    lines = [
        f"{name} is wrong",
        "  property: it returns w − lr·dw and leaves its inputs alone",
        *([f"  likely mistake: {found}"] if found else []),
        f"  {name}({given})  # expected {_floats(reference(w, dw, lr))}, got {shown}",
    ]
    return "\n".join(lines)


def _remembers(step: Step, cases: list[Case], case: Case) -> bool:
    """Whether the same step again gives another weight, at once or after another."""
    first, *more = [_call(step, *case) for _ in range(3)]
    for other in cases:
        if np.shape(other[1]) == np.shape(case[1]) and other[2] == case[2]:
            _call(step, *other)
            more.append(_call(step, *case))
    return first is not None and not all(np.array_equal(first, each) for each in more)


def _solve(step: Step, cases: list[Case]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the rules with a number of their own, solved for where it counts most."""
    for words, base, part in SOLVED:
        rows: list[tuple[Any, Any]] = []
        for each in cases:
            w, dw, lr = (fractions(value) for value in each)
            answer = _call(step, *each)
            if answer is None or np.shape(answer) != np.shape(w):
                return
            if not np.all(np.isfinite(answer.astype(float))):
                return
            off = np.atleast_1d(base(w, dw, lr) - fractions(answer))
            along = np.atleast_1d(part(w, dw, lr))
            i = int(np.argmax(abs(along)))
            if each[0].dtype == np.float64 and along[i]:
                rows.append((abs(along[i]), off[i] / along[i]))
        if rows:
            c = max(rows)[1].limit_denominator(10**6)
            yield words.format(f"{float(c):.6g}"), _subtract(base, c, part)


def _subtract(
    base: Callable[..., Any], c: Fraction, part: Callable[..., Any]
) -> Callable[..., Any]:
    return lambda *given: base(*given) - c * part(*given)


def _explains(step: Step, cases: list[Case], rule: Callable[..., Any]) -> bool:
    """Whether a wrong rule predicts every answer."""
    for each in cases:
        w, dw, lr = (fractions(value) for value in each)
        answer = _call(step, *each)
        size = abs(w) + abs(dw) * (1 + lr) ** 2
        tolerance = (
            2 * SPARE * bounds.unit_roundoff(each[0].dtype) * (size + Fraction(1))
        )
        if not _is_near(answer, np.asarray(rule(w, dw, lr))[()], tolerance):
            return False
    return True


def _floats(values: Any) -> Any:
    return np.asarray(values).astype(float).tolist()
