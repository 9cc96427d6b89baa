"""The command line as it answers: what a page shows of it is what it prints."""

import io
import os
from contextlib import redirect_stdout
from unittest.mock import patch

from refgd import cli

WIDTH = "80"


def output(*arguments: str) -> str:
    """Return what ``refgd ARGUMENTS`` prints, in a terminal of 80 columns.

    Raises:
        RuntimeError: If it ends with another status than 0.
    """
    stdout = io.StringIO()
    with redirect_stdout(stdout), patch.dict(os.environ, COLUMNS=WIDTH, NO_COLOR="1"):
        try:
            status: object = cli.main(list(arguments))
        except SystemExit as end:  # how argparse ends after --help
            status = end.code
    if status:
        msg = f"refgd {' '.join(arguments)} ended with {status}"
        raise RuntimeError(msg)
    return stdout.getvalue()


def session(*arguments: str) -> str:
    """Return the command and what it prints, as a fence of Markdown."""
    shown = " ".join(["$ refgd", *arguments])
    return f"```console\n{shown}\n{output(*arguments)}```\n"


def commands() -> list[str]:
    """Return the commands, in the order in which the help lists them."""
    return [register.__module__.rsplit("._", 1)[1] for register in cli.COMMANDS]
