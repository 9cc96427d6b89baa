"""Run a rule on gradients that never change."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from refgd import _checks, _rules
from refgd._rules import NUMBERS, NamedRule
from refgd._types import Array
from refgd.dialects._dialect import take_around, wrap
from refgd.optimizers import Optimizer, weight_decay

#: What a file of vectors says that it is.
FORMAT = "refgd-vectors"

#: Of the format, as its files say it.
VERSION = 1

#: What each coordinate of w and of the gradients is like.
COORDINATES = ("normal", "tiny", "large", "zero", "intermittent", "constant")

_LR = 1 / 16  # where the settings say none

_SIXTEENTHS = np.array(
    [7, -21, 13, 30, -4, -17, 2, 25, -9, -33, 18, 5, -12, 28, -1, 11, -26, 3, 20, -14]
)
_STEPS = len(_SIXTEENTHS)
_NORMAL = _SIXTEENTHS / 16
#: T rows, one number for each coordinate.
GRADIENTS = np.column_stack(
    [
        _NORMAL,
        _NORMAL[::-1] * 2.0**-27,  # about 1e-8
        np.roll(_NORMAL, 7) * 2.0**10,  # about 1e3
        0 * _NORMAL,
        np.where(np.arange(_STEPS) % 5 == 2, np.roll(_NORMAL, 3), 0),  # noqa: PLR2004 - zero at first, then every fifth
        np.ones(_STEPS),
    ]
)

#: The weights before the first step; 0 for the tiny gradients, which would be lost in
#: any other.
START = np.array([1.0, 0.0, -0.5, 0.75, 0.25, 2.0])

#: The weights as a matrix, for rules that see one in them.
MATRIX = (3, 2)

#: That of w: the start and each step, by the coordinates.
SHAPE = (_STEPS + 1, len(COORDINATES))

#: What is special about a run: nothing, or all gradients are 0, or the learning rate
#: rises and then falls, or the weights decay, or the program stops midway, saves its
#: state, and goes on from that.
CASES = ("plain", "zeros", "schedule", "decay", "resume")

#: The floats that a rule can be run in.
DTYPES = ("float64", "float32")

#: The weight decay where the case is "decay" and the settings say none.
DECAY = 1 / 16

#: After this step a program stops and resumes, where the case is "resume".
STOP = _STEPS // 2

_AROUND = ("wd", "decay")

_RISE_AND_FALL = np.concatenate([np.arange(1, 5) / 4, np.arange(16, 0, -1) / 16])


def gradients_of(case: str) -> Array:
    """Return the gradients of a case, (T, d)."""
    return 0 * GRADIENTS if case == "zeros" else GRADIENTS


def rates_of(case: str, first: float = _LR) -> Array:
    """Return the learning rate of each step of a case, (T,)."""
    if case == "schedule":
        return first * _RISE_AND_FALL
    return np.where(np.arange(_STEPS) < _STEPS // 2, first, first / 2)


def make(
    rule: str | Callable[..., Optimizer],
    settings: Mapping[str, Any] | None = None,
    *,
    case: str = "plain",
    dtype: str = "float64",
) -> dict[str, Any]:
    """Run a rule on the fixed gradients.

    Args:
        rule: A name in `refgd.optimizers`, or in `refgd.dialects` if it has a dot; or
            a function that makes an optimizer.
        settings: Hyperparameters by the rule's own names. A learning rate among them
            is that of the first half of the steps. A rule of refgd's takes wd and
            decay too, as `refgd.optimizers.weight_decay` does wd and kind.
        case: One of `CASES`. In "decay" the weights decay by 1/16, where the settings
            say nothing else: through the gradient, where the rule has no other way.
        dtype: What it is computed in, one of `DTYPES`.

    Returns:
        The object that the module describes; `write` makes it a text.

    Raises:
        TypeError: If a setting is not one of the rule's, or not of its kind.
        ValueError: If there is no such rule or case, or a value is out of its range.

    Example:
        >>> from refgd import vectors
        >>> golden = vectors.make("sgd", {"lr": 0.5})
        >>> # 1 − 0.5 · 7/16, and + 0.5 · 21/16
        >>> [row[0] for row in golden["w"]["decimal"][:3]]
        [1.0, 0.78125, 1.4375]
    """
    _checks.choice("case", case, CASES)
    _checks.choice("dtype", dtype, DTYPES)
    found = _rules.find_rule(rule)
    chosen = dict(settings or {})
    first = float(_checks.not_negative(found.lr, chosen.pop(found.lr, _LR)))
    if case == "decay":
        chosen = _with_decay(rule, found, chosen)
    lr = rates_of(case, first)
    try:
        optimizer = _make_optimizer(
            rule, found, lambda t: float(lr[min(t, _STEPS - 1)]), chosen
        )
    except TypeError as error:
        msg = f"{name_of(rule)}: {error}"
        raise TypeError(msg) from None
    named = chosen | ({found.lr: first} if first != _LR else {})
    gradients = gradients_of(case)
    matrix = _rules.rule_of(rule) in _rules.MATRICES
    shape = MATRIX if matrix else START.shape
    dw = gradients.reshape(-1, *shape).astype(dtype)
    w, states = _run(optimizer, dw, START.reshape(shape).astype(dtype))
    return {
        "format": FORMAT,
        "version": VERSION,
        "rule": name_of(rule),
        "settings": {name: _json_value(value) for name, value in named.items()},
        "defaults": _defaults(found, chosen),
        "case": case,
        **({"stop": STOP} if case == "resume" else {}),
        "dtype": dtype,
        "coordinates": list(COORDINATES),
        **({"shape": list(MATRIX)} if matrix else {}),
        "lr": _numbers(lr),
        "gradients": _numbers(gradients),
        "w": _numbers(w),
        "states": {name: _numbers(rows) for name, rows in states.items()},
    }


def make_all(
    rule: str | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    cases: Sequence[str] = CASES,
    dtypes: Sequence[str] = DTYPES,
) -> Iterator[dict[str, Any]]:
    """Yield what `make` returns for each case and dtype, of one rule or of all.

    A dialect without a weight decay has no case "decay". Among all rules, adamw decays
    by 1/16 in every case, since it has no default.

    Args:
        rule: A name; by default, each of `refgd.optimizers`.
        settings: Hyperparameters of that rule.
        cases: Some of `CASES`.
        dtypes: Some of `DTYPES`.
    """
    for name, case in product([rule] if rule else _rules.RULES, cases):
        found = _rules.find_rule(name)
        if case == "decay" and _is_dialect(name) and _decay_name(found) is None:
            continue
        own = {"wd": DECAY} if rule is None and name == "adamw" else settings
        yield from (make(name, own, case=case, dtype=dtype) for dtype in dtypes)


def _is_dialect(rule: str | Callable[..., Optimizer]) -> bool:
    return isinstance(rule, str) and "." in rule


def _decay_name(found: NamedRule) -> str | None:
    """Return the argument that is the weight decay; None if there is none."""
    named = (name for name in found.defaults if NUMBERS.get(name) == ("wd",))
    return next(named, None)


def _with_decay(
    rule: str | Callable[..., Optimizer], found: NamedRule, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings with a weight decay."""
    name = _decay_name(found)
    if name is not None:
        return {name: DECAY, **chosen}
    if _is_dialect(rule):
        msg = f"{rule} has no weight decay, and so no case 'decay'"
        raise ValueError(msg)
    return {"wd": DECAY, "decay": "coupled", **chosen}


