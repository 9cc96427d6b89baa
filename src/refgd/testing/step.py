"""Is your step right? `check_step` holds it against w − lr·dw."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from refgd import step as reference
from refgd.testing import bounds
from refgd.testing._answers import flat
from refgd.testing.exact import fractions

Step = Callable[..., Any]

#: A right step has two roundings: of lr · dw, and of the difference. Some to spare.
SPARE = 8

#: Weights, gradients and rates; each is tried as a scalar, as arrays, and in float32.
W, DW = (0.0, 1.0, -2.5, 3e-8, 4e6, 7.0), (-30.0, 0.0, 1.5, 0.25, -1e5, 7.0)
RATES = (0.0, 0.01, 0.5, 1.0, 3.0)

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
)


class StepError(AssertionError):
    """A step is wrong; the text says where and how."""


def check_step(step: Step) -> int:
    r"""Check a step of gradient descent.

    **Definition**
    $$w' = w - \eta\, \nabla L(w)$$

    Args:
        step: ``step(w, dw, lr) -> w``, of scalars, arrays or both. Every step is
            taken twice, and the inputs are compared after.

    Returns:
        How many steps were checked.

    Raises:
        StepError: If one is wrong.

    Example:
        >>> from refgd.testing.step import check_step
        >>> check_step(lambda w, dw, lr: w - lr * dw)
        70
    """
    cases = _list_cases(step)
    wrong = [each for each in cases if not _is_right(step, *each)]
    if wrong:
        raise StepError(_write_error(step, cases, wrong[0]))
    return len(cases)


Case = tuple[Any, Any, float]


def _list_cases(step: Step) -> list[Case]:
    """List the cases: scalars, arrays, or both, as the step takes them."""
    scalars: list[tuple[Any, Any]] = [
        (np.float64(w), np.float64(g)) for w, g in zip(W, DW, strict=True)
    ]
    scalars += [(np.float32(w), np.float32(g)) for w, g in scalars]
    arrays = [(np.array(W, kind), np.array(DW, kind)) for kind in ("f8", "f4")]
    accepted = [pairs for pairs in (scalars, arrays) if _accepts(step, *pairs[0])]
    pairs = [pair for each in accepted or [scalars] for pair in each]
    return [(w, g, lr) for w, g in pairs for lr in RATES]


def _accepts(step: Step, w: Any, dw: Any) -> bool:
    try:
        step(np.copy(w)[()], np.copy(dw)[()], 0.5)
    except Exception:  # noqa: BLE001 - made for scalars only, or for arrays only
        return False
    return True


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


def _write_error(step: Step, cases: list[Case], case: Case) -> str:
    w, dw, lr = (fractions(value) for value in case)
    found = next(
        (words for words, rule in MISTAKES if _explains(step, cases, rule)), ""
    )
    name = getattr(step, "__name__", "step")
    given = ", ".join(repr(np.asarray(value).tolist()) for value in case)
    got = _call(step, *case)
    shown = "no answer, or a changed input" if got is None else _floats(got)
    lines = [
        f"{name} is wrong",
        "  property: it returns w − lr·dw and leaves its inputs alone",
        *([f"  likely mistake: {found}"] if found else []),
        f"  {name}({given})  # expected {_floats(reference(w, dw, lr))}, got {shown}",
    ]
    return "\n".join(lines)


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
