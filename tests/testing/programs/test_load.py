"""What a program defines, however far it runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from refgd.testing.programs import _load, _names
from refgd.testing.programs._notebook import NotebookError, remove_magics

pytestmark = pytest.mark.usefixtures("own_process")


def load(folder: Path, source: str | bytes, name: str = "program.py") -> _load.Program:
    path = folder / name
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return _load.load(str(path), 5.0)


STOPS = {
    "input": ("w = float(input())", "it raised EOFError"),
    "exit": ("exit(1)", "it ended itself"),
    "no data": ("open('data.csv')", "it raised FileNotFoundError"),
    "arguments": (
        "from argparse import *\nArgumentParser(usage='').parse_args(['x'])",
        "it ended itself",
    ),
}


@pytest.mark.parametrize(("stop", "said"), STOPS.values(), ids=STOPS)
def test_what_stands_below_a_stop_is_defined_too(
    stop: str, said: str, tmp_path: Path
) -> None:
    program = load(tmp_path, f"{stop}\nimport math\nlr = 0.1\ndef grad(w): pass\n1/0\n")
    assert program.stopped.startswith(said)
    assert {"math", "lr", "grad"} <= {*program.names}


ENCODED = {
    "cookie": "# coding: latin-1\nname = 'é'\n".encode("latin-1"),
    "mark": "name = 'é'\n".encode("utf-8-sig"),
    "Windows": "if True:\r\n    name = 'é'\r\n".encode(),
    "future": b"from __future__ import annotations\nname: Unknown = '\xc3\xa9'\n",
}


@pytest.mark.parametrize("source", ENCODED.values(), ids=ENCODED)
def test_a_source_is_read_as_python_reads_it(source: bytes, tmp_path: Path) -> None:
    assert load(tmp_path, source).names["name"] == "é"


def _notebook(version: int, *cells: Any) -> str:
    key = "input" if version == 3 else "source"
    found = [{"cell_type": "code", key: cell, "outputs": []} for cell in cells]
    found.insert(0, {"cell_type": "markdown", "source": ["no code"]})
    return json.dumps(
        {"worksheets": [{"cells": found}]} if version == 3 else {"cells": found}
    )


@pytest.mark.parametrize("version", [3, 4])
def test_a_notebooks_cells_run_in_order(version: int, tmp_path: Path) -> None:
    cells = (
        ["%matplotlib inline\n", "import numpy as np\n"],
        "%%time\nx = np.ones(3)",
        "%%bash\nls",
        "1 / 0\ny = 2",
        "no python at all",
        "def grad(w):\n    return w * x",
    )
    program = load(tmp_path, _notebook(version, *cells), "homework.ipynb")
    assert program.names["grad"](2).tolist() == [2, 2, 2]
    assert program.names["y"] == 2
    assert "ZeroDivisionError: division by zero (cell 4)" in program.stopped
    assert "(cell 5)" in program.stopped


@pytest.mark.parametrize("text", ["{", "[1]", '{"cells": [{}]}', '{"cells": 3}'])
def test_what_is_no_notebook_is_said(text: str, tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"is no notebook"):
        load(tmp_path, text, "homework.ipynb")


def test_magics_are_left_out() -> None:
    cell = "!pip install x\nfiles = !ls\nif a:\n    %timeit f()\nf?\nb = 5 \\\n  % 3"
    assert remove_magics(cell).split("\n")[:4] == ["pass", "pass", "if a:", "    pass"]
    assert remove_magics("x = (5\n% 3)") == "x = (5\n% 3)"


def test_a_file_that_hides_a_library_does_no_harm(tmp_path: Path) -> None:
    for name in ("numpy", "json", "random", "refgd", "colorsys"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit\n")
    (tmp_path / "helper.py").write_text("def grad(w): return w\n")
    source = "import numpy, json, random, colorsys\nfrom helper import grad\n"
    program = load(tmp_path, source, "numpy.py")
    assert program.stopped == ""
    assert hasattr(program.names["colorsys"], "rgb_to_hsv")
    assert [*_names.find_functions(program, {})] == ["gradient"]


@pytest.mark.parametrize("name", ["none.py", "none.ipynb"])
def test_a_file_must_exist(name: str) -> None:
    with pytest.raises(LookupError, match="is no file"):
        _load.load(name, 1.0)
