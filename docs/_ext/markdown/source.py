"""Real lines of this tree on a page: a function's, a law's, a test's.

``<!-- source: refgd.core.grad -->`` shows the body of a function, the lines that are
the formula, with their file and line; folded beneath, the whole function without its
docstring. ``<!-- source: refgd.core.grad body -->`` shows the body alone, and
``<!-- source: docs.plain.adam for refgd.optimizers.adam.update -->`` another function's
body, which a test finds equal, and folded beneath the real one; update is a function
that is defined in adam.
``<!-- law: descent_identity -->`` marks a claim as a law of `refgd.testing.laws`, with
its sentence; the mark opens on its formula and its lines.

``<!-- tested by: test_trajectory_is_descent -->`` marks a claim as tested, and opens on
the test itself, in whichever file it is. ``bounded by`` does so where the test compares
floats with a bound, and ``proved by`` where it proves: for all numbers, in
tests/core/test_proofs.py. With ``, not shown`` before the end the mark says so in the
page's Markdown alone. Where two files have a test of that name, the mark says
``test_scaling.test_...``. A name that is not there breaks the build.
"""

import ast
import html
import importlib
import inspect
import re
import textwrap
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from docs._ext import ROOT
from docs._ext.content import laws

SOURCE = re.compile(r"^( *)<!-- source: ([\w.]+)(?: (body)| for ([\w.]+))? -->$")
LAW = re.compile(r"^( *)<!-- law: (\w+) -->$")
TEST = re.compile(r"^( *)<!-- (proved|tested|bounded) by: ([\w.]+) -->$")

#: A proof is a call of one of these.
PROVERS = {"prove", "prove_law"}
PROOFS = ROOT / "tests" / "core" / "test_proofs.py"

#: The class of a mark's icon and colour.
KINDS = {"proved": "proof", "tested": "tested", "bounded": "bounded"}
WORDS = {
    "en": {
        "proved": "**Proved** for all numbers.",
        "drawn": "**Tested** on examples drawn at random.",
        "tested": "**Tested** on chosen examples.",
        "bounded": "**Bounded**: rounding errors stay within a bound.",
        "whole": "The whole function",
        "real": "The function that runs, with every option",
    },
    "zh": {
        "proved": "**已证明**：对一切数成立。",
        "drawn": "**已测试**：用随机抽取的样例。",
        "tested": "**已测试**：用选定的样例。",
        "bounded": "**有误差界**：舍入误差不超过这个界。",
        "whole": "完整的函数",
        "real": "实际运行的函数，含全部选项",
    },
}


class Lines(NamedTuple):
    """Some lines of a file of this tree, from line `first` on."""

    path: Path
    first: int
    text: str

    @property
    def title(self) -> str:
        """The file and the line, as an editor opens it."""
        return f"{self.path.relative_to(ROOT)}:{self.first}"


class Property(NamedTuple):
    """What a test states, and the test."""

    statement: str
    lines: Lines
    drawn: bool  # Hypothesis draws its data
    proves: bool  # by symbols, for all numbers


def function(dotted: str, *, body_only: bool = False) -> Lines:
    """Return a function's or class's lines without its docstring."""
    holder, (outer, *inner) = _located(dotted)
    found = inspect.unwrap(getattr(holder, outer))
    found = getattr(found, "claims", found)  # of a law
    lines, offset = inspect.getsourcelines(found)
    node: ast.AST = ast.parse(textwrap.dedent("".join(lines))).body[0]
    for each in inner:
        (node,) = (n for n in ast.walk(node) if getattr(n, "name", None) == each)
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)  # noqa: S101 - getsource's
    top = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
    head = start = node.body[0].lineno - 1
    if ast.get_docstring(node) is not None:
        start = node.body[0].end_lineno or start
    shown = lines[start : node.end_lineno]
    shown = shown if body_only else lines[top:head] + shown
    path = Path(inspect.getsourcefile(found) or "")
    text = textwrap.dedent("".join(shown)).strip("\n")
    return Lines(path, offset + (start if body_only else top), text)


def _located(dotted: str) -> tuple[ModuleType, list[str]]:
    """Return the longest module that a dotted name begins with, and the rest of it."""
    module, _, name = dotted.rpartition(".")
    try:
        return importlib.import_module(module), [name]
    except ModuleNotFoundError:
        found, names = _located(module)
        return found, [*names, name]


