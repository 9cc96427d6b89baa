"""A gradient that comes in parts, or with a loss beside it: which parts are it?

A course's function returns (dw, db), or (db, dw), or (loss, gradient). It is right if
some of its parts, in some order, are the gradient on every example; where the weights
come as one w, the intercept's part is last, as it is in w.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from refgd.testing._answers import flat

#: An answer of more parts than this is not searched.
MOST = 4


class Arrangement(NamedTuple):
    """Some parts of an answer, in an order; `total` is how many it has."""

    chosen: tuple[int, ...]
    total: int

    def of(self, answer: Any) -> Any:
        """Return these parts of an answer; the answer itself if it has not as many."""
        parts = list_parts(answer)
        if len(parts) != self.total:
            return answer
        found = tuple(parts[i] for i in self.chosen)
        return found if len(found) > 1 else found[0]

    @property
    def drops(self) -> bool:
        """Whether it leaves a part out."""
        return len(self.chosen) < self.total

    def __str__(self) -> str:
        """Say which parts are taken."""
        if self.chosen == (1, 0) and self.total == len(self.chosen):
            return "the intercept's part stands first"
        parts = " and ".join(str(i + 1) for i in self.chosen)
        return f"of its {self.total} parts the gradient is {parts}"


def list_parts(answer: Any) -> list[Any]:
    """Return the parts of a tuple or list, of nested ones too; else the answer alone.

    A list of numbers inside is one part.
    """
    if not isinstance(answer, tuple | list):
        return [answer]
    nested = [
        [each] if isinstance(each, list) and _holds_numbers(each) else list_parts(each)
        for each in answer
    ]
    return list(itertools.chain.from_iterable(nested))


def _holds_numbers(values: list[Any]) -> bool:
    return not any(isinstance(v, tuple | list) or np.ndim(v) for v in values)


#: The keys of a dict by which a gradient's parts go, in lower case, without _ and -.
KEYS = {
    "w": "w dw weight weights dweight dweights djdw dldw gradw wgrad gradweights "
    "theta dtheta coef dcoef beta dbeta params gradient grad g dj",
    "b": "b db bias dbias intercept dintercept djdb dldb gradb bgrad gradbias w0 dw0",
}
ROLES = {key: role for role, keys in KEYS.items() for key in keys.split()}


def read_keys(answer: Mapping[Any, Any]) -> Any:
    """Return the parts of a dict whose keys tell them; the dict itself otherwise.

    What stands beside under other keys, such as a loss, is left out.
    """
    found: dict[str, Any] = {}
    for key, value in answer.items():
        role = ROLES.get(str(key).lower().replace("_", "").replace("-", ""))
        if role in found:
            return answer
        if role is not None:
            found[role] = value
    if "w" not in found:
        return answer
    return (found["w"], found["b"]) if "b" in found else found["w"]


def arrangements(count: int, *, any_order: bool) -> Iterator[Arrangement]:
    """Yield the choices of parts that may be a gradient, but for all as they come."""
    if not 1 < count <= MOST:
        return
    for chosen in itertools.permutations(range(count), 2):
        in_order = chosen[0] < chosen[1]
        if (any_order or in_order) and not (in_order and count == len(chosen)):
            yield Arrangement(chosen, count)
    for i in reversed(range(count)):
        yield Arrangement((i,), count)


#: A loss beside a gradient is only recognized, not judged.
NEAR = 1e-3


def leaves_out(arrangement: Arrangement, answer: Any, expected: Any) -> bool:
    """Whether the one part that an arrangement leaves out is near an expected value."""
    left = [
        flat(part)
        for i, part in enumerate(list_parts(answer))
        if i not in arrangement.chosen
    ]
    if len(left) != 1 or left[0] is None or left[0].size != 1:
        return False
    got, meant = float(left[0].ravel()[0]), float(expected[0])
    return math.isclose(got, meant, rel_tol=NEAR, abs_tol=NEAR)


def may_be_losses(arrangement: Arrangement, answers: Sequence[Any]) -> bool:
    """Whether what is left out may be a loss: never below 0, and not 0 everywhere."""
    parts = [list_parts(answer) for answer in answers]
    kept = [each for each in parts if len(each) == arrangement.total]
    left = [i for i in range(arrangement.total) if i not in arrangement.chosen]
    return all(_may_be_loss([each[i] for each in kept]) for i in left)


def _may_be_loss(values: Sequence[Any]) -> bool:
    entries = [flat(value) for value in values]
    if any(each is None or each.size != 1 for each in entries):
        return False
    numbers = [each.ravel()[0] for each in entries if each is not None]
    return all(number >= 0 for number in numbers) and any(numbers)
