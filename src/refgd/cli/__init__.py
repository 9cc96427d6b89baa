"""The command line: `refgd`, `refgd --explain`, `refgd fit FILE.csv`.

A command is a module with a function `register`, which adds its parser and sets
`run=`, a function from the parsed arguments to the exit status. To add one, write the
module and name its `register` in COMMANDS.
"""

import argparse
import io
import os
import sys

import refgd
from refgd.cli import _check, _identify, _tutorial, _vectors, fit
from refgd.cli._arguments import UserError

COMMANDS = (fit.register, _check.register, _identify.register, _vectors.register)

FAILED = 1  # the user got something wrong, and one line on stderr says what
INTERRUPTED = 130  # what a shell reports of a program that SIGINT ended: 128 + 2
PIPE_CLOSED = 141  # and of one that SIGPIPE ended: 128 + 13


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the program's name; those of the process if None.

    Returns:
        The exit status: 0; 1 with one line on stderr for what the user got wrong;
        130 after Ctrl-C. For what is no option or command, argparse exits with 2.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a column's name that the terminal cannot show is escaped, not fatal
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            return _run(argv)
        finally:
            print(end="", flush=True)
    except OSError as error:
        return _output_lost(error)


def _run(argv: list[str] | None) -> int:
    """Run the command that argv asks for, and turn what goes wrong into a line."""
    try:
        args = _parser().parse_args(argv)
        _tutorial.check(args)
        status: int = args.run(args)
    except UserError as error:
        print(f"refgd: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("refgd: interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="refgd",
        description="The reference for gradient descent. Without a command: train the "
        "tutorial's line, y = 2x, and print its table.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"refgd {refgd.__version__}"
    )
    _tutorial.register(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for register in COMMANDS:
        register(commands)
    return parser


def _output_lost(error: OSError) -> int:
    """End without a traceback when stdout takes no more: `refgd | head -1`."""
    # Python flushes stdout once more at exit; let that go nowhere
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    print(f"refgd: cannot write the output: {error.strerror}", file=sys.stderr)
    return FAILED
