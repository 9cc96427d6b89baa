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
        step: ``step(w, dw, lr) -> w``, of scalars, arrays or both. Every step is asked
            for twice, and the inputs are compared after.

    Returns:
        How many steps were checked.

    Raises:
        StepError: If one is wrong.

    Example:
        >>> from refgd.testing.step import check_step
        >>> check_step(lambda w, dw, lr: w - lr * dw)
        70
    """
    tries = _tries(step)
    wrong = [each for each in tries if not _right(step, *each)]
    if wrong:
        raise StepError(_text(step, tries, wrong[0]))
    return len(tries)


Try = tuple[Any, Any, float]


def _tries(step: Step) -> list[Try]:
    """List what to try: scalars, arrays, or both, as the step takes them."""
    scalars: list[tuple[Any, Any]] = [
        (np.float64(w), np.float64(g)) for w, g in zip(W, DW, strict=True)
    ]
    scalars += [(np.float32(w), np.float32(g)) for w, g in scalars]
    whole = [(np.array(W, kind), np.array(DW, kind)) for kind in ("f8", "f4")]
    taken = [pairs for pairs in (scalars, whole) if _takes(step, *pairs[0])]
    pairs = [pair for each in taken or [scalars] for pair in each]
    return [(w, g, lr) for w, g in pairs for lr in RATES]


def _takes(step: Step, w: Any, dw: Any) -> bool:
    try:
        step(np.copy(w)[()], np.copy(dw)[()], 0.5)
    except Exception:  # noqa: BLE001 - made for scalars only, or for arrays only
        return False
    return True


def _right(step: Step, w: Any, dw: Any, lr: float) -> bool:
    """Whether both calls are within rounding of the exact step, and change nothing."""
    exact = reference(fractions(w), fractions(dw), fractions(lr))
    spare = SPARE * bounds.step_bound(fractions(w), dw, lr, w.dtype)
    # the rate itself is rounded to the weight's kind
    spare += bounds.unit_roundoff(w.dtype) * abs(exact - fractions(w))
    return all(_near(_called(step, w, dw, lr), exact, spare) for _ in range(2))


def _near(answer: Any, exact: Any, spare: Any) -> bool:
    if answer is None or np.shape(answer) != np.shape(exact):
        return False
    if not np.all(np.isfinite(answer.astype(float))):
        return False
    return bool(np.all(abs(fractions(answer) - exact) <= spare))


def _called(step: Step, w: Any, dw: Any, lr: float) -> Any:
    """Return the answer as an array; None for none, or where an input was changed."""
    given = np.copy(w)[()], np.copy(dw)[()]
    try:
        answer = flat(step(*given, lr))
    except Exception:  # noqa: BLE001 - whatever the user's code raises
        return None
    kept = np.array_equal(given[0], w) and np.array_equal(given[1], dw)
    return answer if kept else None


def _text(step: Step, tries: list[Try], worst: Try) -> str:
    w, dw, lr = (fractions(value) for value in worst)
    found = next(
        (words for words, rule in MISTAKES if _explains(step, tries, rule)), ""
    )
    name = getattr(step, "__name__", "step")
    given = ", ".join(repr(np.asarray(value).tolist()) for value in worst)
    got = _called(step, *worst)
    shown = "no answer, or a changed input" if got is None else _floats(got)
    lines = [
        f"{name} is wrong",
        "  property: it returns w − lr·dw and leaves its inputs alone",
        *([f"  likely mistake: {found}"] if found else []),
        f"  {name}({given})  # expected {_floats(reference(w, dw, lr))}, got {shown}",
    ]
    return "\n".join(lines)


def _explains(step: Step, tries: list[Try], rule: Callable[..., Any]) -> bool:
    """Whether a wrong rule predicts every answer."""
    for each in tries:
        w, dw, lr = (fractions(value) for value in each)
        answer = _called(step, *each)
        size = abs(w) + abs(dw) * (1 + lr) ** 2
        spare = 2 * SPARE * bounds.unit_roundoff(each[0].dtype) * (size + Fraction(1))
        if not _near(answer, np.asarray(rule(w, dw, lr))[()], spare):
            return False
    return True


def _floats(values: Any) -> Any:
    return np.asarray(values).astype(float).tolist()
