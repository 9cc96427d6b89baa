"""Imports from the file's own folder, where a numpy.py or json.py may lie."""

import ast
import contextlib
import importlib
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

#: What a file in the folder never stands for, beside the modules of Python itself.
LIBRARIES = {
    *("jax", "keras", "matplotlib", "numpy", "optax", "pandas", "refgd", "scipy"),
    *("seaborn", "sklearn", "sympy", "tensorflow", "torch", "tqdm"),
}
PROTECTED = LIBRARIES | sys.stdlib_module_names

#: What refgd and NumPy import late.
LATE = ("numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "inspect")


class ElsewhereFinder:
    """Finds a library everywhere but in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return where the library is; None for others, or if it is not installed."""
        if path is not None or name not in PROTECTED:
            return None
        others = [each for each in sys.path if Path(each).resolve() != self.folder]
        return PathFinder.find_spec(name, others, target)


def add_folder(folder: Path, trees: Iterable[ast.AST]) -> None:
    """Let the modules beside a file be imported; they hide no library.

    The libraries that the file imports are imported here: that may take its time.
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    wanted = [
        alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names
    ]
    wanted += [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]
    tops = [name.partition(".")[0] for name in wanted]
    for name in (*LATE, *(top for top in tops if top in LIBRARIES)):
        with contextlib.suppress(Exception):  # the file's own import tells
            importlib.import_module(name)
    sys.meta_path.insert(0, ElsewhereFinder(folder))
    sys.path.insert(0, str(folder))
