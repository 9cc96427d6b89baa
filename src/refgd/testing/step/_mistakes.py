"""Known mistakes in a step: each is named only if it explains every answer."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from refgd._types import Array
from refgd.testing.step import _formula, _memory
from refgd.testing.step._calls import Call, Step, call

Rule = Callable[[Any, Any, Any], Any]
Change = tuple[str, Callable[[Any], Any]]

#: Predictions and answers may be so many roundings apart.
ROUNDINGS = 16

#: What is less than this part of the sum is not read from it.
SEEN = 1e-6

#: What is less than this part of it is lost in its rounding.
LEAST = 1e-14

#: What may be changed on the way, and the step with this change.
PLACES: tuple[tuple[str, Callable[[Callable[[Any], Any]], Rule]], ...] = (
    ("dw", lambda t: lambda w, g, lr: w - lr * t(g)),
    ("lr", lambda t: lambda w, g, lr: w - t(lr) * g),
    ("the step lr·dw", lambda t: lambda w, g, lr: w - t(lr * g)),
    ("the new weight", lambda t: lambda w, g, lr: t(w - lr * g)),
    ("w", lambda t: lambda w, g, lr: t(w) - lr * g),
)


def _in(kind: str, w: Any, dw: Any, lr: Any) -> Any:
    w, dw, lr = (np.asarray(each, kind) for each in (w, dw, lr))
    return (w - lr * dw).astype(float)


#: What no formula of sums and products says.
OTHERS: tuple[tuple[str, Rule], ...] = (
    ("the learning rate divides: it returns w − dw/lr", lambda w, g, lr: w - g / lr),
    ("it returns w·(1 − lr·dw)", lambda w, g, lr: w * (1 - lr * g)),
    ("it returns w·exp(−lr·dw)", lambda w, g, lr: w * np.exp(-lr * g)),
    ("dw is multiplied by w", lambda w, g, lr: w - lr * w * g),
    *(
        (f"it computes in {kind}", lambda w, g, lr, k=kind: _in(k, w, g, lr))
        for kind in ("float32", "float16")
    ),
)


def find_mistake(
    step: Step, pairs: Sequence[tuple[Call, Call]], right: Sequence[bool]
) -> str:
    """Return the likely mistake in words; nothing where none explains all answers."""
    if not all(one.same(two) for one, two in pairs):
        return _memory.describe(step, np.shape(pairs[-1][0].w))
    calls = [one for one, _ in pairs]
    written = dict.fromkeys(name for each in calls for name in each.changed)
    found = [f"it changes its input {' and '.join(written)}"] if written else []
    rest = _name_shape(calls) or _name_rule(step, calls)
    if not (rest or found):
        rest = _name_place(calls, right)
    return "; ".join([*found, *([rest] if rest else [])])


def _name_shape(calls: Sequence[Call]) -> str:
    """Name what returns nothing, or not one number for each weight."""
    if all(each.failure == "nothing" for each in calls):
        return "it returns nothing: is the return missing?"
    if all(each.answer is None for each in calls):
        return f"it returns no numbers: {calls[0].failure}"
    off = [
        each
        for each in calls
        if each.answer is not None and np.shape(each.answer) != np.shape(each.w)
    ]
    if not off:
        return ""
    got, meant = np.shape(off[0].answer), np.shape(off[0].w)
    what = f"an array of shape {got}" if got else "one number"
    return f"it returns {what} for weights of shape {meant}"


def _name_rule(step: Step, calls: list[Call]) -> str:
    if _explains(lambda w, g, lr: w - lr * g, calls):
        return ""  # but for its inputs
    calls = [*_look_further(step, calls), *calls]
    formula = _formula.fit([each for each in calls if each.finite])
    if formula and _explains(formula.apply, calls, _formula.NEAR):
        return formula.describe()
    return next((words for words, r in _list_rules(calls) if _explains(r, calls)), "")


def _look_further(step: Step, calls: Sequence[Call]) -> list[Call]:
    """Take more steps: of arrays of other lengths, and of numbers of many digits."""
    generator = np.random.default_rng(0)
    sizes = 10.0 ** np.arange(3, -14, -1)
    w, dw = (sizes * generator.uniform(-1, 1, len(sizes)) for _ in range(2))
    inputs: list[tuple[Any, Any]] = []
    if np.ndim(calls[-1].w):
        inputs += [(w[i : i + n], dw[i : i + n]) for i, n in ((0, 3), (3, 5), (8, 9))]
    if not np.ndim(calls[0].w):
        inputs += [*zip(w, dw, strict=True), *((np.float64(0), g) for g in dw)]
    found = [call(step, *each, lr) for lr in (0.7, 0.013) for each in inputs]
    return [each for each in found if each.answer is not None]


def _list_rules(calls: Sequence[Call]) -> Iterator[tuple[str, Rule]]:
    yield from OTHERS
    for place, make in PLACES:
        values, all_values = (_find_values(place, calls, s) for s in (SEEN, LEAST))
        for words, change in (*CHANGES, *_list_cuts(values), *_list_zones(all_values)):
            yield f"{place} {words}", make(change)


#: What stands in a place by the answer a, and what should stand there.
READ: dict[str, Callable[[Array, Array, Array, float], tuple[Array, Array]]] = {
    "dw": lambda w, g, a, lr: ((w - a) / lr, g),
    "lr": lambda w, g, a, lr: ((w - a) / g, lr + 0 * g),
    "the step lr·dw": lambda w, g, a, lr: (w - a, lr * g),
    "the new weight": lambda w, g, a, lr: (a, w - lr * g),
    "w": lambda w, g, a, lr: (a + lr * g, w),
}


def _find_values(
    place: str, calls: Sequence[Call], seen: float
) -> list[tuple[Array, Array]]:
    """Return what stands in a place by the answers, and what should; where one sees."""
    found = []
    for each in calls:
        if each.finite and each.w.dtype == float:
            w, g = np.atleast_1d(each.w), np.atleast_1d(each.dw)
            a, lr = np.atleast_1d(each.answer).astype(float), each.lr
            told = (abs(lr * g) >= seen * abs(w)) & (lr * g != 0)
            if place == "w":
                told = abs(w) >= seen * abs(lr * g)
            if told.any() or place == "the new weight":
                part = told if place != "the new weight" else slice(None)
                found.append(READ[place](w[part], g[part], a[part], lr))
    return found


def _list_cuts(values: list[tuple[Array, Array]]) -> Iterator[Change]:
    if not values:
        return
    here = np.concatenate([each for each, _ in values])
    length = _formula.simplify(max(float(np.linalg.norm(each)) for each, _ in values))
    most, low, high = map(_formula.simplify, (abs(here).max(), here.min(), here.max()))
    yield f"is cut at ±{most:.6g}", lambda v: np.clip(v, -most, most)
    yield f"is raised to {low:.6g} at least", lambda v: np.maximum(v, low)
    yield f"is cut at {high:.6g}", lambda v: np.minimum(v, high)
    yield (
        f"is shortened to a length of {length:.6g}",
        lambda v: v * min(1.0, length / (_norm(v) or 1.0)),
    )


def _list_zones(values: list[tuple[Array, Array]]) -> Iterator[Change]:
    gone = [abs(meant[(here == 0) & (meant != 0)]) for here, meant in values]
    zone = max((each.max() for each in gone if len(each)), default=0.0)
    if zone:
        yield (
            f"is taken for 0 where it is small, as at {zone:.6g}",
            lambda v: np.where(abs(v) <= zone * (1 + SEEN), 0, v),
        )


def _norm(values: Any) -> Any:
    return np.sqrt(np.sum(np.square(values)))


def _without(i: int) -> Callable[[Any], Any]:
    def change(values: Any) -> Any:
        if not np.ndim(values):
            return values
        kept = np.array(values)
        kept[i : i + 1 or None] = 0
        return kept

    return change


def _roll(by: int) -> Callable[[Any], Any]:
    return lambda v: np.roll(v, by) if np.ndim(v) else v


#: What may be added to a divisor, so that it is not 0.
EPSILONS = (1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)

CHANGES: tuple[Change, ...] = (
    ("is replaced by its sign", np.sign),
    ("is taken without its sign", np.abs),
    ("is cut off below 0", lambda v: np.maximum(v, 0)),
    ("is cut off above 0", lambda v: np.minimum(v, 0)),
    ("is squared", np.square),
    ("is squared, with its sign", lambda v: v * abs(v)),
    ("is replaced by its square root", np.sqrt),
    ("is replaced by its inverse", lambda v: 1 / v),
    ("is divided by its length", lambda v: v / _norm(v)),
    ("is divided by its length", lambda v: v / (_norm(v) or 1.0)),
    *(
        (f"is divided by its length (+ {e:g})", lambda v, e=e: v / (_norm(v) + e))
        for e in EPSILONS
    ),
    *(
        (f"is divided by its size (+ {e:g})", lambda v, e=e: v / (abs(v) + e))
        for e in EPSILONS
    ),
    ("is divided by the number of weights", lambda v: v / np.size(v)),
    ("is multiplied by the number of weights", lambda v: v * np.size(v)),
    ("is replaced by its mean over the weights", np.mean),
    ("is replaced by its sum over the weights", np.sum),
    ("is replaced by its greatest entry", np.max),
    ("is replaced by its first entry", lambda v: np.ravel(v)[0]),
    ("is replaced by its last entry", lambda v: np.ravel(v)[-1]),
    ("lacks its mean", lambda v: v - np.mean(v) if np.ndim(v) else v),
    ("is in reverse order", lambda v: v[::-1] if np.ndim(v) else v),
    ("is moved by one entry", _roll(1)),
    ("is moved by one entry", _roll(-1)),
    ("lacks its last entry, for which 0 is taken", _without(-1)),
    *((f"lacks its entry {i}, for which 0 is taken", _without(i)) for i in range(8)),
    ("is cut to a whole number", np.trunc),
    ("is rounded down to a whole number", np.floor),
    *(
        (f"is rounded to {k} decimals", lambda v, k=k: np.round(v, k))
        for k in range(13)
    ),
    *(
        (f"is rounded to {kind}", lambda v, k=kind: np.asarray(v, k).astype(float)[()])
        for kind in ("float32", "float16")
    ),
)


@np.errstate(all="ignore")
def _explains(rule: Rule, calls: Sequence[Call], near: float = 0.0) -> bool:
    """Whether a rule predicts every answer, in float64 or in the weights' own dtype."""
    for each in calls:
        w, g = (np.asarray(v, float)[()] for v in (each.w, each.dw))
        single = each.w.dtype != float
        if not _predicts(rule(w, g, np.float64(each.lr)), each, near) and not (
            single and _predicts(rule(each.w, each.dw, each.lr), each, near)
        ):
            return False
    return True