def _make_optimizer(
    rule: str | Callable[..., Optimizer],
    found: NamedRule,
    lr: Callable[[int], float],
    settings: Mapping[str, Any],
) -> Optimizer:
    """Make the rule; put around it what it has not itself."""
    chosen = dict(settings)
    around = {} if _is_dialect(rule) else take_around(chosen)
    optimizer = _make_decaying(rule, found, lr, chosen)
    for name, arguments in around.items():
        optimizer = wrap(name, optimizer, arguments)
    return optimizer


def _make_decaying(
    rule: str | Callable[..., Optimizer],
    found: NamedRule,
    lr: Callable[[int], float],
    chosen: Mapping[str, Any],
) -> Optimizer:
    """Make the rule; put the weight decay around it that it has not itself."""
    if _is_dialect(rule) or "wd" in found.defaults or "wd" not in chosen:
        return found.make(**{found.lr: lr}, **chosen)
    own = {name: value for name, value in chosen.items() if name not in _AROUND}
    kind = chosen.get("decay", "coupled")
    rate = None if kind == "coupled" else lr
    return weight_decay(found.make(lr=lr, **own), chosen["wd"], kind=kind, lr=rate)


def _run(
    optimizer: Optimizer, gradients: Array, w: Array
) -> tuple[Array, dict[str, Array]]:
    """Return the weights before, between and after the steps, and each state."""
    state = optimizer.init(w)
    rows, parts = [w.ravel()], [_parts(state)]
    for dw in gradients:
        w, state = optimizer.update(w, dw, state)
        rows.append(w.ravel())
        parts.append(_parts(state))
    states: defaultdict[str, list[Array]] = defaultdict(list)
    for each in parts:
        for name, value in each.items():
            states[name].append(value)
    whole = {k: v for k, v in states.items() if len({a.shape for a in v}) == 1}
    return np.stack(rows), {
        name: np.stack(values)
        for name, values in whole.items()
        if len(values) == len(parts)
    }


