"""Is your step right? `check_step` holds it against w − lr·dw."""

import inspect
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from refgd import step as reference
from refgd.testing import bounds
from refgd.testing.exact import fractions
from refgd.testing.gradient._verdict import describe
from refgd.testing.step._calls import ROLES, Call, Case, Step, call
from refgd.testing.step._mistakes import find_mistake

__tracebackhide__ = True  # pytest shows the test, not the kit

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
BY_NAME = {name: role for role, names in NAMES.items() for name in names.split()}


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
    order = ROLES if signature is None else _from_signature(signature)
    called = _call_by_role(step, order, names)
    pairs = _record(called, name)
    right = [_is_right(pair) for pair in pairs]
    if all(right):
        return len(pairs)
    if not (names or signature) and _is_right_in_another_order(step):
        msg = f"{name}: {WHICH}"
        raise TypeError(msg)
    raise StepError(_write_error(called, name, pairs, right))


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
        found.setdefault(BY_NAME.get(name.lower(), ""), name)
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
        given = dict(zip(ROLES, values, strict=True))
        if names:
            return step(**{name: given[role] for role, name in names.items()})
        return step(*(given[role] for role in order))

    return called


def _is_right_in_another_order(step: Step) -> bool:
    """Whether a step whose parameters have names of their own is right, read anew."""
    for order in itertools.permutations(ROLES):
        try:
            calls = _record(_call_by_role(step, order), "")
        except TypeError:
            continue
        if all(map(_is_right, calls)):
            return True
    return False


def _list_cases() -> tuple[list[Case], ...]:
    """List the cases of scalars, and those of arrays.

    Each has another gradient than the one before, so that a stale one is seen.
    """
    scalars: list[tuple[Any, Any]] = [
        (np.float64(w), np.float64(g)) for w, g in zip(W, DW, strict=True)
    ]
    scalars += [(np.float32(w), np.float32(g)) for w, g in scalars]
    both = (W, DW), (DW, W)
    arrays = [(np.array(w, k), np.array(g, k)) for k in ("f8", "f4") for w, g in both]
    return tuple([(w, g, lr) for lr in RATES for w, g in p] for p in (scalars, arrays))


def _record(step: Step, name: str) -> list[tuple[Call, Call]]:
    """Take every step twice: of scalars, arrays, or both, as the step takes them."""
    found: list[tuple[Call, Call]] = []
    refusals = []
    for cases in _list_cases():
        w, dw, _ = cases[0]
        refusal = _refusal(step, w, dw)
        if refusal:
            refusals.append(refusal)
        else:
            found += [(call(step, *case), call(step, *case)) for case in cases]
    if not found:
        msg = f"{name} could not be called: {refusals[0]}"
        raise TypeError(msg)
    return found


def _refusal(step: Step, w: Any, dw: Any) -> str:
    """Return what a step raises for such inputs; nothing where it takes them."""
    try:
        step(np.copy(w)[()], np.copy(dw)[()], 0.5)
    except Exception as error:  # noqa: BLE001 - made for scalars only, or for arrays only
        return describe(error)
    return ""


def _is_right(calls: tuple[Call, Call]) -> bool:
    """Whether both calls are within rounding of the exact step, and change nothing."""
    kind = calls[0].w.dtype
    w, dw, lr = map(fractions, calls[0][:3])
    expected = reference(w, dw, lr)
    tolerance = tolerate(kind, w, dw, lr)
    return all(
        each.finite
        and not each.changed
        and bool(np.all(abs(fractions(each.answer) - expected) <= tolerance))
        for each in calls
    )


def tolerate(kind: Any, w: Any, dw: Any, lr: Any) -> Any:
    """Bound what rounding may do to a right step; lr too is rounded to its kind."""
    rounded = bounds.unit_roundoff(kind) * abs(fractions(lr) * fractions(dw))
    return SPARE * bounds.step_bound(w, dw, lr, kind) + rounded


def _write_error(
    step: Step,
    name: str,
    pairs: list[tuple[Call, Call]],
    right: list[bool],
) -> str:
    found = find_mistake(step, pairs, right)
    wrong = [pair for pair, good in zip(pairs, right, strict=True) if not good]
    lines = [
        f"{name} is wrong",
        "  property: it returns w − lr·dw and leaves its inputs alone",
        *([f"  likely mistake: {found}"] if found else []),
    ]
    differs = [pair for pair in wrong if not pair[0].same(pair[1])]
    first, second = (differs or wrong)[0]
    w, dw, lr = map(fractions, first[:3])
    exact = np.asarray(reference(w, dw, lr)).astype(float).tolist()
    got = first.write_answer()
    if differs:
        got += f", and {second.write_answer()} the second time"
    lines.append(f"  {first.write(name)}  # expected {exact}, got {got}")
    return "\n".join(lines)
