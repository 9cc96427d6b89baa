"""Which parameter of a function is x, y, w, the intercept, or something beside them.

A parameter's slot follows from its name. Some names stand for several things: in
(m, b, x, y) m is the slope, in (theta, X, y, m) it is the number of samples. So the
first choice is taken in which all parameters together make sense.
"""

import ast
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from refgd.testing.gradient._signature import NAMES
from refgd.testing.programs._labels import parse, split_words

#: What a parameter may be called, beside what `check_gradient` knows.
MORE = {
    "x": "feature feature_matrix input design design_matrix phi x_b xb x_aug x_bias "
    "x_norm x_scaled x_with_bias a",
    "y": "truth real observed outcome output outputs y_target",
    "y_pred": "h hx hypothesis y_out estimate estimated z a",
    "w": "th coefficient coefficients coeffs beta_hat w_vec weight_vector wt w_b",
    "b": "bias_term const constant c theta0 beta0 b0 w0 intercept_term b_0",
    "slope": "slope m k a theta1 beta1 w1 b1",
    "n": "n m size length samples n_samples num_samples sample_size num_examples "
    "n_examples examples num_points n_points",
    "d": "n_features num_features d n",
    "penalty": "lambda lam lambd lmbda lamda lamb reg regularization reg_lambda "
    "reg_param reg_strength l2 l2_penalty l2_reg weight_decay ridge penalty l1",
    "xy": "points data dataset point",
    "error": "error errors err residual residuals diff e",
}

#: In a product the first is tried first: what is likelier.
ORDER = (*("w", "slope", "b", "x", "xy", "y", "y_pred", "n", "d", "penalty", "error"),)
CORE = {"x", "y", "y_pred", "w", "b", "xy", "error"}

#: Letters that are never taken for something else.
USUAL = {"x", "y", "w", "b"}

#: Words that say nothing of what a parameter is.
NOISE = {
    *("train", "training", "data", "values", "value", "vec", "vector", "array", "arr"),
    *("list", "batch", "current", "cur", "curr", "old", "set", "i", "mat", "matrix"),
    *("init", "initial", "in", "my", "the", "val", "points", "sample", "mini", "col"),
}


class Slot(NamedTuple):
    """What a parameter, or a global, gets."""

    name: str  # of the parameter
    meaning: str  # one of ORDER; "value" for a number that is given
    by_name: bool = False
    value: Any = None
    keys: tuple[tuple[str, str], ...] = ()  # of a dict, and what each means


def list_all(slots: Iterable[Slot]) -> set[str]:
    """Return all that some slots stand for; a dict stands for several things."""
    known = {meaning for slot in slots for _, meaning in slot.keys}
    return known | {slot.meaning for slot in slots if not slot.keys}


class UnclearError(TypeError):
    """The parameters cannot be told apart."""


def list_meanings(name: str) -> list[str]:
    """Return what a parameter of this name may mean, likeliest first."""
    words = split_words(name)
    while words:
        whole = "_".join(words)
        found = [m for m in ORDER if whole in _known(m)]
        if found:
            return found
        noisy = [i for i, word in enumerate(words) if word in NOISE]
        if not noisy or len(words) == 1:
            return []
        del words[noisy[-1]]
    return []


def _known(meaning: str) -> set[str]:
    names = f"{NAMES.get(meaning, '')} {MORE.get(meaning, '')}".split()
    return {*names, *(name.replace("_", "") for name in names)}


def makes_sense(meanings: Sequence[str]) -> bool:
    """Whether parameters may mean this together."""
    core = [_plain(part) for each in meanings for part in each.split("+")]
    doubled = len({*core}) < len(core)
    if doubled or ("slope" in meanings and "b" not in meanings):
        return False
    known = {*core}
    if "xy" in known and known & {"x", "y", "y_pred", "error"}:
        return False
    if "b" in known and not known & {"w", "x", "xy"}:
        return False
    return not ("error" in known and known & {"y", "y_pred", "w"})


