"""Whether the code that is checked has changed what checks it.

A function that is replaced in refgd, in NumPy's first room, or among Python's builtins
would judge in refgd's place. This sees the plain attempts: code in the same process can
in the end do everything.
"""

import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

#: Whose names are watched, beside all of refgd's.
MODULES = [
    "base64",
    "builtins",
    "fractions",
    "inspect",
    "json",
    "json.encoder",
    "math",
    "numpy",
]

#: What programs and notebooks replace for ends of their own; and torch, of inspect.
FREE = {
    "builtins": [
        "_",
        "__import__",
        "display",
        "exit",
        "help",
        "input",
        "open",
        "print",
        "quit",
    ],
    "inspect": ["getfile"],
}


def watch() -> Callable[[], list[str]]:
    """Return what lists the names that have another meaning since."""
    before = dict(_list_meanings())

    def list_changed() -> list[str]:
        now = dict(_list_meanings())
        changed = [name for name in before if now.get(name) is not before[name]]
        return list(dict.fromkeys(name.partition(" ")[0] for name in changed))

    return list_changed


def _list_meanings() -> Iterator[tuple[str, Any]]:
    """Yield every name that is watched, and what makes its value what it is."""
    for module, names in [(name, vars(m)) for name, m in sys.modules.items()]:
        if module in MODULES or _package(module) == "refgd":
            for name, value in [*names.items()]:
                if name not in FREE.get(module, ()):
                    yield f"{module}.{name}", value
                    yield from _list_parts(f"{module}.{name}", value, module)


def _list_parts(name: str, value: Any, module: str) -> Iterator[tuple[str, Any]]:
    """Yield what is inside a function, and a class's methods where it is defined."""
    if isinstance(value, FunctionType):
        for part in ("__code__", "__defaults__", "__kwdefaults__"):
            yield f"{name} {part}", getattr(value, part)
    elif isinstance(value, type) and value.__module__ == module != "builtins":
        for key, member in [*vars(value).items()]:
            if hasattr(member, "__get__"):  # no counter, which the kit itself changes
                yield f"{name}.{key}", member
                yield from _list_parts(f"{name}.{key}", member, module)


def _package(name: str) -> str:
    return name.partition(".")[0]
