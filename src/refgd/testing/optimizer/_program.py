"""Run the lines of a rule, in float64 or with a bound on the rounding in others."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np

from refgd._types import Array
from refgd.dialects import Recipe
from refgd.testing.optimizer._bounded import BOUNDED, Bounded, Units
from refgd.testing.optimizer._equations import Line
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
}


OPERATORS: Final[Mapping[type, Callable[..., Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
}

#: An expression as a function of the names that it reads.
Function: TypeAlias = Callable[[Mapping[str, Any]], Any]


@cache
def function(expression: str) -> Function:
    """Return an expression as a function of its names."""
    return _function(ast.parse(expression, mode="eval").body)


def _function(node: Any) -> Function:
    match node:
        case ast.Constant(value):
            return lambda _: value
        case ast.Name(name):
            return itemgetter(name)
        case ast.UnaryOp(ast.USub(), operand):
            inner = _function(operand)
            return lambda env: -inner(env)
        case ast.BinOp(left, ast.Div(), right):
            return _call("over", left, right)
        case ast.BinOp(left, op, right) | ast.Compare(left, [op], [right]):
            return _binary(OPERATORS[type(op)], _function(left), _function(right))
        case ast.Call(ast.Name(name), arguments):
            return _call(name, *arguments)
    raise ValueError(ast.unparse(node))


def _binary(op: Callable[..., Any], left: Function, right: Function) -> Function:
    return lambda env: op(left(env), right(env))


def _call(name: str, *nodes: ast.expr) -> Function:
    arguments = [_function(node) for node in nodes]
    return lambda env: env[name](*(argument(env) for argument in arguments))


class Inputs(NamedTuple):
    """What lines are run on: P probes at once, in the first axis.

    Attributes:
        gradients: (T, P, D).
        start: (P, D).
        rates: (T, P, 1), the learning rates as the rule has them.
        numbers: The hyperparameters, each a number or (P, 1).
        init: What is not 0 before the first step.
    """

    gradients: Array
    start: Array
    rates: Array
    numbers: Mapping[str, Any]
    init: Mapping[str, Any]


def inputs(recipes: Sequence[Recipe], probes: Sequence[Probe]) -> Inputs:
    """Return what a rule is run on: its numbers are those of each probe."""
    flags = [{**recipe.flags, "wd": recipe.wd} for recipe in recipes]
    numbers = {
        name: np.float64(value)
        if all(each[name] == value for each in flags)
        else np.array([[each[name]] for each in flags])
        for name, value in flags[0].items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    rates = [
        [rate(t) if callable(rate) else rate for t in range(len(probe.rates))]
        for rate, probe in zip((each["lr"] for each in flags), probes, strict=True)
    ]
    init = {"product": np.float64(1), "v": numbers.get("initial_accumulator", 0.0)}
    return Inputs(
        np.stack([probe.gradients for probe in probes], axis=1),
        np.stack([probe.start for probe in probes]),
        np.array(rates, dtype=float).T[:, :, None],
        numbers,
        init,
    )


def steps(lines: Sequence[Line], data: Inputs) -> Iterator[Array]:
    """Yield the weights (P, D) after each step."""
    zeros = np.zeros_like(data.start)
    env: dict[str, Any] = PLAIN | {name: zeros for name, _ in lines}
    env |= {name: zeros + value for name, value in data.init.items() if name in env}
    env |= {**data.numbers, "w": data.start, "lr_0": data.rates[0]}
    if "product" in env:
        env["product"] = data.init["product"]
    functions = [(name, function(expression)) for name, expression in lines]
    for t, (g, lr) in enumerate(zip(data.gradients, data.rates, strict=True), 1):
        env |= {"g": g, "lr": lr, "t": np.float64(t)}
        for name, made_by in functions:
            env[name] = made_by(env)
        yield env["w"]


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

    def enter(value: Any) -> Bounded:
        return Bounded.enter(value, units)

    zero = enter(np.zeros_like(data.start))
    env: dict[str, Any] = BOUNDED | {name: zero for name, _ in lines}
    env |= {k: enter(zero.value + v) for k, v in data.init.items() if k in env}
    env |= {name: enter(value) for name, value in data.numbers.items()}
    env |= {"w": enter(data.start), "lr_0": enter(data.rates[0])}
    if "product" in env:
        env["product"] = enter(data.init["product"])
    yield env["w"]
    lost = env["w"].error
    for t, (g, lr) in enumerate(zip(data.gradients, data.rates, strict=True), 1):
        env |= {"w": Bounded(seen[t - 1], lost, units)}
        env |= {"g": enter(g), "lr": enter(lr), "t": enter(t)}
        with np.errstate(all="ignore"):
            for name, expression in lines:
                made = function(expression)(env)
                kept = units.array if name in {"w", "g"} else units.state
                env[name] = made if kept == units.array else made.rounded(kept, 1)
            lost = Bounded(seen[t], lost, units).rounded().error
        yield env["w"]
