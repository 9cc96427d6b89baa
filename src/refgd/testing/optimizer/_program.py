"""Run the lines of a rule, in float64 or with a bound on the rounding in others."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple

import numpy as np

from refgd._types import Array
from refgd.dialects import Recipe
from refgd.optimizers import Optimizer
from refgd.testing.optimizer._bounded import (
    BOUNDED,
    DECIDED,
    Bounded,
    Units,
    is_last,
)
from refgd.testing.optimizer._equations import Line
from refgd.testing.optimizer._matrices import shaped
from refgd.testing.optimizer._probes import Probe


def _over(a: Any, b: Any) -> Any:
    """Return a / b, where 0 / 0 is 0, as `refgd.optimizers` has it."""
    q = np.divide(a, b)
    return np.where((a == 0) & (b == 0), 0.0, q) if np.isnan(q).any() else q


#: What the functions in a rule's lines are.
PLAIN: Final[dict[str, Callable[..., Any]]] = {
    "over": _over,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "where": np.where,
    "equal": np.equal,
    "ceil": np.ceil,
    "mean": lambda a: np.mean(np.atleast_1d(a), axis=-1, keepdims=True),
    "largest": lambda a: np.max(np.atleast_1d(a), axis=-1, keepdims=True),
    "last": is_last,
    "count": lambda a: np.float64(np.shape(a)[-1]),
    "norm": lambda a: np.sqrt(np.sum(np.atleast_1d(a) ** 2, axis=-1, keepdims=True)),
    "single": lambda a: np.asarray(a).astype(np.float32).astype(np.float64),
    "half": lambda a: np.asarray(a).astype(np.float16).astype(np.float64),
    **shaped(()),
}


@cache
def names_read(expression: str) -> frozenset[str]:
    """Return the names that an expression reads, functions not among them."""
    nodes = ast.walk(ast.parse(expression, mode="eval"))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name)) - {*PLAIN}


@cache
def _names_of_old(expression: str) -> frozenset[str]:
    read = names_read(expression)
    return frozenset(name[:-4] for name in read if name.endswith("_old"))


class _Quotients(ast.NodeTransformer):
    """Puts ``over(a, b)`` in place of a / b."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.Call(ast.Name("over", ast.Load()), [node.left, node.right], [])


@cache
def _code(expression: str) -> CodeType:
    tree = _Quotients().visit(ast.parse(f"lambda: {expression}", mode="eval"))
    made = compile(ast.fix_missing_locations(tree), expression, "eval")
    code: CodeType = FunctionType(made, {})().__code__
    return code


def function(expression: str, names: dict[str, Any]) -> Callable[[], Any]:
    """Return an expression as a function of what its names are when it is called."""
    return FunctionType(_code(expression), names)


class Inputs(NamedTuple):
    """What lines are run on: P probes at once, in the first axis.

    Attributes:
        start: (P, D).
        each: What is given to each step: g (P, D), the rate lr (P, 1) as the rule has
            it, and so on.
        numbers: The hyperparameters, each a number or (P, 1).
        init: What is not 0 before the first step.
        rules: The optimizers whose lines are not known, one for each probe: ``rule`` in
            the lines is a step of them.
        over: The quotient; `_over`, unless 0 / 0 is to be NaN.
        shape: What the D weights are: a vector or a matrix.
        exact: Whether a program's numbers are these, not rounded once more.
        decided: Whether rounding never decides which way a branch or a sign goes.
    """

    start: Array
    each: Sequence[Mapping[str, Any]]
    numbers: Mapping[str, Any]
    init: Mapping[str, Any]
    rules: tuple[Optimizer, ...] = ()
    over: Callable[[Any, Any], Any] = _over
    shape: tuple[int, ...] = ()
    exact: bool = False
    decided: bool = False

    def at(self, *places: int) -> "Inputs":
        """Return those of some of the weights alone."""
        width = self.start.shape[1]
        each = [
            {
                name: value[:, places] if np.shape(value)[-1:] == (width,) else value
                for name, value in given.items()
            }
            for given in self.each
        ]
        start = self.start[:, places]
        return self._replace(start=start, each=each, shape=(len(places),))


