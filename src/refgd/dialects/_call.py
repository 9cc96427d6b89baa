"""Calls of a framework, as text and as data; and what a translation says of one."""

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from refgd.dialects._dialect import Dialect

#: How many steps two paths are compared for.
STEPS = 30


class Call(NamedTuple):
    """A function of a framework, and its arguments; it prints as it is written."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def framework(self) -> str:
        """The package that has it."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        listed = (f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({', '.join(listed)})"


class Translation(NamedTuple):
    """What another framework has for an optimizer.

    Attributes:
        source: The call that was translated.
        to: The framework.
        verdict: "exact", "exact while" or "none".
        parts: The calls there: one, or several for ``optax.chain``.
        conditions: What must hold, where it is "exact while"; beside a nearest, what
            it does not do itself.
        tests: For each condition the test that says so.
        lost: What cannot be said there, where there is none: arguments of the source.
        step: The first step, from 1, after which the nearest is elsewhere.
        apart: How far it then is, relative to how far it went.
        apart_later: The same, at most in 30 steps.
    """

    source: Call
    to: str
    verdict: str
    parts: tuple[Call, ...]
    conditions: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    step: int | None = None
    apart: float = 0.0
    apart_later: float = 0.0

    @property
    def call(self) -> str:
        """The call there, as it is written."""
        if len(self.parts) == 1:
            return str(self.parts[0])
        return f"optax.chain({', '.join(map(str, self.parts))})"

    @property
    def reservations(self) -> list[str]:
        """The conditions, or what is lost and how far the paths part, in words."""
        pairs = zip(self.conditions, self.tests, strict=True)
        lines = [f"while {words} ({test})" for words, test in pairs]
        lines += [f"cannot be said: {words}" for words in self.lost]
        if self.step is not None:
            lines.append(
                f"apart after step {self.step} by {self.apart:.2g} of the way; "
                f"within {STEPS} steps by {self.apart_later:.2g}"
            )
        return lines

    def __str__(self) -> str:
        near = "nearest: " if self.verdict == "none" else ""
        lines = [f"{self.verdict}: {near}{self.call}", *self.reservations]
        return "\n  ".join(lines)


def read_call(dialects: Mapping[str, Dialect], text: str) -> Call:
    """Read a call as it is written: ``torch.optim.Adam(lr=0.1)``; nothing is run."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        msg = f"a call such as torch.optim.Adam(lr=0.1) is expected, got {text!r}"
        raise ValueError(msg) from error
    positional, keywords = [], []
    if isinstance(tree, ast.Call):
        positional, keywords, tree = tree.args, tree.keywords, tree.func
    name = ast.unparse(tree)
    if name not in dialects:
        return Call(name, {})
    names = [argument.name for argument in dialects[name].arguments]
    if name.startswith("torch."):
        names.insert(0, "params")
    if len(positional) > len(names):
        msg = f"{name} takes {len(names)} arguments, got {len(positional)}"
        raise TypeError(msg)
    given = dict(zip(names, positional, strict=False))
    given |= {str(keyword.arg): keyword.value for keyword in keywords}
    given.pop("params", None)
    return Call(name, {key: _literal(name, key, node) for key, node in given.items()})


def _literal(name: str, key: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        msg = f"{key} of {name} must be written out, got {ast.unparse(node)}"
        raise ValueError(msg) from None