def find_test(name: str) -> Property:
    """Return the one test of that name, or of that file and name, in the suite.

    Raises:
        LookupError: If there is none, or more than one.
    """
    file, _, test = name.rpartition(".")
    paths = sorted((ROOT / "tests").rglob(f"{file or 'test_*'}.py"))
    found = [tests[test] for tests in map(tests_of, paths) if test in tests]
    if len(found) != 1:
        msg = f"a page names {name}: there are {len(found)} such tests"
        raise LookupError(msg)
    return found[0]


@cache
def tests_of(path: Path) -> dict[str, Property]:
    """Return every test of a file, in its order."""
    source = path.read_text("utf-8")
    tests = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )
    return {node.name: _property(node, path, source.splitlines()) for node in tests}


def _property(node: ast.FunctionDef, path: Path, lines: list[str]) -> Property:
    marks = [ast.unparse(decorator) for decorator in node.decorator_list]
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    text = "\n".join(lines[first - 1 : node.end_lineno])
    sentence = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
    statement = sentence or node.name.removeprefix("test_").replace("_", " ")
    drawn = any(mark.startswith(("given(", "parametrize_with_laws(")) for mark in marks)
    proves = path == PROOFS and _proves(node)
    return Property(statement, Lines(path, first, text), drawn, proves)


def _proves(node: ast.AST) -> bool:
    """Whether a test calls what proves, and does not expect it to fail."""
    if isinstance(node, ast.With) and "raises" in ast.unparse(node.items[0]):
        return False
    if isinstance(node, ast.Call) and ast.unparse(node.func) in PROVERS:
        return True
    return any(map(_proves, ast.iter_child_nodes(node)))


class _Include(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        title = next((line for line in lines if line.startswith("# ")), "")
        language = "zh" if re.search("[\u4e00-\u9fff]", title) else "en"
        return [new for line in lines for new in _included(line, language)]


def _included(line: str, language: str) -> list[str]:
    if match := SOURCE.match(line):
        indent, name, body, real = match.groups()
        shown = _fence(function(name, body_only=True))
        if not body:
            title = WORDS[language]["real" if real else "whole"]
            shown += ["", *_folded("whole", title, function(real or name))]
        return _indented(indent, shown)
    if match := LAW.match(line):
        indent, name = match.groups()
        return _indented(indent, _law(name, language))
    if match := TEST.match(line):
        indent, how, name = match.groups()
        found = find_test(name)
        if how == "proved" and not found.proves:
            msg = (
                f"a page says that {name} proves: it does not, or not in {PROOFS.name}"
            )
            raise LookupError(msg)
        said = "drawn" if how == "tested" and found.drawn else how
        title = WORDS[language][said]
        return _indented(indent, _folded(KINDS[how], title, found.lines))
    return [line]


def _law(name: str, language: str) -> list[str]:
    law = laws.find_law(name)
    kind = "proof" if laws.is_proved(law) else "tested"
    verdict = re.sub(r"^\S+", r"**\g<0>**", laws.verdict(law, language))
    title = verdict + _quoted(laws.sentence(law, language))
    formula = f'<code class="formula">{_quoted(html.escape(law.formula))}</code>'
    lines = function(f"refgd.testing.laws.{name}")
    return _folded(kind, title, lines, formula, laws.evidence(law, language))


def _folded(kind: str, title: str, lines: Lines, *words: str) -> list[str]:
    inside = [new for paragraph in words for new in (paragraph, "")] + _fence(lines)
    return [f'??? {kind} "{title}"', "", *_indented(" " * 4, inside), ""]


def _fence(lines: Lines) -> list[str]:
    return [f'```python title="{lines.title}"', *lines.text.split("\n"), "```"]


def _quoted(statement: str) -> str:
    """Return a title in which w* and w_t are what they are, not emphasis."""
    return "".join(f"&#{ord(c)};" if c in '"*_' else c for c in statement)


def _indented(indent: str, lines: list[str]) -> list[str]:
    return [indent + line for line in lines]


class Source(Extension):
    """Replace the comments by what they name."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - markdown's own name
        """Run before superfences (25), which makes the fences into code."""
        md.preprocessors.register(_Include(md), "refgd_source", 33)


def makeExtension(**options: Any) -> Source:  # noqa: N802 - markdown's own name
    """Make the extension, as Markdown asks for it."""
    return Source(**options)
