"""Somebody's code in a process of its own: with a time limit, and without windows."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

STORAGE = "HYPOTHESIS_STORAGE_DIRECTORY"

LIMIT = 60.0  # seconds


def add_time_limit(parser: argparse.ArgumentParser, each: str) -> None:
    """Add --time-limit, for each of what is run."""
    words, seconds = f"for each {each}; default: {LIMIT:g}", positive(float)
    add = parser.add_argument
    add("--time-limit", type=seconds, default=LIMIT, metavar="SECONDS", help=words)


def positive(kind: type) -> Any:
    """Return what reads a number above zero."""

    def number(text: str) -> Any:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError
        return value

    number.__name__ = f"positive {kind.__name__}"
    return number


def run(program: str, orders: dict[str, Any], limit: float) -> dict[str, Any]:
    """Run a module of refgd's on its orders; return its findings, or an error.

    It gets the orders as JSON on stdin, with the limit and the file for its findings
    among them.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        orders = {**orders, "limit": limit, "result": str(result)}
        try:
            done = _run(program, json.dumps(orders), folder, limit)
        except subprocess.TimeoutExpired:
            return {"error": f"took longer than {limit:g} s; see --time-limit"}
        try:
            found: dict[str, Any] = json.loads(result.read_text("utf-8"))
        except (OSError, ValueError):
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            return {"error": f"ended its process with {done.returncode}: {last}"}
    return found


def answer(examine: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """In the child: read the orders, and write the findings where they say."""
    orders = json.load(sys.stdin)
    Path(orders["result"]).write_text(json.dumps(examine(orders)), "utf-8")


def _run(
    program: str, orders: str, folder: str, limit: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this very Python, and a module of refgd's
        [sys.executable, "-m", program],
        input=orders,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "MPLBACKEND": "Agg", STORAGE: folder},
        timeout=limit,
    )
