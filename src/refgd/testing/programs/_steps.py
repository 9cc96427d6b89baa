"""Functions that make one update: update(w, x, y, lr), or step(w, b, dw, db, lr)."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from refgd.testing.gradient._parts import list_parts
from refgd.testing.gradient._report import Finding
from refgd.testing.programs import _functions, _loops, _roles
from refgd.testing.programs._labels import split_words
from refgd.testing.programs._load import Program
from refgd.testing.programs._updates import Start, Update, quiet
from refgd.testing.step import StepError, check_step

#: What the gradients that a step is given are called, without underscores.
GRADIENTS = {
    "w": "dw grad gradient g dtheta gradw wgrad dldw djdw dweights dweight grads",
    "b": "db gradb bgrad dldb djdb dbias dintercept",
}

#: Words in the name of what computes something else.
OTHERS = {"grad", "gradient", "loss", "cost", "predict", "forward", "check", "mse"}


def find_updates(program: Program) -> Iterator[Update]:
    """Yield the functions that make one update from data."""
    for node in _functions.list_functions(program):
        names = _functions.list_parameters(node)
        weights, data = _roles.find_weights(names), _roles.name_data(names)
        if weights is None or not data or OTHERS & {*split_words(node.name)}:
            continue
        if _roles.find_rate(names) and _functions.find_training_loop(node) is None:
            made = _make_update(node, weights, program)
            if made is not None:
                yield made


def _make_update(
    node: ast.FunctionDef, weights: dict[str, str], program: Program
) -> Update | None:
    function = program.names[node.name]

    def run(start: Start) -> tuple[Any, Any]:
        arguments = _functions.choose_arguments(function, start, program.names)
        parts = list_parts(function(**arguments))
        if np.size(parts[0]) != np.size(start.w) or len(parts) < len(weights):
            msg = "it does not return the new weights"
            raise ValueError(msg)
        return parts[0], parts[1] if "b" in weights else None

    made = Update(node.name, run, intercept="b" in weights)
    made.call = f"one {node.name}, (w - w') / lr"
    made.memory = _loops.find_memory_in(node, weights)
    return _functions.complete(made, node, program)


# --- steps ---------------------------------------------------------------------------


def judge_steps(program: Program) -> Iterator[Finding]:
    """Yield a finding of each function that makes a step from a gradient."""
    for node in _functions.list_functions(program):
        names = _functions.list_parameters(node)
        roles = _tell_roles(names)
        if roles is None or len(roles) < len(names):
            continue
        function = program.names[node.name]
        parts = sum(role in ("w", "b") for role in roles.values())
        found = [
            _judge_step(node.name, _pick(function, roles, i)) for i in range(parts)
        ]
        known = [each for each in found if each is not None]
        known.sort(key=lambda each: each.verdict != "wrong")
        yield from known[:1] if len(known) == parts else []


def _tell_roles(names: list[str]) -> dict[str, str] | None:
    """Return what each parameter is: w, b, dw, db or lr; None if one is another."""
    rate = _roles.find_rate(names)
    gradients = {
        role: name
        for name in names
        for role, known in GRADIENTS.items()
        if "".join(split_words(name)) in known.split()
    }
    rest = [n for n in names if n not in (rate, *gradients.values())]
    weights = _roles.find_weights(rest)
    if rate is None or weights is None or gradients.keys() != weights.keys():
        return None
    return {
        **{name: role for role, name in weights.items()},
        **{name: f"d{role}" for role, name in gradients.items()},
        rate: "lr",
    }


def _pick(
    function: Callable[..., Any], roles: dict[str, str], part: int
) -> Callable[..., Any]:
    """Return a step of w alone: of one of the parts that a function moves."""

    def step(w: Any, dw: Any, lr: Any) -> Any:
        values = {"w": w, "b": w, "dw": dw, "db": dw, "lr": lr}
        given = {name: np.copy(values[role])[()] for name, role in roles.items()}
        answer = function(**given)
        return list_parts(answer)[part] if "b" in roles.values() else answer

    step.__name__ = function.__name__
    return step


def _judge_step(name: str, step: Callable[..., Any]) -> Finding | None:
    """Return what is found of a step; None if it cannot be called."""
    try:
        with quiet():
            count = check_step(step)
    except StepError as error:
        lines = str(error).splitlines()
        named = [e for e in lines if e.startswith(MISTAKE)]
        words = named[0].removeprefix(MISTAKE) if named else None
        return Finding("step", name, "wrong", words, text=str(error))
    except Exception:  # noqa: BLE001 - it takes something else
        return None
    return Finding("step", name, "right", examples=count)


MISTAKE = "  likely mistake: "
