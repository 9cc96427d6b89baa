"""Run a program as far as it goes, and return what it defines.

A program that stops early, since it reads input, needs a file, ends itself or trains
for too long, has more to define below that: from there on its definitions, imports and
assignments are run, each for itself.
"""

import __future__

import ast
import contextlib
import importlib
import io
import linecache
import signal
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from refgd.testing.programs import _imports
from refgd.testing.programs._notebook import read_cells

#: The module that a file becomes: never "__main__", so that its main() does not run.
NAME = "refgd_checked"

#: What may define something, and is run of what follows a stop; a second for each.
DEFINING = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.Assign, ast.AnnAssign),
)
SECOND = 1.0


class TooLongError(BaseException):
    """The file runs on; not an Exception, so that the file does not catch it."""


class Program(NamedTuple):
    """What a program defines, and why it was not run to its end."""

    names: dict[str, Any]
    stopped: str = ""
    trees: tuple[ast.Module, ...] = ()
    folder: Path | None = None


def load(target: str, limit: float) -> Program:
    """Run a file or a notebook, or import a module.

    Raises:
        LookupError: If there is no such file.
        NotebookError: If a notebook is none.
        SyntaxError: If a file is no Python.
        TooLongError: If the import of a module does not come to an end.
    """
    path = Path(target)
    if not path.is_file():
        if path.suffix in (".py", ".ipynb"):
            raise LookupError("is no file")
        with _alarm(limit):
            return Program(vars(importlib.import_module(target)))
    cells = read_cells(path) if path.suffix == ".ipynb" else [path.read_bytes()]
    return _run(path, cells, limit)


def _run(path: Path, cells: list[Any], limit: float) -> Program:
    """Run the cells of a file in one module; a file of Python is one cell.

    Raises:
        SyntaxError: If a file is no Python.
    """
    module = types.ModuleType(NAME)
    module.__file__ = str(path)
    sys.modules[NAME] = module
    sys.argv, sys.stdin = [str(path)], io.StringIO()  # input() finds nothing
    names = vars(module)
    stops: list[str] = []
    trees: dict[str, ast.Module] = {}
    for i, cell in enumerate(cells, 1):
        name = str(path) if len(cells) == 1 else f"cell {i}"
        try:
            trees[name] = ast.parse(cell, name)
        except (SyntaxError, ValueError) as error:
            if len(cells) == 1:
                raise
            stops.append(f"{_describe(error)} ({name})")
        if isinstance(cell, str):
            _remember_source(name, cell)
    folder = path.parent.resolve()
    _imports.add_folder(folder, trees.values())
    for name, tree in trees.items():
        stop = _run_cell(tree, name, names, limit)
        if stop:
            stops.append(f"{stop} ({name})" if len(cells) > 1 else stop)
    return Program(names, "; ".join(stops), tuple(trees.values()), folder)


def _remember_source(name: str, source: str) -> None:
    """Let `inspect` and tracebacks find the lines of a cell."""
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)


def _run_cell(tree: ast.Module, file: str, names: dict[str, Any], limit: float) -> str:
    """Run the statements; return why they stopped before the end, if they did."""
    run = _make_runner(tree, file, names)
    rest = iter(tree.body)
    stop = ""
    with _alarm(limit):
        try:
            for statement in rest:
                run(statement)
        except TooLongError:
            stop = "it did not come to an end"
        except SystemExit:
            stop = "it ended itself"
        except Exception as error:  # noqa: BLE001 - whatever the file raises
            stop = _describe(error)
    for statement in rest:
        if isinstance(statement, DEFINING):
            # what follows a stop may miss what did not run
            with (
                contextlib.suppress(Exception, SystemExit, TooLongError),
                _alarm(SECOND),
            ):
                run(statement)
    return stop


def _make_runner(
    tree: ast.Module, file: str, names: dict[str, Any]
) -> Callable[[ast.stmt], None]:
    """Return what runs one statement of a file, under the file's own `__future__`."""
    features = [
        getattr(__future__, alias.name).compiler_flag
        for each in tree.body
        if isinstance(each, ast.ImportFrom) and each.module == "__future__"
        for alias in each.names
    ]

    def run(statement: ast.stmt) -> None:
        one = ast.Module([statement], [])
        code = compile(one, file, "exec", sum({*features}), dont_inherit=True)
        exec(code, names)  # noqa: S102 - asked for, in a process of its own

    return run


def _describe(error: Exception) -> str:
    return f"it raised {type(error).__name__}: {error}"


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Interrupt after some seconds; the parent's own limit serves where none can."""

    def interrupt(*_: object) -> None:
        raise TooLongError

    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
