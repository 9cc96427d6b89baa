"""Calls of a framework, as text and as data; and what a translation says of one."""

import ast
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from refgd.dialects._dialect import Dialect

#: What may stand in optax's chain before an optimizer, and its arguments.
HEADS: Final = {
    "optax.scale": ("step_size",),
    "optax.clip": ("max_delta",),
    "optax.clip_by_global_norm": ("max_norm",),
    "optax.add_decayed_weights": ("weight_decay", "mask"),
}

#: How many steps two paths are compared for.
STEPS = 30


class Call(NamedTuple):
    """A function of a framework, and its arguments; it prints as it is written.

    Attributes:
        name: The function's, in its framework.
        arguments: Its arguments, by name.
        heads: What stands before it in optax's chain.
    """

    name: str
    arguments: Mapping[str, Any]
    heads: tuple["Call", ...] = ()

    @property
    def framework(self) -> str:
        """The package that has it."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        listed = (f"{name}={value!r}" for name, value in self.arguments.items())
        own = f"{self.name}({', '.join(listed)})"
        return write_chain(*self.heads, own)


def write_chain(*parts: object) -> str:
    """Return optax's chain of some calls as it is written; one is itself."""
    written = [str(part) for part in parts]
    return f"optax.chain({', '.join(written)})" if written[1:] else written[0]


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
        return write_chain(*self.parts)

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
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) == "optax.chain":
        *heads, tree = tree.args or [tree.func]
        last = _read(dialects, tree)
        return last._replace(heads=tuple(_read(dialects, head) for head in heads))
    return _read(dialects, tree)


def _read(dialects: Mapping[str, Dialect], tree: ast.expr) -> Call:
    positional, keywords = [], []
    if isinstance(tree, ast.Call):
        positional, keywords, tree = tree.args, tree.keywords, tree.func
    name = ast.unparse(tree)
    if name not in {*dialects, *HEADS}:
        return Call(name, {})
    names = [*HEADS.get(name, ())] or [a.name for a in dialects[name].arguments]
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