#: The lines of an optimizer whose own are not known.
UNKNOWN_LINES: Final[tuple[Line, ...]] = (("step", "w - rule(w, g)"), ("w", "w - step"))


def unknown_inputs(rules: Sequence[Optimizer], probes: Sequence[Probe]) -> Inputs:
    """Return what `UNKNOWN_LINES` are run on."""
    rates = np.stack([probe.rates for probe in probes])
    numbers = {"lr_0": rates[:, :1]}
    start = np.stack([probe.start for probe in probes])
    made = Inputs(start, _each(rates, probes), numbers, {}, tuple(rules))
    return made._replace(shape=probes[0].shape)


def _stepper(
    rules: tuple[Optimizer, ...], shape: tuple[int, ...]
) -> Callable[[Array, Array], Array]:
    """Return a step of the optimizers, each on its own row, that remembers."""
    states: list[Any] = []

    def rule(w: Array, g: Array) -> Array:
        w, g = (a.reshape(len(a), *shape) for a in (w, g))
        rows = zip(
            rules,
            w,
            g,
            states or [r.init(x) for r, x in zip(rules, w, strict=True)],
            strict=True,
        )
        made = [each.update(x, dx, state) for each, x, dx, state in rows]
        states[:] = [state for _, state in made]
        return np.stack([x.ravel() for x, _ in made])

    return rule


