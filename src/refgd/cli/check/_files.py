"""The files that `refgd check` is given, and what is found in each."""

import argparse
import time
from pathlib import Path
from typing import Any, NamedTuple

from refgd.cli import _child
from refgd.cli._arguments import Status

OWN = "own"  # the loss in the file is what it is
ANY = "any"  # which convention it keeps to is found out
USUAL = "mse"  # and said, unless it is this one

SUFFIXES = (".py", ".ipynb")

#: Of a folder; what begins with a dot is left out too.
LEFT_OUT = "__pycache__"


class RefusedError(Exception):
    """What was asked for cannot be done; in one line."""


class Checked(NamedTuple):
    """What was found in a file.

    Attributes:
        target: The file, or a module, as it was named.
        error: Why it could not be run, or "".
        stopped: Why the file was not run to its end, or "".
        functions: What was found of each function, as `Finding` has it.
        seconds: How long it took.
        chosen: Whether the convention was found out.
    """

    target: str
    error: str = ""
    stopped: str = ""
    functions: tuple[dict[str, Any], ...] = ()
    seconds: float = 0.0
    chosen: bool = False

    @property
    def verdict(self) -> str:
        """Of the whole file: wrong if any function is."""
        verdicts = {each["verdict"] for each in self.functions}
        if self.error:
            return "could not be run"
        if "wrong" in verdicts:
            return "wrong"
        return "right" if verdicts == {"right"} else "inconclusive"

    @property
    def status(self) -> Status:
        """As the command's own."""
        known = {"right": Status.DONE, "wrong": Status.FAILED}
        return known.get(self.verdict, Status.NOT_RUN)

    @property
    def convention(self) -> str:
        """The one that the functions were held against."""
        return next((each["convention"] for each in self.functions), "")


def list_targets(given: list[str]) -> list[str]:
    """Return the files and modules to check: of a folder all that are in it, sorted.

    Raises:
        RefusedError: If a folder has none.
    """
    targets = []
    for each in given:
        if not Path(each).is_dir():
            targets.append(each)
            continue
        inside = [path for path in Path(each).rglob("*") if _is_meant(path, each)]
        if not inside:
            msg = f"{each} has no file that ends in {' or '.join(SUFFIXES)}"
            raise RefusedError(msg)
        targets += map(str, sorted(inside))
    return targets


def _is_meant(path: Path, folder: str) -> bool:
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") or part == LEFT_OUT for part in parts)
    return path.suffix in SUFFIXES and path.is_file() and not hidden


def check(target: str, args: argparse.Namespace, jobs: int) -> Checked:
    """Check a file in its own folder, or a module; in a process of its own."""
    path = Path(target)
    if target.endswith(SUFFIXES) and not path.is_file():
        return Checked(target, "is no file")
    folder = path.absolute().parent if path.is_file() else Path()
    orders = {
        "target": str(path.absolute()) if path.is_file() else target,
        "named": target,
        "signature": args.signature,
        "returns": args.returns,
        "convention": None if args.convention == OWN else args.convention or ANY,
        "max_examples": args.max_examples,
        "names": _list_names(args),
    }
    start = time.perf_counter()
    program = "refgd.cli._check_child"
    found = _child.run(program, orders, args.time_limit, folder, jobs)
    seconds = round(time.perf_counter() - start, 2)
    if "error" in found:
        return Checked(target, found["error"], seconds=seconds)
    functions = tuple(found["functions"])
    checked = Checked(target, "", found["stopped"], functions, seconds)
    unusual = args.convention is None and checked.convention != USUAL
    return checked._replace(chosen=args.convention == ANY or unusual)


def _list_names(args: argparse.Namespace) -> dict[str, str | None]:
    return {"gradient": args.gradient, "loss": args.loss, "predictions": args.forward}
