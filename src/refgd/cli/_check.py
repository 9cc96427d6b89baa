"""`refgd check`: is the gradient in this file right?"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from refgd.cli import _child

RIGHT, WRONG, NOT_RUN = 0, 1, 2

REPEATED = "  likely mistake:"  # the verdict's own line has said it

CONVENTIONS = ("mse", "half_mse", "sse", "half_sse", "own")

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


def register(commands: Any) -> None:
    """Add `refgd check` to the commands."""
    parser = commands.add_parser(
        "check",
        help="is the gradient in this file right?",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("targets", nargs="+", metavar="FILE.py", help="or a module")
    for name in ("gradient", "loss", "forward"):
        parser.add_argument(f"--{name}", metavar="NAME", help=f"the {name}'s name")
    parser.add_argument(
        "--convention",
        choices=CONVENTIONS,
        default="mse",
        help="what the loss means; own: the gradient must be the derivative of the "
        "file's own loss, whatever that is (default: mse)",
    )
    parser.add_argument(
        "--max-examples", type=_child.positive(int), help="default: 100 a kind of model"
    )
    _child.add_time_limit(parser, "file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check every file; print a verdict for each function, or a line for each file."""
    findings = []
    for target in args.targets:
        found = examine(target, args)
        findings.append(found)
        if len(args.targets) > 1:
            print(_line(target, found), flush=True)
        elif "error" in found:
            print(f"refgd: check: {target} {found['error']}", file=sys.stderr)
        else:
            print("\n".join(_verdicts(found)))
    statuses = [_status(found) for found in findings]
    if len(args.targets) > 1:
        print(_total(statuses))
    return WRONG if WRONG in statuses else max(statuses)


def examine(target: str, args: argparse.Namespace) -> dict[str, Any]:
    """Check one file in a process of its own."""
    if target.endswith(".py") and not Path(target).is_file():
        return {"error": "is no file"}
    orders = {
        "target": target,
        "convention": args.convention,
        "max_examples": args.max_examples,
        "names": _names(args),
    }
    return _child.run("refgd.cli._check_child", orders, args.time_limit)


def _names(args: argparse.Namespace) -> dict[str, str | None]:
    return {"gradient": args.gradient, "loss": args.loss, "predictions": args.forward}


def _status(found: dict[str, Any]) -> int:
    verdicts = [each["verdict"] for each in found.get("functions", [])]
    if "wrong" in verdicts:
        return WRONG
    return RIGHT if "right" in verdicts and "unclear" not in verdicts else NOT_RUN


def _verdicts(found: dict[str, Any]) -> list[str]:
    """Write a verdict for each function, and what is wrong with it below."""
    width = max(len(each["name"]) for each in found["functions"])
    lines = []
    for each in found["functions"]:
        words = f": {each['words']}" if each["words"] else ""
        name = each["name"].ljust(width)
        lines.append(f"{name}  {_coloured(each['verdict'])}{words}")
        text = each["text"].splitlines()[1:]
        lines += [line for line in text if not line.startswith(REPEATED)]
    if found["stopped"]:
        lines.append(f"note: the file was not run to its end: {found['stopped']}")
    return [*lines, *(["all right"] if _status(found) == RIGHT else [])]


def _line(target: str, found: dict[str, Any]) -> str:
    """Write one line for a file among several."""
    if "error" in found:
        return f"{target}: {_coloured('could not be run')}: {found['error']}"
    bad = [each for each in found["functions"] if each["verdict"] != "right"]
    if not bad:
        names = ", ".join(each["name"] for each in found["functions"])
        return f"{target}: {_coloured('right')}: {names}"
    said = [f"{e['name']}: {e['words'] or 'see refgd check ' + target}" for e in bad]
    return f"{target}: {_coloured(bad[0]['verdict'])}: {'; '.join(said)}"


def _total(statuses: list[int]) -> str:
    right, wrong, rest = (statuses.count(s) for s in (RIGHT, WRONG, NOT_RUN))
    return (
        f"{len(statuses)} files: {right} right, {wrong} wrong, {rest} could not be run"
    )


COLOURS = {"right": 32, "wrong": 31}
YELLOW = 33


def _coloured(word: str) -> str:
    """Colour a word on a terminal, unless NO_COLOR asks for none."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return word
    return f"\x1b[{COLOURS.get(word, YELLOW)}m{word}\x1b[0m"
