r"""The docstrings as the reference shows them: mended before griffe reads them.

A formula gets a paragraph of its own, an example becomes code, w_t and β^t get an
index, and a test that a guarantee names becomes a link to it on the page of properties.
A guarantee that names a test which is not there breaks the build. Names that begin with
_ are not shown: a base is left out, a default is its value.
"""

import importlib
import inspect
import os
import re
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import griffe

from docs._ext import ROOT
from docs._ext.content import tests
from docs._ext.markdown.source import tests_of
from refgd.testing import laws

DISPLAY = re.compile(r"^( *)(\$\$(?:(?!\$\$).)*\$\$)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^( *)Example:$", re.MULTILINE)
GUARANTEE = re.compile(r"^( *)Guarantee:\n(?:\1 +.*\n?|\n)+", re.MULTILINE)
FILE = re.compile(r"tests/[\w/]+\.py")
BLOCK = re.compile(r"^::: (\S+)$", re.MULTILINE)
NAME = re.compile(r"`([a-z][\w.]*)`")
INDEX = re.compile(
    r"\$\$.*?\$\$|\$[^$]+\$|`[^`]+`|^ *(?:>>>|\.\.\.).*?$"  # not in these
    r"|(?:(?<!\w)(\w[\u0300-\u036f]?)_|(?<=[\w)])\^)(?:\{([^}]+)\}|(\w)(?!\w))",
    re.MULTILINE | re.DOTALL,
)
TEST = re.compile(r"\b(test_\w+)\b(?!\.py)(?:\[(\w+)\])?")

REFERENCE = ROOT / "docs" / "reference"
LAWS = {law.name for law in laws.LAWS}


class NoSuchTestError(Exception):
    """A guarantee that names a test which is not in the files that it names."""


@cache
def shown() -> dict[str, Path]:
    """Return the names that have a place on a page of the reference, and the page."""
    pages = REFERENCE.rglob("*.md")
    return {n: page for page in pages for n in BLOCK.findall(page.read_text("utf-8"))}


def _folder(module: str) -> Path:
    """Return the folder of the pages that show a module's names."""
    while module:
        for name, page in shown().items():
            if name.rpartition(".")[0] == module:
                return page.parent
        module = module.rpartition(".")[0]
    return REFERENCE


def readable(text: str, module: str) -> str:
    """Return a docstring that griffe and Markdown read as it is meant."""
    text = INDEX.sub(_indexed, text)
    text = NAME.sub(lambda found: _referred(found[1], module), text)
    text = DISPLAY.sub(r"\n\1\2\n", text)
    text = EXAMPLE.sub(r"\1Examples: Example", text)
    return GUARANTEE.sub(lambda found: _linked(found[0], module), text)


def _indexed(found: re.Match[str]) -> str:
    letter, several, one = found.groups()
    if index := several or one:
        return f"{letter}<sub>{index}</sub>" if letter else f"<sup>{index}</sup>"
    return found[0]


def _referred(name: str, module: str) -> str:
    """Make a name a link to its place, if it has one: seen from the module outwards."""
    while module:
        for place in (f"{module}.{name}", name):
            if place in shown():
                return f"[`{name}`][{place}]"
        module = module.rpartition(".")[0]
    return f"`{name}`"


def _linked(guarantee: str, module: str) -> str:
    """Make each test a link to its line on the page of properties, or to its law's.

    Raises:
        NoSuchTestError: If it is in none of the files that the guarantee names.
    """
    page = os.path.relpath(REFERENCE / "properties.md", _folder(module))
    files = [ROOT / name for name in FILE.findall(guarantee)]
    places = {
        name: tests.anchor(path, name) for path in files for name in tests_of(path)
    }

    def link(found: re.Match[str]) -> str:
        test, law = found.groups()
        if test not in places or (law and law not in LAWS):
            raise NoSuchTestError(found[0])
        place = f"law.{law}" if law else places[test]
        return f"[`{found[0]}`]({page}#{place})"

    return TEST.sub(link, FILE.sub(r"`\g<0>`", guarantee))


class Docstrings(griffe.Extension):
    """Mend every docstring once the modules are read."""

    def on_object(
        self, *, obj: griffe.Object, loader: griffe.GriffeLoader, **rest: Any
    ) -> None:
        """Mend one; a constant's is the comment above it that begins with #:."""
        del loader, rest
        if isinstance(obj, griffe.Class):
            places = (
                (base, getattr(base, "canonical_path", base)) for base in obj.bases
            )
            obj.bases = [base for base, place in places if not _is_private(place)]
        elif isinstance(obj, griffe.Function):
            for parameter in obj.parameters:
                _show_plainly(parameter, obj)
        if obj.docstring is not None:
            obj.docstring.value = readable(obj.docstring.value, obj.module.path)
        elif obj.is_attribute and (words := _above(obj)):
            obj.docstring = griffe.Docstring(words, parent=obj)


def _show_plainly(parameter: griffe.Parameter, function: griffe.Function) -> None:
    """Show the value of a default with a private name, and what is guarded as data."""
    if str(parameter.annotation) == "Data":
        parameter.annotation = "Data"
    if _is_private(parameter.default):
        module = importlib.import_module(function.module.path)
        real = inspect.signature(getattr(module, function.name))
        parameter.default = repr(real.parameters[parameter.name].default)


def _is_private(name: object) -> bool:
    return re.match(r"(?:\w+\.)*_[A-Za-z]", str(name)) is not None


def _above(constant: griffe.Object) -> str:
    if not isinstance(constant.filepath, Path) or constant.lineno is None:
        return ""
    lines = constant.filepath.read_text("utf-8").splitlines()[: constant.lineno - 1]
    said = takewhile(lambda line: line.startswith("#: "), reversed(lines))
    return "\n".join(reversed([line.removeprefix("#: ") for line in said]))
