"""What a step returned: every call is recorded, with what it was given."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from refgd.testing._answers import flat

Step = Callable[..., Any]
Case = tuple[Any, Any, float]

#: The roles of a step's parameters, in their usual order.
ROLES = ("w", "dw", "lr")


class Call(NamedTuple):
    """One call of a step.

    Attributes:
        w: The weights, scalar or array, in a dtype of their own.
        dw: Their gradient.
        lr: The learning rate.
        answer: What was returned, None where these are no numbers.
        failure: Why there are none, in words.
        changed: The parameters that it wrote into.
    """

    w: Any
    dw: Any
    lr: float
    answer: Any
    failure: str = ""
    changed: tuple[str, ...] = ()

    @property
    def finite(self) -> bool:
        """Return whether there are numbers of the right shape, all of them finite."""
        if self.answer is None or np.shape(self.answer) != np.shape(self.w):
            return False
        return bool(np.all(np.isfinite(self.answer.astype(float))))

    def same(self, other: "Call") -> bool:
        """Return whether another call of the same inputs had the same answer."""
        if self.answer is None or other.answer is None:
            return self.answer is other.answer
        mine, its = (np.asarray(each.answer).astype(float) for each in (self, other))
        return np.array_equal(mine, its, equal_nan=True)

    def write(self, name: str) -> str:
        """Write the call as one types it."""
        values = zip(ROLES, self[:3], strict=True)
        given = ", ".join(f"{r}={np.asarray(v).tolist()!r}" for r, v in values)
        return f"{name}({given})"

    def write_answer(self) -> str:
        """Write what was returned."""
        if self.answer is None:
            return self.failure
        shown = str(np.asarray(self.answer).astype(float).tolist())
        changed = "".join(f", with {each} changed" for each in self.changed)
        return shown + changed


def call(step: Step, w: Any, dw: Any, lr: float) -> Call:
    """Call a step on copies of its inputs."""
    inputs = np.copy(w)[()], np.copy(dw)[()]
    try:
        returned = step(*inputs, lr)
    except Exception as error:  # noqa: BLE001 - whatever the user's code raises
        return Call(w, dw, lr, None, f"{type(error).__name__}: {error}")
    answer = flat(returned)
    answer = None if answer is None else np.array(answer)  # it may be w itself
    pairs = zip(ROLES[:2], inputs, (w, dw), strict=True)
    changed = tuple(name for name, now, old in pairs if not np.array_equal(now, old))
    failure = (
        "" if answer is not None else "nothing" if returned is None else "no number"
    )
    return Call(w, dw, lr, answer, failure, changed)
