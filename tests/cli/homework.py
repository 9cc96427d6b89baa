"""Homework for `refgd check`, and two ways to run the command on it."""

import argparse
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from refgd.cli import _child, check
from refgd.testing import programs

TUTORIAL = """\
import numpy as np

X = np.array([1, 2, 3, 4], dtype=np.float32)
Y = np.array([2, 4, 6, 8], dtype=np.float32)
w = 0.0

def forward(x):
    return w * x

def loss(y, y_pred):
    return ((y_pred - y)**2).mean()

def gradient(x, y, y_pred):
    return {gradient}

for epoch in range(20):
    y_pred = forward(X)
    dw = gradient(X, Y, y_pred)
    w -= 0.01 * dw
    print(f'epoch {{epoch+1}}: w = {{w:.3f}}, loss = {{loss(Y, y_pred):.8f}}')
"""
BEFORE = TUTORIAL.format(gradient="np.dot(2*x, y_pred - y).mean()")
AFTER = TUTORIAL.format(gradient="np.mean(2*x*(y_pred - y))")


#: Few: what the command does with a verdict is the subject here, not the verdict.
EXAMPLES = 6


def command(*argv: str) -> int:
    """Run `refgd check` with these arguments."""
    parser = argparse.ArgumentParser()
    check.add_options(parser)
    return check.run(parser.parse_args(["--max-examples", str(EXAMPLES), *argv]))


def here(*argv: str) -> int:
    """Run `refgd check`, and do in this process what the child does."""

    def run(_: str, orders: dict[str, Any], limit: float, *__: object) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            found = programs.examine({**orders, "limit": limit})
        return json.loads(json.dumps(found))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_child, "run", run)
        keep_process(patch)
        return command("--jobs", "1", *argv)


def keep_process(patch: pytest.MonkeyPatch) -> None:
    """Put back what a file that is run changes; it gets no input."""
    patch.setattr(sys, "argv", sys.argv)
    patch.setattr(sys, "path", [*sys.path])
    patch.setattr(sys, "meta_path", [*sys.meta_path])
    patch.setattr(sys, "stdin", io.StringIO())
    patch.setitem(sys.modules, "refgd_checked", sys)


def write_file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)
