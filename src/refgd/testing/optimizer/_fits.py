"""Edits with a number in them that nobody knows: it is solved for, then tried."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from refgd.testing.optimizer._changes import SHARES
from refgd.testing.optimizer._edits import Edit, Lines, everywhere, last_step
from refgd.testing.optimizer._equations import DECAY_LINES
from refgd.testing.optimizer._program import Inputs, names_read, steps
from refgd.testing.optimizer._target import Target
from refgd.testing.optimizer._turns import turns

#: Numbers that are written where a hyperparameter should be.
COMMON: Final = {
    "eps": (0.0, 1e-16, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3),
    "share": (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999),
}

GRID: Final = (*(k / 100 for k in range(100)), *(k / 1000 for k in range(800, 1000)))

#: The digits of a number that somebody has written.
DIGITS: Final = range(1, 7)


class Unknown(NamedTuple):
    """Lines that read ``number``, what they are in words, and where to begin."""

    words: str
    lines: Lines
    starts: tuple[float, ...]


def fits(lines: Lines, target: Target) -> Iterator[Edit]:
    """Yield the edits whose number explains the first difference, and all the rest."""
    t, where = _first_difference(lines, target)
    if where is None:
        return
    for unknown in _unknowns(lines, target.data):
        for c in _solve(unknown, target, t, where):
            made = everywhere(unknown.lines, number=repr(c))
            if target.agrees(made):
                words = unknown.words.format(c=c, factor=_show_factor(c))
                yield Edit("there is no eps" if words == "eps is 0" else words, made)


def _unknowns(lines: Lines, data: Inputs) -> Iterator[Unknown]:
    read = {name for _, text in lines for name in names_read(text)}
    for name in sorted(read & {*SHARES, "eps", "wd", "psi"} & {*data.numbers}):
        common = COMMON.get("eps" if name == "eps" else "share", ())
        own = float(np.ravel(data.numbers[name])[0])
        if name in SHARES and turns(lines):  # where no secant leads to the number
            common = (*common, *sorted(GRID, key=lambda c: abs(c - own)))
        words = f"{name} is {{c:g}}"
        yield Unknown(words, everywhere(lines, **{name: "number"}), (*common, own))
    scaled = last_step(lines, "w + number * ({0} - w)")
    yield Unknown("each step is {factor} times as long", scaled, (1.0,))
    times = (("g", "number * g"), *lines)
    yield Unknown("the gradient is multiplied by {factor}", times, (1.0, 0.1, 10.0))
    clipped = (("g", "maximum(minimum(g, number), -number)"), *lines)
    yield Unknown("gradients are clipped to [-{c:g}, {c:g}]", clipped, (1.0, 5.0, 0.1))
    short = (("g", "g * minimum(1, number / norm(g))"), *lines)
    yield Unknown("gradients are clipped to norm {c:g}", short, (1.0, 5.0))
    if lines[0] not in DECAY_LINES.values():
        for kind, words in {
            "lr": "there is a weight decay of {c:g}, lr times",
            "coupled": "there is a weight decay of {c:g}, through the gradient",
        }.items():
            name, text = DECAY_LINES[kind]
            decay = name, text.replace("wd", "number")
            yield Unknown(words, (decay, *lines), (0.01, 0.1))
    falling = everywhere(lines, lr="(lr / (1 + number * (t - 1)))")
    yield Unknown("lr falls by itself, as lr / (1 + {c:g} (t - 1))", falling, (0.01,))
    powers = everywhere(lines, lr="(lr * number ** (t - 1))")
    yield Unknown("lr falls by itself, times {c:g} in each step", powers, (0.99,))
    for name in ("v", "u"):
        if name in dict(lines):
            first = name, f"where(equal(t, 1), {name} + number, {name})"
            yield Unknown(f"{name} starts at {{c:g}}", (first, *lines), (0.1, 1.0))


def _show_factor(c: float) -> str:
    """Return four digits of a number, or as many as tell it from 1."""
    shown = (f"{c:.{digits}g}" for digits in range(4, 17))
    return next((text for text in shown if text != "1"), repr(c))


def _first_difference(lines: Lines, target: Target) -> tuple[int, Any]:
    """Return the first step that differs, and the weight that does so most."""
    run = zip(
        steps(lines, target.data), target.seen[1:], target.allowed[1:], strict=False
    )
    for t, (w, seen, allowed) in enumerate(run, 1):
        off = np.abs(w - seen)
        if not (off <= allowed).all():
            share = np.where(off > 0, off / allowed, 0.0)
            return t, np.unravel_index(int(np.argmax(share)), share.shape)
    return 0, None


def _solve(
    unknown: Unknown, target: Target, t: int, where: tuple[int, ...]
) -> Iterator[float]:
    """Yield numbers that explain one weight after step t, the shortest first."""
    aim, allowed = target.seen[t][where], target.allowed[t][where]

    def off(c: float) -> float:
        target.spent += t
        numbers = {**target.data.numbers, "number": np.float64(c)}
        run = steps(unknown.lines, target.data._replace(numbers=numbers))
        return float(next(w for k, w in enumerate(run, 1) if k == t)[where] - aim)

    for start in unknown.starts:
        c = _root(off, start, float(allowed))
        if c is not None:
            short = (float(f"{c:.{digits}g}") for digits in DIGITS)
            # rounded, where that explains as much
            near = [x for x in short if abs(x - c) <= 1e-5 * abs(c)]
            yield from dict.fromkeys([*near, c])


def _root(f: Callable[[float], float], start: float, allowed: float) -> float | None:
    """Return a root of f near a start, by secants; None if there is none."""
    x, y = start, start * 1.01 + (start == 0) * 1e-3
    fx, fy = f(x), f(y)
    if abs(fx) <= allowed:
        return x
    for _ in range(40):
        if abs(fy) <= allowed / 100 or (y == x):
            break
        if fx == fy or not np.isfinite(fy):
            return None
        x, fx, y = y, fy, y - fy * (y - x) / (fy - fx)
        fy = f(y)
    return y if abs(fy) <= allowed else None