def _predicts(predicted: Any, call: Call, near: float) -> bool:
    """Whether a prediction is the answer; NaN predicts what is none."""
    predicted = np.broadcast_to(np.asarray(predicted, float), np.shape(call.w))
    finite = np.isfinite(predicted)
    if call.answer is None:
        return not finite.any()
    if np.shape(call.answer) != predicted.shape:
        return False
    answer = call.answer.astype(float)
    size = abs(call.w) + abs(call.dw) * (1 + call.lr) ** 2 + abs(predicted)
    unit = float(np.finfo(call.w.dtype).eps)
    apart = abs(answer - predicted)[finite]
    return np.array_equal(finite, np.isfinite(answer)) and bool(
        np.all(apart <= max(ROUNDINGS * unit, near) * size[finite])
    )


#: A step of this part of the weight shows what is wrong with it.
SHOWN = 1e-4

# --- only somewhere ------------------------------------------------------------------


def _name_place(calls: Sequence[Call], right: Sequence[bool]) -> str:
    """Name where it is wrong, if it is wherever that shows, and nowhere else."""
    wrong, shows, places = _list_places(calls, right)
    for words, here in places.items():
        if np.array_equal(wrong[shows], here[shows]) and not np.any(wrong & ~here):
            return f"it is wrong only where {words}, and right on every other example"
    return ""


def _list_places(
    calls: Sequence[Call], right: Sequence[bool]
) -> tuple[Array, Array, dict[str, Array]]:
    """Return which calls are wrong, where a step shows, and what holds there."""
    wrong = ~np.array(right)
    shows = np.array([np.any(abs(c.lr * c.dw) > SHOWN * abs(c.w)) for c in calls])
    rates = np.array([c.lr for c in calls])
    arrays = np.array([np.ndim(c.w) > 0 for c in calls])
    single = np.array([c.w.dtype == np.float32 for c in calls])
    facts = {"w is an array": arrays, "w is one number": ~arrays}
    facts |= {"w is in float32": single, "w is in float64": ~single}
    for lr in dict.fromkeys(rates):
        facts[f"lr is {lr:g}"] = rates == lr
        facts[f"lr is {lr:g} or more"] = rates >= lr
    for name in ("w", "dw"):
        values = [np.ravel(getattr(c, name)) for c in calls]
        facts[f"{name} is negative"] = np.array([np.any(v < 0) for v in values])
        facts[f"{name} is positive"] = np.array([np.any(v > 0) for v in values])
        facts[f"{name} is 0"] = np.array([np.any(v == 0) for v in values])
    return wrong, shows, facts