def _parts(state: Any) -> dict[str, Array]:
    """Return the numbers of a state by their names, those of a decay's inside too."""
    found: dict[str, Array] = {}
    for name, value in getattr(state, "_asdict", dict)().items():
        if hasattr(value, "_asdict"):
            found |= _parts(value)
        elif isinstance(value, int | float | np.ndarray | np.number):
            found[name] = np.ravel(np.asarray(value, dtype=np.float64))
    return found


def _defaults(rule: NamedRule, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults left, as far as JSON can say them; lr is not one of them."""
    kinds = (bool, int, float, str, tuple, type(None))
    return {
        name: _json_value(value)
        for name, value in rule.defaults.items()
        if name not in {rule.lr, *chosen} and isinstance(value, kinds)
    }


def _json_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def name_of(rule: str | Callable[..., Optimizer]) -> str:
    return rule if isinstance(rule, str) else getattr(rule, "__name__", repr(rule))


def _numbers(a: Array) -> dict[str, Any]:
    """Return the numbers in hex and in decimal."""
    hexes = np.vectorize(float.hex, otypes=[object])(a)
    return {"hex": hexes.tolist(), "decimal": a.tolist()}


def write(golden: Mapping[str, Any]) -> str:
    """Return the vectors as JSON, a row of numbers on each line."""
    return _value(golden) + "\n"


def write_numbers(golden: Mapping[str, Any]) -> str:
    """Return the numbers of the vectors alone, for languages without JSON.

    T and the number of coordinates; then the T learning rates, a line; T lines of
    gradients; T + 1 lines of w, of which the first is the start.
    """
    lr, gradients, w = (golden[key]["decimal"] for key in ("lr", "gradients", "w"))
    rows = [[len(lr), len(w[0])], lr, *gradients, *w]
    return "".join(" ".join(map(repr, row)) + "\n" for row in rows)


def _value(value: Any) -> str:
    if not isinstance(value, Mapping):
        return json.dumps(value)
    if "hex" in value:
        hexes, decimals = (
            ",\n".join(f"  {json.dumps(row)}" for row in value[kind])
            for kind in ("hex", "decimal")
        )
        return f'{{\n"hex": [\n{hexes}\n],\n"decimal": [\n{decimals}\n]}}'
    if not any(isinstance(each, Mapping) for each in value.values()):
        return json.dumps(value)
    parts = [f"{json.dumps(key)}: {_value(each)}" for key, each in value.items()]
    return "{\n" + ",\n".join(parts) + "\n}"
