"""The Rosetta stone: what each framework means by the name of a rule."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from docs._ext import ROOT
from docs._ext.content import chinese
from refgd import dialects
from refgd._types import Array, Schedule
from refgd.dialects import REQUIRED, Row
from refgd.optimizers import Optimizer
from refgd.optimizers._protocol import follow

FRAMEWORKS = tuple(dict.fromkeys(row.framework for row in dialects.table()))
TITLES = {"sklearn": "scikit-learn"}
NONE = "–"
HEADS = {"en": ("rule", "gradient"), "zh": ("规则", "梯度")}

ABSENT = {"en": ("optimizer", "why"), "zh": ("优化器", "原因")}

#: Each framework's name for a rule, without an argument that another variant has.
FIRST = {
    "Adagrad": ("torch.optim.Adagrad", "optax.adagrad", "keras.optimizers.Adagrad"),
    "RMSprop": ("torch.optim.RMSprop", "optax.rmsprop", "keras.optimizers.RMSprop"),
    "Adam": ("torch.optim.Adam", "optax.adam", "keras.optimizers.Adam"),
    "Adamax": ("torch.optim.Adamax", "optax.adamax", "keras.optimizers.Adamax"),
    "NAdam": ("torch.optim.NAdam", "optax.nadam", "keras.optimizers.Nadam"),
}

STEPS = 30
HALVED = 10


def decays(row: Row) -> bool:
    """Whether a variant is one with weight decay."""
    return "decay" in row.settings


def variants(*, decay: bool, language: str = "en") -> str:
    """Return a table of rules by frameworks: the variants with or without decay."""

    def cell(rows: list[Row]) -> str:
        shown = [row for row in rows if decays(row) == decay]
        if not shown and not decay:
            shown = rows[:1]  # it has no variant without
        return "".join(_variant(row, language) for row in shown) or NONE

    return _by_rule(dialects.table(), cell, language)


def defaults(language: str = "en") -> str:
    """Return a table of rules by frameworks: the numbers where none is given."""
    return _by_rule(dialects.table(), _defaults, language)


def _by_rule(rows: Iterable[Row], cell: Any, language: str) -> str:
    rows = list(rows)
    titles = [TITLES.get(name, name) for name in FRAMEWORKS]
    lines = [_line(HEADS[language][0], titles), _line("---", ["---"] * len(titles))]
    for rule in dict.fromkeys(row.rule for row in rows):
        groups = (
            [row for row in rows if (row.rule, row.framework) == (rule, framework)]
            for framework in FRAMEWORKS
        )
        cells = [cell(group) if group else NONE for group in groups]
        if set(cells) != {NONE}:
            lines.append(_line(f"**{rule}**", cells))
    table = "\n".join(lines)
    return f'<div class="wide frameworks" markdown>\n\n{table}\n\n</div>\n'


def _line(first: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join([first, *cells])} |"


def _variant(row: Row, language: str) -> str:
    said = row.variant if language == "en" else chinese.variant(row.variant)
    words = said.replace("|", r"\|")
    return _item(f"`{_short(row.name)}{_called(row.arguments)}` {words}")


def _item(text: str) -> str:
    return f'<span class="item">{text}</span>'


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _called(arguments: Mapping[str, Any]) -> str:
    return f"({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"


def _defaults(rows: list[Row]) -> str:
    """Return the default numbers of each optimizer that by default is this rule."""
    names = dict.fromkeys(row.name for row in rows if _plain(row))
    return "".join(map(_numbers, names)) or NONE


def _plain(row: Row) -> bool:
    """Whether an optimizer is this variant unless it is told otherwise."""
    first = next(each for each in dialects.table() if each.name == row.name)
    return row.arguments == first.arguments


def _numbers(name: str) -> str:
    row = next(each for each in dialects.table() if each.name == name)
    said = [
        f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in row.defaults.items()
        if value is REQUIRED or _number(value) or key == lr_of(name)
    ]
    return _item(f"`{_short(name)}` {', '.join(said)}")


def _number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float | tuple)


def absent(language: str = "en") -> str:
    """Return a table of the optimizers that have no dialect, and why."""
    lines = [_line(ABSENT[language][0], ABSENT[language][1:]), _line("---", ["---"])]
    for row in dialects.table(absent=True):
        why = row.variant if language == "en" else chinese.absence(row.variant)
        lines.append(_line(f"`{row.name}`", [why]))
    return "\n".join(lines) + "\n"


def first_step(name: str, gradient: float) -> float:
    """Return the first step over the learning rate, all other numbers the default."""
    lr = 1.0
    optimizer = dialects.get(name, **{lr_of(name): lr})
    w, _ = optimizer.update(0.0, gradient, optimizer.init(0.0))
    return -float(w) / lr


def first_steps(gradients: tuple[float, ...], language: str = "en") -> str:
    """Return a table of first steps over the learning rate, at everybody's defaults."""
    rule, gradient = HEADS[language]
    lines = [_line(rule, [gradient, "torch", "optax", "keras"])]
    lines.append(_line("---", ["---:"] * 4))
    for rule, names in FIRST.items():
        for g in gradients:
            steps = (f"{first_step(name, g):.3g}" for name in names)
            lines.append(_line(f"**{rule}**", [f"{g:g}", *steps]))
    return '<div class="wide numbers" markdown>\n\n' + "\n".join(lines) + "\n\n</div>\n"


def lr_of(name: str) -> str:
    """Return what an optimizer calls its learning rate."""
    return "lr" if name.startswith("torch") else "learning_rate"


def walk(name: str, lr: float | Schedule = 0.05, **arguments: Any) -> Array:
    """Return 30 steps of the same normal gradients, from w = 1."""
    return go(dialects.get(name, **{lr_of(name): lr, **arguments}))


def go(optimizer: Optimizer) -> Array:
    """Return 30 steps of an optimizer on the same gradients, from w = 1."""
    return follow(
        optimizer, np.random.default_rng(0).normal(size=(STEPS, 6)), np.ones(6)
    )


def uphill(steps: int) -> float:
    """Return w after some steps of Adadelta on w² from 1, each step turned around."""
    optimizer = dialects.get("optax.adadelta", learning_rate=1.0)
    w, state = 1.0, optimizer.init(1.0)
    for _ in range(steps):
        new, state = optimizer.update(w, 2 * w, state)
        w += w - float(new)
    return w


def extras() -> str:
    """Return the frameworks that the tests ask for, as pyproject.toml has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["optional-dependencies"]["frameworks"]
    named = {TITLES.get(name, name) for name in FRAMEWORKS}
    return ", ".join(each for each in wanted if re.split("[>=]=", each)[0] in named)


def halved(t: int) -> float:
    """Return a learning rate that is halved after ten steps."""
    return 0.05 if t < HALVED else 0.025


def apart(one: Array, two: Array) -> float:
    """Return how far two paths are apart, relative to how far they went."""
    went = max(np.abs(path - path[0]).max() for path in (one, two))
    return float(np.abs(one - two).max() / went)
