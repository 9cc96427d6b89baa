"""The command line: `refgd`, `refgd --explain`, `refgd fit FILE.csv`.

A command is a module with a SUMMARY for the list of commands, a DESCRIPTION and an
EPILOG for its own help, its options in `add_options`, and `run`, which returns the exit
status. To add one, write the module and name it in COMMANDS.
"""

import argparse
import io
import os
import sys
from importlib import import_module
from typing import Any

import refgd
from refgd.cli import _tutorial
from refgd.cli._arguments import Status, UserError, escape

#: The module of each command, in the order of the help.
COMMANDS = {
    "fit": "refgd.cli.fit",
    "predict": "refgd.cli._predict",
    "diagnose": "refgd.cli._diagnose",
    "check": "refgd.cli.check",
    "identify": "refgd.cli._identify",
    "translate": "refgd.cli._translate",
    "vectors": "refgd.cli._vectors",
}


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the program's name; those of the process if None.

    Returns:
        The exit status: 0; 1 with one line on stderr for what the user got wrong; 3
        for a fit that has not converged; 130 after Ctrl-C. For what is no option or
        command, argparse exits with 2.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a column's name that the terminal cannot show is escaped, not fatal
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            return _run(sys.argv[1:] if argv is None else argv)
        finally:
            print(end="", flush=True)
    except OSError as error:
        return _report_lost_output(error)


def _run(argv: list[str]) -> int:
    """Run the command that argv asks for, and turn what goes wrong into a line."""
    try:
        args = _parse(argv)
        status: int = args.run(args)
    except UserError as error:
        print(f"refgd: {escape(str(error))}", file=sys.stderr)
        return Status.FAILED
    except KeyboardInterrupt:
        print("refgd: interrupted", file=sys.stderr)
        return Status.INTERRUPTED
    return status


def _parse(argv: list[str]) -> argparse.Namespace:
    """Return the arguments; refuse options that the command would not heed."""
    args = _parser(argv).parse_args(argv)
    beside = (args.w, args.explain_lr, args.data)
    has_any = args.explain or any(option is not None for option in beside)
    if args.run is not _tutorial.run and has_any:
        raise UserError("--explain and --w go without a command: refgd --explain")
    return args


def _parser(argv: list[str]) -> argparse.ArgumentParser:
    """Return the parser; where argv begins with a command, with that one alone."""
    parser = argparse.ArgumentParser(
        prog="refgd",
        description="The reference for gradient descent. Without a command: train the "
        "tutorial's line, y = 2x, and print its table.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"refgd {refgd.__version__}")
    words = "write one iteration out in numbers, as on a board"
    add("--explain", action="store_true", help=words)
    words = "where that iteration starts, such as 1.5 or 1/3 (default: 0)"
    add("--w", metavar="FRACTION", help=words)
    words = "its learning rate (default: 0.01)"
    add("--lr", metavar="LR", dest="explain_lr", help=words)
    words = "its points: a small file with the columns x and y (default: y = 2x)"
    add("--data", metavar="FILE.csv", help=words)
    parser.set_defaults(run=_tutorial.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    names = argv[:1] if argv and argv[0] in COMMANDS else COMMANDS
    for name in names:
        _add_command(commands, name)
    return parser


def _add_command(commands: Any, name: str) -> None:
    command = import_module(COMMANDS[name])
    parser = commands.add_parser(
        name,
        help=command.SUMMARY,
        description=command.DESCRIPTION,
        epilog=command.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_options(parser)
    parser.set_defaults(run=command.run)


def _report_lost_output(error: OSError) -> int:
    """End without a traceback when stdout takes no more: `refgd | head -1`."""
    # Python flushes stdout once more at exit; let that go nowhere
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return Status.PIPE_CLOSED
    print(f"refgd: cannot write the output: {error.strerror}", file=sys.stderr)
    return Status.FAILED
