"""`refgd check`: is the gradient in this file right?"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from refgd.cli import _child
from refgd.cli._arguments import Status

REPEATED = "  likely mistake:"  # the verdict's own line has said it

OWN = "own"  # the loss in the file is what it is

# as in refgd.testing.conventions, whose import would slow every command down
CONVENTIONS = ("mse", "half_mse", "sse", "half_sse", OWN)

SUMMARY = "is the gradient in this file right?"

DESCRIPTION = """\
Check the gradient, the loss and the predictions in a Python file, or in a module that
can be imported, against exact arithmetic. The functions are found by their usual names
and told apart by their parameters: gradient(x, y, y_pred) or grad(w, x, y), loss(y,
y_pred), forward(w, x), or forward(x) with a global w. Each file runs in a process of
its own; windows do not open.
"""

EPILOG = """\
examples:
  refgd check homework.py
  refgd check --gradient dJ --convention half_mse homework.py
  refgd check class/*.py     # one line each, and a total

exit status: 0 all right, 1 something is wrong, 2 something could not be run
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("targets", nargs="+", metavar="FILE.py", help="or a module")
    for name in ("gradient", "loss", "forward"):
        parser.add_argument(f"--{name}", metavar="NAME", help=f"the {name}'s name")
    words = "what the loss means; own: the gradient must be the derivative of the "
    words += "file's own loss, whatever that is (default: mse)"
    add = parser.add_argument
    add("--convention", choices=CONVENTIONS, default="mse", help=words)
    words = "default: 100 a kind of model"
    add("--max-examples", type=_child.positive(int), help=words)
    _child.add_time_limit(parser, "file")


def run(args: argparse.Namespace) -> int:
    """Check every file; print a verdict for each function, or a line for each file."""
    findings = []
    for target in args.targets:
        found = examine(target, args)
        findings.append(found)
        if len(args.targets) > 1:
            print(_write_line(target, found), flush=True)
        elif "error" in found:
            print(f"refgd: check: {target} {found['error']}", file=sys.stderr)
        else:
            print("\n".join(_write_verdicts(found)))
    statuses = [_status(found) for found in findings]
    if len(args.targets) > 1:
        print(_write_total(statuses))
    return Status.FAILED if Status.FAILED in statuses else max(statuses)


def examine(target: str, args: argparse.Namespace) -> dict[str, Any]:
    if target.endswith(".py") and not Path(target).is_file():
        return {"error": "is no file"}
    orders = {
        "target": target,
        "convention": None if args.convention == OWN else args.convention,
        "max_examples": args.max_examples,
        "names": _list_names(args),
    }
    return _child.run("refgd.cli._check_child", orders, args.time_limit)


def _list_names(args: argparse.Namespace) -> dict[str, str | None]:
    return {"gradient": args.gradient, "loss": args.loss, "predictions": args.forward}


def _status(found: dict[str, Any]) -> Status:
    verdicts = [each["verdict"] for each in found.get("functions", [])]
    if "wrong" in verdicts:
        return Status.FAILED
    return Status.DONE if set(verdicts) == {"right"} else Status.NOT_RUN


def _write_verdicts(found: dict[str, Any]) -> list[str]:
    """Write a verdict for each function, and what is wrong with it below."""
    width = max(len(each["function"]) for each in found["functions"])
    lines = []
    for each in found["functions"]:
        words = f": {_write_words(each)}" if _write_words(each) else ""
        name = each["function"].ljust(width)
        lines.append(f"{name}  {_colour(each['verdict'])}{words}")
        text = each["text"].splitlines()[1:]
        lines += [line for line in text if not line.startswith(REPEATED)]
    if found["stopped"]:
        lines.append(f"note: the file was not run to its end: {found['stopped']}")
    return [*lines, *(["all right"] if _status(found) is Status.DONE else [])]


def _write_line(target: str, found: dict[str, Any]) -> str:
    """Write one line for a file among several."""
    if "error" in found:
        return f"{target}: {_colour('could not be run')}: {found['error']}"
    bad = [each for each in found["functions"] if each["verdict"] != "right"]
    if not bad:
        names = ", ".join(each["function"] for each in found["functions"])
        return f"{target}: {_colour('right')}: {names}"
    said = [
        f"{e['function']}: {_write_words(e) or 'see refgd check ' + target}"
        for e in bad
    ]
    return f"{target}: {_colour(bad[0]['verdict'])}: {'; '.join(said)}"


def _write_total(statuses: list[Status]) -> str:
    outcomes = (Status.DONE, Status.FAILED, Status.NOT_RUN)
    right, wrong, rest = map(statuses.count, outcomes)
    return (
        f"{len(statuses)} files: {right} right, {wrong} wrong, {rest} could not be run"
    )


def _write_words(finding: dict[str, Any]) -> str:
    return "; ".join(filter(None, [finding["diagnosis"], *finding["notes"]]))


COLOURS = {"right": 32, "wrong": 31}
YELLOW = 33


def _colour(verdict: str) -> str:
    """Colour a verdict on a terminal, unless NO_COLOR asks for none."""
    word = "unclear" if verdict == "inconclusive" else verdict
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return word
    return f"\x1b[{COLOURS.get(word, YELLOW)}m{word}\x1b[0m"