def inputs(recipes: Sequence[Recipe], probes: Sequence[Probe]) -> Inputs:
    """Return what a rule is run on: its numbers are those of each probe."""
    own = float(np.finfo(probes[0].kind).eps)  # what None is for an eps
    flags = [
        {k: own if k == "eps" and v is None else v for k, v in recipe.flags.items()}
        | {"wd": recipe.wd}
        for recipe in recipes
    ]
    numbers = {
        name: np.float64(value)
        if all(each[name] == value for each in flags)
        else np.array([[each[name]] for each in flags])
        for name, value in flags[0].items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    k = recipes[0].around.get("accumulate", {"k": 1})["k"]  # gradients of a step
    taken = [min(t // k, T // k - 1) for T in [len(probes[0].rates)] for t in range(T)]
    rates = [
        [each["lr"](t) if callable(each["lr"]) else each["lr"] for t in taken]
        for each in flags
    ]
    init = {"product": np.float64(1), "v": numbers.get("initial_accumulator", 0.0)}
    numbers["lr_0"] = np.array([[each[0]] for each in rates], dtype=float)
    start = np.stack([probe.start for probe in probes])
    made = Inputs(start, _each(np.array(rates, dtype=float), probes), numbers, init)
    return made._replace(shape=probes[0].shape)


def _each(rates: Array, probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """Return the gradient and the rate of each step, and their neighbours'."""
    gradients = np.stack([probe.gradients for probe in probes], axis=1)
    lr = rates.T[:, :, None]
    given = np.stack([probe.rates for probe in probes], axis=1)[:, :, None]
    last = len(gradients) - 1
    return [
        {
            "g": gradients[i],
            "dw": gradients[i],
            "g_old": gradients[i - 1] if i else 0 * gradients[0],
            "lr": lr[i],
            "lr_old": lr[max(i - 1, 0)],
            "lr_next": lr[min(i + 1, last)],
            "lr_set": np.asarray(given[i], dtype=float),
            "t": np.float64(i + 1),
        }
        for i in range(last + 1)
    ]


def steps(lines: Sequence[Line], data: Inputs) -> Iterator[Array]:
    """Yield the weights (P, D) after each step."""
    env = start_of(lines, data)
    functions = [(name, function(text, env)) for name, text in lines]
    old = _old_states(lines)
    for given in data.each:
        env |= given
        for name in old:
            env[f"{name}_old"] = env[name]
        for name, made_by in functions:
            env[name] = made_by()
        yield env["w"]


def _old_states(lines: Sequence[Line]) -> set[str]:
    """Return the names whose values before a step it reads, but for what is given."""
    return {name for _, text in lines for name in _names_of_old(text)} - {"g", "lr"}


def start_of(lines: Sequence[Line], data: Inputs) -> dict[str, Any]:
    """Return all names before the first step, functions among them."""
    start = _start(lines, data, 0.0 * data.start)
    return {**PLAIN, **shaped(data.shape), **start, "over": data.over}


def _start(lines: Sequence[Line], data: Inputs, zeros: Any) -> dict[str, Any]:
    """Return what the names are before the first step."""
    env: dict[str, Any] = {name: zeros for name, _ in lines}
    for _, text in lines:
        env |= dict.fromkeys(names_read(text) | _names_of_old(text), zeros)
    env |= {name: zeros + value for name, value in data.init.items() if name in env}
    if "product" in env:
        env["product"] = data.init["product"]
    env |= {**data.numbers, "w": data.start}
    return env | ({"rule": _stepper(data.rules, data.shape)} if data.rules else {})


def first_step(
    lines: Sequence[Line], k: int, changes: Sequence[str], data: Inputs
) -> Array:
    """Return the weights (n, P, D) after the first step, line k being each of n."""
    env = {**start_of(lines, data), **data.each[0]}
    env |= {f"{name}_old": env[name] for name in _old_states(lines)}
    for name, text in lines[:k]:
        env[name] = function(text, env)()
    shape = data.start.shape
    zeros = dict.fromkeys({n for c in changes for n in names_read(c)}, 0.0 * data.start)
    env = zeros | env
    made = [np.broadcast_to(function(text, env)(), shape) for text in changes]
    env[lines[k][0]] = np.stack(made)
    for name, text in lines[k + 1 :]:
        env[name] = function(text, env)()
    return np.broadcast_to(env["w"], (len(changes), *shape))


def run(lines: Sequence[Line], data: Inputs) -> Array:
    """Return the trajectories (T + 1, P, D)."""
    with np.errstate(all="ignore"):
        return np.stack([data.start, *steps(lines, data)])


def bounded_steps(
    lines: Sequence[Line], data: Inputs, units: Units, seen: Array
) -> Iterator[Bounded]:
    """Yield the weights before the first step and after each, with their bounds.

    Each step is taken from the weights (T + 1, P, D) that a program had seen, not from
    those of the step before; they are known but for what they have been rounded by.
    """

    def enter(names: Mapping[str, Any]) -> dict[str, Bounded]:
        return {name: enter_one(names[name]) for name in names}

    def enter_one(value: Any) -> Bounded:
        if data.exact and np.shape(value)[-1:] != data.start.shape[-1:]:
            return Bounded(np.asarray(value, dtype=float), 0.0, units)
        return Bounded.enter(value, units)

    env: dict[str, Any] = {**(DECIDED if data.decided else BOUNDED)}
    env |= shaped(data.shape, bounded=True)
    functions = [(name, function(text, env)) for name, text in lines]
    read = {name for _, text in lines for name in names_read(text)}
    with np.errstate(all="ignore"):
        env |= enter(_start(lines, data, np.zeros_like(data.start)))
    yield env["w"]
    lost = env["w"].error
    for t, given in enumerate(data.each, 1):
        env |= {f"{name}_old": env[name] for name, _ in lines}
        env |= {"w": Bounded(seen[t - 1], lost, units)}
        with np.errstate(all="ignore"):
            env |= enter({name: given[name] for name in given.keys() & read})
            for name, made_by in functions:
                made = made_by()
                kept = units.array if name in {"w", "g"} else units.state
                env[name] = made if kept == units.array else made.rounded(kept, 1)
            lost = Bounded(seen[t], lost, units).rounded().error
        yield env["w"]
