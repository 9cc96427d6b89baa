"""The rules of refgd.optimizers as a table: a page each, and who else has them."""

import inspect
from collections.abc import Callable
from typing import Any

from refgd import dialects, optimizers

TITLES = {
    "torch": "torch",
    "optax": "optax",
    "keras": "Keras",
    "sklearn": "scikit-learn",
}


def names() -> list[str]:
    """Return the name of each rule: what makes an optimizer of a learning rate."""
    return [name for name in optimizers.__all__ if _begins_with(name, "lr")]


def wrappers() -> list[str]:
    """Return the name of each wrapper: what makes an optimizer of another."""
    return [name for name in optimizers.__all__ if _begins_with(name, "optimizer")]


def _begins_with(name: str, argument: str) -> bool:
    function = _found(name)
    return inspect.isfunction(function) and argument == next(
        iter(inspect.signature(function).parameters)
    )


def sentence(name: str) -> str:
    """Return what a rule does, in its own words."""
    words = inspect.getdoc(_found(name))
    assert words is not None  # noqa: S101 - each has a docstring
    return words.splitlines()[0]


def opening(name: str) -> str:
    """Return what the page of a rule begins with, Markdown."""
    return (
        f"{sentence(name)} Elsewhere: {'; '.join(_there(name))}. "
        "What each of them means is on the [Rosetta stone](../../check/rosetta.md)."
    )


def table() -> str:
    """Return the table, Markdown, with the names that frameworks have for each rule."""
    lines = ["| rule | what it does | elsewhere |", "| --- | --- | --- |"]
    for name in names():
        cells = f"[`{name}`]({name}.md)", sentence(name), "<br>".join(_there(name))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def wrapper_table() -> str:
    """Return the table of wrappers, Markdown."""
    rows = (f"| [`{name}`](wrappers.md) | {sentence(name)} |" for name in wrappers())
    return "\n".join(["| wrapper | what it does |", "| --- | --- |", *rows])


def _there(name: str) -> list[str]:
    """Return the names that each framework has for a rule, Markdown."""
    return [
        f"{TITLES[framework]} {', '.join(f'`{called}`' for called in others)}"
        for framework, others in _elsewhere(name).items()
    ]


def _elsewhere(name: str) -> dict[str, list[str]]:
    """Return what each framework calls a rule."""
    called: dict[str, list[str]] = {}
    for row in dialects.table():
        short = row.name.rpartition(".")[2]
        rule = "adamw" if short.lower() == "adamw" else row.rule  # a recipe of adam's
        if rule == name and short not in called.setdefault(row.framework, []):
            called[row.framework].append(short)
    return {framework: others for framework, others in called.items() if others}


def _found(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(optimizers, name)
    return found
