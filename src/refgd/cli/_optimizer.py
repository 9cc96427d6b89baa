"""`refgd fit --optimizer NAME --set NAME=VALUE`: refgd's own rules, and dialects."""

import argparse
import ast
import inspect
from typing import Any

from refgd import dialects, optimizers
from refgd.cli._errors import UserError
from refgd.optimizers import Optimizer

#: The rules that a learning rate and flags make, by name.
RULES = {
    name: rule
    for name, rule in vars(optimizers).items()
    if inspect.isfunction(rule)
    and next(iter(inspect.signature(rule).parameters)) == "lr"
}


def choose(args: argparse.Namespace, lr: float) -> tuple[Optimizer, dict[str, Any]]:
    """Return the optimizer, and its settings by name.

    Raises:
        UserError: If there is no such optimizer, or it has no such setting.
    """
    settings = dict(map(_setting, args.set))
    if args.lr is not None:
        if "lr" in settings:
            raise UserError("--lr and --set lr are the same setting: give one of them")
        settings["lr"] = args.lr
    try:
        if "." in args.optimizer:
            return dialects.get(args.optimizer, **settings), settings
        return _rule(args.optimizer, settings, lr)
    except (TypeError, ValueError) as error:
        msg = f"--optimizer {args.optimizer}: {error}"
        raise UserError(msg) from None


def _rule(
    name: str, given: dict[str, Any], lr: float
) -> tuple[Optimizer, dict[str, Any]]:
    """Return one of refgd's own; lr is for one that has no default for it."""
    if name not in RULES:
        msg = f"there is no such one; there are {', '.join(sorted(RULES))}"
        raise ValueError(msg)
    signature = inspect.signature(RULES[name])
    needs_lr = signature.parameters["lr"].default is inspect.Parameter.empty
    try:
        bound = signature.bind(**{"lr": lr} | given if needs_lr else given)
    except TypeError as error:
        msg = f"{error}; its settings are {', '.join(signature.parameters)}"
        raise TypeError(msg) from None
    bound.apply_defaults()
    return RULES[name](**bound.arguments), dict(bound.arguments)


def _setting(text: str) -> tuple[str, Any]:
    """Return name and value of ``name=value``: a Python literal, else a string."""
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals):
        msg = f"--set takes NAME=VALUE, such as beta1=0.8, got {text!r}"
        raise UserError(msg)
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value
