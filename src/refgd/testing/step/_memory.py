"""A step that remembers: what it keeps from one call to the next."""

import numpy as np

from refgd._types import Array
from refgd.testing.step._calls import Call, Step, call
from refgd.testing.step._formula import NEAR, simplify

REMEMBERS = "it remembers an earlier call: the same call twice gives two answers"

#: So many steps in a row are looked at.
STEPS = 12


def describe(step: Step, shape: tuple[int, ...]) -> str:
    """Return what it remembers, as far as some steps in a row tell.

    Of a momentum, v' = β v + γ dw and w' = w − lr·v', or v' = β v + lr·dw and
    w' = w − v', every move follows from the one before and the two gradients.
    """
    generator = np.random.default_rng(0)
    calls = []
    for _ in range(STEPS):
        w, dw, lr = generator.uniform(-1, 1, (3, *shape))
        calls.append(call(step, w, dw, 0.5 + abs(float(np.ravel(lr)[0]))))
    if not all(each.finite for each in calls):
        return REMEMBERS
    for inside, words in ((False, "v = {}, w − lr·v"), (True, "v = {}, w − v")):
        found = _fit(calls, inside=inside)
        if found is None:
            continue
        beta, gamma, stale = found
        if (beta, gamma, stale) == (0, 0, 1):
            return f"{REMEMBERS}; it takes the dw of the call before"
        if beta and not stale:
            number = "" if gamma == 1 else f"{gamma:g}·"
            term = f"{beta:g}·v + {number}{'lr·' if inside else ''}dw"
            return f"{REMEMBERS}; a momentum, {words.format(term)}"
    return REMEMBERS


def _fit(calls: list[Call], *, inside: bool) -> list[float] | None:
    """Fit a move to the one before, to dw, and to the dw before."""
    moves_of = [_move(each, inside=inside) for each in calls]
    rates = [each.lr if inside else 1.0 for each in calls]
    rows = [
        (moves_of[i], lr * np.ravel(calls[i + 1].dw), lr * np.ravel(calls[i].dw))
        for i, lr in enumerate(rates[1:])
    ]
    table = np.stack([np.concatenate(each) for each in zip(*rows, strict=True)], axis=1)
    moves = np.concatenate(moves_of[1:])
    found = np.linalg.lstsq(table, moves)[0]
    numbers = [simplify(c) if abs(c) > NEAR else 0.0 for c in found]
    off = abs(table @ numbers - moves)
    return numbers if off.max() <= NEAR * abs(moves).max() else None


def _move(c: Call, *, inside: bool) -> Array:
    change = np.ravel(c.w - np.asarray(c.answer).astype(float))
    return change if inside else change / c.lr