def read_parameters(function: Callable[..., Any]) -> tuple[list[Slot], list[str]]:
    """Return the slots of a function, and the parameters whose meaning is not known.

    Raises:
        UnclearError: If it does not tell its parameters.
    """
    try:
        every = [*inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        raise UnclearError("it does not tell its parameters") from None
    needed = [p for p in every if p.default is p.empty and p.kind not in SEVERAL]
    names = [p.name for p in needed]
    keys = _list_keys(function, names)
    meanings = [
        ["+".join(m for _, m in keys[n])] if n in keys else list_meanings(n)
        for n in names
    ]
    if not all(meanings):  # then a letter tells nothing either, but for the usual ones
        pairs = zip(names, meanings, strict=True)
        known = USUAL | {*keys}
        meanings = [m if len(n) > 1 or n.lower() in known else [] for n, m in pairs]
    chosen = _choose(meanings)
    unknown = [name for name, found in zip(names, meanings, strict=True) if not found]
    given = iter(chosen)
    slots = [
        Slot(
            p.name,
            _plain(next(given)),
            p.kind is p.KEYWORD_ONLY,
            keys=keys.get(p.name, ()),
        )
        for p, found in zip(needed, meanings, strict=True)
        if found
    ]
    return [*slots, *_list_defaulted(every, slots)], unknown


def _list_keys(
    function: Callable[..., Any], names: Sequence[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the keys of the parameters that are dicts of weights: params["b"]."""
    found: dict[str, dict[str, str]] = {}
    scope = get_scope(function)
    read = [scope[name] for name in _list_read(function, scope)]
    trees = [parse(each) for each in (function, *read) if callable(each)]
    for node in itertools.chain.from_iterable(ast.walk(tree) for tree in trees if tree):
        match node:
            case ast.Subscript(
                value=ast.Name(id=name), slice=ast.Constant(value=str() as key)
            ) if name in names:
                known = [m for m in map(_plain, list_meanings(key)) if m in ("w", "b")]
                found.setdefault(name, {})[key] = known[0] if known else ""
    return {
        name: tuple(keys.items())
        for name, keys in found.items()
        if "" not in keys.values() and len({*keys.values()}) == len(keys)
    }


def _choose(meanings: list[list[str]]) -> Sequence[str]:
    """Return the first meanings that make sense together.

    Where none do, those of the last parameter that is in the way are removed.
    """
    every = [*range(len(meanings))]
    for wrong in (None, *reversed(every)):
        known = [meanings[i] for i in every if meanings[i] and i != wrong]
        chosen = next(filter(makes_sense, itertools.product(*known)), None)
        if chosen is not None:
            if wrong is not None:
                meanings[wrong] = []
            return chosen
    meanings[:] = [[] for _ in every]
    return ()


SEVERAL = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _plain(meaning: str) -> str:
    return "w" if meaning == "slope" else meaning


def _list_defaulted(
    every: Sequence[inspect.Parameter], slots: Sequence[Slot]
) -> Iterator[Slot]:
    """Yield the parameters with defaults that are data, weights or a penalty's factor.

    A penalty's factor is given in every function, so that a loss and its gradient have
    the same one whichever of them has a default.
    """
    taken = list_all(slots)
    for p in every:
        if p.default is p.empty or p.kind in SEVERAL:
            continue
        known = [m for m in list_meanings(p.name) if m not in taken]
        if known == ["penalty"] and type(p.default) in (int, float):
            taken.add("penalty")
            yield Slot(p.name, "penalty", by_name=True)
        meanings = [m for m in known if m in CORE]
        if meanings and makes_sense([*taken, meanings[0]]) and "y_pred" not in taken:
            taken.add(meanings[0])
            yield Slot(p.name, meanings[0], by_name=True)


def read_globals(function: Callable[..., Any], missing: set[str]) -> list[Slot]:
    """Return the globals that a function reads in place of what it is not given."""
    found: dict[str, Slot] = {}
    scope = get_scope(function)
    lengths = {len(v) for v in scope.values() if isinstance(v, list | np.ndarray)}
    for name in sorted(_list_read(function, scope)):
        if callable(scope[name]) or isinstance(scope[name], ModuleType | str):
            continue
        for meaning in map(_plain, list_meanings(name)):
            counts = meaning == "n" and isinstance(scope[name], int)
            counts = counts and scope[name] in lengths
            if (meaning in missing or counts) and meaning not in found:
                found[meaning] = Slot(name, meaning)
                break
    return [*found.values()]


def _list_read(function: Any, scope: dict[str, Any]) -> set[str]:
    """Return the globals that a function reads, or a function that it calls."""
    seen: set[str] = set()
    waiting = [getattr(each, "__code__", None) for each in _list_inner(function)]
    while waiting:
        code = waiting.pop()
        if not isinstance(code, CodeType):
            continue
        new = {name for name in code.co_names if name in scope} - seen
        seen |= new
        waiting += [getattr(scope[name], "__code__", None) for name in new]
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]
    return seen


def _list_inner(function: Any) -> Sequence[Any]:
    return getattr(function, "functions", (inspect.unwrap(function),))


def get_scope(function: Any) -> dict[str, Any]:
    """Return the globals of a function, of one that is wrapped too."""
    inner = getattr(function, "func", function)  # of a partial
    scope: dict[str, Any] = getattr(inspect.unwrap(inner), "__globals__", {})
    return scope


def list_read(function: Any) -> set[str]:
    """Return the names of globals and attributes that a function uses, as words."""
    scope = get_scope(function)
    codes = [getattr(each, "__code__", None) for each in _list_inner(function)]
    names = _list_read(function, scope)
    codes += [getattr(scope[name], "__code__", None) for name in names]
    return names | {n for code in codes if code for n in code.co_names}
