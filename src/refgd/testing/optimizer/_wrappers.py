"""What may be around a rule, as lines before and after its own."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from refgd._types import Settings

#: As those of `_equations`, which imports them.
Lines: TypeAlias = tuple[tuple[str, str], ...]


def _maximize(_: Settings, lines: Lines) -> Lines:
    return (("g", "-g"), *lines)


def _clip_by_value(given: Settings, lines: Lines) -> Lines:
    bound = given["max_value"]
    return (("g", f"maximum(minimum(g, {bound!r}), -{bound!r})"), *lines)


def _clip_by_norm(given: Settings, lines: Lines) -> Lines:
    bound = given["max_norm"]
    return (("g", f"{bound!r} / maximum(norm(g), {bound!r}) * g"), *lines)


def _accumulate(given: Settings, lines: Lines) -> Lines:
    """Hold all that it keeps but after every k gradients, where t / k is its own t."""
    k = given["k"]
    added = "gathered", f"where({_every(k, 't - 1')}, 0, gathered) + g"
    own = [(name, re.sub(r"\bt\b", f"(t / {k})", text)) for name, text in lines]
    held = [(name, f"where({_every(k, 't')}, {text}, {name})") for name, text in own]
    return (added, ("g", f"gathered / {k}"), *held)


def _weight_ema(given: Settings, lines: Lines) -> Lines:
    """Nothing, where it is only kept beside the weights."""
    every, per = given.get("every"), given.get("per_step", 1)
    if every is None:
        return lines
    kept = f"(1 - {given['beta']!r})"
    share = f"where(t > {per}, {kept}, 1)"
    average = "average", f"average + {share} * (w - average)"
    taken = "w", f"where({_every(every, f'ceil(t / {per})')}, average, w)"
    return (*lines, average, taken)


def _every(k: int, t: str) -> str:
    return f"equal(ceil(({t}) / {k}) * {k}, {t})"


#: By the name of each in `refgd.dialects`; those of keras alone average the weights.
WRAPPED: Final[Mapping[str, Callable[[Settings, Lines], Lines]]] = {
    "maximize": _maximize,
    "clip_by_value": _clip_by_value,
    "clip_by_norm": _clip_by_norm,
    "clip_by_global_norm": _clip_by_norm,
    "accumulate": _accumulate,
    "weight_ema": _weight_ema,
}
