"""Find a program's functions by what they are called: gradient, loss, predictions."""

import ast
import contextlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refgd.testing.programs._labels import (
    LOSS,
    WHOLE,
    label_returned,
    names_part,
    split_words,
)
from refgd.testing.programs._load import NAME, Program

#: What they are usually called, likeliest first.
USUAL = {
    "gradient": "gradient grad dloss d_loss gradient_fn grad_fn compute_gradient "
    "compute_grad calc_gradient get_gradient loss_gradient loss_grad grad_loss "
    "mse_gradient mse_grad grad_mse gradient_mse dmse d_mse dL dw backward",
    "loss": "loss mse cost loss_fn compute_loss compute_cost mse_loss loss_function "
    "cost_function mean_squared_error squared_error",
    "predictions": "forward predict prediction model f forward_pass",
}

#: Words in the names of others, and what is meant by none of them: `gradientDescent`.
WORDS = {
    "gradient": WHOLE | {"gradfn", "differential", "dw", "dtheta"},
    "loss": LOSS,
    "predictions": {"predict", "prediction", "predictions", "hypothesis", "forward"},
}
OTHERS = {
    *("descent", "descend", "ascent", "check", "checking", "checker", "numerical"),
    *("numeric", "numerically", "approx", "approximate", "finite", "fd", "clip"),
    *("plot", "show", "draw", "print", "norm", "train", "fit", "run", "optimize"),
    *("optimise", "optimizer", "update", "step", "zero", "sigmoid", "relu", "tanh"),
    *("softmax", "history", "main", "minimize", "sgd", "gd", "test", "animate"),
}


def find_functions(
    program: Program, wanted: dict[str, str | None]
) -> dict[str, list[Any]]:
    """Return the functions of each kind: those named, else those with usual names.

    Raises:
        LookupError: If a name that was given is none of a function.
    """
    found: dict[str, list[Any]] = {}
    for kind in USUAL:
        name = wanted.get(kind)
        if name is not None and not callable(program.names.get(name)):
            msg = f"has no function {name!r}"
            raise LookupError(msg)
        chosen = [program.names[name]] if name else list(_find(program, kind))
        if chosen:
            found[kind] = chosen
    for kind, beside in (("gradient", "loss"), ("loss", "gradient")):
        labels = {f: label_returned(f) or () for f in found.get(beside, ())}
        both = [f for f, known in labels.items() if {"w", "loss"} <= {*known}]
        if kind not in found and both:
            found[kind] = both
    return found


def _find(program: Program, kind: str) -> Iterator[Any]:
    """Yield the functions of a kind, the most usual name first."""
    own = {name: f for name, f in program.names.items() if is_own(f, program)}
    for name, function in own.items():
        _name_as_found(function, name)
    usual = [name for name in USUAL[kind].split() if name in own]
    others = [name for name in own if name not in usual and _names(name) == kind]
    found = {id(own[name]): own[name] for name in [*usual, *others]}
    yield from _join_parts([*found.values()]) if kind == "gradient" else found.values()


def _name_as_found(function: Any, name: str) -> None:
    """Give a lambda, or what wraps another function, the name that it goes by."""
    if getattr(function, "__name__", None) == name:
        return
    if hasattr(function, "__wrapped__") or function.__name__ == "<lambda>":
        with contextlib.suppress(AttributeError, TypeError):
            function.__name__ = name


class Parts:
    """The gradient by w and that by the intercept, from two functions, as one."""

    def __init__(self, by_w: Any, by_b: Any) -> None:
        self.functions = by_w, by_b
        self.__name__ = f"{by_w.__name__} and {by_b.__name__}"
        self.__signature__ = inspect.signature(by_w)
        self.__globals__ = by_w.__globals__
        self.labels = "w", "b"

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return both gradients."""
        return tuple(function(*args, **kwargs) for function in self.functions)


def _join_parts(functions: list[Any]) -> Iterator[Any]:
    """Yield the functions; two that return the parts of a gradient as one."""
    parts = {names_part(f.__name__): f for f in reversed(functions)}
    by_w, by_b = parts.get("w"), parts.get("b")
    if by_b is None:
        yield from functions
    elif by_w is None or not _take_the_same(by_w, by_b):
        yield from (f for f in functions if names_part(f.__name__) is None)
    else:
        yield Parts(by_w, by_b)
        yield from (f for f in functions if f not in (by_w, by_b))


def _take_the_same(first: Any, second: Any) -> bool:
    return [*inspect.signature(first).parameters] == [
        *inspect.signature(second).parameters
    ]


def _names(name: str) -> str | None:
    """Return the kind of function that a name means."""
    words = {*split_words(name)}
    if OTHERS & words:
        return None
    return next((kind for kind, known in WORDS.items() if known & words), None)


def find_nested(program: Program) -> str:
    """Say that a function inside another cannot be called from outside; "" if none."""
    for tree in program.trees:
        for outer in ast.walk(tree):
            if isinstance(outer, ast.FunctionDef):
                inside = [n for n in ast.walk(outer) if isinstance(n, ast.FunctionDef)]
                names = [n.name for n in inside if n is not outer and _names(n.name)]
                if names:
                    return (
                        f"cannot reach {' and '.join(names)} inside {outer.name}(): "
                        "move them out of it"
                    )
    return ""


def is_own(function: Any, program: Program) -> bool:
    """Whether a function is the program's, or a module's beside it: no library's."""
    inner = getattr(function, "__wrapped__", getattr(function, "func", function))
    if isinstance(function, type) or not hasattr(inner, "__code__"):
        return False
    module = getattr(inner, "__module__", None)
    if module == NAME or program.folder is None:
        return True
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return file is not None and Path(file).resolve().is_relative_to(program.folder)
